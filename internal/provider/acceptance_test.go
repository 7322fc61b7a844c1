package provider_test

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

func TestMain(m *testing.M) { acctest.Main(m) }

const oneKey = `
resource "nebula_api_key" "this" {
  name = "one"
}
`

// key is a key in a configuration.
func key() rehearsal.Resource {
	return rehearsal.Block("nebula_api_key.this", rehearsal.Args{"name": "one"})
}

// Every mistake in the provider's configuration is shown by a plan, without a
// call. TestResolveRefuses has all of them; these are one of each kind.
func TestInvalidConfiguration(t *testing.T) {
	t.Parallel()
	none := map[string]string{"NEBULA_API_KEY": ""}
	type args = rehearsal.Args
	for name, test := range map[string]struct {
		env  map[string]string
		args rehearsal.Args
		want string
	}{
		"address without encryption": {nil, args{"api_url": "http://api.example.com"}, "The value of api_url cannot be used: plain http would send credentials in the clear"},
		"address with a password":    {nil, args{"api_url": "https://u:p@api.example.com"}, "The value of api_url cannot be used: it must not hold a user name or password."},
		"empty key":                  {nil, args{"api_key": ""}, "The value of api_key cannot be used: an empty string is not a value."},
		"key with a space":           {nil, args{"api_key": "sk 0123456789"}, "The value of api_key cannot be used: it must have only visible ASCII characters"},
		"token with its scheme":      {nil, args{"access_token": "Bearer abc"}, "The value of access_token cannot be used: it must have only visible ASCII characters"},
		"two credentials":            {nil, args{"api_key": "ak_0123456789", "access_token": "a.b.c"}, "api_key and access_token are both set in the configuration."},
		"username alone":             {none, args{"username": "a@example.com"}, "only username is set. Set password (environment variable NEBULA_PASSWORD) as well."},
		"password alone":             {none, args{"password": "p"}, "only password is set. Set username (environment variable NEBULA_USERNAME) as well."},
		"timeout of nothing":         {nil, args{"request_timeout": "0s"}, "The value of request_timeout cannot be used: it must be longer than 0s."},
		"retries below 0":            {nil, args{"max_retries": -1}, "The value of max_retries cannot be used: it must be a whole number from 0 to 100."},
		"rate of 0":                  {nil, args{"max_requests_per_second": 0}, "The value of max_requests_per_second cannot be used: it must be a number above 0."},
		"variable":                   {map[string]string{"NEBULA_MAX_RETRIES": "many"}, nil, "The value of the environment variable NEBULA_MAX_RETRIES"},
		"two variables":              {map[string]string{"NEBULA_ACCESS_TOKEN": "a.b.c"}, nil, "The environment variables NEBULA_API_KEY and NEBULA_ACCESS_TOKEN are both set"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := acctest.NewStage(t, acctest.Options{Environment: test.env}).With(key())
			s.Provider = test.args
			s.Plan().Fails(test.want)
			s.ExpectSilence()
		})
	}
}

// A mistake is shown where it is, and a secret on no line.
func TestAccInvalidConfiguration(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	c := w.CLI(t)
	for _, test := range []struct {
		lines string
		want  []string
	}{
		{`max_retries = 0.5`, []string{"Error:", "max_retries = 0.5"}},
		{`ownership_marker = "perhaps"`, []string{"Incorrect attribute value type", `ownership_marker = "perhaps"`}},
		{`request_timeout = "soon"`, []string{"Invalid Time Duration String Value", `request_timeout = "soon"`}},
		{`api_url = "http://api.example.com"`, []string{"The value of api_url cannot be used", `api_url = "http://api.example.com"`}},
	} {
		c.Write("main.tf", acctest.ProviderBlock(test.lines)+oneKey)
		c.Plan().Expect(1, test.want...)
	}
	w.ExpectSilence()
}

// A plan that only creates works without network and without a credential.
func TestPlanCallsNothing(t *testing.T) {
	t.Parallel()
	for name, env := range map[string]map[string]string{
		"with a key":           nil,
		"without a credential": {"NEBULA_API_KEY": ""},
		"with a password":      {"NEBULA_API_KEY": "", "NEBULA_USERNAME": "a@example.com", "NEBULA_PASSWORD": "p"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := acctest.NewStage(t, acctest.Options{Environment: env}).With(key())
			s.Plan().Succeeds().Silent().Does(map[string]rehearsal.Action{"nebula_api_key.this": rehearsal.Create})
			s.ExpectSilence()
		})
	}
}

func TestMissingCredential(t *testing.T) {
	t.Parallel()
	s := acctest.NewStage(t, acctest.Options{Environment: map[string]string{"NEBULA_API_KEY": ""}}).With(key())
	want := []string{"Error: Missing credential", "api_key (environment variable NEBULA_API_KEY)", "access_token (environment variable NEBULA_ACCESS_TOKEN)",
		"username (environment variable NEBULA_USERNAME) with password (environment variable NEBULA_PASSWORD)"}
	s.Apply().Fails(want...)
	_, told := s.Looked("nebula_api_keys", nil)
	told.Fails(want...)
	s.ExpectSilence()
}

// A credential can come from another resource. While it is not known, plans go
// on with the last known state and call nothing.
func TestUnknownCredential(t *testing.T) {
	t.Parallel()
	s := acctest.NewStage(t, acctest.Options{Environment: map[string]string{"NEBULA_API_KEY": ""}}).With(key())
	unknown, known := rehearsal.Args{"api_key": rehearsal.Unknown}, rehearsal.Args{"api_key": s.OwnSecret}
	for _, change := range []map[string]rehearsal.Action{{"nebula_api_key.this": rehearsal.Create}, nil} {
		s.Provider = unknown
		planned := s.Plan().Succeeds().Does(change)
		s.ExpectSilence()
		if change == nil {
			planned.Succeeds("Warning: Provider configuration is not known yet", "api_key", "Its last known state is kept and may be out of date.")
		}
		s.Provider = known
		if report := s.ApplyPlan(t.Context(), planned.Planned); report.Failed() {
			t.Fatal(report)
		}
		s.Changed(acctest.Calls{fakenebula.OpCreateKey: len(change)})
	}
	// A data source cannot do without an answer, so it says what is missing.
	s.Provider = unknown
	_, told := s.Looked("nebula_api_keys", nil)
	told.Fails("The value of the provider's argument api_key will be known only during apply")
	s.ExpectSilence()
	s.Provider = known
	s.Destroy().Succeeds()
}

// What is used says who called: one login for any number of calls, and a user
// agent of versions only.
func TestAccLogin(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{
		Fake:        fakenebula.Options{Users: map[string]string{"a@example.com": "p w"}},
		Environment: map[string]string{"NEBULA_API_KEY": "", "NEBULA_PASSWORD": "p w"},
	})
	agent := regexp.MustCompile(`^terraform-provider-nebula/test Terraform/\d+\.\d+\.\d+\S*$`)
	w.Test(resource.TestCase{
		CheckDestroy: w.NothingLeft,
		Steps: []resource.TestStep{{
			Config: acctest.ProviderBlock(`username = "a@example.com"`) + `
resource "nebula_api_key" "these" {
  count = 3
  name  = "key ${count.index}"
}
`,
			Check: w.ExpectLive(fakenebula.KindAPIKey, "key 0", "key 1", "key 2"),
		}},
	})
	journal := w.API.Journal()
	if len(journal) == 0 {
		t.Fatal("the API was not called")
	}
	for _, r := range journal {
		if !agent.MatchString(r.UserAgent) {
			t.Errorf("user agent %q", r.UserAgent)
		}
		if r.Operation != fakenebula.OpLogin && r.CredentialKind != fakenebula.CredentialToken {
			t.Errorf("%s %s with %s", r.Method, r.Path, r.CredentialKind)
		}
	}
	// Terraform starts the provider again for every command, and with it the
	// login. Three creates and three deletes need no more than one each.
	between := 0
	for _, r := range journal {
		switch r.Operation {
		case fakenebula.OpLogin:
			between = 0
		case fakenebula.OpCreateKey, fakenebula.OpDeleteKey:
			between++
		default:
		}
	}
	if between != 3 {
		t.Errorf("%d changes after the last login, want 3", between)
	}
}
