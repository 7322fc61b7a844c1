package acctest

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var (
	// thingWords are words of one thing.
	thingWords = regexp.MustCompile(`(?i)\bkeys?\b|api[-_ ]?keys?|KeyName|CreateKey|DeleteKey|ListKeys|ssh[-_]?key|nebula_instance|OpCreateInstance|host_?name|products?\b|invoices?\b`)
	// own is what is said of the provider's own credential.
	own = regexp.MustCompile(`OwnKey\b|NEBULA_API_KEY|own-key|Fake\.APIKeys|fakenebula\.SeedKey|the key that the provider authenticates with|account with one key|put before its\n?|^\s*// keys\.`)
)

// TestNamesNoThing keeps what is about one thing with that thing.
func TestNamesNoThing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"world.go", "cli.go", "main.go", "reading.go", "secrets.go", "versions.go", "sweep/sweep.go"} {
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
