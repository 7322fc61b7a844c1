package provider

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

const (
	defaultRequestTimeout  = 30 * time.Second
	defaultMaxRetries      = 4
	defaultOwnershipMarker = true
	mostRetries            = 100
)

// getenv is os.LookupEnv or what stands in for it.
type getenv func(string) (string, bool)

// settings is the resolved configuration.
type settings struct {
	baseURL string
	// credential is nil when there is none, or when it is not known yet.
	credential nebula.Credential
	// apiKey is set when that is the credential.
	apiKey               string
	secrets              []string
	requestTimeout       time.Duration
	maxRetries           int
	maxRequestsPerSecond float64
	ownershipMarker      bool
	// unknown names the arguments without whose values nothing can be called
	// and which only the apply will know.
	unknown []string
}

// resolve makes settings of the configuration, the environment and the
// defaults, in this order of precedence, and of nothing else.
func resolve(cfg config, env getenv) (settings, diag.Diagnostics) {
	r := &resolver{getenv: env}
	s := r.settings(cfg)
	return s, r.diags
}

// validate reports what is wrong with a configuration whatever the environment
// holds. Values that are not known yet are passed over.
func validate(cfg config) diag.Diagnostics {
	if _, err := time.ParseDuration(cfg.RequestTimeout.ValueString()); err != nil {
		// The attribute's type reports that by itself.
		cfg.RequestTimeout = timetypes.NewGoDurationNull()
	}
	r := &resolver{}
	r.settings(cfg)
	return r.diags
}

// resolver gathers what is wrong on the way.
type resolver struct {
	// getenv is nil while only the configuration is looked at.
	getenv getenv
	diags  diag.Diagnostics
}

// source says where a value comes from.
type source int

const (
	fromNowhere source = iota
	fromEnvironment
	// notYet is a value of the configuration that only the apply will know.
	notYet
	fromConfiguration
	// unusable is an empty string, which has been reported.
	unusable
)

// text is the value of an argument before it is read as what it stands for.
type text struct {
	argument string
	value    string
	from     source
}

func (t text) set() bool { return t.from == fromConfiguration || t.from == fromEnvironment }

// name is the argument or the environment variable that holds the value.
func (t text) name() string {
	if t.from == fromEnvironment {
		return tfkit.EnvironmentVariable(t.argument)
	}
	return t.argument
}

// text finds the value of an argument; written is what the configuration
// holds, as text.
func (r *resolver) text(argument string, value attr.Value, written string) text {
	switch {
	case value.IsUnknown():
		return text{argument, "", notYet}
	case !value.IsNull() && written == "":
		t := text{argument, "", unusable}
		r.invalid(t, "an empty string is not a value. Leave the argument out, or set it to null, to use the environment variable or the default")
		return t
	case !value.IsNull():
		return text{argument, written, fromConfiguration}
	}
	if r.getenv != nil {
		// People unset a variable by emptying it.
		if v, _ := r.getenv(tfkit.EnvironmentVariable(argument)); v != "" {
			return text{argument, v, fromEnvironment}
		}
	}
	return text{argument, "", fromNowhere}
}

// invalid reports a value that cannot be used. It may be a secret, so the text
// tells only what is wrong with it, and the error does not point at its line,
// which Terraform would print.
func (r *resolver) invalid(t text, problem string) {
	where := "The value of " + t.argument
	if t.from == fromEnvironment {
		where = fmt.Sprintf("The value of the environment variable %s, which is used because the configuration does not set %s,",
			t.name(), t.argument)
	}
	summary, detail := "Invalid "+t.argument, fmt.Sprintf("%s cannot be used: %s.", where, problem)
	if t.mayBeSecret() {
		r.diags.AddError(summary, detail)
		return
	}
	r.diags.AddAttributeError(path.Root(t.argument), summary, detail)
}

// mayBeSecret says that the value is a secret or may hold one, such as a URL with
// a password or with a query.
func (t text) mayBeSecret() bool {
	switch t.argument {
	case tfkit.ArgAPIKey, tfkit.ArgAccessToken, tfkit.ArgPassword:
		return true
	default:
		return strings.ContainsAny(t.value, "@?#") || nebula.LooksLikeSecret(t.value)
	}
}

func (r *resolver) settings(cfg config) settings {
	s := settings{
		baseURL:         nebula.DefaultBaseURL,
		requestTimeout:  defaultRequestTimeout,
		maxRetries:      defaultMaxRetries,
		ownershipMarker: defaultOwnershipMarker,
	}

	apiURL := r.text(tfkit.ArgAPIURL, cfg.APIURL, cfg.APIURL.ValueString())
	if apiURL.from == notYet {
		s.unknown = append(s.unknown, apiURL.argument)
	}
	read(r, apiURL, &s.baseURL, nebula.ParseBaseURL)
	r.credential(cfg, &s)

	// These only tune how the API is called: until they are known, the
	// defaults do.
	read(r, r.text(tfkit.ArgRequestTimeout, cfg.RequestTimeout, cfg.RequestTimeout.ValueString()),
		&s.requestTimeout, parseTimeout)
	read(r, r.text(tfkit.ArgMaxRetries, cfg.MaxRetries, strconv.FormatInt(cfg.MaxRetries.ValueInt64(), 10)),
		&s.maxRetries, parseRetries)
	read(r, r.text(tfkit.ArgMaxRequestsPerSecond, cfg.MaxRequestsPerSecond, strconv.FormatFloat(cfg.MaxRequestsPerSecond.ValueFloat64(), 'g', -1, 64)),
		&s.maxRequestsPerSecond, parseRate)
	read(r, r.text(tfkit.ArgOwnershipMarker, cfg.OwnershipMarker, strconv.FormatBool(cfg.OwnershipMarker.ValueBool())),
		&s.ownershipMarker, parseBool)
	return s
}

// read sets into to the value of an argument that is set.
func read[T any](r *resolver, t text, into *T, parse func(string) (T, error)) {
	if !t.set() {
		return
	}
	value, err := parse(t.value)
	if err != nil {
		r.invalid(t, err.Error())
		return
	}
	*into = value
}

// credential finds the one credential. One in the configuration silences the
// others' environment variables; two from the same place are an error.
func (r *resolver) credential(cfg config, s *settings) {
	apiKey := r.text(tfkit.ArgAPIKey, cfg.APIKey, cfg.APIKey.ValueString())
	accessToken := r.text(tfkit.ArgAccessToken, cfg.AccessToken, cfg.AccessToken.ValueString())
	username := r.text(tfkit.ArgUsername, cfg.Username, cfg.Username.ValueString())
	password := r.text(tfkit.ArgPassword, cfg.Password, cfg.Password.ValueString())
	kinds := [][]text{{apiKey}, {accessToken}, {username, password}}

	chosen := -1
	for _, place := range []source{fromConfiguration, notYet, fromEnvironment} {
		held := false
		for kind, texts := range kinds {
			for _, t := range texts {
				if t.from != place {
					continue
				}
				held = true
				switch {
				case place == notYet:
					s.unknown = append(s.unknown, t.argument)
				case chosen == -1:
					chosen = kind
				case chosen != kind:
					r.conflict(first(kinds[chosen], place), t)
					return
				}
			}
		}
		if held {
			break
		}
	}

	switch chosen {
	case 0:
		read(r, apiKey, &s.apiKey, parseBearer)
		if s.apiKey != "" {
			s.credential, s.secrets = nebula.APIKeyCredential(s.apiKey), []string{s.apiKey}
		}
	case 1:
		var token string
		read(r, accessToken, &token, parseBearer)
		if token != "" {
			s.credential, s.secrets = nebula.AccessToken(token), []string{token}
		}
	case 2:
		r.login(username, password, s)
	}
}

// login puts a user name and a password together, which may come from
// different places.
func (r *resolver) login(username, password text, s *settings) {
	for _, t := range []text{username, password} {
		switch t.from {
		case notYet:
			s.unknown = append(s.unknown, t.argument)
		case fromNowhere:
			if r.getenv == nil {
				continue // The environment may hold it.
			}
			other := username
			if t == username {
				other = password
			}
			r.diags.AddAttributeError(path.Root(t.argument), "Missing user name or password",
				fmt.Sprintf("A user name and a password are needed together, and only %s is set. Set %s as well.", other.name(), tfkit.ArgumentAndVariable(t.argument)))
		case fromEnvironment, fromConfiguration, unusable:
		}
	}
	var name, secret string
	read(r, username, &name, parseUsername)
	read(r, password, &secret, func(s string) (string, error) { return s, nil })
	if name != "" && secret != "" {
		s.credential, s.secrets = nebula.Password(name, secret), []string{secret, url.QueryEscape(secret)}
	}
}

func first(texts []text, place source) text {
	for _, t := range texts {
		if t.from == place {
			return t
		}
	}
	return text{}
}

const oneCredential = "Exactly one credential can be used: api_key, access_token, or username with password."

func (r *resolver) conflict(a, b text) {
	detail := fmt.Sprintf("%s and %s are both set in the configuration. %s Remove one of them.", a.name(), b.name(), oneCredential)
	if b.from == fromEnvironment {
		detail = fmt.Sprintf("The environment variables %s and %s are both set, and the configuration holds no credential. %s Unset one of them.",
			a.name(), b.name(), oneCredential)
	}
	r.diags.AddError("Conflicting credentials", detail)
}

// missingCredential is reported when something is first needed of the API.
func missingCredential() diag.Diagnostic {
	ways := []string{
		tfkit.ArgumentAndVariable(tfkit.ArgAPIKey),
		tfkit.ArgumentAndVariable(tfkit.ArgAccessToken),
		tfkit.ArgumentAndVariable(tfkit.ArgUsername) + " with " + tfkit.ArgumentAndVariable(tfkit.ArgPassword),
	}
	return diag.NewErrorDiagnostic("Missing credential", "The API cannot be used without a credential, and the provider has none.\n\n"+
		"Next: Set one of these in the provider's configuration or in the environment:\n\n  "+strings.Join(ways, "\n  "))
}

// The parsers' errors complete "cannot be used: ..." and never quote the value.

// parseBearer refuses only what cannot be a credential. Keys begin with "ak_" or
// "sk-", and access tokens are JWTs today, but others exist.
func parseBearer(s string) (string, error) {
	if !visible(s) {
		return "", errors.New("it must have only visible ASCII characters (a space or a line break may have slipped in)")
	}
	return s, nil
}

func parseUsername(s string) (string, error) {
	if strings.ContainsFunc(s, unicode.IsControl) {
		return "", errors.New("it must not hold control characters (a line break may have slipped in)")
	}
	return s, nil
}

func parseTimeout(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		return 0, errors.New("it must be a Go duration such as 30s or 1m30s")
	case d <= 0:
		return 0, errors.New("it must be longer than 0s")
	}
	return d, nil
}

func parseRetries(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > mostRetries {
		return 0, fmt.Errorf("it must be a whole number from 0 to %d", mostRetries)
	}
	return n, nil
}

func parseRate(s string) (float64, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0) || math.IsInf(f, 0) {
		return 0, errors.New("it must be a number above 0")
	}
	return f, nil
}

func parseBool(s string) (bool, error) {
	b, err := strconv.ParseBool(s)
	if err != nil {
		return false, errors.New("it must be true or false")
	}
	return b, nil
}

// visible says that s can stand in a header as it is.
func visible(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}
