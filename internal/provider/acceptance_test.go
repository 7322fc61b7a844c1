package provider_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

func TestMain(m *testing.M) { acctest.Main(m) }

const oneKey = `
resource "nebula_api_key" "this" {
  name = "one"
}
`

// loosely finds words however Terraform wraps and frames them.
func loosely(words string) *regexp.Regexp {
	fields := strings.Fields(words)
	for i, field := range fields {
		fields[i] = regexp.QuoteMeta(field)
	}
	return regexp.MustCompile(strings.Join(fields, `[\s│╷╵|]+`))
}

// Every mistake in the provider's configuration is shown by a plan, on its
// argument, without a call. TestResolveRefuses has all of them; these are one
// of each kind on a real command line.
func TestAccInvalidConfiguration(t *testing.T) {
	t.Parallel()
	none := map[string]string{"NEBULA_API_KEY": ""}
	for name, test := range map[string]struct {
		env   map[string]string
		lines string
		want  string
	}{
		"address without encryption": {nil, `api_url = "http://api.example.com"`, "The value of api_url cannot be used: plain http would send credentials in the clear"},
		"address with a password":    {nil, `api_url = "https://u:p@api.example.com"`, "The value of api_url cannot be used: it must not hold a user name or password."},
		"empty key":                  {nil, `api_key = ""`, "The value of api_key cannot be used: an empty string is no value."},
		"key with a space":           {nil, `api_key = "sk 0123456789"`, "The value of api_key cannot be used: it must have only visible ASCII characters"},
		"token with its scheme":      {nil, `access_token = "Bearer abc"`, "The value of access_token cannot be used: it must have only visible ASCII characters"},
		"two credentials":            {nil, "api_key = \"ak_0123456789\"\n  access_token = \"a.b.c\"", "api_key and access_token are both set in the configuration."},
		"username alone":             {none, `username = "a@example.com"`, "only username is set. Set password (environment variable NEBULA_PASSWORD) as well."},
		"password alone":             {none, `password = "p"`, "only password is set. Set username (environment variable NEBULA_USERNAME) as well."},
		"no duration":                {nil, `request_timeout = "soon"`, "Invalid Time Duration String Value"},
		"timeout of nothing":         {nil, `request_timeout = "0s"`, "The value of request_timeout cannot be used: it must be longer than nothing."},
		"retries below 0":            {nil, `max_retries = -1`, "The value of max_retries cannot be used: it must be a whole number from 0 to 100."},
		"half a retry":               {nil, `max_retries = 0.5`, "Error:"},
		"rate of 0":                  {nil, `max_requests_per_second = 0`, "The value of max_requests_per_second cannot be used: it must be a number above 0."},
		"marker that is no bool":     {nil, `ownership_marker = "perhaps"`, "Incorrect attribute value type"},
		"variable":                   {map[string]string{"NEBULA_MAX_RETRIES": "many"}, "", "The value of the environment variable NEBULA_MAX_RETRIES"},
		"two variables":              {map[string]string{"NEBULA_ACCESS_TOKEN": "a.b.c"}, "", "The environment variables NEBULA_API_KEY and NEBULA_ACCESS_TOKEN are both set"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, acctest.Options{Environment: test.env})
			w.Test(resource.TestCase{Steps: []resource.TestStep{{
				Config:      acctest.ProviderBlock(test.lines) + oneKey,
				PlanOnly:    true,
				ExpectError: loosely(test.want),
			}}})
			w.ExpectSilence()
		})
	}
}

// A plan that only creates works without network and without a credential.
func TestAccPlanCallsNothing(t *testing.T) {
	t.Parallel()
	for name, env := range map[string]map[string]string{
		"with a key":           nil,
		"without a credential": {"NEBULA_API_KEY": ""},
		"with a password":      {"NEBULA_API_KEY": "", "NEBULA_USERNAME": "a@example.com", "NEBULA_PASSWORD": "p"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, acctest.Options{Environment: env})
			w.Test(resource.TestCase{Steps: []resource.TestStep{{
				Config:             oneKey,
				PlanOnly:           true,
				ExpectNonEmptyPlan: true,
			}}})
			w.ExpectSilence()
		})
	}
}

func TestAccMissingCredential(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]string{
		"resource":    oneKey,
		"data source": `data "nebula_api_keys" "all" {}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, acctest.Options{Environment: map[string]string{"NEBULA_API_KEY": ""}})
			w.Test(resource.TestCase{Steps: []resource.TestStep{{
				Config: config,
				ExpectError: loosely("api_key (environment variable NEBULA_API_KEY) access_token (environment variable NEBULA_ACCESS_TOKEN) " +
					"username (environment variable NEBULA_USERNAME) with password (environment variable NEBULA_PASSWORD)"),
			}}})
			w.ExpectSilence()
		})
	}
}

// A credential can come from another resource. While it is not known, plans go
// on with the last known state and call nothing.
//
// A second provider configuration would be closer to life, but the testing
// framework runs all of them in one server, where the last one counts.
func TestAccUnknownCredential(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Environment: map[string]string{"NEBULA_API_KEY": ""}})
	config := func(round string) string {
		return `
resource "terraform_data" "credential" {
  input            = "` + w.OwnSecret + `"
  triggers_replace = "` + round + `"
}
` + acctest.ProviderBlock("api_key = terraform_data.credential.output") + oneKey
	}
	nothingHappens := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction("terraform_data.credential", plancheck.ResourceActionReplace),
		plancheck.ExpectResourceAction("nebula_api_key.this", plancheck.ResourceActionNoop),
	}}
	w.Test(resource.TestCase{
		CheckDestroy: w.NothingLeft,
		Steps: []resource.TestStep{
			{
				Config:             config("1"),
				PlanOnly:           true,
				ExpectNonEmptyPlan: true,
			},
			{
				PreConfig: w.ExpectSilence,
				Config:    config("1"),
				Check: resource.ComposeTestCheckFunc(
					w.ExpectLive(fakenebula.KindAPIKey, "one"),
					w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1}),
				),
			},
			{
				PreConfig:          w.API.ResetJournal,
				Config:             config("2"),
				PlanOnly:           true,
				ExpectNonEmptyPlan: true,
			},
			{
				PreConfig:        w.ExpectSilence,
				Config:           config("2"),
				ConfigPlanChecks: nothingHappens,
				Check: resource.ComposeTestCheckFunc(
					w.ExpectLive(fakenebula.KindAPIKey, "one"),
					w.ExpectCalls(acctest.Calls{}),
				),
			},
		},
	})
}

// A data source cannot do without an answer, so it says what is missing.
func TestAccUnknownCredentialOfDataSource(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	w.Test(resource.TestCase{Steps: []resource.TestStep{{
		Config: `
resource "terraform_data" "credential" {
  input = "` + w.OwnSecret + `"
}
` + acctest.ProviderBlock("api_key = terraform_data.credential.output") + `
data "nebula_api_keys" "all" {}
`,
		ExpectError: loosely("The value of the provider's argument api_key will be known only during apply"),
	}}})
	w.ExpectSilence()
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
	// Terraform starts the provider anew for every command, and with it the
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
