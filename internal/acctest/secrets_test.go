package acctest_test

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
)

// The search must be able to find.
func TestLeak(t *testing.T) {
	t.Parallel()
	const secret = `CANARY p"ss&w/rd+%<ü>-0123456789`
	for name, text := range map[string]string{
		"plain":            "log: " + secret + ".",
		"JSON":             `{"password":"CANARY p\"ss\u0026w/rd+%\u003cü\u003e-0123456789"}`,
		"query":            "password=" + url.QueryEscape(secret) + "&x=y",
		"path":             "/login/" + url.PathEscape(secret),
		"hex":              "00" + hex.EncodeToString([]byte(secret)) + "00",
		"base64":           base64.StdEncoding.EncodeToString([]byte(secret)),
		"base64 for URLs":  base64.URLEncoding.EncodeToString([]byte(secret)),
		"base64, bearer":   base64.StdEncoding.EncodeToString([]byte("Bearer " + secret + "\r\n")),
		"base64, user":     base64.StdEncoding.EncodeToString([]byte("user:" + secret)),
		"base64, mid-word": base64.RawURLEncoding.EncodeToString([]byte("ab" + secret + "cd")),
	} {
		leak := acctest.Leak(text, "something else", secret)
		if leak == "" {
			t.Errorf("%s: not found in %s", name, text)
		}
		if strings.Contains(leak, secret) {
			t.Errorf("%s: repeated: %s", name, leak)
		}
	}
	if leak := acctest.Leak("nothing here: CANARY p", secret); leak != "" {
		t.Error(leak)
	}
}
