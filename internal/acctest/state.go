package acctest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// Is checks attributes of an object in the state, as CheckAttributes does.
func (s *Stage) Is(address string, want map[string]any) {
	s.t.Helper()
	CheckAttributes(s.t, address, s.Workspace.State(address).Object, want)
}

// CheckAttributes checks attributes of an object. A nil stands for null, an int
// for a number, and a []string for a list or set in any order.
func CheckAttributes(t *testing.T, address string, have rehearsal.Object, want map[string]any) {
	t.Helper()
	if have == nil {
		t.Errorf("the state has no %s", address)
		return
	}
	for name, value := range want {
		var equal bool
		switch value := value.(type) {
		case nil:
			equal = have.Null(name)
		case []string:
			equal = slices.Equal(slices.Sorted(slices.Values(have.Texts(name))), slices.Sorted(slices.Values(value)))
		default:
			equal = !have.Null(name) && fmt.Sprint(have.Plain()[name]) == fmt.Sprint(value)
		}
		if !equal {
			t.Errorf("%s.%s is %s, want %v", address, name, have[name], value)
		}
	}
}

// IsTainted checks whether an object in the state is tainted.
func (s *Stage) IsTainted(address string, want bool) {
	s.t.Helper()
	if got := s.Workspace.State(address).Tainted; got != want {
		s.t.Errorf("%s is tainted: %t, want %t", address, got, want)
	}
}

// HasNothing checks that the state is empty.
func (s *Stage) HasNothing() {
	s.t.Helper()
	if stored := s.Stored(); len(stored) != 0 {
		s.t.Errorf("the state holds %v", stored)
	}
}

// Settled checks that nothing is left to do, and that nobody is warned.
func (s *Stage) Settled() {
	s.t.Helper()
	s.Plan().Expect(0).ExpectNot("Warning")
}

// Asked gives the operations that the API saw since the last look, in order.
// Spellings that this API does not have are left out.
func (w *World) Asked() []fakenebula.Operation {
	var seen []fakenebula.Operation
	for _, r := range w.API.Journal() {
		if r.Operation != fakenebula.OpAbsent {
			seen = append(seen, r.Operation)
		}
	}
	w.API.ResetJournal()
	return seen
}
