package exclusiveapikeys

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// evict deletes what the plan has named, and makes of the plan what is to be
// recorded: keys that are not done with stay in it.
func (r *exclusiveResource) evict(ctx context.Context, s *tfkit.Services, state, plan *model) ([]tfkit.Failure, diag.Diagnostics) {
	p, diags := plan.policy(ctx)
	if diags.HasError() {
		return nil, diags
	}
	e := eviction{services: s, keys: keykit.Keys(s), judge: r.judge, policy: p, left: leaving(state, plan), gone: names{}}
	e.run(ctx)
	held := plan.unmanaged()
	maps.Copy(held, e.left)
	plan.setUnmanaged(held)
	for i := range e.failures {
		e.failures[i].State += fmt.Sprintf("This apply deleted: %s. Still recorded in unmanaged: %s.", show(e.gone), show(e.left))
	}
	return e.failures, diags
}

// eviction is one apply at work.
type eviction struct {
	services *tfkit.Services
	keys     *keyring.Keyring
	judge    func(names, []keyring.Key, policy) (doomed, renamed []keyring.Key)
	policy   policy
	// left are the keys that the plan has named and that may still be there,
	// gone those that this apply deleted.
	left, gone names
	failures   []tfkit.Failure
}

func (e *eviction) fail(err error, next string) {
	e.failures = append(e.failures, tfkit.Failure{Err: err, Next: next})
}

func (e *eviction) failKey(key keyring.Key, err error, next string) {
	e.failures = append(e.failures, tfkit.Failure{Err: err, Next: next,
		State: fmt.Sprintf("Key %s may still be valid. ", showKey(key.ID, key.Name))})
}

// run deletes one key after the other. A key that the API refuses to delete
// does not protect the others; anything else stops the work, because the next
// call would fare no better.
func (e *eviction) run(ctx context.Context) {
	for id, name := range e.left {
		if e.policy.spares(id, name) {
			delete(e.left, id)
		}
	}
	if len(e.left) == 0 {
		return
	}
	listed, err := e.keys.Now().All(ctx)
	if err != nil {
		e.fail(err, "")
		return
	}
	e.policy.own = keykit.ManagedKeys(e.services).OwnID(listed)
	doomed, renamed := e.judge(e.left, listed, e.policy)
	if e.services.CredentialFingerprint != "" && len(doomed) == len(listed) && len(doomed) > 0 {
		e.fail(errLastKey, "Add the id of the key that the provider uses to allowed_ids; or run with a user name and password, if no key is to be left.")
		return
	}
	e.left = stillThere(e.left, doomed, renamed)
	for _, key := range renamed {
		e.failKey(key, fmt.Errorf("key %s is named %s now, and the plan showed it as %s", key.ID, tfkit.Quoted(key.Name), tfkit.Quoted(e.left[key.ID])),
			"Plan again, and look whether the key is meant.")
	}
	var last keyring.Key
	for _, key := range doomed {
		_, err := e.keys.Delete(ctx, keyring.Ref{ID: key.ID})
		switch {
		case err == nil:
			last = key
			e.gone[key.ID] = key.Name
			delete(e.left, key.ID)
			continue
		case nebula.IsUnauthorized(err) && last.ID != "":
			e.failKey(key, err, fmt.Sprintf("The credential worked until key %s was deleted, so that was probably the key that the provider itself uses. "+
				"Set another credential, and add its id to allowed_ids if it is an API key.", showKey(last.ID, last.Name)))
		default:
			e.failKey(key, err, "")
		}
		if !concernsOneKey(err) {
			return
		}
	}
}

var errLastKey = errors.New("the account would be left without any key, the provider's own included. Nothing was deleted")

// stillThere drops from what the plan has named the keys that are gone without
// this apply's doing.
func stillThere(named names, lists ...[]keyring.Key) names {
	left := names{}
	for _, list := range lists {
		for _, key := range list {
			left[key.ID] = key.Name
			if shown, ok := named[key.ID]; ok {
				left[key.ID] = shown
			}
		}
	}
	return left
}

// concernsOneKey tells an answer that concerns one key only from what would meet the
// next call as well.
func concernsOneKey(err error) bool {
	var unconfirmed *listing.UnconfirmedError
	var e *nebula.APIError
	return !errors.As(err, &unconfirmed) && errors.As(err, &e) && e.Class == nebula.Refused &&
		!nebula.IsUnauthorized(err) && !nebula.IsRateLimited(err)
}
