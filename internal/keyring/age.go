package keyring

import "time"

// lateCommit is the age at which an ambiguous create that no list shows is
// given up: it will not appear any more.
const lateCommit = 10 * time.Minute

// MayStillAppear reports whether a create with this token, which no list
// shows, is recent enough that its key may yet appear. Noted is when it was
// begun, or first missed, as far as that is known better than by the token, which
// a machine with a wrong clock may have made; else zero.
func (k *Keyring) MayStillAppear(token string, noted time.Time) bool {
	born := noted
	if at, ok := k.Born(token); born.IsZero() && ok {
		born = at
	}
	return !born.IsZero() && k.Time().Sub(born) < lateCommit
}

// Time is the present instant by the API's clock, as far as its answers tell,
// else by this machine's. What is recorded, and what is compared with that, goes
// by it, because the next command may run on a machine with another clock.
func (k *Keyring) Time() time.Time { return k.client.Now() }

// tooFarAhead is how far an instant may lie ahead and still be believed.
const tooFarAhead = 5 * time.Minute

// Believable reports whether an instant that was recorded can be true: it does
// not lie ahead by more than five minutes.
func (k *Keyring) Believable(at time.Time) bool {
	return !at.After(k.Time().Add(tooFarAhead))
}

// Born is when the key with this token was made; ok is false for a token that
// does not say, or says what cannot be true.
func (k *Keyring) Born(token string) (born time.Time, ok bool) {
	born, ok = TokenTime(token)
	return born, ok && k.Believable(born)
}
