package tfkit_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// created, listed, deleted and login are failed calls as the client reports
// them.
func created(change func(*nebula.APIError)) error {
	return acctest.FailedCall("POST", "/api-keys", change)
}

func listed(change func(*nebula.APIError)) error {
	return acctest.FailedCall("GET", "/api-keys", change)
}

func deleted(change func(*nebula.APIError)) error {
	return acctest.FailedCall("DELETE", "/api-keys/{id}", change)
}

func login(change func(*nebula.APIError)) error {
	return acctest.FailedCall("POST", "/login", with(nebula.KindPassword), change)
}

func also(changes ...func(*nebula.APIError)) func(*nebula.APIError) {
	return func(e *nebula.APIError) {
		for _, change := range changes {
			change(e)
		}
	}
}

func afterCreate(e *nebula.APIError) { e.AfterCreate = true }

func with(kind nebula.CredentialKind) func(*nebula.APIError) {
	return func(e *nebula.APIError) { e.Credential = kind }
}

// TestDiagnose holds the full text of every kind of diagnostic against
// testdata; UPDATE_GOLDEN=1 writes it there.
func TestDiagnose(t *testing.T) {
	t.Parallel()
	const (
		create = "create API key"
		remove = "delete API key"
		token  = "20261123T015600Z-0123456789abcdef0123"
	)
	arguments := []string{"name", "description"}
	nothing := "No key was made, and nothing is in the state."
	tests := map[string]tfkit.Failure{
		"create-not-sent": {To: create, State: nothing, Err: created(func(e *nebula.APIError) {
			e.Class, e.Reason, e.Tries = nebula.NotSent, "dial tcp 192.0.2.1:443: connect: connection refused", 5
		})},
		"create-certificate": {To: create, State: nothing, Err: created(func(e *nebula.APIError) {
			e.Class, e.Certificate = nebula.NotSent, true
			e.Reason = "tls: failed to verify certificate: x509: certificate signed by unknown authority"
		})},
		"create-unauthorized":              {To: create, State: nothing, Err: created(acctest.Refused(401, "Invalid token"))},
		"create-unauthorized-after-create": {To: create, State: nothing, Err: created(also(acctest.Refused(401, "Invalid token"), afterCreate))},
		"create-unauthorized-token":        {To: create, State: nothing, Err: created(also(acctest.Refused(401, ""), with(nebula.KindAccessToken)))},
		"create-unauthorized-password":     {To: create, State: nothing, Err: created(also(acctest.Refused(401, ""), with(nebula.KindPassword)))},
		"create-forbidden":                 {To: create, State: nothing, Err: created(acctest.Refused(403, "You do not have permission to perform this action."))},
		"create-route-unknown":             {To: create, State: nothing, Err: created(acctest.Refused(404, "Not found"))},
		"create-method-not-allowed":        {To: create, State: nothing, Err: created(acctest.Refused(405, "Method not allowed"))},
		"create-conflict":                  {To: create, State: nothing, Arguments: arguments, Err: created(acctest.Refused(409, "This name is taken"))},
		"create-invalid-name":              {To: create, State: nothing, Arguments: arguments, Err: created(acctest.Refused(422, "Name is too long"))},
		"create-invalid-description":       {To: create, State: nothing, Arguments: arguments, Err: created(acctest.Refused(400, "description: not allowed"))},
		"create-invalid-both":              {To: create, State: nothing, Arguments: arguments, Err: created(acctest.Refused(400, "name and description must differ"))},
		"create-invalid-neither":           {To: create, State: nothing, Arguments: arguments, Err: created(acctest.Refused(422, "Your rename is too long"))},
		"create-failed":                    {To: create, State: nothing, Err: created(also(acctest.Refused(200, "You already have an API key"), func(e *nebula.APIError) { e.Reason = `the answer's status is "failed"` }))},
		"create-rate-limited":              {To: create, State: nothing, Err: created(also(acctest.Refused(429, ""), func(e *nebula.APIError) { e.RetryAfter = time.Hour }))},
		"create-redirect": {To: create, State: nothing, Err: created(func(e *nebula.APIError) {
			e.Status, e.Reason = 302, "the answer is a redirect, and redirects are not followed because they would carry the credential elsewhere"
		})},
		"create-odd-status":  {To: create, State: nothing, Err: created(func(e *nebula.APIError) { e.Status, e.Reason = 599, "the answer is not the API's JSON" })},
		"create-interrupted": {To: create, State: nothing, Err: context.Canceled},
		"create-interrupted-waiting": {To: create, State: nothing, Err: created(func(e *nebula.APIError) {
			e.Class, e.Reason, e.Interrupted = nebula.NotSent, "no such host", true
		})},
		"create-timed-out": {To: create, State: nothing, Err: context.DeadlineExceeded},

		"login-refused":    {To: create, State: nothing, Err: login(acctest.Refused(401, "Invalid credentials"))},
		"login-unanswered": {To: create, State: nothing, Err: login(acctest.ProxyPage)},

		"read-no-answer":  {To: "read API key", State: "The key stays in the state as it was.", Err: listed(acctest.ProxyPage)},
		"read-wrong-data": {To: "read API key", State: "The key stays in the state as it was.", Err: listed(func(e *nebula.APIError) { e.Status, e.Reason = 200, "the answer's data is not a list of keys" })},

		"delete-conflict": {To: remove, State: "The key stays in the state.", Err: deleted(acctest.Refused(409, "The key is in use")), Arguments: nil},
		"delete-routes": {To: remove, State: "The key stays in the state.", Err: deleted(also(acctest.Refused(404, "Not found"), func(e *nebula.APIError) {
			e.Routes = []string{"/api-keys/{id}", "/keys/{id}"}
		}))},
		"read-unauthorized-after-delete": {To: "read API key", State: "The key stays in the state as it was.",
			Err: listed(also(acctest.Refused(401, ""), func(e *nebula.APIError) { e.AfterDelete = true }))},
		"secret-missing": {To: create, State: nothing, Err: &nebula.MissingSecretError{ID: "7"}},
		"explained":      {To: create, State: nothing, Err: fmt.Errorf("wrapped: %w", &explained{listed(acctest.NoAnswer)})},

		"step":         {To: "rotate API key", State: "The old key stays in use.", Err: &tfkit.StepError{What: "the new key could not be tried", Err: listed(acctest.ProxyPage)}},
		"step-hostile": {To: "rotate API key", Err: &tfkit.StepError{What: "the key \x1b[31m " + canary + " could not be tried", Err: errors.New("no entropy")}},
		"own-advice":   {To: create, State: nothing, Err: created(acctest.Refused(403, "Forbidden")), Next: "Ask Ann."},
		"own-error":    {To: create, Err: errors.New("no entropy")},
		"hostile":      {To: create, Err: errors.New("\x1b[2Jbearer abcdef0123 ak_0123456789 " + "\u202e" + "\r\nend"), State: nothing},
	}
	acctest.GoldenFailures(t, tests)
}

// explained is an error that explains itself.
type explained struct{ cause error }

func (e *explained) Error() string { return "explained" }
func (e *explained) Unwrap() error { return e.cause }
func (e *explained) Happened(tell func(error) []string) []string {
	return append([]string{"It is like this."}, tell(e.cause)...)
}
func (e *explained) Advice(advise func(error) string) string {
	return "First do that. " + advise(e.cause)
}

func TestForeignTextIsCapped(t *testing.T) {
	t.Parallel()
	detail := tfkit.Diagnose(tfkit.Failure{To: "create API key", Err: errors.New(strings.Repeat("long ", 2000))}).Detail()
	if len(detail) > 600 {
		t.Errorf("%d bytes", len(detail))
	}
}
