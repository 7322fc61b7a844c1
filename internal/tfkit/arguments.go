package tfkit

import (
	"fmt"
	"strings"
)

// The provider's arguments. Messages of several layers name them, so they are
// written down once.
const (
	ArgAPIURL               = "api_url"
	ArgAPIKey               = "api_key"
	ArgAccessToken          = "access_token"
	ArgUsername             = "username"
	ArgPassword             = "password"
	ArgRequestTimeout       = "request_timeout"
	ArgMaxRetries           = "max_retries"
	ArgMaxRequestsPerSecond = "max_requests_per_second"
	ArgOwnershipMarker      = "ownership_marker"
)

// EnvironmentVariable is the variable that an argument of the provider falls
// back to.
func EnvironmentVariable(argument string) string {
	return "NEBULA_" + strings.ToUpper(argument)
}

// ArgumentAndVariable names both for people.
func ArgumentAndVariable(argument string) string {
	return fmt.Sprintf("%s (environment variable %s)", argument, EnvironmentVariable(argument))
}
