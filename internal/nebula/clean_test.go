package nebula_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func TestCleanText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                 "",
		"plain text":                       "plain text",
		" \t trimmed\r\n":                  "trimmed",
		"two\nlines\r\nand\ttab":           "two lines  and tab",
		"\x1b[31mred\x1b[0m":               `\u001b[31mred\u001b[0m`,
		"\x1b]0;title\x07":                 `\u001b]0;title\u0007`,
		"bell\x07 null\x00 del\x7f":        `bell\u0007 null\u0000 del\u007f`,
		"c1 \u009b31m":                     `c1 \u009b31m`,
		"\u202edetrevni\u202c":             `\u202edetrevni\u202c`,
		"\u2066isolate\u2069":              `\u2066isolate\u2069`,
		"zero\u200bwidth\u200d\ufeff":      `zero\u200bwidth\u200d\ufeff`,
		"line\u2028paragraph\u2029end":     `line\u2028paragraph\u2029end`,
		"no-break\u00a0space":              `no-break\u00a0space`,
		"tag \U000e0041":                   `tag \U000e0041`,
		"invalid \xff\xfe utf-8":           "invalid \ufffd\ufffd utf-8",
		"ünï ☃ 😀 中文":                       "ünï ☃ 😀 中文",
		`back\slash "quotes"`:              `back\slash "quotes"`,
		"key ak_abcdef-123_456 used":       "key (masked) used",
		"?key=ak_abcdef123&x":              "?key=(masked)&x",
		"short ak_abc":                     "short ak_abc",
		"token " + exampleJWT + ".":        "token (masked).",
		"Authorization: Bearer abcdefghij": "Authorization: (masked)",
		"bearer   opaque.token/value==":    "(masked)",
		"AGE-SECRET-KEY-1QQQQQQQQ":         "(masked)",
		"AGE-SECRET-KEY-PQ-1QQQQQQQQ":      "(masked)",
	} {
		if got := nebula.CleanText(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

func TestCleanTextCap(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"x", "ü", "😀", "\x1b", "\xff", "\u202e"} {
		for _, n := range []int{84, 85, 511, 512, 513, 10_000} {
			got := nebula.CleanText(strings.Repeat(unit, n))
			if length := utf8.RuneCountInString(got); length > 512 || !utf8.ValidString(got) {
				t.Errorf("%d of %q give %d characters", n, unit, length)
			}
			if cut := strings.HasSuffix(got, "..."); unit == "x" && cut != (n > 512) {
				t.Errorf("%d characters give %q", n, got)
			}
		}
	}
}

// TestCleanTextMasksAcrossTheCap: a secret is masked before the text is cut, so
// that no half of one is left.
func TestCleanTextMasksAcrossTheCap(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{apiKey, exampleJWT, "Bearer canary-opaque-token-of-the-tests"} {
		for before := 400; before < 530; before++ {
			got := nebula.CleanText(strings.Repeat("-", before) + " " + secret + " tail")
			if strings.Contains(got, secret[:8]) || strings.Contains(got, "canary") {
				t.Fatalf("after %d characters: %q", before, got)
			}
		}
	}
}

// canaries are what must never be seen: the credentials of the tests, in the
// encodings in which a server may repeat them.
func canaries() []string {
	form := url.Values{"password": {password}}.Encode()
	return []string{apiKey, "canary", password, url.QueryEscape(password), form[len("password="):], "opaque-token"}
}

func mustHideCanaries(t *testing.T, what string, shown ...string) {
	t.Helper()
	for _, text := range shown {
		for _, canary := range canaries() {
			if strings.Contains(text, canary) {
				t.Errorf("%s shows %q in %q", what, canary, text)
			}
		}
	}
}

// shownOf is an error in all the ways in which it might be printed, with its
// causes.
func shownOf(err error) []string {
	var all []string
	for ; err != nil; err = errors.Unwrap(err) {
		all = append(all, err.Error(), fmt.Sprintf("%v|%+v|%s|%q", err, err, err, err))
		if e, ok := errors.AsType[*nebula.APIError](err); ok {
			all = append(all, e.Message, e.Reason, e.URL, e.Route)
		}
	}
	return all
}

// TestErrorsHoldNoSecret lets a server repeat every credential it can know, in
// every kind of answer, and prints what comes of it.
func TestErrorsHoldNoSecret(t *testing.T) {
	t.Parallel()
	type known struct {
		credential nebula.Credential
		secrets    string
	}
	bearer := " Authorization: Bearer opaque-token-canary ak_canary-canary "
	credentials := map[string]known{
		"API key":      {nebula.APIKeyCredential(apiKey), apiKey},
		"opaque token": {nebula.AccessToken("opaque-token-canary"), "(opaque-token-canary)"},
		"password":     {nebula.Password(username, password), password + " " + url.QueryEscape(password)},
	}
	for _, status := range []int{200, 302, 400, 401, 403, 404, 405, 409, 415, 422, 429, 500, 503} {
		for name, known := range credentials {
			echo, err := json.Marshal("no: " + known.secrets + bearer + jwt(`{"sub":"canary"}`) + " " + strings.Repeat("x", 380) + known.secrets)
			if err != nil {
				t.Fatal(err)
			}
			for _, content := range []string{
				`{"status":"failed","message":` + string(echo) + `}`,
				`{"status":"failed","message":` + string(echo),
				`{"status":"success","data":{"id":5,"name":` + string(echo) + `},"message":` + string(echo) + `}`,
				`<html>` + string(echo) + `</html>`,
			} {
				fake := fakeClock()
				client := answering(t, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Location", "http://canary:canary@[")
					w.Header().Set("Retry-After", "86400")
					if name == "password" && r.URL.Path != "/login" {
						w.WriteHeader(status)
						_, _ = io.WriteString(w, content)
						return
					}
					if name == "password" && status == 401 {
						_, _ = io.WriteString(w, `{"status":"success","message":"ok","data":{"jwtToken":"opaque-token-canary"}}`)
						return
					}
					w.WriteHeader(status)
					_, _ = io.WriteString(w, content)
				}, func(cfg *nebula.Config) { cfg.Credential, cfg.Clock = known.credential, fake })
				r := &fixture{t: t, client: client}
				ctx, cancel := fake.WithTimeout(t.Context(), time.Minute)
				for _, op := range []fakenebula.Operation{fakenebula.OpCreateKey, fakenebula.OpListKeys, fakenebula.OpLogin, fakenebula.OpDeleteKey} {
					mustHideCanaries(t, fmt.Sprintf("%d to %s with %s", status, op, name), shownOf(r.call(ctx, op))...)
				}
				mustHideCanaries(t, fmt.Sprintf("%d to verify", status), shownOf(client.VerifyAPIKey(ctx, apiKey))...)
				cancel()
			}
		}
	}
}

// TestErrorsAreHarmlessInATerminal: whatever the server says.
func TestErrorsAreHarmlessInATerminal(t *testing.T) {
	t.Parallel()
	hostile, err := json.Marshal("\x1b[2J\x1b]0;owned\x07\u202eevil\u200b\n\nApply complete!\r" + strings.Repeat("A", 5000))
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range []fakenebula.Operation{fakenebula.OpCreateKey, fakenebula.OpListKeys, fakenebula.OpDeleteKey, fakenebula.OpLogin} {
		err := callLiterally(t, op, body(403, `{"status":"failed","message":`+string(hostile)+`}`))
		text := err.Error()
		if len(text) > 1000 || !strings.Contains(text, "Apply complete!") {
			t.Errorf("%s: %d bytes: %s", op, len(text), text)
		}
		for _, r := range text {
			if !unicode.IsPrint(r) {
				t.Errorf("%s: %q in %q", op, r, text)
			}
		}
	}
	id, err := json.Marshal("\x1b[2Jak_canary-canary")
	if err != nil {
		t.Fatal(err)
	}
	err = callLiterally(t, fakenebula.OpCreateKey, body(200, `{"status":"success","data":{"id":`+string(id)+`}}`))
	if !nebula.IsAmbiguous(err) || strings.ContainsAny(err.Error(), "\x1b\n") {
		t.Errorf("got %q", err)
	}
	mustHideCanaries(t, "a create's hostile id", shownOf(err)...)
	missing := &nebula.MissingSecretError{ID: "\x1b[2Jak_canary-canary"}
	if strings.ContainsAny(missing.Error(), "\x1b\n") {
		t.Errorf("got %q", missing)
	}
	mustHideCanaries(t, "a missing secret", shownOf(missing)...)
}

// TestNothingPrintsSecrets: a stray %v in a log line must not become a leak.
func TestNothingPrintsSecrets(t *testing.T) {
	t.Parallel()
	r := overSocket(t, fakenebula.Options{}, asPassword)
	token, err := r.client.AccessToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	created, err := r.client.CreateAPIKey(t.Context(), asking(nebula.APIKeyRequest{Name: "n"}))
	if err != nil {
		t.Fatal(err)
	}
	withKey := overSocket(t, fakenebula.Options{}, nil)
	config := nebula.Config{BaseURL: "https://api.example", Credential: nebula.Password(username, password)}
	secrets := append(canaries(), token.Token, created.Secret)
	for name, value := range map[string]any{
		"API key": nebula.APIKeyCredential(apiKey), "access token": nebula.AccessToken(token.Token), "password": nebula.Password(username, password),
		"created": created, "pointer to created": &created, "token": token, "pointer to token": &token,
		"client": r.client, "client with key": withKey.client, "config": config, "pointer to config": &config,
		"nested": struct {
			C nebula.Credential
			K *nebula.CreatedAPIKey
			L *nebula.Client
			T nebula.AccessTokenInfo
		}{nebula.APIKeyCredential(apiKey), &created, r.client, token},
		"slice": []any{nebula.APIKeyCredential(apiKey), created, r.client, token},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			shown := fmt.Sprintf(verb, value)
			for _, secret := range secrets {
				if strings.Contains(shown, secret) {
					t.Errorf("%s of %s shows %q: %s", verb, name, secret, shown)
				}
			}
		}
	}
}
