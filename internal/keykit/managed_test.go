package keykit_test

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

const ownFingerprint = "fingerprint of the provider's own key"

// Whichever of two plans comes first, a managed key is not deleted: it is spared
// where it is known, and its own plan fails where it is not.
func TestManagedKeysAreNotDoomed(t *testing.T) {
	t.Parallel()
	s := &tfkit.Services{CredentialFingerprint: ownFingerprint}
	known := keykit.ManagedKeys(s)
	known.Note("1", "")
	if managed := known.Doom([]nebula.ID{"1", "2"}); !slices.Equal(managed, []nebula.ID{"1"}) {
		t.Errorf("managed are %v", managed)
	}
	for id, fails := range map[nebula.ID]bool{"1": false, "2": true, "3": false, "": false} {
		var diags diag.Diagnostics
		op := tfkit.Doing("plan API key", &diags, nil)
		op.Services = s
		keykit.PlanKey(op, id, "")
		if diags.HasError() != fails {
			t.Errorf("the plan of key %q: %v", id, diags)
		}
	}
}

// A fingerprint that is known is not forgotten when the key is noted again, and
// tells the provider's own key, which is never revoked.
func TestOwnKeyIsRemembered(t *testing.T) {
	t.Parallel()
	s := &tfkit.Services{CredentialFingerprint: ownFingerprint}
	known := keykit.ManagedKeys(s)
	known.Note("1", "of key 1")
	known.Note("1", "")
	if got := known.Live()["1"]; got != "of key 1" {
		t.Errorf("the fingerprint is %q", got)
	}
	if keykit.RefuseOwnKey(s, "delete API key", "", "5").HasError() {
		t.Error("a key that is not known to be the own one is not revoked")
	}
	if own := known.OwnID([]keyring.Key{{ID: "4", Fingerprint: "another"}, {ID: "5", Fingerprint: ownFingerprint}}); own != "5" {
		t.Errorf("the own key is %q", own)
	}
	// The id is enough from now on, and so is the fingerprint.
	for id, fingerprint := range map[string]string{"5": "", "6": ownFingerprint} {
		if !keykit.RefuseOwnKey(s, "delete API key", fingerprint, id).HasError() {
			t.Errorf("key %s with the fingerprint %q is revoked", id, fingerprint)
		}
	}
}
