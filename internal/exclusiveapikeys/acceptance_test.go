package exclusiveapikeys_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

func TestMain(m *testing.M) { acctest.Main(m) }

const (
	this = "nebula_api_keys_exclusive.this"
	// ownID is the id of the key that the provider uses.
	ownID = "1"
)

// config allows the provider's own key and others.
func config(lines ...string) string {
	return "resource \"nebula_api_keys_exclusive\" \"this\" {\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

func allow(ids ...string) string {
	return fmt.Sprintf("allowed_ids = [%s]", quoted(append([]string{ownID}, ids...)))
}

func quoted(values []string) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = fmt.Sprintf("%q", v)
	}
	return strings.Join(parts, ", ")
}

// add creates keys as a colleague would, and returns their ids.
func add(w *acctest.World, names ...string) []string {
	ids := make([]string, len(names))
	for i, name := range names {
		ids[i], _ = w.API.AddKey(name, "")
	}
	return ids
}

// expectDeletes checks which keys DELETE requests named since the last look.
func expectDeletes(t *testing.T, w *acctest.World, want ...string) {
	t.Helper()
	if err := deletes(w, want...); err != nil {
		t.Error(err)
	}
}

func deletes(w *acctest.World, want ...string) error {
	var got []string
	for _, r := range w.API.Journal() {
		if r.Operation == fakenebula.OpDeleteKey {
			got = append(got, r.ObjectID)
		}
	}
	w.API.ResetJournal()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("DELETE requests named %q, want %q", got, want)
	}
	return nil
}

func expectKeys(t *testing.T, w *acctest.World, names ...string) {
	t.Helper()
	if err := w.ExpectLive(fakenebula.KindAPIKey, names...)(nil); err != nil {
		t.Error(err)
	}
}

// expectUnmanaged checks what the state holds of other keys: id, name, ...
func expectUnmanaged(t *testing.T, cli acctest.Commands, idsAndNames ...string) {
	t.Helper()
	want := map[string]any{}
	for i := 0; i < len(idsAndNames); i += 2 {
		want[idsAndNames[i]] = idsAndNames[i+1]
	}
	got, _ := cli.State()[this].Attributes["unmanaged"].(map[string]any)
	if !maps.Equal(got, want) {
		t.Errorf("the state holds the unmanaged keys %v, want %v", got, want)
	}
}

// The contract from beginning to end, plan by plan.
func TestContract(t *testing.T) {
	t.Parallel()
	cli := acctest.NewStage(t, acctest.Options{})
	w := cli.World
	ids := add(w, "alice", "bob", "robot-7")
	const ignored = `ignore_name_regex = ["^robot-", "^never$"]`
	planned := func() (unmanaged map[string]string, known bool) {
		t.Helper()
		plan, report := cli.Workspace.Plan(t.Context(), rehearsal.Options{})
		if plan == nil {
			t.Fatal(report)
		}
		after := plan.Changes[this].After
		return after.TextMap("unmanaged"), after["unmanaged"].IsKnown()
	}
	cli.Write("main.tf", config(allow(ids[0]), ignored))
	if _, known := planned(); known {
		t.Error("what is unmanaged is known before anybody has looked")
	}
	cli.Apply().Expect(0, "1 added")
	expectUnmanaged(t, cli, ids[1], "bob")
	expectDeletes(t, w)

	// The next plan names bob, and its apply deletes him.
	if left, known := planned(); !known || len(left) != 0 {
		t.Errorf("the plan leaves %v", left)
	}
	cli.Apply().Expect(0, "0 added, 1 changed, 0 destroyed")
	expectDeletes(t, w, ids[1])
	expectKeys(t, w, "alice", "robot-7")
	expectUnmanaged(t, cli)
	cli.Apply().Expect(0, "0 added, 0 changed, 0 destroyed")
	expectDeletes(t, w)

	// A key that is not allowed any more waits for a plan that names it.
	cli.Write("main.tf", config(allow(), ignored))
	cli.Apply().Expect(0, "0 added, 1 changed, 0 destroyed")
	expectDeletes(t, w)
	expectKeys(t, w, "alice", "robot-7")
	cli.Apply().Expect(0, "0 added, 1 changed, 0 destroyed")
	expectDeletes(t, w, ids[0])

	// Destroying deletes nothing.
	cli.Destroy().Expect(0, "1 destroyed")
	expectDeletes(t, w)
	expectKeys(t, w, "robot-7")
}

// A plan is readable: each key's id and name leaves the map, and a warning
// lists those that go for good.
func TestAccPlanText(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	ids := add(w, "alice", "bob \x1b[31m")
	cli := w.CLI(t)
	cli.Write("main.tf", config(allow()))
	cli.Apply().Expect(0).ExpectNot("to be deleted")
	cli.Plan().Expect(2,
		`~ unmanaged = {`,
		`- "`+ids[0]+`" = "alice" -> null`,
		`- "`+ids[1]+`" = "bob`,
		"API keys to be deleted",
		`Applying this plan deletes these API keys: `+ids[0]+` ("alice"), `+ids[1]+` ("bob \\u001b[31m").`,
		"0 to add, 1 to change, 0 to destroy")
	// A key that is allowed from now on leaves the map without being deleted.
	cli.Write("main.tf", config(allow(ids[0])))
	cli.Plan().Expect(2, `- "`+ids[0]+`" = "alice" -> null`, `Applying this plan deletes these API keys: `+ids[1]+" (").
		ExpectNot(`deletes these API keys: ` + ids[0])
	cli.Apply().Expect(0)
	expectDeletes(t, w, ids[1])
	cli.Plan().Expect(0)
}

// allowed_ids is not known while planning: the plan names all that may go, and
// what the set turns out to hold stays.
func TestAccAllowedUnknown(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	ids := add(w, "kept", "goes")
	cli := w.CLI(t)
	late := func(input string) string {
		return fmt.Sprintf("resource \"terraform_data\" \"late\" {\n  input = [%s]\n}\n", input) +
			"resource \"nebula_api_key\" \"new\" {\n  name = \"new\"\n  keepers = { n = jsonencode([" + input + "]) }\n}\n" +
			config(`allowed_ids = concat(["`+ownID+`", nebula_api_key.new.id], terraform_data.late.output)`)
	}
	// Unknown on creation.
	cli.Write("main.tf", late(""))
	cli.Apply().Expect(0)
	expectDeletes(t, w)
	expectUnmanaged(t, cli, ids[0], "kept", ids[1], "goes")
	old := fmt.Sprint(cli.State()["nebula_api_key.new"].Attributes["id"])

	// Unknown on update, while the managed key is replaced and others appear.
	cli.Write("main.tf", late(`"`+ids[0]+`"`))
	cli.Plan("-out=saved").Expect(2, `- "`+ids[0]+`" = "kept" -> null`, `- "`+ids[1]+`" = "goes" -> null`,
		"deletes those of these API keys that allowed_ids and ignore_name_regex do not spare, once their values are known: "+ids[0]+` ("kept"), `+ids[1]+` ("goes").`)
	add(w, "late")
	cli.Run("apply", "-no-color", "saved").Expect(0)
	expectDeletes(t, w, old, ids[1])
	expectKeys(t, w, "kept", "new", "late")
	cli.Plan().Expect(2, `= "late" -> null`).ExpectNot(`"new" -> null`)
}

// -refresh=false plans by what is recorded; -refresh-only records and deletes
// nothing.
func TestAccRefreshModes(t *testing.T) {
	t.Parallel()
	cli := acctest.NewStage(t, acctest.Options{})
	w := cli.World
	cli.Write("main.tf", config(allow()))
	cli.Apply().Expect(0)
	ids := add(w, "a")
	cli.Plan("-refresh=false").Expect(0)
	cli.Apply("-refresh-only").Expect(0)
	expectDeletes(t, w)
	expectUnmanaged(t, cli, ids[0], "a")
	add(w, "b")
	cli.Apply("-refresh=false").Expect(0)
	expectDeletes(t, w, ids[0])
	expectKeys(t, w, "b")
	cli.Plan().Expect(2, `"b"`)
}

// While the provider's own configuration is not known, nothing is read, and
// what is recorded stays.
func TestAccProviderNotKnownYet(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	add(w, "a")
	cli := w.CLI(t)
	block := func(input string) string {
		return "resource \"terraform_data\" \"key\" {\n  input = \"" + input + "\"\n}\n" +
			acctest.ProviderBlock("api_key = terraform_data.key.output == \"\" ? \"\" : \""+w.OwnSecret+"\"") + config(allow())
	}
	cli.Write("main.tf", block("1"))
	cli.Apply().Expect(0)
	cli.Write("main.tf", block("2"))
	cli.Plan().Expect(2, "Provider configuration is not known yet", `= "a" -> null`)
}

func TestInvalid(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lines []string
		want  string
	}{
		"no id":             {[]string{`allowed_ids = ["../5"]`}, "Invalid id"},
		"a key for an id":   {[]string{`allowed_ids = ["sk-0123456789abcdefghijklmnop"]`}, "looks like a key or a token, and is not repeated here"},
		"broken expression": {[]string{allow(), `ignore_name_regex = ["ok", "("]`}, "Invalid regular expression"},
		"null expression":   {[]string{allow(), `ignore_name_regex = [null]`}, "Null"},
		"no time":           {[]string{allow(), "timeouts {\n update = \"0s\"\n }"}, "Invalid time-out"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := acctest.NewStage(t, acctest.Options{})
			s.Write("main.tf", config(test.lines...))
			s.Plan().Expect(1, test.want)
			s.ExpectSilence()
		})
	}
}

// An expression that only the apply knows is checked before anything is
// deleted.
func TestExpressionNotKnownYet(t *testing.T) {
	t.Parallel()
	s := acctest.NewStage(t, acctest.Options{})
	ids := add(s.World, "robot", "b")
	expression := "^never$"
	s.Resources = []rehearsal.Resource{{Address: this, Config: func(k rehearsal.Known) rehearsal.Args {
		late := any(rehearsal.Unknown)
		if k.Applying {
			late = expression
		}
		return rehearsal.Args{"allowed_ids": []string{ownID}, "ignore_name_regex": []any{late}}
	}}}
	s.Apply().Expect(0)
	expression = "("
	s.Apply().Expect(1, "Invalid regular expression")
	expectDeletes(t, s.World)
	expectUnmanaged(t, s, ids[0], "robot", ids[1], "b")
	expression = "^robot"
	s.Apply().Expect(0, "once their values are known: "+ids[0]+` ("robot"), `+ids[1]+` ("b").`)
	expectDeletes(t, s.World, ids[1])
	expectUnmanaged(t, s)
}

// One list serves the refresh of everything, and one more the apply.
func TestCalls(t *testing.T) {
	t.Parallel()
	s := acctest.NewStage(t, acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2024}})
	add(s.World, "a", "b")
	s.Resources = append(keyBlocks(), exclusiveBlock(allowing("4", "5")))
	s.Apply().Expect(0)
	s.API.ResetJournal()
	s.Plan().Expect(2)
	if n := s.API.Count(fakenebula.OpAny); n != 1 {
		t.Errorf("a plan made %d calls, want 1 list", n)
	}
	s.API.ResetJournal()
	s.Apply().Expect(0)
	if lists, all := s.API.Count(fakenebula.OpListKeys), s.API.Count(fakenebula.OpAny); lists != 2 || all != 4 {
		t.Errorf("an apply of two deletes made %d lists and %d calls, want 2 and 4", lists, all)
	}
}
