package fakenebula

import (
	"crypto/hmac"
	crand "crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"time"
)

// tokenLife is how long an access token is valid, as documented.
const tokenLife = 2 * time.Hour

// token is an access token that login issued.
type token struct {
	user    string
	expires time.Time
}

// newRandom is a source that repeats itself for a seed other than 0.
func newRandom(seed uint64) *rand.ChaCha8 {
	var key [32]byte
	if seed == 0 {
		_, _ = crand.Read(key[:]) // never fails, by its documentation
	} else {
		binary.LittleEndian.PutUint64(key[:], seed)
	}
	return rand.NewChaCha8(key)
}

// randomBytes draws n bytes. The state is locked, or not yet shared.
func (s *Server) randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = s.random.Read(b) // never fails, by its documentation
	return b
}

// newSecret is an API key: "ak_" and 43 URL-safe characters, as documented.
func (s *Server) newSecret() string {
	return "ak_" + base64.RawURLEncoding.EncodeToString(s.randomBytes(32))
}

// newToken issues an access token, a signed JWT as the documented one.
func (s *Server) newToken(user string, at time.Time) string {
	expires := at.Add(tokenLife).Unix()
	claims, err := json.Marshal(map[string]any{
		"sub": user, "roles": []string{"USER"}, "scopes": []string{"USER"},
		"exp": expires, "jti": hex.EncodeToString(s.randomBytes(8)),
	})
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	encode := base64.RawURLEncoding.EncodeToString
	unsigned := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode(claims)
	mac := hmac.New(sha256.New, s.signingKey)
	mac.Write([]byte(unsigned))
	jwt := unsigned + "." + encode(mac.Sum(nil))
	s.tokens[jwt] = &token{user: user, expires: time.Unix(expires, 0)}
	return jwt
}

// authorized says whether the call's credential is good at the given instant,
// and notes whose it is. The state is locked.
func (s *Server) authorized(c *call, at time.Time) bool {
	credential, ok := strings.CutPrefix(c.header.Get("Authorization"), "Bearer ")
	if !ok {
		return false
	}
	if k := s.keys.bySecret[credential]; k != nil && k.valid() {
		c.entry.CredentialKind, c.entry.CredentialID = CredentialAPIKey, k.ID
		c.actor = Actor{Via: ViaAPI, Kind: CredentialAPIKey, ID: k.ID}
		return true
	}
	if t := s.tokens[credential]; t != nil && at.Before(t.expires) {
		c.entry.CredentialKind, c.entry.CredentialID = CredentialToken, t.user
		c.actor = Actor{Via: ViaAPI, Kind: CredentialToken, ID: t.user}
		return true
	}
	c.entry.CredentialKind = CredentialBad
	return false
}

// Valid says whether a request with this API key or access token would get
// through now.
func (s *Server) Valid(credential string) bool {
	now := s.enter()
	defer s.mu.Unlock()
	if k := s.keys.bySecret[credential]; k != nil {
		return k.valid()
	}
	t := s.tokens[credential]
	return t != nil && now.Before(t.expires)
}

// ExpireTokens ends all access tokens issued so far.
func (s *Server) ExpireTokens() {
	now := s.enter()
	defer s.mu.Unlock()
	for _, t := range s.tokens {
		if now.Before(t.expires) {
			t.expires = now
		}
	}
}

// RevokeCredential makes an API key or access token useless without removing
// anything from the list, and says whether it knew it.
func (s *Server) RevokeCredential(credential string) bool {
	now := s.enter()
	defer s.mu.Unlock()
	if k := s.keys.bySecret[credential]; k != nil {
		k.revoked = true
		return true
	}
	t := s.tokens[credential]
	if t != nil {
		t.expires = now
	}
	return t != nil
}

// Secrets are all API keys and access tokens that ever existed here, for tests
// that search logs for them.
func (s *Server) Secrets() []string {
	s.enter()
	defer s.mu.Unlock()
	var all []string
	for _, k := range s.keys.issued {
		all = append(all, k.secret)
	}
	for jwt := range s.tokens {
		all = append(all, jwt)
	}
	return all
}
