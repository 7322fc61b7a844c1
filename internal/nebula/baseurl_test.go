package nebula_test

import (
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func TestParseBaseURL(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		nebula.DefaultBaseURL:           nebula.DefaultBaseURL,
		"https://api.example":           "https://api.example",
		"https://api.example/":          "https://api.example",
		"https://api.example/v1//":      "https://api.example/v1",
		"HTTPS://API.example/v1/":       "https://API.example/v1",
		"https://api.example:8443/v1":   "https://api.example:8443/v1",
		"https://[2001:db8::1]:8443/v1": "https://[2001:db8::1]:8443/v1",
		"http://localhost":              "http://localhost",
		"http://LocalHost:8080/api/v1/": "http://LocalHost:8080/api/v1",
		"http://127.0.0.1:8080":         "http://127.0.0.1:8080",
		"http://127.8.9.1/x":            "http://127.8.9.1/x",
		"http://[::1]:8080/":            "http://[::1]:8080",
	} {
		if got, err := nebula.ParseBaseURL(in); err != nil || got != want {
			t.Errorf("%q gives %q, %v", in, got, err)
		}
	}
	for _, in := range []string{
		"", " ", "api.example", "/api/v1", "//api.example", "ftp://api.example", "file:///etc/passwd", "https:api.example", "https://", "https:///v1",
		"http://api.example", "http://10.0.0.1", "http://localhost.example", "http://127.0.0.1.example", "http://[::2]", "http://0.0.0.0",
		"https://api.example?x=1", "https://api.example?", "https://api.example#x", "https://api.example#",
		"https://api.example:", "https://api.example:0", "https://api.example:65536", "https://api.example:99999999999999999999", "https://api.example:x",
		"https://user@api.example", "https://user:canary@api.example", "https://:canary@api.example", "http://user:canary@localhost", "https://canary:canary@[",
		"https://api example", "https://api.example/%zz", "https://api.example/\n", "javascript:alert(1)",
	} {
		got, err := nebula.ParseBaseURL(in)
		if err == nil || got != "" {
			t.Errorf("%q gives %q", in, got)
			continue
		}
		if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q gives the error %q", in, err)
		}
	}
}
