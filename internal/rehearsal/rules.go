package rehearsal

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// proposed is what Terraform takes the outcome to be before it asks the
// provider: what is configured, and of the rest what there was before.
func proposed(s *tfprotov6.SchemaBlock, prior, config Object) Object {
	if config == nil {
		return nil
	}
	after := maps.Clone(config)
	for _, a := range s.Attributes {
		switch {
		case a.WriteOnly:
			after[a.Name] = tftypes.NewValue(a.ValueType(), nil)
		case a.Computed && config[a.Name].IsNull() && prior != nil:
			after[a.Name] = prior[a.Name]
		}
	}
	return after
}

// checkPlan says how a plan differs from what it may be: what is configured
// stays as it is or, where the provider takes the two for the same, as it was;
// and only computed attributes get another value.
func checkPlan(s *tfprotov6.SchemaBlock, prior, config, planned Object) error {
	if planned == nil {
		return fmt.Errorf("the plan is for nothing to exist")
	}
	for _, a := range s.Attributes {
		before, want, got := prior[a.Name], config[a.Name], planned[a.Name]
		switch {
		case a.WriteOnly && !got.IsNull():
			return fmt.Errorf("the plan holds the write-only %s", a.Name)
		case a.WriteOnly, got.Equal(want), want.IsNull() && a.Computed:
		case prior != nil && !before.IsNull() && !want.IsNull() && got.Equal(before):
		default:
			return fmt.Errorf("the plan for %s is %s, and %s is configured", a.Name, got, want)
		}
	}
	for _, b := range s.BlockTypes {
		if !planned[b.TypeName].Equal(config[b.TypeName]) {
			return fmt.Errorf("the plan changes the block %s", b.TypeName)
		}
	}
	return nil
}

// checkKept says where an object breaks a promise: what was known has another
// value now.
func checkKept(promised, now Object) error {
	if (promised == nil) != (now == nil) {
		return fmt.Errorf("something was to exist: %t, and exists: %t", promised != nil, now != nil)
	}
	for _, name := range slices.Sorted(maps.Keys(promised)) {
		if !kept(promised[name], now[name]) {
			return fmt.Errorf("%s was to be %s and is %s", name, promised[name], now[name])
		}
	}
	return nil
}

func kept(promised, now tftypes.Value) bool {
	switch {
	case !promised.IsKnown():
		return true
	case promised.IsFullyKnown() || !now.IsKnown() || promised.IsNull() != now.IsNull():
		return promised.Equal(now)
	}
	var before, after map[string]tftypes.Value
	if promised.As(&before) == nil && now.As(&after) == nil {
		return len(before) == len(after) && maps.EqualFunc(before, after, kept)
	}
	var first, second []tftypes.Value
	if promised.As(&first) != nil || now.As(&second) != nil {
		return false
	}
	if promised.Type().Is(tftypes.Set{}) {
		// Which element became which cannot be told.
		return len(second) <= len(first)
	}
	return slices.EqualFunc(first, second, kept)
}

// checkKnown says what is still unknown in a state: Terraform would store it as
// null, and what it stands for would be lost.
func checkKnown(o Object) error {
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if !o[name].IsFullyKnown() {
			return fmt.Errorf("%s is unknown", name)
		}
	}
	return nil
}

// checkState is what holds for everything that is stored.
func checkState(s *tfprotov6.SchemaBlock, o Object) error {
	for _, a := range s.Attributes {
		if o != nil && a.WriteOnly && !o[a.Name].IsNull() {
			return fmt.Errorf("the write-only %s is stored", a.Name)
		}
	}
	return checkKnown(o)
}

// checkIdentity says how the identity of an object breaks the rules. Whether it
// may change at all is known to the provider only, where the framework checks
// it.
func checkIdentity(before, after Object) error {
	if before != nil && after == nil {
		return fmt.Errorf("the identity is lost")
	}
	return checkKnown(after)
}
