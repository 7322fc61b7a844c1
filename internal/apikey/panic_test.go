package apikey_test

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
)

// aDefect is what people are told of a panic.
var aDefect = []string{"A defect in the provider stopped the operation: a panic with a value of type",
	"Please report it at https://github.com/nebulablock/terraform-provider-nebula/issues"}

const panicCanary = "ak_CANARY-panic-0123456789"

// panicking is a defect: a transport that panics with a secret on some calls.
type panicking struct {
	method, path string
	value        any
	inner        http.RoundTripper
	armed        atomic.Bool
}

func (p *panicking) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.armed.Load() && r.Method == p.method && strings.Contains(r.URL.Path, p.path) {
		panic(p.value)
	}
	return p.inner.RoundTrip(r)
}

// A panic in an operation is an error without the value that it panicked with,
// and costs neither the state nor the other operations.
func TestPanic(t *testing.T) {
	t.Parallel()
	login := map[string]string{"NEBULA_API_KEY": "", "NEBULA_USERNAME": "a@example.com", "NEBULA_PASSWORD": "CANARY-password"}
	users := fakenebula.Options{Users: map[string]string{"a@example.com": "CANARY-password"}}
	for name, test := range map[string]struct {
		environment  map[string]string
		method, path string
		value        any
		config       string // after oneKey has been applied
		command      []string
		want         string
	}{
		"create":      {nil, "POST", "/api-keys", panicCanary, oneKey + strings.Replace(oneKey, "this", "other", 1), []string{"apply"}, "Unable to create API key"},
		"refresh":     {nil, "GET", "/api-keys", errors.New(panicCanary), oneKey, []string{"plan"}, "Unable to read API key"},
		"delete":      {nil, "DELETE", "/api-keys", []string{panicCanary}, oneKey, []string{"destroy", "-refresh=false"}, "Unable to delete API key"},
		"data source": {nil, "GET", "/api-keys", map[string]string{panicCanary: panicCanary}, oneKey + `data "nebula_api_key" "x" { name = "n" }` + "\n" + `data "nebula_api_keys" "x" {}`, []string{"plan"}, "Unable to list API keys"},
		"login":       {login, "POST", "/login", struct{ Password string }{"CANARY-password"}, oneKey, []string{"plan"}, "Unable to read API key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broken := &panicking{method: test.method, path: test.path, value: test.value}
			c := acctest.NewStage(t, acctest.Options{Environment: test.environment, Fake: users}, provider.WithTransport(broken))
			broken.inner = c.API.Transport()
			c.Write("main.tf", oneKey)
			c.Apply().Expect(0)
			c.Write("main.tf", test.config)
			broken.armed.Store(true)
			result := c.Run(test.command...).Expect(1, append(aDefect, "Error: "+test.want)...).ExpectNot("CANARY", c.OwnSecret)
			// Lists and logins are shared, so they panic in those who wait.
			if shared := test.method == "GET" || test.path == "/login"; !shared && !strings.Contains(result.Text(), "RoundTrip (panic_test.go:") {
				t.Errorf("the place is not told: %s", result.Stderr)
			}
			if err := checkKey(c.World, attributes(c.State()[this]), nil); err != nil {
				t.Error(err)
			}
			broken.armed.Store(false)
			c.Write("main.tf", oneKey)
			c.Destroy().Expect(0)
			expectNames(t, c.World)
		})
	}
}

// On a real command line the program lives on.
func TestAccPanic(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Environment: map[string]string{"NEBULA_API_URL": "https://fakenebula.invalid/api/v1"}})
	broken := &panicking{method: "POST", path: "/api-keys", value: panicCanary, inner: w.API.Transport()}
	broken.armed.Store(true)
	c := w.CLI(t, provider.WithTransport(broken))
	c.Write("main.tf", oneKey)
	c.Apply().Expect(1, aDefect...).ExpectNot("CANARY", "panic:", "plugin crashed", w.OwnSecret)
	broken.armed.Store(false)
	c.Apply().Expect(0)
	c.Destroy().Expect(0)
}
