package tfkit_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// thingWords are words of one thing. The provider's own credential may be an API
// key, which only the files about credentials say.
var thingWords = regexp.MustCompile(`(?i)\b(keys?|keyring|ssh\w*|instances?|machines?|products?|invoices?|nebula_\w+_keys?)\b|(api|ssh|listed|created)keys?\b`)

// allowed are the files that speak of the provider's own credential, and the
// words in the other files that mean something else.
var (
	allowed    = map[string]bool{"arguments.go": true, "apierror.go": true}
	otherSense = regexp.MustCompile(`GetKey|SetKey|maps\.Keys|machine's (own|clock)|machines that run Terraform`)
)

// TestNamesNoThing: a room that is named for all must not know one thing, and
// exclusivekit none of the things that it is for.
func TestNamesNoThing(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	others, err := filepath.Glob("../exclusivekit/*.go")
	if err != nil || len(others) == 0 {
		t.Fatal(others, err)
	}
	searched := 0
	for _, name := range append(files, others...) {
		if strings.HasSuffix(name, "_test.go") || allowed[name] {
			continue
		}
		searched++
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(content), "\n") {
			if word := thingWords.FindString(otherSense.ReplaceAllString(line, "")); word != "" {
				t.Errorf("%s:%d: %q belongs to one thing: %s", name, i+1, word, strings.TrimSpace(line))
			}
		}
	}
	if searched < 10 {
		t.Errorf("only %d files were searched", searched)
	}
	for _, line := range []string{"// a key is left", "nebula_api_key", "ListedKeys", "sshKey", "an instance of it", "apiKey"} {
		if !thingWords.MatchString(line) {
			t.Errorf("%q is not found", line)
		}
	}
}
