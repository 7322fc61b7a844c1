package fakenebula_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// thingWords are words that belong to one thing, by the beginning of the names
// of its files.
var thingWords = map[string]*regexp.Regexp{
	"apikeys":   regexp.MustCompile(`\bkeys\b|(?i:api[-_ ]?keys?\b)|KeyName|KeyID|CreateKey|ListKeys|DeleteKey|partial_key`),
	"sshkeys":   regexp.MustCompile(`(?i)ssh[-_ ]?key|public_?key|fingerprint`),
	"instances": regexp.MustCompile(`(?i)\binstances?\b|_instance|machines\b|host_name`),
	"catalog":   regexp.MustCompile(`(?i)\bproducts?\b|\bimages?\b|product_|image_`),
	"billing":   regexp.MustCompile(`(?i)invoice|payment|credits\b`),
	"models":    regexp.MustCompile(`(?i)serverless|huggingface`),
}

// TestSharedFilesKnowNoThing keeps what is about one thing in its own files, so
// that a further one changes none of the others.
func TestSharedFilesKnowNoThing(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range files {
		name := file.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || name == "contents.go" || isOfAThing(name) {
			continue
		}
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		seen++
		for thing, words := range thingWords {
			for i, line := range strings.Split(string(content), "\n") {
				if word := words.FindString(line); word != "" && !mayBeSaid(line) {
					t.Errorf("%s:%d: %q belongs to the files %s*.go", name, i+1, word, thing)
				}
			}
		}
	}
	if seen < 15 {
		t.Errorf("only %d files were looked at", seen)
	}
}

// isOfAThing says that a file is about one thing. It may speak of others: the
// API calls what inference cost a "serverless amount".
func isOfAThing(file string) bool {
	for thing := range thingWords {
		if strings.HasPrefix(file, thing) {
			return true
		}
	}
	return false
}

// mayBeSaid are the lines of shared files that speak of a thing to explain
// themselves.
func mayBeSaid(line string) bool {
	return strings.Contains(line, "such as KindAPIKey") || strings.Contains(line, "id of the API key")
}

// The words must be found where they are.
func TestThingWords(t *testing.T) {
	t.Parallel()
	for thing, lines := range map[string][]string{
		"apikeys":   {"func apiKey() {", "// all keys", `"/api-keys"`, "OpCreateKey", "KeyName string"},
		"sshkeys":   {"type sshKey struct", "PublicKey string", "ssh_keys"},
		"instances": {"// an instance", "create_instance", "host_name"},
		"catalog":   {"product_id", "// images", "a product"},
		"billing":   {"invoice_id", "Payments"},
		"models":    {"/serverless/models"},
	} {
		for _, line := range lines {
			if !thingWords[thing].MatchString(line) {
				t.Errorf("%s: %q is not found", thing, line)
			}
		}
	}
}
