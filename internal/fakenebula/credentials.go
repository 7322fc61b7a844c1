package fakenebula

import (
	crand "crypto/rand"
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// CredentialKind says what a request authenticated with. A thing that issues
// credentials has a kind of its own.
type CredentialKind string

// The kinds of requests without a good credential.
const (
	CredentialNone CredentialKind = "none"
	// CredentialBad is a credential that was sent and is not, or no longer, good.
	CredentialBad CredentialKind = "bad"
)

// credential is a secret that opens the API, and whom it stands for.
type credential struct {
	actor Actor
	ends  time.Time // zero for never
	// off says that it does not open anything for the time being.
	off bool
}

func (c *credential) good(at time.Time) bool {
	return !c.off && (c.ends.IsZero() || at.Before(c.ends))
}

// issue makes a secret a credential, good until the given instant, for ever
// when zero. The state is locked, or not yet shared.
func (s *Server) issue(secret string, kind CredentialKind, id, account string, ends time.Time) {
	s.credentials[secret] = &credential{actor: Actor{Via: ViaAPI, Kind: kind, ID: id, Account: account}, ends: ends}
}

// end makes a secret useless and says whether it knew it. The state is locked.
func (s *Server) end(secret string, at time.Time) bool {
	c := s.credentials[secret]
	if c != nil && c.good(at) {
		c.ends = at
	}
	return c != nil
}

// authorized says whether the call's credential is good at the given instant,
// and notes whose it is. The state is locked.
func (s *Server) authorized(c *call, at time.Time) bool {
	secret, ok := strings.CutPrefix(c.header.Get("Authorization"), "Bearer ")
	if !ok {
		return false
	}
	known := s.credentials[secret]
	if known == nil || !known.good(at) {
		c.entry.CredentialKind = CredentialBad
		return false
	}
	c.actor = known.actor
	c.entry.CredentialKind, c.entry.CredentialID = known.actor.Kind, known.actor.ID
	return true
}

// Valid says whether a request with this credential would get through now.
func (s *Server) Valid(secret string) bool {
	now := s.enter()
	defer s.mu.Unlock()
	c := s.credentials[secret]
	return c != nil && c.good(now)
}

// RevokeCredential makes a credential useless without removing anything from a
// list, and says whether it knew it.
func (s *Server) RevokeCredential(secret string) bool {
	now := s.enter()
	defer s.mu.Unlock()
	return s.end(secret, now)
}

// Secrets are all credentials that ever existed here, sorted, for tests that
// search logs for them.
func (s *Server) Secrets() []string {
	s.enter()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.credentials))
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
