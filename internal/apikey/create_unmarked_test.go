package apikey_test

import (
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// Without a marker the API gets the description as it is, and a key has no
// token.
func TestWithoutMarker(t *testing.T) {
	t.Parallel()
	s := stageOf(t, one())
	s.Provider = rehearsal.Args{"ownership_marker": false}
	s.Apply().Succeeds()
	if key := s.API.Keys()[1]; key.Description != "text" {
		t.Errorf("the description is %q", key.Description)
	}
	if have := stored(s); have["creation_token"] != "" || have["key"] == "" {
		t.Error("the state has a token, or no key")
	}
	s.Plan().Succeeds().DoesNothing()
	// Turning the marker on again is no difference for keys that exist.
	s.Provider = nil
	s.Plan().Succeeds().DoesNothing()
	s.Destroy().Succeeds()
	expectNames(t, s.World)
}
