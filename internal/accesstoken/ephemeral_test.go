package accesstoken_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

func TestMain(m *testing.M) { acctest.Main(m) }

const open = `
ephemeral "nebula_access_token" "this" {}
`

// account are options with which the provider has these credentials only.
func account(environment map[string]string) acctest.Options {
	all := map[string]string{"NEBULA_API_KEY": ""}
	maps.Copy(all, environment)
	return acctest.Options{Environment: all, Fake: fakenebula.Options{Users: map[string]string{"a@example.com": "CANARY-password"}}}
}

func login() map[string]string {
	return map[string]string{"NEBULA_USERNAME": "a@example.com", "NEBULA_PASSWORD": "CANARY-password"}
}

func TestAccessTokenOfLogin(t *testing.T) {
	t.Parallel()
	s := acctest.NewStage(t, account(login()))
	token, told := s.Opened("nebula_access_token", nil)
	told.Succeeds().Silent()
	if !s.API.Valid(token.Text("token")) || token.Text("expires_at") != "2026-11-23T03:56:00Z" {
		t.Errorf("valid %t, expires at %s", s.API.Valid(token.Text("token")), token.Text("expires_at"))
	}
}

// A plan logs in once, whatever else needs the API; an apply configures the
// provider once more, and so logs in once more.
func TestAccAccessTokenLogsInOnce(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, account(login()))
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
func TestAccessTokenOfConfiguration(t *testing.T) {
	t.Parallel()
	encode := base64.RawURLEncoding.EncodeToString
	jwt := func(claims string) string {
		return encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(claims)) + "." + encode([]byte("signature"))
	}
	expiry := time.Date(2026, 11, 23, 2, 30, 0, 0, time.UTC)
	for name, test := range map[string]struct{ token, expiresAt string }{
		"with an expiry":    {jwt(fmt.Sprintf(`{"exp":%d}`, expiry.Unix())), "2026-11-23T02:30:00Z"},
		"without":           {jwt(`{"sub":"a"}`), ""},
		"with what is none": {jwt(`{"exp":"soon"}`), ""},
		"opaque":            {"0123456789abcdef", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := acctest.NewStage(t, account(map[string]string{"NEBULA_ACCESS_TOKEN": test.token}))
			token, told := s.Opened("nebula_access_token", nil)
			told.Succeeds().Silent()
			if token.Text("token") != test.token || token.Text("expires_at") != test.expiresAt || token.Null("expires_at") != (test.expiresAt == "") {
				t.Errorf("got %v", token)
			}
			s.ExpectSilence()
		})
	}
}

func TestAccessTokenFails(t *testing.T) {
	t.Parallel()
	const unable = "Error: Unable to open access token"
	for name, test := range map[string]struct {
		environment map[string]string
		fault       fakenebula.Fault
		want        []string
		logins      int
	}{
		"API key": {map[string]string{"NEBULA_API_KEY": "ak_CANARY-0123456789"}, fakenebula.Fault{},
			[]string{unable, "An access token is issued for a user name and password only", "Next: Configure the provider with username and password, or with access_token, in place of api_key."}, 0},
		"no credential": {nil, fakenebula.Fault{}, []string{"Missing credential"}, 0},
		"wrong password": {map[string]string{"NEBULA_USERNAME": "a@example.com", "NEBULA_PASSWORD": "CANARY-wrong"}, fakenebula.Fault{},
			[]string{unable, "POST /login was answered with HTTP 401", "The user name or the password is not accepted.", "so that the account is not locked"}, 1},
		"no answer": {login(), fakenebula.Fault{Drop: true, Times: -1}, []string{unable, "POST /login got no answer", "It was tried 3 times."}, 3},
		"no token":  {login(), fakenebula.Fault{Rewrite: fakenebula.WithoutField("jwtToken"), Times: -1}, []string{unable, "POST /login"}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := acctest.NewStage(t, account(test.environment))
			if test.logins > 1 {
				test.fault.Operation = fakenebula.OpLogin
				s.API.Inject(test.fault)
			}
			_, told := s.Opened("nebula_access_token", nil)
			told.Fails(test.want...)
			if leak := acctest.Leak(told.Text(), append(s.API.Secrets(), "CANARY")...); leak != "" {
				t.Error(leak)
			}
			if n := s.API.Count(fakenebula.OpAny); n != test.logins {
				t.Errorf("%d calls, want %d", n, test.logins)
			}
		})
	}
}
