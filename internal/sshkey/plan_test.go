package sshkey_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// Another way of writing the same public key is recorded, byte for byte, and
// nothing is called.
func TestAnotherSpelling(t *testing.T) {
	t.Parallel()
	kind, material, _ := strings.Cut(line(1), " ")
	for name, text := range map[string]string{
		"line break":        line(1, "me") + "\n",
		"DOS line break":    line(1, "me") + "\r\n",
		"no comment":        line(1),
		"another comment":   line(1, "you", "there"),
		"white space":       "  " + kind + "\t" + material + "  me ",
		"several new lines": "\n\n" + line(1, "me") + "\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{}).write("laptop", line(1, "me"))
			s.Apply().Expect(0)
			s.API.ResetJournal()
			s.write("laptop", text).Plan().Expect(2, "# nebula_ssh_key.this will be updated in-place")
			s.asked(opList)
			s.Apply().Expect(0)
			s.asked(opList)
			s.is(map[string]any{"id": "1", "public_key": text, "fingerprint": fingerprint(1)})
			s.Plan().Expect(0)
		})
	}
}

// later is a block whose public key only the apply knows.
func later(address string, publicKey string) rehearsal.Resource {
	r := rehearsal.Block(address, nil)
	r.Config = func(k rehearsal.Known) rehearsal.Args {
		if !k.Applying {
			return rehearsal.Args{"name": "laptop", "public_key": rehearsal.Unknown}
		}
		return args("laptop", publicKey)
	}
	return r
}

// A public key that only the apply knows is recorded when it turns out to be the
// same one. Another one stops the apply, which the plan has said.
func TestPublicKeyKnownLater(t *testing.T) {
	t.Parallel()
	const warning = "Public key is not known yet"
	t.Run("new", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, fakenebula.Options{})
		s.Resources = []rehearsal.Resource{later(this, line(1))}
		s.Apply().Expect(0).ExpectNot("Warning")
		s.is(map[string]any{"id": "1", "fingerprint": fingerprint(1)})
	})
	t.Run("the same", func(t *testing.T) {
		t.Parallel()
		s := applied(t, fakenebula.Options{})
		s.Resources = []rehearsal.Resource{later(this, line(1, "another comment"))}
		s.Apply().Expect(0, warning, "replace_triggered_by")
		s.asked(opList)
		s.is(map[string]any{"id": "1", "public_key": line(1, "another comment")})
	})
	t.Run("another", func(t *testing.T) {
		t.Parallel()
		s := applied(t, fakenebula.Options{})
		s.Resources = []rehearsal.Resource{later(this, line(2))}
		report := s.Workspace.Apply(t.Context(), rehearsal.Options{})
		if !report.Failed() || !strings.Contains(report.String(), warning) {
			t.Error(report)
		}
		s.is(map[string]any{"id": "1", "public_key": line(1)})
		s.holds("1 laptop")
		s.write("laptop", line(2)).Apply().Expect(0)
		s.holds("2 laptop")
	})
	t.Run("another, replaced on demand", func(t *testing.T) {
		t.Parallel()
		s := applied(t, fakenebula.Options{})
		s.Resources = []rehearsal.Resource{later(this, line(2))}
		s.Apply("-replace=" + this).Expect(0)
		s.is(map[string]any{"id": "2", "fingerprint": fingerprint(2)})
	})
	t.Run("no key at all", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, fakenebula.Options{})
		s.Resources = []rehearsal.Resource{later(this, "what")}
		s.Apply().Expect(1, "Invalid SSH public key")
		s.HasNothing()
	})
	t.Run("one key twice", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, fakenebula.Options{})
		s.Resources = []rehearsal.Resource{later(this, line(1))}
		s.Resources = append(s.Resources, after(later("nebula_ssh_key.second", line(1, "again")), s.Resources))
		s.Apply().Expect(1, "Two resources with one public key")
		s.holds("1 laptop")
	})
}

// Two resources with one public key are found while planning.
func TestOnePublicKeyTwice(t *testing.T) {
	t.Parallel()
	const second = "nebula_ssh_key.second"
	twice := func(names ...string) []rehearsal.Resource {
		return []rehearsal.Resource{rehearsal.Block(this, args(names[0], line(1))), rehearsal.Block(second, args(names[1], line(1, "again")))}
	}
	const found = "Two resources with one public key"
	t.Run("both new", func(t *testing.T) {
		t.Parallel()
		for _, names := range [][]string{{"a", "b"}, {"a", "a"}} {
			s := newStage(t, fakenebula.Options{})
			s.Resources = twice(names...)
			s.Plan().Expect(1, found, "The API keeps one entry per public key")
			s.asked()
		}
	})
	t.Run("one is there", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, fakenebula.Options{}).write("a", line(1))
		s.Apply().Expect(0)
		s.Resources = twice("a", "b")
		s.Plan().Expect(1, found)
		slices.Reverse(s.Resources)
		s.Plan().Expect(1, found)
	})
	t.Run("one changes to it", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, fakenebula.Options{})
		s.Resources = []rehearsal.Resource{rehearsal.Block(this, args("a", line(1))), rehearsal.Block(second, args("b", line(2)))}
		s.Apply().Expect(0)
		s.Resources = twice("a", "b")
		s.Plan().Expect(1, found)
	})
	t.Run("they swap", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, fakenebula.Options{})
		s.Resources = []rehearsal.Resource{rehearsal.Block(this, args("a", line(1))), rehearsal.Block(second, args("b", line(2)))}
		s.Apply().Expect(0)
		s.Resources = []rehearsal.Resource{rehearsal.Block(this, args("a", line(2))), rehearsal.Block(second, args("b", line(1)))}
		s.Plan().Expect(2, "# nebula_ssh_key.second must be replaced", "# nebula_ssh_key.this must be replaced").ExpectNot(found)
	})
	t.Run("one that is replaced is one", func(t *testing.T) {
		t.Parallel()
		s := applied(t, fakenebula.Options{})
		s.Apply("-replace=" + this).Expect(0)
		s.holds("2 laptop")
		s.Taint(this)
		s.Apply().Expect(0)
		s.holds("3 laptop")
		s.Resources[0].CreateBeforeDestroy = true
		s.Apply("-replace="+this).Expect(1, `SSH key 3, named "laptop"`)
		s.holds("3 laptop")
		s.Plan().Expect(0)
	})
}

// A plan that only creates, and every check of a configuration, calls nothing.
func TestPlanOfACreateCallsNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}).write("laptop", line(1))
	s.Setenv("NEBULA_API_KEY", "")
	s.Plan().Expect(2, "will be created")
	s.asked()
}
