package exclusiveapikeys_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/examples"
	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfcli"
)

// pipeline runs the guide's script as a pipeline does.
type pipeline struct {
	*acctest.CLI
	t *testing.T
}

func newPipeline(t *testing.T, w *acctest.World) pipeline {
	t.Helper()
	p := pipeline{CLI: w.CLI(t), t: t}
	p.Environment = map[string]string{"TERRAFORM": os.Getenv(tfcli.EnvPath)}
	for _, name := range []string{"main.tf", "all.tfquery.hcl", "drift.sh"} {
		p.Write(name, examples.Text("guides/drift-cleanup/"+name))
	}
	return p
}

// drift runs the script and checks its exit code.
func (p pipeline) drift(code int, args ...string) string {
	p.t.Helper()
	result := p.Execute("sh", append([]string{"drift.sh"}, args...)...)
	if result.ExitCode != code {
		p.t.Fatalf("drift.sh %v: exit code %d, want %d\n%s\n%s", args, result.ExitCode, code, result.Stdout, result.Stderr)
	}
	return result.Stdout + result.Stderr
}

// expectText checks what was printed, however it was broken into lines.
func expectText(t *testing.T, printed string, texts ...string) {
	t.Helper()
	flat := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	for _, text := range texts {
		if !strings.Contains(flat(printed), flat(text)) {
			t.Errorf("not printed: %q\n%s", text, printed)
		}
	}
}

// keys writes which keys may exist.
func (p pipeline) keys(keys map[string]map[string]string, others ...string) {
	p.t.Helper()
	content, err := json.Marshal(map[string]any{"keys": keys, "other_key_ids": others})
	if err != nil {
		p.t.Fatal(err)
	}
	p.Write("keys.auto.tfvars.json", string(content))
}

func (p pipeline) file(name string) string {
	p.t.Helper()
	content, err := os.ReadFile(filepath.Join(p.Dir, name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(content)
}

// hasQuery says that the command line has the command query.
func hasQuery() bool { return !acctest.OpenTofu() && acctest.Minor() >= 14 }

// The guide "Cleaning up drift in a pipeline".
func TestGuide(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*testing.T){"nights": nights, "exit codes": exitCodes, "adopt many": adoptMany} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

// Night by night.
func nights(t *testing.T) {
	t.Helper()
	w := acctest.New(t, acctest.Options{})
	p := newPipeline(t, w)
	managed := map[string]map[string]string{"ci": {"name": "ci"}}
	p.keys(managed, ownID)
	p.Apply().Expect(0)
	p.drift(0, "report")

	// A night with drift: one key is to be kept, the other to go.
	ids := add(w, "grafana", "forgotten")
	w.API.SetDescription(ids[0], "Dashboards")
	report := p.drift(2, "report")
	expectText(t, report,
		`- "`+ids[0]+`" = "grafana" -> null`, `- "`+ids[1]+`" = "forgotten" -> null`,
		`Applying this plan deletes these API keys: `+ids[0]+` ("grafana"), `+ids[1]+` ("forgotten").`)
	expectText(t, p.file("report.txt"), `= "grafana" -> null`, `= "forgotten" -> null`)
	if query := hasQuery(); query != strings.Contains(report, "Keys in the account: 4") {
		t.Errorf("query is there: %t. The report:\n%s", query, report)
	}

	// Adopted by an entry, and not deleted by the plan that was made before.
	managed["grafana"] = map[string]string{"name": "grafana", "description": "Dashboards", "import_id": ids[0]}
	p.keys(managed, ownID)
	expectText(t, p.drift(2, "report"), "1 to import", `Applying this plan deletes these API keys: `+ids[1]+` ("forgotten").`)
	w.API.ResetJournal()
	late := add(w, "late")
	p.drift(0, "remove")
	expectDeletes(t, w, ids[1])
	expectKeys(t, w, "ci", "grafana", "late")

	// The next night names what came in between.
	if report := p.drift(2, "report"); !strings.Contains(report, `- "`+late[0]+`" = "late" -> null`) || strings.Contains(report, `"grafana" -> null`) {
		t.Errorf("the report of the next night:\n%s", report)
	}
	p.drift(0, "remove")
	p.drift(0, "report")
	expectKeys(t, w, "ci", "grafana")
}

// A plan of yesterday is refused once something else was applied, and errors
// are told from drift.
func exitCodes(t *testing.T) {
	t.Helper()
	w := acctest.New(t, acctest.Options{})
	p := newPipeline(t, w)
	p.keys(nil, ownID)
	p.Apply().Expect(0)
	p.drift(1, "remove") // nothing was planned
	ids := add(w, "a", "b")
	p.drift(2, "report")
	p.keys(nil, ownID, ids[0])
	p.Apply().Expect(0)
	w.API.ResetJournal()
	p.drift(1, "remove")
	expectDeletes(t, w)
	expectKeys(t, w, "a")
	w.Setenv("NEBULA_API_KEY", "ak_not-a-key-of-this-account-0123456")
	p.drift(1, "report")
	p.drift(64)
}

// Many keys are adopted through a query.
func adoptMany(t *testing.T) {
	t.Helper()
	w := acctest.New(t, acctest.Options{})
	p := newPipeline(t, w)
	if !hasQuery() {
		t.Skip("terraform query needs Terraform 1.14")
	}
	ids := add(w, "team-a", "team-b", "other")
	p.keys(nil, ownID)
	p.drift(0, "adopt", "^team-")
	p.keys(nil, ownID, ids[0], ids[1])
	p.Apply().Expect(0, "2 imported, 1 added")
	if report := p.drift(2, "report"); strings.Contains(report, `= "team-`) || !strings.Contains(report, `= "other" -> null`) {
		t.Errorf("the report:\n%s", report)
	}
	p.drift(0, "remove")
	expectDeletes(t, w, ids[2])
	expectKeys(t, w, "team-a", "team-b")
	p.drift(0, "report")
}

// The check of the guide warns and deletes nothing.
func TestGuideCheck(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	ids := add(w, "a", "b")
	cli := w.CLI(t)
	cli.Write("check.tf", examples.Text("guides/drift-cleanup/check/check.tf"))
	cli.Plan(`-var=allowed_key_ids=["`+ownID+`","`+ids[0]+`"]`).Expect(0, "Warning: Check block assertion failed", "API keys that nobody manages: "+ids[1]+" (b).")
	cli.Plan(`-var=allowed_key_ids=["` + ownID + `","` + ids[0] + `","` + ids[1] + `"]`).Expect(0).ExpectNot("Warning")
	expectKeys(t, w, "a", "b")
}

// The example of the documentation.
func TestExample(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	ids := add(w, "console-1", "forgotten")
	cli := w.CLI(t)
	cli.Write("main.tf", examples.Text("resources/nebula_api_keys_exclusive/resource.tf"))
	others := `-var=other_key_ids=["` + ownID + `"]`
	cli.Apply(others).Expect(0, `"`+ids[1]+`" = "forgotten"`)
	cli.Plan(others).Expect(2, `- "`+ids[1]+`" = "forgotten" -> null`)
	cli.Apply(others).Expect(0)
	expectKeys(t, w, "ci", "console-1")
	cli.Plan(others).Expect(0)
}
