package apikey_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
)

const panicCanary = "ak_CANARY-panic-0123456789"

// panicking is a defect: a transport that panics with a secret on some calls.
type panicking struct {
	method, path string
	value        any
	inner        http.RoundTripper
}

func (p panicking) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == p.method && strings.Contains(r.URL.Path, p.path) {
		panic(p.value)
	}
	return p.inner.RoundTrip(r)
}

// A panic in an operation is an error without the value that it panicked with,
// and costs neither the state nor the other operations.
func TestAccPanic(t *testing.T) {
	t.Parallel()
	api := map[string]string{"NEBULA_API_URL": "https://fakenebula.invalid/api/v1"}
	login := map[string]string{"NEBULA_API_URL": api["NEBULA_API_URL"], "NEBULA_API_KEY": "", "NEBULA_USERNAME": "a@example.com", "NEBULA_PASSWORD": "CANARY-password"}
	options := func(environment map[string]string) acctest.Options {
		return acctest.Options{Environment: environment, Fake: fakenebula.Options{Users: map[string]string{"a@example.com": "CANARY-password"}}}
	}
	plan := func(c *acctest.CLI) acctest.Result { return c.Plan() }
	apply := func(c *acctest.CLI) acctest.Result { return c.Apply() }
	destroy := func(c *acctest.CLI) acctest.Result { return c.Destroy("-refresh=false") }
	for name, test := range map[string]struct {
		environment  map[string]string
		method, path string
		value        any
		config       string // after oneKey has been applied
		run          func(*acctest.CLI) acctest.Result
		want         string
	}{
		"create":      {api, "POST", "/api-keys", panicCanary, oneKey + strings.Replace(oneKey, "this", "other", 1), apply, "Unable to create API key"},
		"refresh":     {api, "GET", "/api-keys", errors.New(panicCanary), oneKey, plan, "Unable to read API key"},
		"delete":      {api, "DELETE", "/api-keys", []string{panicCanary}, oneKey, destroy, "Unable to delete API key"},
		"data source": {api, "GET", "/api-keys", map[string]string{panicCanary: panicCanary}, oneKey + `data "nebula_api_key" "x" { name = "n" }` + "\n" + `data "nebula_api_keys" "x" {}`, plan, "Unable to list API keys"},
		"login":       {login, "POST", "/login", struct{ Password string }{"CANARY-password"}, oneKey, plan, "Unable to read API key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, options(test.environment))
			c := w.CLI(t, provider.WithTransport(w.API.Transport()))
			c.Write("main.tf", oneKey)
			c.Apply().Expect(0)
			broken := w.CLI(t, provider.WithTransport(panicking{test.method, test.path, test.value, w.API.Transport()}))
			broken.Dir = c.Dir
			broken.Write("main.tf", test.config)
			result := test.run(broken).Expect(1, "Error: "+test.want, "A defect in the provider stopped the operation: a panic with a value of type",
				"Please report it at https://github.com/nebulablock/terraform-provider-nebula/issues").
				ExpectNot("CANARY", "panic:", "plugin crashed", w.OwnSecret)
			// Lists and logins are shared, so they panic in those who wait.
			if shared := test.method == "GET" || test.path == "/login"; !shared && !strings.Contains(result.Text(), "panicking.RoundTrip (panic_test.go:") {
				t.Errorf("the place is not told: %s", result.Stderr)
			}
			if err := checkKey(w, attributes(c.State()[this]), nil); err != nil {
				t.Error(err)
			}
			c.Write("main.tf", oneKey)
			c.Destroy().Expect(0)
			expectNames(t, w)
		})
	}
}
