package keyring

import "time"

// lateCommit is the age at which an ambiguous create that no list shows is
// given up: it will not appear any more.
const lateCommit = 10 * time.Minute

// MayStillAppear reports whether a create with this token, which no list
// shows, is recent enough that its key may yet appear. Noticed is when it was
// first missed; it counts for a token whose time is not believable, because it
// was made on a machine whose clock was ahead.
func (k *Keyring) MayStillAppear(token string, noticed time.Time) bool {
	born, ok := k.Born(token)
	if !ok {
		born = noticed
	}
	return !born.IsZero() && k.clock.Now().Sub(born) < lateCommit
}

// tooFarAhead is how far an instant may lie ahead of this machine's clock and
// still be believed.
const tooFarAhead = 5 * time.Minute

// Believable reports whether an instant that was recorded can be true: it does
// not lie ahead by more than five minutes.
func (k *Keyring) Believable(at time.Time) bool {
	return !at.After(k.clock.Now().Add(tooFarAhead))
}

// Born is when the key with this token was made; ok is false for a token that
// does not say, or says what cannot be true.
func (k *Keyring) Born(token string) (born time.Time, ok bool) {
	born, ok = TokenTime(token)
	return born, ok && k.Believable(born)
}
