package nebula

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// tokenLifetime is documented; a token that says otherwise is believed.
	tokenLifetime = 2 * time.Hour
	// renewEarly spares calls a token that would expire on their way.
	renewEarly = 30 * time.Second
	// freshFor is how long a token that no call has used yet cannot have run
	// out: when it is refused, another login would bring another like it.
	freshFor = time.Minute
	// loginTimeout bounds one login with its retries. It is not bound to the
	// call that happens to trigger it, because the others wait for it too.
	loginTimeout = 2 * time.Minute
)

// session holds the token of a user name and password.
type session struct {
	client             *Client
	username, password string
	flight             singleflight.Group

	mu     sync.Mutex
	token  AccessTokenInfo
	issued time.Time
	// taken says that the API has accepted this token, everTaken one of this
	// session.
	taken, everTaken bool
	// renewed says that a token was refused as soon as it was issued, and that
	// another login was tried for it.
	renewed bool
	// refusedLogin is the API's answer to the password.
	refusedLogin error
	// refusedToken is its answer to a fresh token, believed for a while.
	refusedToken *APIError
	believedTo   time.Time
}

func (*session) kind() CredentialKind { return KindPassword }

func (s *session) bearer(ctx context.Context, call call) (string, error) {
	info, err := s.accessToken(ctx)
	if refused := s.refusal(); refused != nil && errors.Is(err, refused) {
		return "", s.client.shared(refused, call)
	}
	return info.Token, err
}

// refusal is the remembered answer to a fresh token.
func (s *session) refusal() *APIError {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refusedToken
}

// accessToken logs in unless a token is at hand. However many calls wait,
// there is one login; a refused one is remembered, because further attempts
// with the same password would only lock the account.
func (s *session) accessToken(ctx context.Context) (AccessTokenInfo, error) {
	if info, ok, err := s.current(); ok || err != nil {
		return info, err
	}
	result := s.flight.DoChan("login", func() (_ any, err error) {
		defer func() {
			if p := recover(); p != nil {
				err = &panicError{p}
			}
		}()
		return s.renew(context.WithoutCancel(ctx))
	})
	select {
	case r := <-result:
		if p, ok := errors.AsType[*panicError](r.Err); ok {
			panic(p.value)
		}
		if r.Err != nil {
			return AccessTokenInfo{}, r.Err
		}
		return r.Val.(AccessTokenInfo), nil
	case <-ctx.Done():
		return AccessTokenInfo{}, context.Cause(ctx)
	}
}

// renew logs in, unless the login that has just ended did.
func (s *session) renew(ctx context.Context) (AccessTokenInfo, error) {
	if info, ok, err := s.current(); ok || err != nil {
		return info, err
	}
	ctx, cancel := s.client.clock.WithTimeout(ctx, loginTimeout)
	defer cancel()
	info, err := s.client.login(ctx, s.username, s.password)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		if isRefusedLogin(err) {
			s.refusedLogin = err
		}
		return AccessTokenInfo{}, err
	}
	s.token, s.issued, s.taken = info, s.client.clock.Now(), false
	return info, nil
}

// panicError carries a panic from the goroutine of a login to those who wait
// for it, where their operation can recover.
type panicError struct{ value any }

func (*panicError) Error() string { return "the login panicked" }

// current is the token at hand, or what the API has refused.
func (s *session) current() (AccessTokenInfo, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.client.clock.Now()
	switch {
	case s.refusedLogin != nil:
		return AccessTokenInfo{}, false, s.refusedLogin
	case s.refusedToken != nil && now.Before(s.believedTo):
		return AccessTokenInfo{}, false, s.refusedToken
	}
	return s.token, s.token.Token != "" && now.Before(s.token.ExpiresAt.Add(-renewEarly)), nil
}

func (s *session) accepted(bearer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token.Token == bearer {
		s.taken, s.everTaken, s.renewed = true, true, false
	}
}

// refused forgets a token that the API does not take any more. Of ten calls
// that were refused with the same one, the first forgets it and the others find
// its successor.
//
// A token that is refused as soon as it was issued hardly has a better
// successor. Where the API never took a token of this login, one more is
// tried, and then the refusal is remembered for all callers; where it did take
// one, the refusal is about the call that met it.
func (s *session) refused(bearer string, failure *APIError) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.client.clock.Now()
	if s.token.Token != bearer {
		return s.refusedToken == nil || !now.Before(s.believedTo)
	}
	stale := s.taken || now.Sub(s.issued) >= freshFor
	if !stale && s.everTaken {
		return false
	}
	s.token = AccessTokenInfo{}
	if !stale && s.renewed {
		s.refusedToken, s.believedTo = failure, now.Add(sharedFor)
		return false
	}
	s.renewed = !stale
	return true
}
