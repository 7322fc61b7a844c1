package keykit_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

const (
	apiURL  = "https://api.example.com/api/v1"
	keysURL = apiURL + "/api-keys"
)

// call is a failed call as the client reports it.
func call(method, route, url string, change func(*nebula.APIError)) error {
	e := &nebula.APIError{Method: method, Route: route, URL: url, RetryAfter: -1, Tries: 1, Credential: nebula.KindAPIKey}
	change(e)
	return e
}

func created(change func(*nebula.APIError)) error {
	return call("POST", "/api-keys", keysURL, change)
}

func listed(change func(*nebula.APIError)) error { return call("GET", "/api-keys", keysURL, change) }

func deleted(change func(*nebula.APIError)) error {
	return call("DELETE", "/api-keys/{id}", keysURL+"/7", change)
}

func refused(status int, message string) func(*nebula.APIError) {
	return func(e *nebula.APIError) { e.Class, e.Status, e.Message = nebula.Refused, status, message }
}

func noAnswer(e *nebula.APIError) {
	e.Class, e.Reason = nebula.Ambiguous, "no answer within the time-out"
}

func proxyPage(e *nebula.APIError) {
	e.Class, e.Status, e.Tries = nebula.Ambiguous, 502, 5
	e.Reason = "the answer is an HTML page, not the API's JSON (a proxy may have answered)"
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
		"create-undecided":               {To: create, State: tainted, Err: &keyring.UndecidedError{Token: token, Create: created(noAnswer)}},
		"create-undecided-list-refused":  {To: create, State: tainted, Err: &keyring.UndecidedError{Token: token, Create: created(noAnswer), Resolve: listed(refused(403, "Forbidden"))}},
		"create-undecided-no-marker":     {To: create, State: tainted, Err: &keyring.UndecidedError{Candidates: []nebula.ID{"7", "9"}, Create: created(proxyPage)}},
		"create-undecided-no-marker-one": {To: create, State: tainted, Err: &keyring.UndecidedError{Candidates: []nebula.ID{"7"}, Create: created(noAnswer)}},
		"create-undeletable": {To: create, State: "Key 7 is in the state as tainted, without its secret.",
			Err: &keyring.UndecidedError{Token: token, ID: "7", Create: created(noAnswer), Resolve: deleted(refused(403, "Forbidden"))}},
		"create-hostile-id": {To: create, State: "The key is in the state as tainted, without its secret.",
			Err: &keyring.UndecidedError{Token: token, ID: "$(reboot)\x1b[31m", Create: created(noAnswer)}},
		"create-secret-lost":    {To: create, State: nothing, Err: &keyring.SecretLostError{Create: created(noAnswer)}},
		"create-secret-missing": {To: create, State: nothing, Err: &keyring.SecretLostError{Create: &nebula.MissingSecretError{ID: "7"}}},
		"create-foreign-answer": {To: create, State: tainted, Err: &keyring.UndecidedError{Token: token, Candidates: []nebula.ID{"7"},
			Create: &keyring.ForeignAnswerError{ID: "7", Reason: "names a key that was listed before"}}},

		"read-several": {To: "read API key", State: asItWas,
			Err: &listing.SeveralError{Words: words, Sign: "carries the ownership marker [tf:" + token + "]", IDs: []nebula.ID{"7", "9"}}},
		"read-moved": {To: "read API key", State: asItWas, Err: &listing.MovedError{Words: words, ID: "7", Source: "/keys"}},
		"verify-not-accepted": {To: "rotate API key", State: "The old key stays in use.",
			Err: &keyring.NotAcceptedError{ID: "7", Waited: 60_000_000_000, Last: listed(refused(401, "Invalid token"))}},

		"delete-still-listed": {To: remove, State: stays, Err: &listing.StillListedError{Words: words, Delete: deleted(refused(404, "Not found"))}},
		"delete-unconfirmed":  {To: remove, State: stays, Err: &listing.UnconfirmedError{Words: words, Delete: deleted(noAnswer), List: listed(refused(401, "Expired"))}},
	}
	for name, failure := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			acctest.Golden(t, "diagnostics", name, render(tfkit.Diagnose(failure)))
		})
	}
	acctest.GoldenFiles(t, "diagnostics", tests)
}

func render(d diag.Diagnostic) string {
	where := ""
	if on, ok := d.(diag.DiagnosticWithPath); ok {
		where = " on " + on.Path().String()
	}
	return fmt.Sprintf("%s%s: %s\n\n%s\n", d.Severity(), where, d.Summary(), d.Detail())
}
