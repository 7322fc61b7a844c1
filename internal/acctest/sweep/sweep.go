// Package sweep removes from a real account what interrupted acceptance tests
// left behind.
//
//	NEBULA_API_KEY=... go test ./internal/acctest/sweep -sweep=all
package sweep

import (
	"fmt"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

const (
	// prefix begins the name of all that an acceptance test makes.
	prefix = "tf-acc-"
	// grace spares what belongs to tests that may still be running.
	grace = 2 * time.Hour
)

// connect makes a client of the provider's environment variables.
func connect(getenv func(string) string) (*nebula.Client, error) {
	value := func(argument string) string { return getenv(tfkit.EnvironmentVariable(argument)) }
	config := nebula.Config{BaseURL: nebula.DefaultBaseURL, RequestTimeout: 30 * time.Second, MaxRetries: 4}
	if url := value(tfkit.ArgAPIURL); url != "" {
		var err error
		if config.BaseURL, err = nebula.ParseBaseURL(url); err != nil {
			return nil, err
		}
	}
	switch {
	case value(tfkit.ArgAPIKey) != "":
		config.Credential = nebula.APIKeyCredential(value(tfkit.ArgAPIKey))
	case value(tfkit.ArgUsername) != "" && value(tfkit.ArgPassword) != "":
		config.Credential = nebula.Password(value(tfkit.ArgUsername), value(tfkit.ArgPassword))
	default:
		return nil, fmt.Errorf("set %s, or %s and %s", tfkit.EnvironmentVariable(tfkit.ArgAPIKey),
			tfkit.EnvironmentVariable(tfkit.ArgUsername), tfkit.EnvironmentVariable(tfkit.ArgPassword))
	}
	return nebula.New(config)
}
