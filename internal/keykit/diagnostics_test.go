package keykit_test

import (
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

func created(change func(*nebula.APIError)) error {
	return acctest.FailedCall("POST", "/api-keys", change)
}

func listed(change func(*nebula.APIError)) error {
	return acctest.FailedCall("GET", "/api-keys", change)
}

func deleted(change func(*nebula.APIError)) error {
	return acctest.FailedCall("DELETE", "/api-keys/{id}", change)
}

// TestDiagnose holds the full text of what goes wrong with keys against
// testdata; UPDATE_GOLDEN=1 writes it there.
func TestDiagnose(t *testing.T) {
	t.Parallel()
	const (
		create = "create API key"
		remove = "delete API key"
		token  = "20261123T015600Z-0123456789abcdef0123"

		tainted = "The key is in the state as tainted, without an id."
		nothing = "No key was made, and nothing is in the state."
		stays   = "The key stays in the state."
		asItWas = "The key stays in the state as it was."
	)
	words := listing.Words{One: "key", Many: "keys"}
	tests := map[string]tfkit.Failure{
		"create-undecided":               {To: create, State: tainted, Err: &keyring.UndecidedError{Token: token, Create: created(acctest.NoAnswer)}},
		"create-undecided-list-refused":  {To: create, State: tainted, Err: &keyring.UndecidedError{Token: token, Create: created(acctest.NoAnswer), Resolve: listed(acctest.Refused(403, "Forbidden"))}},
		"create-undecided-no-marker":     {To: create, State: tainted, Err: &keyring.UndecidedError{Candidates: []nebula.ID{"7", "9"}, Create: created(acctest.ProxyPage)}},
		"create-undecided-no-marker-one": {To: create, State: tainted, Err: &keyring.UndecidedError{Candidates: []nebula.ID{"7"}, Create: created(acctest.NoAnswer)}},
		"create-undeletable": {To: create, State: "Key 7 is in the state as tainted, without its secret.",
			Err: &keyring.UndecidedError{Token: token, ID: "7", Create: created(acctest.NoAnswer), Resolve: deleted(acctest.Refused(403, "Forbidden"))}},
		"create-hostile-id": {To: create, State: "The key is in the state as tainted, without its secret.",
			Err: &keyring.UndecidedError{Token: token, ID: "$(reboot)\x1b[31m", Create: created(acctest.NoAnswer)}},
		"create-secret-lost":    {To: create, State: nothing, Err: &keyring.SecretLostError{Create: created(acctest.NoAnswer)}},
		"create-secret-missing": {To: create, State: nothing, Err: &keyring.SecretLostError{Create: &nebula.MissingSecretError{ID: "7"}}},
		"create-foreign-answer": {To: create, State: tainted, Err: &keyring.UndecidedError{Token: token, Candidates: []nebula.ID{"7"},
			Create: &keyring.ForeignAnswerError{ID: "7", Reason: "names a key that was listed before"}}},

		"read-several": {To: "read API key", State: asItWas,
			Err: &listing.SeveralError{Words: words, Sign: "carries the ownership marker [tf:" + token + "]", IDs: []nebula.ID{"7", "9"}}},
		"read-moved": {To: "read API key", State: asItWas, Err: &listing.MovedError{Words: words, ID: "7", Source: "/keys"}},
		"verify-not-accepted": {To: "rotate API key", State: "The old key stays in use.",
			Err: &keyring.NotAcceptedError{ID: "7", Waited: 60_000_000_000, Last: listed(acctest.Refused(401, "Invalid token"))}},

		"delete-still-listed": {To: remove, State: stays, Err: &listing.StillListedError{Words: words, Delete: deleted(acctest.Refused(404, "Not found"))}},
		"delete-unconfirmed":  {To: remove, State: stays, Err: &listing.UnconfirmedError{Words: words, Delete: deleted(acctest.NoAnswer), List: listed(acctest.Refused(401, "Expired"))}},
	}
	acctest.GoldenFailures(t, tests)
}
