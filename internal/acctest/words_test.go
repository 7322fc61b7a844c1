package acctest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	// thingWords are words of one thing.
	thingWords = regexp.MustCompile(`\bkeys?\b|(?i:api[-_ ]?keys?|(create|delete|list)keys?|key_?name|ssh[-_]?key|_instance|host_?name|products?\b|invoices?\b)`)
	// own is what is said of the provider's own credential.
	own = regexp.MustCompile(`NEBULA_API_KEY|ArgAPIKey|APIKeyCredential|KindAPIKey|own-key|(Fake|\bo)\.APIKeys|(one|the) key(, OwnKey| that the provider authenticates)`)
)

// TestNamesNoThing keeps what is about one thing with that thing.
func TestNamesNoThing(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	// Of the sweepers each is about one thing; what they share is not.
	for _, name := range append(files, "sweep/sweep.go") {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(content), "\n") {
			if word := thingWords.FindString(own.ReplaceAllString(line, "")); word != "" {
				t.Errorf("%s:%d: %q belongs to one thing: %s", name, i+1, word, strings.TrimSpace(line))
			}
		}
	}
}

// The words must be found where they are.
func TestThingWords(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"type Calls struct{ CreateKey int }", "// a key is left", "w.API.Keys() // all keys", "nebula_api_key",
		"sshKey", "nebula_instance", "product", "invoices"} {
		if !thingWords.MatchString(line) {
			t.Errorf("%q is not found", line)
		}
	}
}
