package keyring

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

// secretFinder looks for secrets in text: plain, URL-encoded, and in base64 at
// any of its three alignments.
type secretFinder struct{ needles []string }

func newSecretFinder(secrets []string) secretFinder {
	var f secretFinder
	for _, s := range secrets {
		f.needles = append(f.needles, s, url.QueryEscape(s))
		for shift := range 3 {
			// Only the characters that no neighbour of the secret can change.
			padded := strings.Repeat("x", shift) + s
			encoded := base64.RawStdEncoding.EncodeToString([]byte(padded))
			first, last := (shift*8+5)/6, len(padded)*8/6
			f.needles = append(f.needles, encoded[first:last])
			f.needles = append(f.needles, base64.RawURLEncoding.EncodeToString([]byte(padded))[first:last])
		}
	}
	return f
}

// find is the first line that holds a secret, or "".
func (f secretFinder) find(lines []string) string {
	text := strings.Join(lines, "\n")
	for _, needle := range f.needles {
		if !strings.Contains(text, needle) {
			continue
		}
		for _, line := range lines {
			if strings.Contains(line, needle) {
				return line
			}
		}
	}
	return ""
}

func TestSecretFinder(t *testing.T) {
	t.Parallel()
	const secret = "ak_WT2l5Rw8Rv8Mp7Q7fLh7dFgEDl+EMAntCsqlxhEsu/0"
	finder := newSecretFinder([]string{secret})
	for _, leak := range []string{
		"key=" + secret,
		url.QueryEscape(secret),
		base64.StdEncoding.EncodeToString([]byte(secret)),
		base64.StdEncoding.EncodeToString([]byte("a:" + secret + ":b")),
		base64.URLEncoding.EncodeToString([]byte("Bearer " + secret + ".")),
		base64.URLEncoding.EncodeToString([]byte("{\"key\":\"" + secret + "\"}")),
	} {
		if finder.find([]string{"harmless", leak}) != leak {
			t.Errorf("not found in %s", leak)
		}
	}
	if got := finder.find([]string{secret[:20], "ak_..."}); got != "" {
		t.Errorf("found in %s", got)
	}
}
