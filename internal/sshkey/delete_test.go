package sshkey_test

import (
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// applied is a stage with an SSH key.
func applied(t *testing.T, o fakenebula.Options) *stage {
	t.Helper()
	s := newStage(t, o).write("laptop", line(1))
	s.Apply().Expect(0)
	s.API.ResetJournal()
	return s
}

// A delete is a success when the API says so, or when two lists lack the SSH
// key; then people are told.
func TestDeleteIsConfirmed(t *testing.T) {
	t.Parallel()
	const told = "SSH key not confirmed to be deleted"
	for name, test := range map[string]struct {
		fault fakenebula.Fault
		want  string
	}{
		"answer lost":      {fakenebula.Fault{Drop: true, Commit: true}, told},
		"page of proxy":    {fakenebula.Fault{Answer: fakenebula.HTML(502), Commit: true}, told},
		"404 all the same": {fakenebula.Fault{Answer: fakenebula.Failed(404, "Not Found"), Commit: true}, told},
		"failed envelope":  {fakenebula.Fault{Answer: fakenebula.Failed(200, "hm"), Commit: true}, told},
		"unreadable data":  {fakenebula.Fault{Rewrite: fakenebula.WithData("7")}, ""},
		"still in use":     {fakenebula.Fault{Answer: fakenebula.Failed(409, "in use"), Times: 3}, ""},
		"not sent":         {fakenebula.Fault{NotSent: fakenebula.ConnectionRefused()}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := applied(t, fakenebula.Options{})
			test.fault.Operation = opDelete
			s.API.Inject(test.fault)
			result := s.Destroy().Expect(0, test.want)
			if test.want == "" {
				result.ExpectNot("Warning")
			}
			s.HasNothing()
			s.holds()
		})
	}
}

// An SSH key that somebody else deleted meanwhile is gone, whatever the API
// says of an unknown id.
func TestDeleteOfWhatIsGone(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"404": 404, "400": 400, "422": 422} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := applied(t, fakenebula.Options{SSHKeys: fakenebula.SSHKeyOptions{UnknownIDStatus: status}})
			s.API.OnRequest(func(r fakenebula.Request) {
				if r.Operation == opDelete {
					s.API.DeleteSSHKey("1")
				}
			})
			s.Destroy().Expect(0, "SSH key not confirmed to be deleted", "Two complete lists (GET /ssh-keys, asked with the API key) do not show it")
			s.HasNothing()
		})
	}
}

// A delete that did not come about keeps the state.
func TestDeleteFails(t *testing.T) {
	t.Parallel()
	const still = "The list of SSH keys still shows the SSH key."
	for name, test := range map[string]struct {
		fault fakenebula.Fault
		want  []string
	}{
		"no such route": {fakenebula.Fault{Answer: fakenebula.Failed(404, "Not Found")}, []string{still, "knows neither this route nor what to delete"}},
		"lost":          {fakenebula.Fault{Drop: true}, []string{still}},
		"failed":        {fakenebula.Fault{Answer: fakenebula.Failed(200, "in use by an instance")}, []string{still, "in use by an instance"}},
		"forbidden":     {fakenebula.Fault{Answer: fakenebula.Failed(403, "not you")}, []string{"not you"}},
		"unauthorized":  {fakenebula.Fault{Answer: fakenebula.Failed(401, "who?")}, []string{"who?"}},
		"still in use":  {fakenebula.Fault{Answer: fakenebula.Failed(409, "in use")}, []string{"in use", "Find out what still uses it"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := applied(t, fakenebula.Options{})
			test.fault.Operation, test.fault.Times = opDelete, -1
			s.API.Inject(test.fault)
			s.Destroy().Expect(1, append(test.want, "Unable to delete SSH key", `State: SSH key 1 ("laptop") stays in the state.`)...)
			s.is(map[string]any{"id": "1"})
			s.holds("1 laptop")
		})
	}
}

// While the list is refused, nothing says that the SSH key is gone.
func TestDeleteUnconfirmed(t *testing.T) {
	t.Parallel()
	s := applied(t, fakenebula.Options{})
	s.API.Inject(
		fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(404, "Not Found"), Commit: true},
		fakenebula.Fault{Operation: opList, Skip: 1, Times: -1, Answer: fakenebula.Failed(403, "not you")},
	)
	s.Destroy().Expect(1, "It is not known whether the SSH key is gone:", "not you")
	s.is(map[string]any{"id": "1"})
	s.API.ClearFaults()
	s.Destroy().Expect(0)
	s.HasNothing()
}
