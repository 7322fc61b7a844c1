package sshkey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// What others changed of the entry is seen; another way of writing the same
// public key is not a change.
func TestDrift(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		shownName, shownKey string
		want                string // of the plan
		state               map[string]any
	}{
		"nothing":              {"laptop", line(1, "me"), "", map[string]any{"public_key": line(1, "me") + "\n"}},
		"comment":              {"laptop", line(1, "you"), "", map[string]any{"public_key": line(1, "me") + "\n"}},
		"no comment":           {"laptop", line(1), "", map[string]any{"public_key": line(1, "me") + "\n"}},
		"shown in part":        {"laptop", "ssh-ed25519 AAAA...", "", map[string]any{"public_key": line(1, "me") + "\n", "fingerprint": fingerprint(1)}},
		"another one in part":  {"laptop", "ssh-rsa AAAA...", "", map[string]any{"public_key": line(1, "me") + "\n", "fingerprint": fingerprint(1)}},
		"not shown":            {"laptop", "", "", map[string]any{"public_key": line(1, "me") + "\n"}},
		"nonsense":             {"laptop", "what", "", map[string]any{"public_key": line(1, "me") + "\n"}},
		"name":                 {"tower", line(1), "will be updated in-place", map[string]any{"name": "tower"}},
		"name not shown":       {"", line(1), "", map[string]any{"name": "laptop"}},
		"decomposed name":      {"laptop", line(1), "", nil},
		"another public key":   {"laptop", line(2, "evil"), "must be replaced", map[string]any{"public_key": line(2, "evil"), "fingerprint": fingerprint(2)}},
		"another key and name": {"evil", line(2), "must be replaced", map[string]any{"name": "evil", "fingerprint": fingerprint(2)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{}).write("laptop", line(1, "me")+"\n")
			s.Apply().Expect(0)
			s.API.SetSSHKey("1", test.shownName, test.shownKey)
			if test.want == "" {
				s.Settled()
			} else {
				s.Plan().Expect(2, test.want)
			}
			s.Apply("-refresh-only").Expect(0)
			s.is(test.state)
			s.Apply().Expect(0)
			s.is(map[string]any{"name": "laptop", "public_key": line(1, "me") + "\n", "fingerprint": fingerprint(1)})
		})
	}
}

// Terraform composes names; an API may give them back decomposed.
func TestDecomposedName(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{Stored: fakenebula.Decomposed}).write("Schl\u00fcssel", line(1))
	s.Apply().Expect(0).ExpectNot("Warning")
	s.Settled()
}

// Only two lists prove an absence. A list that lags is waited for.
func TestAbsence(t *testing.T) {
	t.Parallel()
	t.Run("deleted elsewhere", func(t *testing.T) {
		t.Parallel()
		s := applied(t, fakenebula.Options{})
		s.API.AddSSHKey("another", line(2))
		s.Clock.Advance(time.Hour)
		s.API.DeleteSSHKey("1")
		s.Plan().Expect(2, "will be created", "None of the SSH keys was found", "the credential belongs to another account")
		s.asked(opList, opList)
		s.Apply().Expect(0)
		s.holds("2 another", "3 laptop")
	})
	t.Run("deleted at once", func(t *testing.T) {
		t.Parallel()
		s := applied(t, fakenebula.Options{})
		s.API.DeleteSSHKey("1")
		s.Plan().Expect(2, "SSH key gone soon after its creation", "will be created")
	})
	t.Run("shown late", func(t *testing.T) {
		t.Parallel()
		s := applied(t, fakenebula.Options{HideNewFor: 8 * time.Second})
		s.Settled()
	})
	t.Run("missing once", func(t *testing.T) {
		t.Parallel()
		s := applied(t, fakenebula.Options{})
		s.Clock.Advance(time.Hour)
		s.API.Inject(fakenebula.Fault{Operation: opList, Omit: func(fakenebula.Object) bool { return true }})
		s.Settled()
	})
}

// A list that cannot be had, or not whole, says nothing.
func TestListFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakenebula.Fault{
		"403":          {Answer: fakenebula.Failed(403, "no")},
		"404":          {Answer: fakenebula.Failed(404, "no")},
		"500":          {Answer: fakenebula.Failed(500, "no")},
		"failed":       {Answer: fakenebula.Failed(200, "no")},
		"null":         {Rewrite: fakenebula.WithData("null")},
		"no rows":      {Rewrite: fakenebula.WithoutField("ssh_keys")},
		"null rows":    {Rewrite: fakenebula.WithField("ssh_keys", "null")},
		"row of no id": {Rewrite: fakenebula.WithField("ssh_keys", `[{"key_name":"a"}]`)},
		"cut off":      {Rewrite: fakenebula.Cut},
		"proxy":        {Answer: fakenebula.HTML(200)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := applied(t, fakenebula.Options{})
			fault.Operation, fault.Times = opList, -1
			s.API.Inject(fault)
			s.Plan().Expect(1, "Unable to read SSH key", "State: The SSH key stays in the state as it was.")
			s.Apply().Expect(1)
			s.is(map[string]any{"id": "1"})
			s.holds("1 laptop")
		})
	}
}
