package main

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// word is a word of a command, in single quotes or not.
var word = regexp.MustCompile(`'([^']*)'|(\S+)`)

func wordsOf(command string) []string {
	var words []string
	for _, match := range word.FindAllStringSubmatch(command, -1) {
		words = append(words, match[1]+match[2])
	}
	return words
}

// rehearsals are the ways in which the guide has people start the program.
func rehearsals(t *testing.T) [][]string {
	t.Helper()
	guide, err := os.ReadFile("../../../templates/guides/when-an-apply-goes-wrong.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(guide), "\n## Rehearse it\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var all [][]string
	for _, match := range regexp.MustCompile("(?m)^(?:go run ./internal/cmd/fakenebula (.*)|\\| `(-.*?)` \\|)").FindAllStringSubmatch(section, -1) {
		all = append(all, wordsOf(match[1]+match[2]))
	}
	return all
}

func TestGuideStartsTheProgram(t *testing.T) {
	t.Parallel()
	all := rehearsals(t)
	if len(all) < 8 {
		t.Errorf("the guide has %d ways to start it", len(all))
	}
	for _, args := range all {
		if _, err := parse(args, io.Discard); err != nil {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// What the guide says becomes of a create whose answer is lost. The provider's
// clock is a fake one, so that it waits for nothing.
func TestGuideRehearsal(t *testing.T) {
	t.Parallel()
	const key = "nebula_api_key.ci"
	for name, test := range map[string]struct {
		args    []string
		tainted bool
	}{
		"found by its marker": {[]string{"-lose-answer", "create key"}, false},
		"not listed yet":      {rehearsals(t)[0], true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, test.args...)
			workspace := acctest.Rehearse(map[string]string{"NEBULA_API_URL": p.url, "NEBULA_API_KEY": p.key},
				func(*rehearsal.Process) http.RoundTripper { return http.DefaultTransport }, provider.WithClock(clock.NewFake(clock.System().Now())))
			workspace.Resources = []rehearsal.Resource{rehearsal.Block(key, rehearsal.Args{"name": "ci"})}
			plan, report := workspace.Plan(t.Context(), rehearsal.Options{})
			if report.Failed() {
				t.Fatal(report)
			}
			report = workspace.ApplyPlan(t.Context(), plan)
			if stored := workspace.Stored()[key]; report.Failed() != test.tainted || stored.Tainted != test.tainted {
				t.Fatalf("tainted: %t, want %t\n%s", stored.Tainted, test.tainted, report)
			}
			if plan, _ = workspace.Plan(t.Context(), rehearsal.Options{}); plan.Empty() == test.tainted {
				t.Errorf("the next plan is empty: %t", plan.Empty())
			}
		})
	}
}
