package nebula

import "net/http"

// resends says which failures of a call may be answered by sending it again.
type resends int

const (
	// resendsUnsent sends again only what certainly never left. It is the zero
	// value because it is the careful assumption.
	resendsUnsent resends = iota
	// resendsReads sends again whatever failed.
	resendsReads
	// resendsDeletes sends again whatever failed without an answer. A success
	// that cannot be read is better asked about than repeated, and something
	// that is still in use (409) is waited for.
	resendsDeletes
	// resendsLogins is resendsReads but for the statuses that ask for the other
	// encoding.
	resendsLogins
)

// step is what follows a try that failed.
type step int

const (
	// giveUp reports the failure.
	giveUp step = iota
	// retryLater sends again after a pause and counts as a fault.
	retryLater
	// awaitRelease sends again after a pause, until the time-out.
	awaitRelease
	// waitOutLimit sends again once the rate limit allows it.
	waitOutLimit
	// renewCredential sends again with another bearer.
	renewCredential
)

// failedTry is what decides about the step after a try.
type failedTry struct {
	class       Class
	status      int
	certificate bool
	resends     resends
	// faultsLeft says that another fault may be answered by another try.
	faultsLeft bool
	// renewable says that another bearer can be had than the refused one.
	renewable bool
}

// decide is the whole policy of resending.
func decide(t failedTry) step {
	switch {
	case t.status == http.StatusTooManyRequests:
		return waitOutLimit
	case t.status == http.StatusUnauthorized && t.renewable:
		return renewCredential
	case t.status == http.StatusConflict && t.resends == resendsDeletes:
		return awaitRelease
	case t.class == Refused, t.certificate, !t.faultsLeft:
		return giveUp
	case t.class == NotSent, t.resends.afterFault(t.status):
		return retryLater
	default:
		return giveUp
	}
}

// afterFault says whether a call may be sent again although the server may have
// acted on it.
func (r resends) afterFault(status int) bool {
	switch r {
	case resendsReads:
		return true
	case resendsDeletes:
		return status < 200 || status > 299
	case resendsLogins:
		return !isOtherEncoding(status)
	default:
		return false
	}
}
