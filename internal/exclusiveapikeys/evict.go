package exclusiveapikeys

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nebulablock/terraform-provider-nebula/internal/exclusivekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// eviction is one apply at work.
type eviction struct {
	*exclusivekit.Outcome

	op     *tfkit.Operation
	keys   *keyring.Keyring
	policy policy
	// others are keys that are known not to be the provider's own.
	others map[nebula.ID]bool
}

// evict deletes what the plan has named.
func evict(ctx context.Context, op *tfkit.Operation, plan *model, o *exclusivekit.Outcome) {
	p := policyOf(ctx, op, plan)
	if op.Failed() {
		return
	}
	e := newEviction(ctx, op, p, o)
	e.run(ctx)
	e.countFurther()
}

func newEviction(ctx context.Context, op *tfkit.Operation, p policy, o *exclusivekit.Outcome) *eviction {
	memory := remembered(ctx, op).forCredential(op.CredentialFingerprint)
	e := &eviction{Outcome: o, op: op, keys: keykit.Keys(op.Services), policy: memory.sparing(p), others: map[nebula.ID]bool{}}
	for _, id := range memory.Others {
		e.others[id] = true
	}
	for id, fingerprint := range keykit.ManagedKeys(op.Services).Live() {
		e.policy.managed[id] = true
		e.others[id] = e.others[id] || fingerprint != "" && fingerprint != op.CredentialFingerprint
	}
	e.Left = e.policy.doomed(e.Left)
	return e
}

// run deletes what is left of the keys that the plan has named.
func (e *eviction) run(ctx context.Context) {
	if len(e.Left) == 0 {
		return
	}
	listed, err := e.keys.Now().All(ctx)
	if err != nil {
		e.fail(err, "")
		return
	}
	if own := keykit.ManagedKeys(e.op.Services).OwnID(listed); own != "" {
		e.policy.own = own
	}
	left, doomed, renamed := toDelete(e.Left, listed, e.policy)
	if err := e.refuses(listed, doomed); err != nil {
		e.fail(err, "Add the id of the key that the provider uses to allowed_ids; or run with a user name and password, or with another key.")
		return
	}
	e.Left = left
	for _, key := range renamed {
		e.failKey(key, fmt.Errorf("key %s is named %s now, and the plan showed it as %s", nebula.CleanText(string(key.ID)), tfkit.Quoted(key.Name), tfkit.Quoted(left[key.ID])),
			"Plan again, and check that you mean this key.")
	}
	e.delete(ctx, doomed)
}

// refuses keeps the provider's own key where it is not known which one that is,
// and every key that would be left is known to be another one.
func (e *eviction) refuses(listed, doomed []keyring.Key) error {
	if e.op.CredentialFingerprint == "" || e.policy.own != "" || len(doomed) == 0 {
		return nil
	}
	mayBeOwn := func(key keyring.Key) bool {
		return !e.others[key.ID] && !slices.ContainsFunc(doomed, func(d keyring.Key) bool { return d.ID == key.ID })
	}
	if slices.ContainsFunc(listed, mayBeOwn) {
		return nil
	}
	if len(doomed) == len(listed) {
		return errors.New("the account would be left without any key, the provider's own included. Nothing was deleted")
	}
	return errors.New("the key that the provider itself uses is among the keys that would be deleted: all others are known to be different ones. Nothing was deleted")
}

// mostTroubles is how many keys in a row may meet a trouble that is not their
// own before the work stops: the next call would fare no better.
const mostTroubles = 2

// delete deletes one key after the other. A key that cannot be deleted does not
// protect those behind it.
func (e *eviction) delete(ctx context.Context, doomed []keyring.Key) {
	var last keyring.Key
	troubles := 0
	for _, key := range doomed {
		_, err := e.keys.Delete(ctx, keyring.Ref{ID: key.ID})
		if err == nil {
			last, troubles = key, 0
			e.Gone[key.ID] = key.Name
			delete(e.Left, key.ID)
			continue
		}
		next := ""
		if nebula.IsUnauthorized(err) && last.ID != "" {
			next = fmt.Sprintf("The credential worked until key %s was deleted, so that was probably the key that the provider itself uses. "+
				"Set another credential, and add its id to allowed_ids if it is an API key.", words.ShowOne(last.ID, last.Name))
		}
		e.failKey(key, err, next)
		if troubles++; concernsOneKey(err) {
			troubles = 0
		}
		if troubles == mostTroubles || endsAll(err) || ctx.Err() != nil {
			return
		}
	}
}

// concernsOneKey tells an answer that concerns one key only from what the next
// call may meet as well.
func concernsOneKey(err error) bool {
	var unconfirmed *listing.UnconfirmedError
	var listed *listing.StillListedError
	var e *nebula.APIError
	switch {
	case errors.As(err, &unconfirmed):
		return false
	case errors.As(err, &listed):
		// The API has just answered with a list.
		return true
	case errors.As(err, &e):
		return e.Class == nebula.Refused
	default:
		// Nothing was sent, because no request can carry such an id.
		return true
	}
}

// endsAll tells what every later call would meet.
func endsAll(err error) bool {
	if nebula.IsUnauthorized(err) || nebula.IsRateLimited(err) {
		return true
	}
	// The time-out of one try is the affair of one call.
	_, oneCall := errors.AsType[*nebula.APIError](err)
	return !oneCall && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded))
}

func (e *eviction) fail(err error, next string) {
	e.Failures = append(e.Failures, tfkit.Failure{Err: err, Next: next})
}

func (e *eviction) failKey(key keyring.Key, err error, next string) {
	e.Failures = append(e.Failures, tfkit.Failure{Err: err, Next: next,
		State: fmt.Sprintf("Key %s may still be valid. ", words.ShowOne(key.ID, key.Name))})
}

// mostReported is how many keys that could not be deleted have an error each.
const mostReported = 5

// countFurther leaves one failure of those beyond the first ones.
func (e *eviction) countFurther() {
	if further := len(e.Failures) - mostReported; further > 0 {
		e.Failures = e.Failures[:mostReported]
		e.fail(fmt.Errorf("%d more keys could not be deleted", further), "Solve the errors above, then apply again.")
	}
}
