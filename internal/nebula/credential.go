package nebula

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// CredentialKind names a kind of credential.
type CredentialKind string

// The kinds of credential the API accepts.
const (
	KindAPIKey      CredentialKind = "API key"
	KindAccessToken CredentialKind = "access token"
	KindPassword    CredentialKind = "user name and password"
)

// Credential is what a client authenticates with: APIKeyCredential, AccessToken or
// Password.
type Credential interface {
	source(*Client) credentialSource
	secrets() []string
}

// credentialSource gives the bearer of each call.
type credentialSource interface {
	kind() CredentialKind
	bearer(context.Context) (string, error)
	// renewable says whether discarding a refused bearer can help.
	renewable() bool
	discard(bearer string)
}

// APIKeyCredential authenticates with an API key.
func APIKeyCredential(key string) Credential { return fixed{KindAPIKey, key} }

// AccessToken authenticates with a JWT that somebody else obtained.
func AccessToken(token string) Credential { return fixed{KindAccessToken, token} }

// Password logs in when a bearer is first needed, and again when it expires.
func Password(username, password string) Credential { return login{username, password} }

type fixed struct {
	credentialKind CredentialKind
	value          string
}

func (f fixed) source(*Client) credentialSource        { return f }
func (f fixed) secrets() []string                      { return []string{f.value} }
func (f fixed) kind() CredentialKind                   { return f.credentialKind }
func (f fixed) bearer(context.Context) (string, error) { return f.value, nil }
func (f fixed) renewable() bool                        { return false }
func (f fixed) discard(string)                         {}

// String keeps the secret out of a stray %v.
func (f fixed) String() string   { return string(f.credentialKind) }
func (f fixed) GoString() string { return f.String() }

type login struct{ username, password string }

func (l login) source(c *Client) credentialSource {
	return &loginSource{client: c, username: l.username, password: l.password}
}

// A password can stand in an error's text in the form encoding too.
func (l login) secrets() []string { return []string{l.password, url.QueryEscape(l.password)} }
func (l login) String() string    { return string(KindPassword) }
func (l login) GoString() string  { return l.String() }

const (
	// tokenLifetime is documented; a token that says otherwise is believed.
	tokenLifetime = 2 * time.Hour
	// renewEarly spares calls a token that would expire on their way.
	renewEarly = 30 * time.Second
	// loginTimeout bounds one login with its retries. It is not bound to the
	// call that happens to trigger it, because the others wait for it too.
	loginTimeout = 2 * time.Minute
)

// loginSource holds the token of a user name and password.
type loginSource struct {
	client             *Client
	username, password string
	flight             singleflight.Group

	mu      sync.Mutex
	token   AccessTokenInfo
	refused error
}

// AccessTokenInfo is an access token with the time it expires.
type AccessTokenInfo struct {
	Token     string
	ExpiresAt time.Time
}

// String keeps the token out of a stray %v.
func (i AccessTokenInfo) String() string { return string(KindAccessToken) }

// GoString is String, for %#v.
func (i AccessTokenInfo) GoString() string { return i.String() }

func (*loginSource) kind() CredentialKind { return KindPassword }
func (*loginSource) renewable() bool      { return true }

func (s *loginSource) bearer(ctx context.Context) (string, error) {
	info, err := s.accessToken(ctx)
	return info.Token, err
}

// accessToken logs in unless a token is at hand. However many calls wait,
// there is one login; a refused one is remembered, because further attempts
// with the same password would only lock the account.
func (s *loginSource) accessToken(ctx context.Context) (AccessTokenInfo, error) {
	if info, ok, err := s.current(); ok || err != nil {
		return info, err
	}
	result := s.flight.DoChan("login", func() (_ any, err error) {
		defer func() {
			if p := recover(); p != nil {
				err = &panicError{p}
			}
		}()
		// A call that came just after the last login finished finds it here.
		if info, ok, err := s.current(); ok || err != nil {
			return info, err
		}
		ctx, cancel := s.client.clock.WithTimeout(context.WithoutCancel(ctx), loginTimeout)
		defer cancel()
		info, err := s.client.login(ctx, s.username, s.password)
		s.mu.Lock()
		defer s.mu.Unlock()
		if err != nil {
			if isRefusedLogin(err) {
				s.refused = err
			}
			return AccessTokenInfo{}, err
		}
		s.token = info
		return info, nil
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

// panicError carries a panic from the goroutine of a login to those who wait
// for it, where their operation can recover.
type panicError struct{ value any }

func (*panicError) Error() string { return "the login panicked" }

func (s *loginSource) current() (AccessTokenInfo, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refused != nil {
		return AccessTokenInfo{}, false, s.refused
	}
	fresh := s.token.Token != "" && s.client.clock.Now().Before(s.token.ExpiresAt.Add(-renewEarly))
	return s.token, fresh, nil
}

// discard forgets a bearer that the API refused. Of ten calls that were
// refused with the same one, the first forgets it and the others find its
// successor.
func (s *loginSource) discard(bearer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token.Token == bearer {
		s.token = AccessTokenInfo{}
	}
}

// AccessToken gives the access token that the client's calls are made with,
// logging in where needed. With an API key there is none: the API hands out
// tokens for a user name and password only.
func (c *Client) AccessToken(ctx context.Context) (AccessTokenInfo, error) {
	switch source := c.credential.(type) {
	case *loginSource:
		return source.accessToken(ctx)
	case fixed:
		if source.credentialKind == KindAccessToken {
			info := AccessTokenInfo{Token: source.value}
			if expiry, ok := tokenExpiry(source.value); ok {
				info.ExpiresAt = expiry
			}
			return info, nil
		}
	}
	return AccessTokenInfo{}, &CredentialError{Reason: "an access token is issued for a user name and password only, and the client was given an API key"}
}

// tokenExpiry reads the "exp" claim of a JWT (RFC 7519, section 4.1.4) without
// verifying it: the answer only decides when to log in again.
func tokenExpiry(token string) (time.Time, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return time.Time{}, false
	}
	var claims struct {
		Exp float64 `json:"exp"`
	}
	const farthest = 1 << 40
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Exp <= 0 || claims.Exp > farthest {
		return time.Time{}, false
	}
	return time.Unix(int64(claims.Exp), 0).UTC(), true
}
