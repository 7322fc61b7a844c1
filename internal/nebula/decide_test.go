package nebula

import "testing"

// TestDecide is the policy of resending, cell by cell.
func TestDecide(t *testing.T) {
	t.Parallel()
	const (
		unsent  = resendsUnsent
		reads   = resendsReads
		deletes = resendsDeletes
		logins  = resendsLogins
	)
	for name, test := range map[string]struct {
		try  failedTry
		want map[resends]step
	}{
		"not sent": {
			failedTry{class: NotSent, faultsLeft: true},
			map[resends]step{unsent: retryLater, reads: retryLater, deletes: retryLater, logins: retryLater},
		},
		"not sent, no faults left": {failedTry{class: NotSent}, nil},
		"certificate":              {failedTry{class: NotSent, certificate: true, faultsLeft: true}, nil},
		"no answer": {
			failedTry{class: Ambiguous, faultsLeft: true},
			map[resends]step{reads: retryLater, deletes: retryLater, logins: retryLater},
		},
		"no answer, no faults left": {failedTry{class: Ambiguous}, nil},
		"illegible success": {
			failedTry{class: Ambiguous, status: 200, faultsLeft: true},
			map[resends]step{reads: retryLater, logins: retryLater},
		},
		"502": {
			failedTry{class: Ambiguous, status: 502, faultsLeft: true},
			map[resends]step{reads: retryLater, deletes: retryLater, logins: retryLater},
		},
		"302": {
			failedTry{class: Ambiguous, status: 302, faultsLeft: true},
			map[resends]step{reads: retryLater, deletes: retryLater, logins: retryLater},
		},
		"422 of a proxy": {
			failedTry{class: Ambiguous, status: 422, faultsLeft: true},
			map[resends]step{reads: retryLater, deletes: retryLater},
		},
		"refused":          {failedTry{class: Refused, status: 422, faultsLeft: true}, nil},
		"refused with 200": {failedTry{class: Refused, status: 200, faultsLeft: true}, nil},
		"403":              {failedTry{class: Refused, status: 403, faultsLeft: true}, nil},
		"404":              {failedTry{class: Refused, status: 404, faultsLeft: true, renewable: true}, nil},
		"401":              {failedTry{class: Refused, status: 401, faultsLeft: true}, nil},
		"401, another bearer": {
			failedTry{class: Refused, status: 401, renewable: true},
			map[resends]step{unsent: renewCredential, reads: renewCredential, deletes: renewCredential, logins: renewCredential},
		},
		"429": {
			failedTry{class: Refused, status: 429},
			map[resends]step{unsent: waitOutLimit, reads: waitOutLimit, deletes: waitOutLimit, logins: waitOutLimit},
		},
		"409": {failedTry{class: Refused, status: 409}, map[resends]step{deletes: awaitRelease}},
		"409 of a proxy": {
			failedTry{class: Ambiguous, status: 409, faultsLeft: true},
			map[resends]step{reads: retryLater, deletes: awaitRelease, logins: retryLater},
		},
	} {
		for _, policy := range []resends{unsent, reads, deletes, logins} {
			try := test.try
			try.resends = policy
			if got := decide(try); got != test.want[policy] {
				t.Errorf("%s with policy %d: step %d, want %d", name, policy, got, test.want[policy])
			}
		}
	}
}
