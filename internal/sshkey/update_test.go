package sshkey_test

import (
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// renaming is a stage with an SSH key whose configuration has a new name.
func renaming(t *testing.T, o fakenebula.Options) *stage {
	t.Helper()
	s := newStage(t, o).write("old", line(1))
	s.Apply().Expect(0)
	s.API.ResetJournal()
	return s.write("new", line(1))
}

// The list decides what an answer leaves open.
func TestRenameIsConfirmed(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakenebula.Fault{
		"no answer":        {Drop: true, Commit: true},
		"page of proxy":    {Answer: fakenebula.HTML(504), Commit: true},
		"no data":          {Rewrite: fakenebula.WithData("null")},
		"another's":        {Rewrite: fakenebula.WithField("id", "99")},
		"old name":         {Rewrite: fakenebula.WithField("key_name", `"old"`)},
		"404 all the same": {Answer: fakenebula.Failed(404, "Not Found"), Commit: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := renaming(t, fakenebula.Options{})
			fault.Operation = opRename
			s.API.Inject(fault)
			s.Apply().Expect(0)
			s.is(map[string]any{"id": "1", "name": "new"})
			s.holds("1 new")
			s.Plan().Expect(0)
		})
	}
}

// A rename that did not come about keeps the old name in the state, and says
// what to do.
func TestRenameFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options fakenebula.Options
		fault   fakenebula.Fault
		want    []string
	}{
		"no such route": {fakenebula.Options{SSHKeys: fakenebula.SSHKeyOptions{NoRename: true}}, fakenebula.Fault{},
			[]string{"HTTP 405", "The list still shows the old name.", "Keep the name, or replace the SSH key (terraform apply -replace=ADDRESS)."}},
		"success that does nothing": {fakenebula.Options{}, fakenebula.Fault{
			Answer: fakenebula.JSON(200, `{"status":"success","message":"","data":{"id":1,"key_name":"old"}}`)},
			[]string{"The call was answered with SSH key 1, but the answer shows the old name.", "Keep the name"}},
		"success about another": {fakenebula.Options{}, fakenebula.Fault{
			Answer: fakenebula.JSON(200, `{"status":"success","message":"","data":{"id":99,"key_name":"new"}}`)},
			[]string{"The call was answered with SSH key 99, but the answer is about another SSH key.", "The list still shows the old name."}},
		"lost": {fakenebula.Options{}, fakenebula.Fault{Drop: true},
			[]string{"the API may or may not have acted", "The list still shows the old name.", "Next: Apply again."}},
		"refused": {fakenebula.Options{}, fakenebula.Fault{Answer: fakenebula.Failed(422, "too long")},
			[]string{"too long", "Correct what the API complains about"}},
		"forbidden": {fakenebula.Options{}, fakenebula.Fault{Answer: fakenebula.Failed(403, "not you")},
			[]string{"not you", "not allowed to do this"}},
		"conflict": {fakenebula.Options{}, fakenebula.Fault{Answer: fakenebula.Failed(409, "taken")}, []string{"taken"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := renaming(t, test.options)
			if test.fault.Drop || test.fault.Answer.Status != 0 {
				test.fault.Operation, test.fault.Times = opRename, -1
				s.API.Inject(test.fault)
			}
			s.Apply().Expect(1, append(test.want, "Unable to rename SSH key", "State: The SSH key stays in the state with its old name.")...)
			s.is(map[string]any{"id": "1", "name": "old", "public_key": line(1)})
			s.IsTainted(this, false)
			s.holds("1 old")
			s.write("old", line(1)).Plan().Expect(0)
		})
	}
}

// A rename whose answer and whose list are lost leaves the old name, and the
// next run sees which one it is.
func TestRenameUnconfirmed(t *testing.T) {
	t.Parallel()
	s := renaming(t, fakenebula.Options{})
	s.API.Inject(
		fakenebula.Fault{Operation: opRename, Drop: true, Commit: true},
		fakenebula.Fault{Operation: opList, Skip: 1, Times: -1, Answer: fakenebula.Failed(403, "not you")},
	)
	s.Apply().Expect(1, "It is not known whether the SSH key has its new name:", "not you")
	s.is(map[string]any{"name": "old"})
	s.API.ClearFaults()
	s.Plan().Expect(0)
	s.Apply().Expect(0)
	s.is(map[string]any{"name": "new"})
}

// A 404 can mean the SSH key: then two lists tell.
func TestRenameOfWhatIsGone(t *testing.T) {
	t.Parallel()
	for _, reading := range fakenebula.Readings() {
		for name, status := range map[string]int{"404": 404, "400": 400, "422": 422} {
			t.Run(string(reading)+" "+name, func(t *testing.T) {
				t.Parallel()
				s := renaming(t, fakenebula.Options{Reading: reading, SSHKeys: fakenebula.SSHKeyOptions{UnknownIDStatus: status}})
				s.API.OnRequest(func(r fakenebula.Request) {
					if r.Operation == opRename {
						s.API.DeleteSSHKey("1")
					}
				})
				s.Apply().Expect(1, "Two complete lists do not show the SSH key: it was deleted elsewhere.", "Next: Plan again")
				s.Apply().Expect(0)
				s.holds("2 new")
			})
		}
	}
}

// The other name of the field is tried once, and remembered.
func TestRenameFieldIsRemembered(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{Reading: fakenebula.Reading2025})
	for i, address := range []string{"nebula_ssh_key.a", "nebula_ssh_key.b", "nebula_ssh_key.c"} {
		s.Resources = append(s.Resources, after(rehearsal.Block(address, args("old", line(i))), s.Resources))
	}
	s.Apply().Expect(0)
	s.asked(opList, opCreate, opCreate, opCreate, opCreate)
	s.Resources = nil
	for i, address := range []string{"nebula_ssh_key.a", "nebula_ssh_key.b", "nebula_ssh_key.c"} {
		s.Resources = append(s.Resources, after(rehearsal.Block(address, args("new", line(i))), s.Resources))
	}
	s.Apply().Expect(0)
	s.asked(opList, opRename, opRename, opRename, opRename)
	s.holds("1 new", "2 new", "3 new")
}
