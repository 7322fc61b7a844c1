package nebula_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// TestSecretsAreMasked wherever in a text they stand, and whatever stands
// before them.
func TestSecretsAreMasked(t *testing.T) {
	t.Parallel()
	openSSH := "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\nCANARY\n-----END OPENSSH PRIVATE KEY-----"
	secrets := map[string]string{
		"ak_ key":          "ak_CANARY-0123456789",
		"sk- key":          "sk-CANARY0123456789abcdef",
		"sk- project key":  "sk-proj-CANARY-0123456789abcdef",
		"JWT":              jwt(`{"sub":"CANARY"}`),
		"age identity":     "AGE-SECRET-KEY-1CANARYCANARY",
		"OpenSSH key":      openSSH,
		"RSA key":          "-----BEGIN RSA PRIVATE KEY-----\nCANARY\n-----END RSA PRIVATE KEY-----",
		"key with escapes": strings.ReplaceAll(openSSH, "\n", `\n`),
		"key that was cut": "-----BEGIN PRIVATE KEY-----\nCANARY",
		"body of a key":    base64.StdEncoding.EncodeToString([]byte("openssh-key-v1\x00CANARY")),
	}
	for name, secret := range secrets {
		for _, before := range []string{"", " ", "=", ":", `"`, "'", "(", "/", "\n", "%3D", "%22", `\n`, `\u003d`, "key_", "ü", "\x1b[31m"} {
			got := nebula.CleanText(before + secret)
			if strings.Contains(got, "CANARY") || strings.Contains(got, "Q0FOQVJZ") || !strings.Contains(got, "(masked)") {
				t.Errorf("%s after %q: %q", name, before, got)
			}
		}
	}
}

// TestSecretsAreMaskedHoweverTheyAreWritten: with characters between that nobody
// sees, or with escapes in place of their own.
func TestSecretsAreMaskedHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	inside := func(between string) func(string) string {
		return func(s string) string { return strings.Join(strings.Split(s, ""), between) }
	}
	each := func(format string) func(string) string {
		return func(s string) string {
			var b strings.Builder
			for _, r := range s {
				fmt.Fprintf(&b, format, r)
			}
			return b.String()
		}
	}
	for name, written := range map[string]func(string) string{
		"zero-width space": inside("\u200b"), "joiner": inside("\u2060"), "soft hyphen": inside("\u00ad"), "byte-order mark": inside("\ufeff"),
		"override": inside("\u202e"), "variation selector": inside("\ufe0f"), "grapheme joiner": inside("\u034f"), "accents": inside("\u0301"),
		"null": inside("\x00"), "backspace": inside("\b"), "colour": inside("\x1b[31m"), "link": inside("\x1b]8;;https://example.com\x07"),
		"JSON": each(`\u%04x`), "URL": each("%%%02X"), "program": each(`\x%02x`), "HTML": each("&#%d;"), "HTML, hexadecimal": each("&#x%x;"),
	} {
		for kind, secret := range map[string]string{"ak_": "ak_CANARY0123456789abcdef", "sk-": "sk-CANARY0123456789abcdef", "JWT": jwt(`{"sub":"CANARY"}`), "bearer": "Bearer CANARY0123", "age": "AGE-SECRET-KEY-1CANARYCANARY"} {
			for _, around := range []string{" ", "\u200b", "\x1b[0m", "\x1bM", "\x07", "%20", `\u0022`, "&quot;", "ü", "…", "\U000e0001"} {
				text := "before" + around + written(secret) + around + "after"
				got := nebula.CleanText(text)
				if strings.Contains(got, "CANARY") || !strings.Contains(got, "(masked)") || !strings.HasPrefix(got, "before") || strings.Contains(got, written("NARY")) {
					t.Errorf("%s, %s, around %q: %q becomes %q", name, kind, around, text, got)
				}
			}
		}
	}
}

// TestEscapesWithoutSecretsStay as they are.
func TestEscapesWithoutSecretsStay(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"100% of the quota", `C:\users\xavier`, "a&b; &amp; &#65;", "caf\u00e9 au lait", "100%25", `\u0041bc`, "müßig"} {
		if got := nebula.CleanText(text); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

// TestWordsAreNotMasked although they hold what keys begin with.
func TestWordsAreNotMasked(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"task-force", "disk-encryption", "task-scheduler-for-the-night", "the disk-encryption-settings-of-all-machines", "risk-management_and_more",
		"sk-", "sk-short", "desk-1234567890", "break_glass", "peak_memory_mb", "weak_ciphers",
		"-----BEGIN PUBLIC KEY-----", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ", "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
		"9a4d7961-3274-4479-a20b-10f57f9bc75a", "102cade84ea-e703-4400-b77d-8ed545d198ee",
	} {
		if got := nebula.CleanText(text); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
		if id := strings.ReplaceAll(text, " ", "-"); strings.HasPrefix(id, "sk-") || strings.Contains(id, "-----") {
			continue
		} else if _, err := nebula.ParseID(id); err != nil && strings.Contains(err.Error(), "looks like") {
			t.Errorf("ParseID(%q): %v", id, err)
		}
	}
}

// TestSecretsAreNoIDs, and the error does not repeat them.
func TestSecretsAreNoIDs(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"ak_CANARY0123456789", "sk-CANARY0123456789abcdef", "eyJhbGciOiJIUzI1NiJ9CANARY", "AGE-SECRET-KEY-1CANARY", "Bearer CANARY0123456789", "-----BEGIN PRIVATE KEY-----CANARY"} {
		id, err := nebula.ParseID(secret)
		if err == nil || id != "" || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("ParseID(%q) = %q, %v", secret, id, err)
		}
	}
	r := overSocket(t, fakenebula.Options{}, nil)
	for _, remove := range r.client.DeleteAPIKey("sk-CANARY0123456789abcdef") {
		if err := remove(t.Context()); err == nil || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("got %v", err)
		}
	}
	r.mustCount(fakenebula.OpAny, 0)
}

// TestBearerIsMasked whatever it looks like and however the server writes it:
// that of the client, and another that a call was made with.
func TestBearerIsMasked(t *testing.T) {
	t.Parallel()
	const own, other = "plain/own+secret", "plain/other+secret"
	for _, secret := range []string{own, other} {
		for _, written := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), "x" + secret + "x"} {
			client := answering(t, body(403, `{"detail":"no such key: `+written+`"}`), func(cfg *nebula.Config) { cfg.Credential = nebula.APIKeyCredential(own) })
			_, err := list(t.Context(), client)
			if secret == other {
				err = client.VerifyAPIKey(t.Context(), other)
			}
			if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "no such key: ") {
				t.Errorf("%q is shown as %v", written, err)
			}
		}
	}
}
