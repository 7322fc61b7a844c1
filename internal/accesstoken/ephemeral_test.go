package accesstoken_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

func TestMain(m *testing.M) { acctest.Main(m) }

const (
	open = `
ephemeral "nebula_access_token" "this" {}
`
	echo = open + `
provider "echo" {
  data = ephemeral.nebula_access_token.this
}
resource "echo" "this" {}
`
)

// account is a world in which the provider has these credentials only.
func account(t *testing.T, environment map[string]string) *acctest.World {
	t.Helper()
	all := map[string]string{"NEBULA_API_KEY": ""}
	maps.Copy(all, environment)
	return acctest.New(t, acctest.Options{Environment: all, Fake: fakenebula.Options{Users: map[string]string{"a@example.com": "CANARY-password"}}})
}

func login() map[string]string {
	return map[string]string{"NEBULA_USERNAME": "a@example.com", "NEBULA_PASSWORD": "CANARY-password"}
}

func withEcho(w *acctest.World) map[string]func() (tfprotov6.ProviderServer, error) {
	factories := w.Factories()
	factories["echo"] = echoprovider.NewProviderServer()
	return factories
}

// valid is the check that a value is a token that the API accepts.
type valid struct{ w *acctest.World }

func (v valid) CheckValue(value any) error {
	if token, ok := value.(string); !ok || !v.w.API.Valid(token) {
		return errors.New("the API does not accept it")
	}
	return nil
}

func (valid) String() string { return "a valid token" }

func TestAccAccessTokenOfLogin(t *testing.T) {
	t.Parallel()
	w := account(t, login())
	w.Test(resource.TestCase{
		ProtoV6ProviderFactories: withEcho(w),
		Steps: []resource.TestStep{{
			Config: echo,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("echo.this", tfjsonpath.New("data").AtMapKey("token"), valid{w}),
				statecheck.ExpectKnownValue("echo.this", tfjsonpath.New("data").AtMapKey("expires_at"), knownvalue.StringExact("2026-11-23T03:56:00Z")),
			},
		}},
	})
}

// A plan logs in once, whatever else needs the API; an apply configures the
// provider once more, and so logs in once more.
func TestAccAccessTokenLogsInOnce(t *testing.T) {
	t.Parallel()
	w := account(t, login())
	c := w.Program(t, acctest.BuildProvider(t))
	c.Write("main.tf", open+`
ephemeral "nebula_access_token" "again" {}
provider "nebula" {
  alias        = "other"
  access_token = ephemeral.nebula_access_token.this.token
}
resource "nebula_api_key" "these" {
  count = 5
  name  = "key ${count.index}"
}
data "nebula_api_keys" "all" {
  provider = nebula.other
}
output "count" { value = length(data.nebula_api_keys.all.ids) }
`)
	c.Apply().Expect(0, "5 added", "count = 1").ExpectNot("CANARY", "eyJ")
	if n := w.API.Count(fakenebula.OpLogin); n != 2 {
		t.Errorf("%d logins in an apply, want 2", n)
	}
	w.API.ResetJournal()
	c.Plan().Expect(2, "count")
	if n := w.API.Count(fakenebula.OpLogin); n != 1 {
		t.Errorf("%d logins in a plan, want 1", n)
	}
	for _, r := range w.API.Journal() {
		if r.Operation != fakenebula.OpLogin && r.CredentialKind != fakenebula.CredentialToken {
			t.Errorf("%s %s with %s", r.Method, r.Path, r.CredentialKind)
		}
	}
	c.Destroy().Expect(0)
}

// A token from the configuration is handed on as it is, without a call.
func TestAccAccessTokenOfConfiguration(t *testing.T) {
	t.Parallel()
	encode := base64.RawURLEncoding.EncodeToString
	jwt := func(claims string) string {
		return encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(claims)) + "." + encode([]byte("signature"))
	}
	expiry := time.Date(2026, 11, 23, 2, 30, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		token     string
		expiresAt knownvalue.Check
	}{
		"with an expiry":    {jwt(fmt.Sprintf(`{"exp":%d}`, expiry.Unix())), knownvalue.StringExact("2026-11-23T02:30:00Z")},
		"without":           {jwt(`{"sub":"a"}`), knownvalue.Null()},
		"with what is none": {jwt(`{"exp":"soon"}`), knownvalue.Null()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := account(t, map[string]string{"NEBULA_ACCESS_TOKEN": test.token})
			w.Test(resource.TestCase{
				ProtoV6ProviderFactories: withEcho(w),
				Steps: []resource.TestStep{{
					Config: echo,
					ConfigStateChecks: []statecheck.StateCheck{
						statecheck.ExpectKnownValue("echo.this", tfjsonpath.New("data").AtMapKey("token"), knownvalue.StringExact(test.token)),
						statecheck.ExpectKnownValue("echo.this", tfjsonpath.New("data").AtMapKey("expires_at"), test.expiresAt),
					},
				}},
			})
			w.ExpectSilence()
		})
	}
}

func TestAccAccessTokenFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environment map[string]string
		fault       fakenebula.Fault
		want        []string
		logins      int
	}{
		"API key": {map[string]string{"NEBULA_API_KEY": "ak_CANARY-0123456789"}, fakenebula.Fault{},
			[]string{"Error: Unable to open access token", "An access token is issued for a user name and password only", "Next: Configure the provider with username and password, or with access_token, in place of api_key."}, 0},
		"no credential": {nil, fakenebula.Fault{}, []string{"Missing credential"}, 0},
		"wrong password": {map[string]string{"NEBULA_USERNAME": "a@example.com", "NEBULA_PASSWORD": "CANARY-wrong"}, fakenebula.Fault{},
			[]string{"Error: Unable to open access token", "POST /login was answered with HTTP 401", "The user name or the password is not accepted.", "so that the account is not locked"}, 1},
		"no answer": {login(), fakenebula.Fault{Drop: true, Times: -1}, []string{"Error: Unable to open access token", "POST /login got no answer", "It was tried 3 times."}, 3},
		"no token":  {login(), fakenebula.Fault{Rewrite: fakenebula.WithoutField("jwtToken"), Times: -1}, []string{"Error: Unable to open access token", "POST /login"}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := account(t, test.environment)
			c := w.CLI(t)
			c.Write("main.tf", open+"ephemeral \"nebula_access_token\" \"again\" {}\n")
			if test.logins > 1 {
				test.fault.Operation = fakenebula.OpLogin
				w.API.Inject(test.fault)
				c.Write("main.tf", open)
			}
			result := c.Plan().Expect(1, test.want...)
			if leak := acctest.Leak(result.Stdout+result.Stderr, append(w.API.Secrets(), "CANARY")...); leak != "" {
				t.Error(leak)
			}
			if n := w.API.Count(fakenebula.OpAny); n != test.logins {
				t.Errorf("%d calls, want %d", n, test.logins)
			}
		})
	}
}
