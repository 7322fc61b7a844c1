package provider

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

const (
	goodKey   = "ak_canary-0123456789"
	goodToken = "eyJhbGciOiJub25lIn0.eyJjYW5hcnkiOjF9.c2lnbmF0dXJl"
)

// Shorthands that make a table of configurations readable.
var (
	str     = types.StringValue
	unknown = types.StringUnknown()
)

// defaults is what an empty configuration and environment come to.
func defaults(change func(*settings)) settings {
	s := settings{baseURL: "https://api.nebulablock.com/api/v1", requestTimeout: 30 * time.Second, maxRetries: 4, ownershipMarker: true}
	if change != nil {
		change(&s)
	}
	return s
}

func keyed(key string) func(*settings) {
	return func(s *settings) {
		s.credential, s.apiKey, s.secrets = nebula.APIKeyCredential(key), key, []string{key}
	}
}

func tokened(token string) func(*settings) {
	return func(s *settings) { s.credential, s.secrets = nebula.AccessToken(token), []string{token} }
}

func loggedIn(username, password, escaped string) func(*settings) {
	return func(s *settings) {
		s.credential, s.secrets = nebula.Password(username, password), []string{password, escaped}
	}
}

func waiting(arguments ...string) func(*settings) {
	return func(s *settings) { s.unknown = arguments }
}

func TestResolve(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		config config
		env    map[string]string
		want   settings
	}{
		"nothing":                        {want: defaults(nil)},
		"empty variables are not set":    {env: map[string]string{"NEBULA_API_URL": "", "NEBULA_API_KEY": "", "NEBULA_MAX_RETRIES": ""}, want: defaults(nil)},
		"unrelated variables":            {env: map[string]string{"API_KEY": goodKey, "TF_VAR_api_key": goodKey}, want: defaults(nil)},
		"api_url":                        {config: config{APIURL: str("https://example.com/api/v2/")}, want: defaults(func(s *settings) { s.baseURL = "https://example.com/api/v2" })},
		"api_url on this machine":        {config: config{APIURL: str("http://localhost:8080/api/v1")}, want: defaults(func(s *settings) { s.baseURL = "http://localhost:8080/api/v1" })},
		"api_url from the environment":   {env: map[string]string{"NEBULA_API_URL": "https://env.example.com/x"}, want: defaults(func(s *settings) { s.baseURL = "https://env.example.com/x" })},
		"api_url beats the environment":  {config: config{APIURL: str("https://config.example.com")}, env: map[string]string{"NEBULA_API_URL": "https://env.example.com"}, want: defaults(func(s *settings) { s.baseURL = "https://config.example.com" })},
		"a bad variable that is beaten":  {config: config{APIURL: str("https://config.example.com")}, env: map[string]string{"NEBULA_API_URL": "ftp://env.example.com"}, want: defaults(func(s *settings) { s.baseURL = "https://config.example.com" })},
		"api_url is not known":           {config: config{APIURL: unknown, APIKey: str(goodKey)}, env: map[string]string{"NEBULA_API_URL": "https://env.example.com"}, want: defaults(func(s *settings) { keyed(goodKey)(s); s.unknown = []string{"api_url"} })},
		"request_timeout":                {config: config{RequestTimeout: timetypes.NewGoDurationValueFromStringMust("1m30s")}, env: map[string]string{"NEBULA_REQUEST_TIMEOUT": "5s"}, want: defaults(func(s *settings) { s.requestTimeout = 90 * time.Second })},
		"request_timeout from env":       {env: map[string]string{"NEBULA_REQUEST_TIMEOUT": "5s"}, want: defaults(func(s *settings) { s.requestTimeout = 5 * time.Second })},
		"max_retries":                    {config: config{MaxRetries: types.Int64Value(0)}, env: map[string]string{"NEBULA_MAX_RETRIES": "9"}, want: defaults(func(s *settings) { s.maxRetries = 0 })},
		"max_retries from env":           {env: map[string]string{"NEBULA_MAX_RETRIES": "0"}, want: defaults(func(s *settings) { s.maxRetries = 0 })},
		"most max_retries":               {config: config{MaxRetries: types.Int64Value(100)}, want: defaults(func(s *settings) { s.maxRetries = 100 })},
		"max_requests_per_second":        {config: config{MaxRequestsPerSecond: types.Float64Value(0.5)}, env: map[string]string{"NEBULA_MAX_REQUESTS_PER_SECOND": "9"}, want: defaults(func(s *settings) { s.maxRequestsPerSecond = 0.5 })},
		"max_requests_per_second of env": {env: map[string]string{"NEBULA_MAX_REQUESTS_PER_SECOND": "2.5"}, want: defaults(func(s *settings) { s.maxRequestsPerSecond = 2.5 })},
		"ownership_marker":               {config: config{OwnershipMarker: types.BoolValue(true)}, env: map[string]string{"NEBULA_OWNERSHIP_MARKER": "false"}, want: defaults(nil)},
		"ownership_marker from env":      {env: map[string]string{"NEBULA_OWNERSHIP_MARKER": "false"}, want: defaults(func(s *settings) { s.ownershipMarker = false })},
		"tuning that is not known": {
			config: config{RequestTimeout: timetypes.NewGoDurationUnknown(), MaxRetries: types.Int64Unknown(), MaxRequestsPerSecond: types.Float64Unknown(), OwnershipMarker: types.BoolUnknown()},
			env:    map[string]string{"NEBULA_MAX_RETRIES": "9"},
			want:   defaults(nil),
		},

		"api_key":                          {config: config{APIKey: str(goodKey)}, want: defaults(keyed(goodKey))},
		"api_key of another form":          {config: config{APIKey: str("sk-0123456789")}, want: defaults(keyed("sk-0123456789"))},
		"api_key of no form":               {config: config{APIKey: str("a/b+c=~!")}, want: defaults(keyed("a/b+c=~!"))},
		"access_token of no form":          {config: config{AccessToken: str("opaque")}, want: defaults(tokened("opaque"))},
		"api_key from env":                 {env: map[string]string{"NEBULA_API_KEY": goodKey}, want: defaults(keyed(goodKey))},
		"api_key beats env":                {config: config{APIKey: str(goodKey)}, env: map[string]string{"NEBULA_API_KEY": "ak_other"}, want: defaults(keyed(goodKey))},
		"api_key silences other variables": {config: config{APIKey: str(goodKey)}, env: map[string]string{"NEBULA_ACCESS_TOKEN": "bad", "NEBULA_USERNAME": "u", "NEBULA_PASSWORD": "p"}, want: defaults(keyed(goodKey))},
		"access_token":                     {config: config{AccessToken: str(goodToken)}, env: map[string]string{"NEBULA_API_KEY": goodKey}, want: defaults(tokened(goodToken))},
		"access_token from env":            {env: map[string]string{"NEBULA_ACCESS_TOKEN": goodToken}, want: defaults(tokened(goodToken))},
		"login":                            {config: config{Username: str("a@example.com"), Password: str("p w&")}, env: map[string]string{"NEBULA_API_KEY": goodKey}, want: defaults(loggedIn("a@example.com", "p w&", "p+w%26"))},
		"login from env":                   {env: map[string]string{"NEBULA_USERNAME": "a@example.com", "NEBULA_PASSWORD": "p"}, want: defaults(loggedIn("a@example.com", "p", "p"))},
		"username with password from env":  {config: config{Username: str("a@example.com")}, env: map[string]string{"NEBULA_USERNAME": "b@example.com", "NEBULA_PASSWORD": "p", "NEBULA_API_KEY": goodKey}, want: defaults(loggedIn("a@example.com", "p", "p"))},
		"password with username from env":  {config: config{Password: str("p")}, env: map[string]string{"NEBULA_USERNAME": "b@example.com"}, want: defaults(loggedIn("b@example.com", "p", "p"))},
		"api_key is not known":             {config: config{APIKey: unknown}, env: map[string]string{"NEBULA_API_KEY": goodKey}, want: defaults(waiting("api_key"))},
		"access_token is not known":        {config: config{AccessToken: unknown}, want: defaults(waiting("access_token"))},
		"password is not known":            {config: config{Username: str("u"), Password: unknown}, env: map[string]string{"NEBULA_PASSWORD": "p"}, want: defaults(waiting("password"))},
		"username is not known":            {config: config{Username: unknown}, env: map[string]string{"NEBULA_PASSWORD": "p"}, want: defaults(waiting("username"))},
		"no part of the login is known":    {config: config{Username: unknown, Password: unknown}, want: defaults(waiting("username", "password"))},
		"nothing is known":                 {config: config{APIURL: unknown, APIKey: unknown}, want: defaults(waiting("api_url", "api_key"))},
		"a known one beats an unknown one": {config: config{APIKey: str(goodKey), AccessToken: unknown}, want: defaults(keyed(goodKey))},
		"two that are not known":           {config: config{APIKey: unknown, AccessToken: unknown}, want: defaults(waiting("api_key", "access_token"))},
		"a conflict in the environment that the configuration beats": {config: config{AccessToken: str(goodToken)}, env: map[string]string{"NEBULA_API_KEY": goodKey, "NEBULA_USERNAME": "u"}, want: defaults(tokened(goodToken))},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, diags := resolve(test.config, environment(test.env))
			if len(diags) != 0 {
				t.Fatalf("got %v", diags)
			}
			if g, w := fingerprintOf(got), fingerprintOf(test.want); g != w {
				t.Errorf("got  %s\nwant %s", g, w)
			}
			if diags := validate(test.config); len(diags) != 0 {
				t.Errorf("validate: got %v", diags)
			}
		})
	}
}

// fingerprintOf makes settings comparable and printable.
func fingerprintOf(s settings) string {
	credential := "none"
	switch {
	case s.credential == nil:
	case s.credential == nebula.APIKeyCredential(s.apiKey):
		credential = "api key"
	case len(s.secrets) == 1 && s.credential == nebula.AccessToken(s.secrets[0]):
		credential = "access token"
	default:
		for _, name := range []string{"a@example.com", "b@example.com"} {
			if s.credential == nebula.Password(name, s.secrets[0]) {
				credential = name
			}
		}
	}
	b, err := json.Marshal([]any{s.baseURL, credential, s.apiKey, s.secrets, s.requestTimeout.String(), s.maxRetries, s.maxRequestsPerSecond, s.ownershipMarker, s.unknown})
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func environment(values map[string]string) getenv {
	return func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	}
}

func TestResolveRefuses(t *testing.T) {
	t.Parallel()
	const canary = "canary"
	tests := map[string]struct {
		config config
		env    map[string]string
		on     string   // the attribute; "" where its line could show a secret
		says   []string // parts of the text
		// atApply is a mistake that a valid configuration can have in one
		// environment and not in another.
		atApply bool
	}{
		"api_url with a password":             {config: config{APIURL: str("https://u:canary@example.com")}, says: []string{"user name or password"}},
		"api_url without encryption":          {config: config{APIURL: str("http://example.com")}, on: "api_url", says: []string{"plain http"}},
		"api_url with a query":                {config: config{APIURL: str("https://example.com?canary=1")}, says: []string{"query"}},
		"api_url that is none":                {config: config{APIURL: str("canary")}, on: "api_url", says: []string{"must begin with https://"}},
		"api_url empty":                       {config: config{APIURL: str("")}, on: "api_url", says: []string{"empty string", "null"}},
		"api_url from env":                    {env: map[string]string{"NEBULA_API_URL": "ftp://canary"}, on: "api_url", says: []string{"NEBULA_API_URL", "https://"}, atApply: true},
		"api_key empty":                       {config: config{APIKey: str("")}, says: []string{"empty string", "null"}},
		"api_key empty with a good variable":  {config: config{APIKey: str("")}, env: map[string]string{"NEBULA_API_KEY": goodKey}, says: []string{"empty string"}},
		"api_key with a line break":           {config: config{APIKey: str("ak_canary\n")}, says: []string{"visible ASCII"}},
		"api_key with a space":                {config: config{APIKey: str("ak_can ary")}, says: []string{"visible ASCII"}},
		"api_key with an umlaut":              {config: config{APIKey: str("ak_cänary")}, says: []string{"visible ASCII"}},
		"api_key from env":                    {env: map[string]string{"NEBULA_API_KEY": "can ary"}, says: []string{"NEBULA_API_KEY", "visible ASCII"}, atApply: true},
		"access_token empty":                  {config: config{AccessToken: str("")}, says: []string{"empty string"}},
		"access_token with a space":           {config: config{AccessToken: str("Bearer canary.b.c")}, says: []string{"visible ASCII"}},
		"access_token from env":               {env: map[string]string{"NEBULA_ACCESS_TOKEN": "canary\n"}, says: []string{"NEBULA_ACCESS_TOKEN", "visible ASCII"}, atApply: true},
		"username empty":                      {config: config{Username: str(""), Password: str("canary")}, on: "username", says: []string{"empty string"}},
		"username with a line break":          {config: config{Username: str("canary\n"), Password: str("canary")}, on: "username", says: []string{"control characters"}},
		"password empty":                      {config: config{Username: str("u"), Password: str("")}, says: []string{"empty string"}},
		"username alone":                      {config: config{Username: str("u")}, on: "password", says: []string{"only username is set", "NEBULA_PASSWORD"}, atApply: true},
		"password alone":                      {config: config{Password: str("canary")}, on: "username", says: []string{"only password is set", "NEBULA_USERNAME"}, atApply: true},
		"username alone in env":               {env: map[string]string{"NEBULA_USERNAME": "u"}, on: "password", says: []string{"only NEBULA_USERNAME is set", "NEBULA_PASSWORD"}, atApply: true},
		"api_key and access_token":            {config: config{APIKey: str(goodKey), AccessToken: str(goodToken)}, says: []string{"api_key and access_token are both set in the configuration"}},
		"api_key and username":                {config: config{APIKey: str(goodKey), Username: str("u")}, says: []string{"api_key and username"}},
		"api_key and password":                {config: config{APIKey: str(goodKey), Password: str("canary")}, says: []string{"api_key and password"}},
		"access_token and login":              {config: config{AccessToken: str(goodToken), Username: str("u"), Password: str("canary")}, says: []string{"access_token and username"}},
		"two credentials in env":              {env: map[string]string{"NEBULA_API_KEY": goodKey, "NEBULA_ACCESS_TOKEN": goodToken}, says: []string{"NEBULA_API_KEY and NEBULA_ACCESS_TOKEN are both set"}, atApply: true},
		"key and login in env":                {env: map[string]string{"NEBULA_API_KEY": goodKey, "NEBULA_PASSWORD": "canary"}, says: []string{"NEBULA_API_KEY and NEBULA_PASSWORD"}, atApply: true},
		"request_timeout of nothing":          {config: config{RequestTimeout: timetypes.NewGoDurationValueFromStringMust("0s")}, on: "request_timeout", says: []string{"longer than 0s"}},
		"request_timeout below nothing":       {config: config{RequestTimeout: timetypes.NewGoDurationValueFromStringMust("-1s")}, on: "request_timeout", says: []string{"longer than 0s"}},
		"request_timeout from env":            {env: map[string]string{"NEBULA_REQUEST_TIMEOUT": "30"}, on: "request_timeout", says: []string{"NEBULA_REQUEST_TIMEOUT", "Go duration"}, atApply: true},
		"max_retries below 0":                 {config: config{MaxRetries: types.Int64Value(-1)}, on: "max_retries", says: []string{"from 0 to 100"}},
		"max_retries beyond":                  {config: config{MaxRetries: types.Int64Value(101)}, on: "max_retries", says: []string{"from 0 to 100"}},
		"max_retries from env":                {env: map[string]string{"NEBULA_MAX_RETRIES": "2.5"}, on: "max_retries", says: []string{"NEBULA_MAX_RETRIES", "whole number"}, atApply: true},
		"max_requests_per_second of 0":        {config: config{MaxRequestsPerSecond: types.Float64Value(0)}, on: "max_requests_per_second", says: []string{"above 0"}},
		"max_requests_per_second without end": {env: map[string]string{"NEBULA_MAX_REQUESTS_PER_SECOND": "Inf"}, on: "max_requests_per_second", says: []string{"above 0"}, atApply: true},
		"max_requests_per_second of NaN":      {env: map[string]string{"NEBULA_MAX_REQUESTS_PER_SECOND": "NaN"}, on: "max_requests_per_second", says: []string{"above 0"}, atApply: true},
		"ownership_marker from env":           {env: map[string]string{"NEBULA_OWNERSHIP_MARKER": "canary"}, on: "ownership_marker", says: []string{"NEBULA_OWNERSHIP_MARKER", "true or false"}, atApply: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, diags := resolve(test.config, environment(test.env))
			check := func(diags diag.Diagnostics) {
				t.Helper()
				if len(diags) != 1 || diags.ErrorsCount() != 1 {
					t.Fatalf("got %v", diags)
				}
				on, points := diags[0].(diag.DiagnosticWithPath)
				if points != (test.on != "") || points && !on.Path().Equal(path.Root(test.on)) {
					t.Errorf("not on %q: %v", test.on, diags[0])
				}
				whole := diags[0].Summary() + "\n" + diags[0].Detail()
				for _, part := range test.says {
					if !strings.Contains(whole, part) {
						t.Errorf("no %q in:\n%s", part, whole)
					}
				}
				for _, secret := range []string{canary, goodKey, goodToken} {
					if strings.Contains(whole, secret) {
						t.Errorf("%q is in:\n%s", secret, whole)
					}
				}
			}
			check(diags)
			if validated := validate(test.config); test.atApply {
				if len(validated) != 0 {
					t.Errorf("validate: got %v", validated)
				}
			} else {
				check(validated)
			}
		})
	}
}

func TestSeveralMistakesAreReportedTogether(t *testing.T) {
	t.Parallel()
	diags := validate(config{APIURL: str("x"), APIKey: str("x y"), MaxRetries: types.Int64Value(-1)})
	if diags.ErrorsCount() != 3 {
		t.Errorf("got %v", diags)
	}
}

// The duration's type reports one that is none, so validate must not repeat it.
func TestMalformedTimeoutIsReportedOnce(t *testing.T) {
	t.Parallel()
	malformed := timetypes.GoDuration{StringValue: str("soon")}
	if diags := validate(config{RequestTimeout: malformed}); len(diags) != 0 {
		t.Errorf("got %v", diags)
	}
	if _, diags := resolve(config{RequestTimeout: malformed}, environment(nil)); diags.ErrorsCount() != 1 {
		t.Errorf("got %v", diags)
	}
}

func TestMissingCredentialNamesAllWays(t *testing.T) {
	t.Parallel()
	detail := missingCredential().Detail()
	for _, name := range []string{"api_key", "NEBULA_API_KEY", "access_token", "NEBULA_ACCESS_TOKEN", "username", "NEBULA_USERNAME", "password", "NEBULA_PASSWORD"} {
		if !strings.Contains(detail, name) {
			t.Errorf("no %s in:\n%s", name, detail)
		}
	}
}

func TestUserAgent(t *testing.T) {
	t.Parallel()
	for want, versions := range map[string][2]string{
		"terraform-provider-nebula/1.2.3 Terraform/1.16.0":        {"1.2.3", "1.16.0"},
		"terraform-provider-nebula/dev":                           {"dev", ""},
		"terraform-provider-nebula/1.0.0-rc.1+x Terraform/1.11.4": {"1.0.0-rc.1+x", "1.11.4\r\nX-Evil: 1"[:6]},
		"terraform-provider-nebula/1 Terraform/1X-Evil2":          {"1", "1\r\nX-Evil: 2"},
	} {
		if got := userAgent(versions[0], versions[1]); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
