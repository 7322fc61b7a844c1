package apikey

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
)

// The filters are the same wherever keys are listed, and so is what is said of
// them.
const (
	nameRegexDescription = "Regular expression ([RE2 syntax](https://github.com/google/re2/wiki/Syntax)) that the name must match somewhere; use `^` and `$` to match all of it."

	terraformManagedDescription = "With `true` only keys that carry an ownership marker are listed, with `false` only keys without. " +
		"A marker tells that this provider made a key, not that a state still knows it."
)

// newFilter makes the predicate of the two filters; null values filter nothing.
func newFilter(nameRegex types.String, managed types.Bool) (func(lifecycle.Key) bool, error) {
	pattern, err := regexp.Compile(nameRegex.ValueString())
	if err != nil {
		return nil, fmt.Errorf("name_regex is not a regular expression: %w", err)
	}
	return func(key lifecycle.Key) bool {
		if !managed.IsNull() && managed.ValueBool() != (key.Token != "") {
			return false
		}
		return pattern.MatchString(key.Name)
	}, nil
}

var errNoSuchName = errors.New("no key has this name")

// ambiguousNameError is a name that several keys have.
type ambiguousNameError struct{ keys []lifecycle.Key }

func (e *ambiguousNameError) Error() string { return "several keys have this name: " + e.ids() }

func (e *ambiguousNameError) ids() string {
	ids := make([]string, len(e.keys))
	for i, key := range e.keys {
		ids[i] = string(key.ID)
	}
	return strings.Join(ids, ", ")
}

// findByName gives the only key of that name. An error about the name comes
// from a list that began at most lifecycle.ReadAge ago.
func findByName(ctx context.Context, keeper *lifecycle.Keeper, name string) (lifecycle.Key, error) {
	age := keeper.ReaderAge()
	key, err := findIn(ctx, keeper, name, age)
	var ambiguous *ambiguousNameError
	if age > lifecycle.ReadAge && (errors.Is(err, errNoSuchName) || errors.As(err, &ambiguous)) {
		return findIn(ctx, keeper, name, lifecycle.ReadAge)
	}
	return key, err
}

func findIn(ctx context.Context, keeper *lifecycle.Keeper, name string, maxAge time.Duration) (lifecycle.Key, error) {
	keys, err := keeper.List(ctx, maxAge)
	if err != nil {
		return lifecycle.Key{}, err
	}
	var found []lifecycle.Key
	for _, key := range keys {
		if key.Name == name {
			found = append(found, key)
		}
	}
	switch len(found) {
	case 0:
		return lifecycle.Key{}, errNoSuchName
	case 1:
		return found[0], nil
	default:
		return lifecycle.Key{}, &ambiguousNameError{found}
	}
}
