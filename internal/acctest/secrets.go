package acctest

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
)

// Leak says which of the secrets a text holds: plain, escaped for JSON or a
// URL, in hexadecimal digits, or in base64, alone or in the middle of something
// longer. It is empty when there is none. What it returns does not repeat the
// secret.
func Leak(text string, secrets ...string) string {
	for i, secret := range secrets {
		for encoding, form := range forms(secret) {
			if form != "" && strings.Contains(text, form) {
				at := strings.Index(text, form)
				return "secret " + string(rune('a'+i%26)) + ", " + encoding + ", after " + text[max(0, at-120):at]
			}
		}
	}
	return ""
}

// forms are the ways in which a secret can stand in a text, by their names.
func forms(secret string) map[string]string {
	all := map[string]string{
		"plain":       secret,
		"URL query":   url.QueryEscape(secret),
		"URL path":    url.PathEscape(secret),
		"hexadecimal": hex.EncodeToString([]byte(secret)),
	}
	if quoted, err := json.Marshal(secret); err == nil {
		all["JSON"] = strings.Trim(string(quoted), `"`)
	}
	// Base64 takes three bytes at a time, so what a secret becomes depends on
	// what stands before it. The ends depend on their neighbours and are left
	// out.
	for shift, name := range []string{"base64", "base64 after one byte", "base64 after two bytes"} {
		for kind, encoding := range map[string]*base64.Encoding{"": base64.RawStdEncoding, " for URLs": base64.RawURLEncoding} {
			encoded := encoding.EncodeToString([]byte(strings.Repeat("x", shift) + secret))
			if whole := 4 * ((len(secret) + shift) / 3); whole > 8 {
				all[name+kind] = encoded[min(4*shift, 4):whole]
			}
		}
	}
	return all
}
