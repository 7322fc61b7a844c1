package exclusiveapikeys

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// model is nebula_api_keys_exclusive as configuration, plan and state hold it.
type model struct {
	AllowedIDs      types.Set      `tfsdk:"allowed_ids"`
	IgnoreNameRegex types.List     `tfsdk:"ignore_name_regex"`
	Unmanaged       types.Map      `tfsdk:"unmanaged"`
	Timeouts        timeouts.Value `tfsdk:"timeouts"`
}

// Limits are the configured time-outs.
func (m *model) Limits() timeouts.Value { return m.Timeouts }

// names maps ids of keys to their names.
type names map[nebula.ID]string

// unmanaged is what the model holds of other keys; nothing while that is null
// or not known.
func (m *model) unmanaged() names {
	held := names{}
	for id, name := range m.Unmanaged.Elements() {
		if s, ok := name.(types.String); ok {
			held[nebula.ID(id)] = s.ValueString()
		}
	}
	return held
}

func (m *model) setUnmanaged(held names) {
	elements := make(map[string]attr.Value, len(held))
	for id, name := range held {
		elements[string(id)] = types.StringValue(name)
	}
	m.Unmanaged = types.MapValueMust(types.StringType, elements)
}

// policy says which keys are spared.
type policy struct {
	allowed map[nebula.ID]bool
	ignored []*regexp.Regexp
	// own is the key that the provider authenticates with, where it is known.
	own nebula.ID
}

// policy reads the arguments, which must be known.
func (m *model) policy(ctx context.Context) (policy, diag.Diagnostics) {
	var ids, patterns []string
	diags := m.AllowedIDs.ElementsAs(ctx, &ids, false)
	if !m.IgnoreNameRegex.IsNull() {
		diags.Append(m.IgnoreNameRegex.ElementsAs(ctx, &patterns, false)...)
	}
	p := policy{allowed: make(map[nebula.ID]bool, len(ids))}
	for _, id := range ids {
		p.allowed[nebula.ID(id)] = true
	}
	for i, pattern := range patterns {
		// What was unknown while planning has not been validated.
		compiled, err := regexp.Compile(pattern)
		if err != nil {
			diags.AddAttributeError(rootIgnoreNameRegex.AtListIndex(i), "Invalid regular expression", tfkit.Sentence(err))
			continue
		}
		p.ignored = append(p.ignored, compiled)
	}
	return p, diags
}

func (p policy) spares(id nebula.ID, name string) bool {
	return p.allowed[id] || p.own != "" && p.own == id || slices.ContainsFunc(p.ignored, func(r *regexp.Regexp) bool { return r.MatchString(name) })
}

// observe gives the keys that the policy does not spare.
func observe(keys []keyring.Key, p policy) names {
	seen := names{}
	for _, key := range keys {
		if !p.spares(key.ID, key.Name) {
			seen[key.ID] = key.Name
		}
	}
	return seen
}

// leaving are the keys that a plan names: state holds them and the plan does
// not. A plan that leaves open what will be held names nothing.
func leaving(state, plan *model) names {
	named := names{}
	if plan.Unmanaged.IsUnknown() {
		return named
	}
	kept := plan.unmanaged()
	for id, name := range state.unmanaged() {
		if _, ok := kept[id]; !ok {
			named[id] = name
		}
	}
	return named
}

// judge finds among the keys that a plan has named those to delete: they still
// exist and are not spared. A key that has another name than the plan showed is
// not what somebody agreed to, so it is not deleted.
func judge(named names, listed []keyring.Key, p policy) (doomed, renamed []keyring.Key) {
	for _, key := range listed {
		shown, ok := named[key.ID]
		switch {
		case !ok, p.spares(key.ID, key.Name), p.spares(key.ID, shown):
		case shown != key.Name:
			renamed = append(renamed, key)
		default:
			doomed = append(doomed, key)
		}
	}
	return doomed, renamed
}

// show names keys for people, in the order of their ids.
func show(keys names) string {
	if len(keys) == 0 {
		return "none"
	}
	parts := make([]string, 0, len(keys))
	for _, id := range slices.Sorted(maps.Keys(keys)) {
		parts = append(parts, showKey(id, keys[id]))
	}
	return strings.Join(parts, ", ")
}

func showKey(id nebula.ID, name string) string {
	return fmt.Sprintf("%s (%s)", nebula.CleanText(string(id)), tfkit.Quoted(name))
}

// collection is a list or a set.
type collection interface {
	attr.Value
	Elements() []attr.Value
}

// fullyKnown reports whether a collection and all its elements are known.
func fullyKnown(c collection) bool {
	if c.IsUnknown() {
		return false
	}
	for _, element := range c.Elements() {
		if element.IsUnknown() {
			return false
		}
	}
	return true
}
