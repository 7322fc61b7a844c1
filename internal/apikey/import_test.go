package apikey_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

const importedWarning = "Warning: Secret of an imported API key is not known"

// oddTexts are texts that get lost between a configuration, JSON and a state,
// as they are written in a configuration and as the API must get them.
var oddTexts = []struct{ name, hcl, text string }{
	{"quotes", `"say \"no\" 'twice' \\ \\n"`, `say "no" 'twice' \ \n`},
	{"unicode", `"Schlüssel 鍵 🔑"`, "Schlüssel 鍵 🔑"},
	{"combining", `"Schlu\u0308ssel"`, "Schl\u00fcssel"}, // Terraform composes all text
	{"escapes", `"a\tb\r\nc\u0007\u2028\u202e"`, "a\tb\r\nc\a\u2028\u202e"},
	{"spaces", `"  two on both sides  "`, "  two on both sides  "},
	{"space", `" "`, " "},
	{"heredoc", "<<-EOT\n    first\n      second\n    EOT\n", "first\n  second\n"},
	{"template", `"$${a} %%{if b} $$ %%"`, "${a} %{if b} $$ %%"},
	{"html", `"<b>&amp;</b>"`, "<b>&amp;</b>"},
	{"json", `"{\"a\":[null]}"`, `{"a":[null]}`},
	{"percent", `"100%20%s%d"`, "100%20%s%d"},
	{"brackets", `"[tf:abc] [tf:]"`, "[tf:abc] [tf:]"},
	{"marker-inside", `"x ` + someMarker + ` y"`, "x " + someMarker + " y"},
	{"null", `"null"`, "null"},
	{"long", `"` + strings.Repeat("0123456789", 500) + `"`, strings.Repeat("0123456789", 500)},
}

// Odd text arrives at the API as it was meant, and never shows as a
// difference: not on a key that was made here, and not on an imported one.
func TestAccOddText(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Fake: of2024()})
	var made, imported strings.Builder
	type pair struct{ name, description string }
	want := map[pair]int{}
	for _, odd := range oddTexts {
		fmt.Fprintf(&made, "resource \"nebula_api_key\" \"made-%s\" {\n  name = %s\n  description = %s\n}\n", odd.name, odd.hcl, odd.hcl)
		want[pair{odd.text, odd.text}] += 2
		id, _ := w.API.AddKey(odd.text, odd.text)
		fmt.Fprintf(&imported, "resource \"nebula_api_key\" \"imported-%s\" {\n  name = %s\n  description = %s\n}\nimport {\n  to = nebula_api_key.imported-%s\n  id = \"%s\"\n}\n",
			odd.name, odd.hcl, odd.hcl, odd.name, id)
	}
	c := w.CLI(t)
	c.Write("main.tf", made.String()+imported.String())
	n := len(oddTexts)
	// One warning is enough for all of them.
	result := c.Apply().Expect(0, fmt.Sprintf("%d imported, %d added, 0 changed, 0 destroyed", n, n), importedWarning).ExpectNot("more similar warning")
	if warnings := strings.Count(result.Text(), importedWarning); warnings != 1 {
		t.Errorf("%d warnings, want 1", warnings)
	}
	got := map[pair]int{}
	for _, key := range w.API.Keys()[1:] {
		description := key.Description
		if made := key.CreatedBy.Via == fakenebula.ViaAPI; made {
			description = description[:strings.LastIndex(description, " [tf:")]
		}
		got[pair{key.Name, description}]++
	}
	for p, times := range want {
		if got[p] != times {
			t.Errorf("%d keys with name %q and description %q, want %d", got[p], p.name, p.description, times)
		}
	}
	c.Plan().Expect(0, "No changes.")
	c.Destroy().Expect(0)
	expectNames(t, w)
}

// An imported key is as it is: however the API writes its description and id,
// no difference is shown.
func TestImportShowsNoDifference(t *testing.T) {
	t.Parallel()
	described := func(text string) rehearsal.Args { return rehearsal.Args{"name": "imported", "description": text} }
	for name, test := range map[string]struct {
		fake        fakenebula.Options
		rewrite     func(fakenebula.Answer) fakenebula.Answer
		description string // in the API
		args        rehearsal.Args
	}{
		"with a marker":                {description: "text " + someMarker, args: described("text")},
		"marker alone":                 {description: someMarker},
		"without a marker":             {description: "text", args: described("text")},
		"empty, left out":              {},
		"empty, said":                  {args: described("")},
		"null from the API":            {rewrite: fakenebula.WithField("description", "null")},
		"null from the API, said":      {rewrite: fakenebula.WithField("description", "null"), args: described("")},
		"left out by the API":          {rewrite: fakenebula.WithoutField("description")},
		"long number as id":            {fake: fakenebula.Options{FirstID: 1<<63 + 12345}},
		"UUID as id":                   {fake: fakenebula.Options{IDs: fakenebula.StringIDs}},
		"number in quotes as id":       {rewrite: quotedIDs},
		"listed elsewhere":             {fake: fakenebula.Options{Keys: fakenebula.KeyOptions{ListRoutes: []string{"/keys"}}}},
		"decomposed text from the API": {description: "Schlu\u0308ssel", args: described("Schlüssel")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.args == nil {
				test.args = rehearsal.Args{"name": "imported"}
			}
			test.fake.Reading = fakenebula.Reading2024
			s := stageOf(t, test.args, test.fake)
			id, _ := s.API.AddKey("imported", test.description)
			if test.rewrite != nil {
				s.API.Inject(fakenebula.Fault{Operation: opList, Times: -1, Rewrite: test.rewrite})
			}
			s.Run("import", this, id).Succeeds(importedWarning, "so key, encrypted_key and fingerprint of an imported key stay null", "terraform apply -replace=ADDRESS")
			s.Plan().Succeeds().Silent().DoesNothing()
			s.Changed(acctest.Calls{})
			if have := stored(s); have["id"] != id || have["key"]+have["encrypted_key"]+have["fingerprint"] != "" {
				t.Errorf("the state holds %v", have)
			}
		})
	}
}

// quotedIDs writes the ids of an answer, which are numbers, as texts.
func quotedIDs(a fakenebula.Answer) fakenebula.Answer {
	a.Body = regexp.MustCompile(`"id":(\d+)`).ReplaceAllString(a.Body, `"id":"$1"`)
	return a
}

// Where the list does not show descriptions, nobody knows that of an imported
// key. What it is given is recorded, and replaces nothing.
func TestImportOfAKeyWhoseDescriptionIsNotShown(t *testing.T) {
	t.Parallel()
	s := stageOf(t, rehearsal.Args{"name": "imported"}, of2025())
	id, _ := s.API.AddKey("imported", "text")
	s.Run("import", this, id).Succeeds()
	s.Plan().Succeeds().DoesNothing()
	configure(s, rehearsal.Args{"name": "imported", "description": "text"})
	s.Plan().Succeeds().Does(map[string]rehearsal.Action{this: rehearsal.Update})
	s.Apply().Succeeds()
	s.Plan().Succeeds().Silent().DoesNothing()
	s.Changed(acctest.Calls{})
	// A key that was made here has the description that it was made with.
	s = settled(t, one(), of2025())
	configure(s, one(rehearsal.Args{"description": "other"}))
	s.Plan().Succeeds().Does(map[string]rehearsal.Action{this: rehearsal.Replace})
}

// The team that a row names is that of an imported key; a configuration that
// says nothing of it, or says it first, does not replace the key.
func TestImportOfAKeyOfATeam(t *testing.T) {
	t.Parallel()
	s := stageOf(t, rehearsal.Args{"name": "of a team", "team_id": "7"}, of2025())
	s.Apply().Succeeds()
	s.Forget(this)
	s.Run("import", this, "2").Succeeds()
	if got := stored(s)["team_id"]; got != "7" {
		t.Errorf("team_id is %q", got)
	}
	s.Plan().Succeeds().DoesNothing()
	configure(s, rehearsal.Args{"name": "of a team"})
	s.Plan().Succeeds().Does(map[string]rehearsal.Action{this: rehearsal.Update})
	s.Apply().Succeeds()
	s.Plan().Succeeds().DoesNothing()
	s.API.ResetJournal()
	configure(s, rehearsal.Args{"name": "of a team", "team_id": "9"})
	s.Apply().Succeeds()
	// Now the row says that it is another team.
	s.Plan().Succeeds().Does(map[string]rehearsal.Action{this: rehearsal.Replace})
	s.Changed(acctest.Calls{})
}

// An imported key may have no name, a made one must have one.
func TestImportOfAKeyWithoutAName(t *testing.T) {
	t.Parallel()
	s := stageOf(t, rehearsal.Args{"name": ""})
	s.Plan().Fails("Error: Invalid name", "The name of a new key must not be empty.")
	id, _ := s.API.AddKey("", "")
	s.Run("import", this, id).Succeeds()
	s.Plan().Succeeds().DoesNothing()
	s.Plan("-replace=" + this).Fails("The name of a new key must not be empty.")
	s.Destroy().Succeeds()
	late := rehearsal.Resource{Address: this, Config: func(k rehearsal.Known) rehearsal.Args {
		if !k.Applying {
			return rehearsal.Args{"name": rehearsal.Unknown}
		}
		return rehearsal.Args{"name": ""}
	}}
	s.Resources = []rehearsal.Resource{late}
	s.API.ResetJournal()
	s.Apply().Fails("The name of a new key must not be empty.")
	s.Changed(acctest.Calls{})
}

// An import of a key that is not there warns of nothing.
func TestImportOfAnUnknownID(t *testing.T) {
	t.Parallel()
	s := stageOf(t, one())
	told := s.Run("import", this, "4711").Fails("Cannot import non-existent remote object")
	if len(told.Diagnostics) != 0 || len(s.Stored()) != 0 {
		t.Errorf("told %s, stored %v", told.Text(), s.Stored())
	}
	// An absence takes two lists to be believed.
	expectOps(t, s.World, opList, opList)
}

// What cannot be an id is refused before anything is asked, and a secret is not
// repeated.
func TestImportRefuses(t *testing.T) {
	t.Parallel()
	const canary = "ak_CANARY-import-0123456789abcdefghij"
	for name, id := range map[string]string{
		"path": "../login", "slash": "1/2", "space": "1 2", "empty": "", "long": strings.Repeat("1", 65), "placeholder": "unresolved:" + someToken,
		"begins with _": "_1", "unicode": "１", "a secret": canary, "another secret": "sk-CANARY0123456789abcdefghij", "control characters": "5\x1b[2J\u202e",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stageOf(t, one())
			s.Run("import", this, id).Fails("Error: Invalid API key id", "Import by the id that the data source nebula_api_keys shows, not by name.").
				ExpectNot("CANARY", "\x1b", "\u202e")
			expectOps(t, s.World)
			if len(s.Stored()) != 0 {
				t.Errorf("the state holds %v", s.Stored())
			}
		})
	}
}

// Import blocks, and what is given along with them, in one apply.
func TestAccImportBlock(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]string{"id": `id = "2"`, "identity": `identity = { id = "2" }`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, acctest.Options{})
			w.API.AddKey("imported", "text")
			c := w.CLI(t)
			if name == "identity" {
				c.Requires(acctest.NeedsIdentityImport())
			}
			c.Write("main.tf", "resource \"nebula_api_key\" \"this\" {\n  name = \"imported\"\n  description = \"text\"\n  keepers = { a = \"1\" }\n}\n")
			c.Write("import.tf", "import {\n  to = nebula_api_key.this\n  "+by+"\n}\n")
			c.Apply().Expect(0, "1 imported, 0 added, 1 changed, 0 destroyed")
			w.Changed(acctest.Calls{})
			if id := idOf(c, this); id != "2" {
				t.Errorf("key %s is in the state", id)
			}
			c.Plan().Expect(0, "No changes.")
			c.Destroy().Expect(0)
			w.Changed(acctest.Calls{opDelete: 1})
			expectNames(t, w)
		})
	}
}

// The identity in the state is the id, so that an import by it finds the key.
func TestAccIdentity(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	config := "resource \"nebula_api_key\" \"this\" {\n  name = \"n\"\n}\n"
	w.Test(resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{acctest.NeedsIdentityImport()},
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentityValueMatchesState(this, tfjsonpath.New("id")),
				},
			},
			{ResourceName: this, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
			{ResourceName: this, ImportState: true, ImportStateKind: resource.ImportBlockWithID},
		},
	})
}
