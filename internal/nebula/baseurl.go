package nebula

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// DefaultBaseURL is the documented address of the Platform API.
const DefaultBaseURL = "https://api.nebulablock.com/api/v1"

// ParseBaseURL checks the address of an API and returns it without a trailing
// slash. Credentials are sent there, so it must be https; plain http is
// accepted for this machine only (localhost, 127.0.0.0/8, ::1), where fakes
// live. The error never repeats user info.
func ParseBaseURL(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil {
		// The parser's error quotes the input, which may hold a password.
		return "", errors.New("it is not a URL")
	}
	switch {
	case u.User != nil:
		return "", errors.New("it must not hold a user name or password")
	case u.Scheme != "https" && u.Scheme != "http":
		return "", errors.New("it must begin with https://")
	case u.Hostname() == "":
		return "", errors.New("it has no host name")
	case u.RawQuery != "" || u.ForceQuery:
		return "", errors.New("it must not have a query (?...)")
	case u.Fragment != "" || strings.Contains(s, "#"):
		return "", errors.New("it must not have a fragment (#...)")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return "", fmt.Errorf("plain http would send credentials in the clear to %q: use https (http is accepted for localhost only)", capped(mask(u.Hostname(), nil), 100))
	}
	if port := u.Port(); strings.HasSuffix(u.Host, ":") || (port != "" && !validPort(port)) {
		return "", errors.New("its port is not a number from 1 to 65535")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

func validPort(port string) bool {
	n := 0
	for _, c := range port {
		if c < '0' || c > '9' || n > 65535 {
			return false
		}
		n = n*10 + int(c-'0')
	}
	return n >= 1 && n <= 65535
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
