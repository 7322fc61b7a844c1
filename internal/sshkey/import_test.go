package sshkey_test

import (
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// An entry is taken over by its id, alone or as identity.
func TestImport(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]func(s *stage, id string){
		"by id": func(s *stage, id string) { s.Stage.Run("import", this, id).Expect(0).ExpectNot("Warning") },
		"by identity": func(s *stage, id string) {
			if report := s.ImportIdentity(s.t.Context(), this, rehearsal.Args{"id": id}); report.Failed() {
				s.t.Fatal(report)
			}
		},
	} {
		for _, reading := range fakenebula.Readings() {
			t.Run(name+" "+string(reading), func(t *testing.T) {
				t.Parallel()
				s := newStage(t, fakenebula.Options{Reading: reading})
				id := s.API.AddSSHKey("hers", line(1, "hers"))
				s.write("hers", line(1, "mine")+"\n")
				take(s, id)
				s.is(map[string]any{"id": id, "name": "hers", "public_key": line(1, "hers"), "fingerprint": fingerprint(1)})
				s.Apply().Expect(0)
				s.is(map[string]any{"id": id, "public_key": line(1, "mine") + "\n"})
				s.Plan().Expect(0)
				s.holds(id + " hers")
				s.Destroy().Expect(0)
				s.holds()
			})
		}
	}
}

// An entry whose public key is shown in part takes the configured one.
func TestImportOfAPart(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{SSHKeys: fakenebula.SSHKeyOptions{Masked: true}})
	s.API.AddSSHKey("hers", line(1, "hers"))
	s.write("hers", line(1))
	s.Stage.Run("import", this, "1").Expect(0)
	s.is(map[string]any{"id": "1", "name": "hers", "public_key": nil, "fingerprint": nil})
	s.API.ResetJournal()
	s.Apply().Expect(0, "Public key cannot be compared")
	s.asked(opList)
	s.is(map[string]any{"id": "1", "public_key": line(1), "fingerprint": fingerprint(1)})
	s.Settled()
	// From then on another public key is another one.
	s.write("hers", line(2)).Plan().Expect(2, "must be replaced")

	late := newStage(t, fakenebula.Options{SSHKeys: fakenebula.SSHKeyOptions{Masked: true}})
	late.API.AddSSHKey("laptop", line(1))
	late.Resources = []rehearsal.Resource{later(this, line(1))}
	late.Stage.Run("import", this, "1").Expect(0)
	late.Apply().Expect(0)
	late.is(map[string]any{"id": "1", "fingerprint": fingerprint(1)})
}

func TestImportFails(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"a name":            "Import by the id that the data source nebula_ssh_keys shows, not by name.",
		"../api-keys/1":     "Invalid SSH key id",
		"ak_0123456789abcd": "looks like a key or a token",
		"":                  "",
	} {
		s := newStage(t, fakenebula.Options{}).write("a", line(1))
		result := s.Stage.Run("import", this, id).Expect(1, want)
		if id == "ak_0123456789abcd" {
			result.ExpectNot(id)
		}
		s.HasNothing()
		s.asked()
	}
	s := newStage(t, fakenebula.Options{}).write("a", line(1))
	s.Stage.Run("import", this, "7").Expect(1)
	s.HasNothing()
}
