package apikey_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// authorizedKey is an SSH public key as a line of authorized_keys.
func authorizedKey(t *testing.T, public any) string {
	t.Helper()
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// shortRSA is an RSA key of 1024 bits.
const shortRSA = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQCZwLgv8LC8ajDWmRbvszr6I27EQ9qoVZPMf2GFJFvIs6WvQQNSWr4VM+oNjgVi0Imrta5rHUSqZaquGv+YUXxkmkAGAQjevsKOFXbb8qoCCe0/hX+q0y4Zy9tKky3hLx/AotVwipsAexDrjZj1xJ5qY/D3eR6lBooO3W1EmkPWpQ=="

func key(lines ...string) string {
	return "resource \"nebula_api_key\" \"this\" {\n  name = \"n\"\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

func recipients(list ...string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = fmt.Sprintf("    %q,\n", s)
	}
	return "age_recipients = [\n" + strings.Join(quoted, "") + "  ]"
}

// Every mistake in a configuration is found by validate, which calls nothing,
// and shown on the argument, for lists on the element, where it is.
func TestAccInvalidConfiguration(t *testing.T) {
	t.Parallel()
	good := newIdentity(t).Recipient().String()
	hybrid, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(edKey, "")
	if err != nil {
		t.Fatal(err)
	}
	edPublic := authorizedKey(t, edKey.Public())

	const (
		badRecipient  = "Invalid age recipient"
		badRecipients = "Invalid age recipients"
		private       = "it is a private key: give the public key that belongs to it"
		malformedAge  = "it begins like an age recipient but is malformed"
		malformedSSH  = "it begins like an SSH public key but is malformed"
		neither       = "it is neither an age recipient (age1...) nor an SSH public key"
		ageIdentity   = "AGE-SECRET-KEY-1CANARYCANARYCANARY"
	)
	secretLine := strings.Split(string(pem.EncodeToMemory(block)), "\n")[1]
	type mistake struct {
		config          string
		summary, detail string
		code            string // what is pointed at
	}
	cases := map[string]mistake{
		"team":                        {key(`team_id = "the/team"`), "Invalid id", "is not an id", `team_id = "the/team"`},
		"created_at":                  {key(`created_at = "2026-01-01T00:00:00Z"`), "Read-Only", "read-only", `created_at = `},
		"no name":                     {`resource "nebula_api_key" "this" {}`, "Missing required argument", `"name" is required`, `resource "nebula_api_key"`},
		"no name: null":               {`resource "nebula_api_key" "this" { name = null }`, "Missing Configuration for Required Attribute", "the name attribute", `name = null`},
		"marker":                      {key(`description = "text ` + someMarker + `"`), "Invalid description", "must not end with an ownership marker", `description = "text`},
		"marker alone":                {key(`description = "` + someMarker + `"`), "Invalid description", "must not end with an ownership marker", `description =`},
		"marker after lines":          {key(`description = "a\nb ` + someMarker + `"`), "Invalid description", "must not end with an ownership marker", `description =`},
		"no recipients":               {key(recipients()), "Invalid Attribute Value", "list must contain at least 1 elements", "age_recipients = ["},
		"empty recipient":             {key(recipients("")), badRecipient, neither, `"",`},
		"null recipient":              {key("age_recipients = [\n    null\n  ]"), badRecipient, "it is null", ""},
		"second of three":             {key(recipients(good, "age1", edPublic)), badRecipient, malformedAge, `"age1",`},
		"cut recipient":               {key(recipients(good[:40])), badRecipient, malformedAge, good[:40]},
		"mistyped recipient":          {key(recipients(good[:20] + "b" + good[20:])), badRecipient, malformedAge, good[:20] + "b"},
		"plugin recipient":            {key(recipients("age1yubikey1qwerty")), badRecipient, "age plugins are not supported", "yubikey"},
		"age identity":                {key(recipients(ageIdentity)), badRecipient, "About age_recipients[0]: This recipient cannot be used: " + private, `resource "nebula_api_key"`},
		"SSH private key":             {key(recipients(string(pem.EncodeToMemory(block)))), badRecipient, private, `resource "nebula_api_key"`},
		"secret for a team":           {key(`team_id = "ak_CANARYCANARYCANARY"`), "Invalid id", "looks like a key or a token", `resource "nebula_api_key"`},
		"ECDSA":                       {key(recipients(authorizedKey(t, ecKey.Public()))), badRecipient, neither, "ecdsa"},
		"short RSA":                   {key(recipients(shortRSA)), badRecipient, malformedSSH + ", or is an RSA key of less than 2048 bits", "ssh-rsa"},
		"cut SSH key":                 {key(recipients(edPublic[:40])), badRecipient, malformedSSH, edPublic[:40]},
		"user name":                   {key(recipients("github:somebody")), badRecipient, neither, "github:"},
		"two in one":                  {key(recipients(good + "\n" + good)), badRecipient, "it has several lines", good},
		"twice":                       {key(recipients(good, edPublic, good)), badRecipient, "This recipient and that at index 0 are the same", ""},
		"post-quantum and other":      {key(recipients(hybrid.Recipient().String(), good)), badRecipients, "post-quantum recipients (age1pq1...) do not mix with others", "age_recipients = ["},
		"time-out that is none":       {key("timeouts {\n    create = \"soon\"\n  }"), "Invalid Attribute Value Time Duration", `"soon"`, `create = "soon"`},
		"no time":                     {key("timeouts {\n    create = \"0s\"\n  }"), "Invalid time-out", `The time-out "0s" leaves no time`, `create = "0s"`},
		"less than no time":           {key("timeouts {\n    delete = \"-5m\"\n  }"), "Invalid time-out", `The time-out "-5m" leaves no time`, `delete = "-5m"`},
		"time-out of what cannot be":  {key("timeouts {\n    update = \"5m\"\n  }"), "Unsupported argument", `"update"`, `update = "5m"`},
		"id":                          {key(`id = "5"`), "Read-Only", "read-only", `id = "5"`},
		"key":                         {key(`key = "ak_0123456789"`), "Read-Only", "read-only", `key = `},
		"data: neither":               {`data "nebula_api_key" "this" {}`, "Missing Attribute Configuration", "Exactly one of these attributes must be configured: [id,name]", ""},
		"data: both":                  {`data "nebula_api_key" "this" {` + "\n  id = \"5\"\n  name = \"n\"\n}", "Invalid Attribute Combination", "Exactly one of these attributes must be configured: [id,name]", ""},
		"data: malformed id":          {`data "nebula_api_key" "this" { id = "5/../6" }`, "Invalid id", "is not an id", `id = "5/../6"`},
		"data: empty name":            {`data "nebula_api_key" "this" { name = "" }`, "Invalid Attribute Value Length", "at least 1", `name = ""`},
		"list: no regular expression": {`data "nebula_api_keys" "this" { name_regex = "(" }`, "Invalid regular expression", "RE2", `name_regex = "("`},
		"list: lookahead":             {`data "nebula_api_keys" "this" { name_regex = "(?=a)" }`, "Invalid regular expression", "RE2", `name_regex = "(?=a)"`},
		"list: no bool":               {`data "nebula_api_keys" "this" { terraform_managed = "perhaps" }`, "Incorrect attribute value type", "bool", `terraform_managed = "perhaps"`},
	}

	w := acctest.New(t, acctest.Options{})
	c := w.CLI(t)
	files := map[string]string{} // file to case
	number := 0
	for name, test := range cases {
		number++
		file := fmt.Sprintf("case%d.tf", number)
		files[file] = name
		c.Write(file, strings.Replace(test.config, "this", fmt.Sprintf("this%d", number), 1))
	}
	var report struct {
		Diagnostics []struct {
			Severity, Summary, Detail string
			Range                     struct{ Filename string }
			Snippet                   struct{ Code string }
		}
	}
	if err := json.Unmarshal([]byte(c.Run("validate", "-json").Expect(1).Stdout), &report); err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Diagnostics {
		name := files[d.Range.Filename]
		test, ok := cases[name]
		if !ok {
			t.Errorf("%s: one more diagnostic: %s: %s", name, d.Summary, d.Detail)
			continue
		}
		delete(cases, name)
		if d.Severity != "error" || !strings.Contains(d.Summary, test.summary) || !strings.Contains(strings.Join(strings.Fields(d.Detail), " "), test.detail) || !strings.Contains(d.Snippet.Code, test.code) {
			t.Errorf("%s: %s %q: %q at %q", name, d.Severity, d.Summary, d.Detail, d.Snippet.Code)
		}
		if shown := d.Summary + d.Detail + d.Snippet.Code; strings.Contains(shown, "CANARY") || strings.Contains(shown, secretLine) {
			t.Errorf("%s: repeats a secret: %s", name, shown)
		}
	}
	for name := range cases {
		t.Errorf("%s: not found", name)
	}
	w.ExpectSilence()
}

// What is known only during apply is checked then, before there is a key.
func TestInvalidOnlyKnownDuringApply(t *testing.T) {
	t.Parallel()
	hybrid, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	good := newIdentity(t).Recipient().String()
	for name, test := range map[string]struct {
		argument    string
		early, late any
		want        string
	}{
		"name":          {"name", rehearsal.Unknown, "", "must not be empty"},
		"description":   {"description", rehearsal.Unknown, someMarker, "must not end with an ownership marker"},
		"team":          {"team_id", rehearsal.Unknown, "ak_0123456789abcdef", "Invalid id"},
		"recipient":     {"age_recipients", []any{rehearsal.Unknown}, []string{"age1"}, "This recipient cannot be used"},
		"recipients":    {"age_recipients", rehearsal.Unknown, []string{"age1"}, "This recipient cannot be used"},
		"no recipients": {"age_recipients", rehearsal.Unknown, []string{}, "at least 1 elements"},
		"post-quantum":  {"age_recipients", []any{good, rehearsal.Unknown}, []string{good, hybrid.Recipient().String()}, "do not mix with others"},
		"time-out":      {"timeouts", rehearsal.Args{"create": rehearsal.Unknown}, rehearsal.Args{"create": "-1s"}, "leaves no time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := acctest.NewStage(t, acctest.Options{}).With(rehearsal.Resource{Address: this, Config: func(k rehearsal.Known) rehearsal.Args {
				if k.Applying {
					return one(rehearsal.Args{test.argument: test.late})
				}
				return one(rehearsal.Args{test.argument: test.early})
			}})
			s.Plan().Succeeds().Does(map[string]rehearsal.Action{this: rehearsal.Create})
			s.Apply().Fails(test.want).ExpectNot("ak_0123456789")
			s.ExpectSilence()
			if len(s.Stored()) != 0 {
				t.Error("the state holds a key")
			}
		})
	}
}

// Values that are not known yet are no mistakes, and a plan with them works.
func TestUnknownWhilePlanning(t *testing.T) {
	t.Parallel()
	identity := newIdentity(t)
	late := one(rehearsal.Args{"keepers": map[string]any{"all": "x"}, "age_recipients": []string{identity.Recipient().String()},
		"timeouts": rehearsal.Args{"create": "1m"}, "team_id": "7"})
	s := acctest.NewStage(t, acctest.Options{Fake: of2025()}).With(rehearsal.Resource{Address: this, Config: func(k rehearsal.Known) rehearsal.Args {
		if k.Applying {
			return late
		}
		u := rehearsal.Unknown
		return rehearsal.Args{"name": u, "description": u, "keepers": map[string]any{"all": u}, "age_recipients": []any{u}, "timeouts": rehearsal.Args{"create": u}, "team_id": u}
	}})
	s.Apply().Succeeds()
	if err := checkKey(s.World, stored(s), identity); err != nil {
		t.Error(err)
	}
	configure(s, late)
	s.Plan().Succeeds().DoesNothing()
	s.Destroy().Succeeds()
	expectNames(t, s.World)
}
