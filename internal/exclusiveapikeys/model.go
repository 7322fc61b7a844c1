package exclusiveapikeys

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

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

// mostShown is how many keys a message names. An account can have many
// thousands, and a plan shows each of them anyway.
const mostShown = 20

// show names keys for people, in the order of their ids, and counts those
// beyond the first ones.
func show(keys names) string {
	if len(keys) == 0 {
		return "none"
	}
	parts := make([]string, 0, mostShown+1)
	for i, id := range slices.Sorted(maps.Keys(keys)) {
		if i == mostShown {
			parts = append(parts, fmt.Sprintf("and %d more", len(keys)-mostShown))
			break
		}
		parts = append(parts, showKey(id, keys[id]))
	}
	return strings.Join(parts, ", ")
}

func showKey(id nebula.ID, name string) string {
	return fmt.Sprintf("%s (%s)", nebula.CleanText(string(id)), tfkit.Quoted(name))
}

// only keeps the keys of which a test holds.
func (n names) only(holds func(id nebula.ID, name string) bool) names {
	some := names{}
	for id, name := range n {
		if holds(id, name) {
			some[id] = name
		}
	}
	return some
}
