// Package lifecycle creates, finds and deletes API keys so that none is lost,
// orphaned or deleted by mistake. The API makes that hard: it can only be read
// by listing, names may repeat, a secret is shown once, and there is no
// idempotency key. Everything that follows from that is here, and nothing of
// Terraform is.
package lifecycle

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Options is what a Keeper is made of.
type Options struct {
	Client *nebula.Client
	// Clock measures all waits; nil means the machine's.
	Clock clock.Clock
	// OwnershipMarker says whether created keys carry a marker in their
	// description. Without it an ambiguous create cannot be resolved.
	OwnershipMarker bool
	// Random is the source of creation tokens; nil means crypto/rand.
	Random io.Reader
}

// Keeper looks after the keys of one account. It is safe for concurrent use.
type Keeper struct {
	client *nebula.Client
	clock  clock.Clock
	marker bool
	random io.Reader
	view   *view
	// refreshed is set once a refresh has asked for a list.
	refreshed atomic.Bool
	// match finds the keys that an ambiguous create may have made. It is a
	// field so that a test can show what happens with a weaker rule.
	match func(s *snapshot, spec Spec, token string) []nebula.ID
}

// New makes a Keeper. It calls nothing.
func New(o Options) *Keeper {
	k := &Keeper{client: o.Client, clock: o.Clock, marker: o.OwnershipMarker, random: o.Random, match: matchMarker}
	if k.clock == nil {
		k.clock = clock.System()
	}
	if k.random == nil {
		k.random = rand.Reader
	}
	k.view = newView(o.Client, k.clock)
	return k
}

// Ref says which key is meant: by its id or, while that is not known, by the
// token of its ownership marker.
type Ref struct {
	ID    nebula.ID
	Token string
}

// Key is a key as the list shows it.
type Key struct {
	ID   nebula.ID
	Name string
	// Description is the user's text, without the ownership marker.
	Description string
	// Token is the token of the ownership marker, empty without one.
	Token string
}

func keyOf(info nebula.APIKeyInfo) Key {
	text, token := SplitMarker(info.Description)
	return Key{ID: info.ID, Name: info.Name, Description: text, Token: token}
}

// Fingerprint is the hex SHA-256 of a key's secret: with it a leaked key can
// be matched to its id, which the API offers no other way to do.
func Fingerprint(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// AbsentError says that a key is gone: two complete lists lack it.
type AbsentError struct {
	Ref Ref
	// Young is set for a key that was created less than two minutes ago: the
	// list may merely lag.
	Young bool
}

func (e *AbsentError) Error() string {
	if e.Ref.ID == "" {
		return fmt.Sprintf("no key carries the ownership marker [tf:%s]", e.Ref.Token)
	}
	return fmt.Sprintf("the list of keys lacks key %s", e.Ref.ID)
}

// IsAbsent reports that a key is proven to be gone.
func IsAbsent(err error) bool {
	var e *AbsentError
	return errors.As(err, &e)
}

// UndecidedError says that a create may have made a key that this process
// could not clean up. What it holds must be remembered by whoever asked for
// the key.
type UndecidedError struct {
	// Token finds the key by its ownership marker; empty without a marker.
	Token string
	// ID is set when the key is known and only its deletion failed.
	ID nebula.ID
	// Candidates are keys that may be the one.
	Candidates []nebula.ID
	// Create is what happened to the create, Resolve what kept it from being
	// resolved; Resolve is nil when no list showed the key.
	Create, Resolve error
}

func (e *UndecidedError) Error() string {
	var b strings.Builder
	b.WriteString(e.Create.Error())
	switch {
	case e.ID != "":
		fmt.Fprintf(&b, "; key %s was made but could not be deleted", e.ID)
	case len(e.Candidates) > 0:
		fmt.Fprintf(&b, "; it may have made one of the keys %s", joinIDs(e.Candidates))
	default:
		b.WriteString("; whether it made a key is not known yet")
	}
	if e.Resolve != nil {
		fmt.Fprintf(&b, ": %s", e.Resolve)
	}
	return b.String()
}

// Unwrap gives both causes.
func (e *UndecidedError) Unwrap() []error {
	causes := []error{e.Create}
	if e.Resolve != nil {
		causes = append(causes, e.Resolve)
	}
	return causes
}

// SecretLostError says that creates made keys whose secrets never arrived. All
// of them are deleted again; nothing is left.
type SecretLostError struct{ Create error }

func (e *SecretLostError) Error() string {
	return e.Create.Error() + "; the key that it made was deleted again, because its secret never arrived"
}

func (e *SecretLostError) Unwrap() error { return e.Create }

// SeveralError says that more than one key fits, so that none may be touched.
type SeveralError struct {
	Token string
	IDs   []nebula.ID
}

func (e *SeveralError) Error() string {
	return fmt.Sprintf("the keys %s all carry the ownership marker [tf:%s]", joinIDs(e.IDs), e.Token)
}

func joinIDs(ids []nebula.ID) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = string(id)
	}
	return strings.Join(parts, ", ")
}

// finishTime is how long the work that must still be done may take after an
// interrupt. Terraform waits for it after the first Ctrl-C.
const finishTime = time.Minute

type finishingKey struct{}

// finishing gives a context in which what has begun can come to an end: an
// interrupt of ctx ends it only after finishTime. The operation's time-out
// still holds. Inside another finishing context there is nothing to add: one
// interrupt gives one minute, however deep the calls are.
func (k *Keeper) finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Value(finishingKey{}) != nil {
		return context.WithCancel(ctx)
	}
	detached := context.WithValue(context.WithoutCancel(ctx), finishingKey{}, true)
	var cancel context.CancelFunc
	if left, ok := k.clock.Remaining(ctx); ok {
		detached, cancel = k.clock.WithTimeout(detached, left)
	} else {
		detached, cancel = context.WithCancel(detached)
	}
	stop := context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.Canceled) && errors.Is(k.clock.Sleep(detached, finishTime), context.DeadlineExceeded) {
			// The time-out comes before the minute is over, and by itself.
			return
		}
		cancel()
	})
	return detached, func() { stop(); cancel() }
}
