package exclusivekit

import (
	"context"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Model is what configuration, plan and state hold of each exclusive resource.
type Model struct {
	AllowedIDs      types.Set      `tfsdk:"allowed_ids"`
	IgnoreNameRegex types.List     `tfsdk:"ignore_name_regex"`
	Unmanaged       types.Map      `tfsdk:"unmanaged"`
	Timeouts        timeouts.Value `tfsdk:"timeouts"`
}

// Holder is a Model, or a pointer to a struct that embeds one.
type Holder interface {
	tfkit.Limited
	common() *Model
}

func (m *Model) common() *Model { return m }

// Limits are the configured time-outs.
func (m *Model) Limits() timeouts.Value { return m.Timeouts }

// Known reports whether the arguments and all their elements are known.
func (m *Model) Known() bool {
	elements := slices.Concat(m.AllowedIDs.Elements(), m.IgnoreNameRegex.Elements())
	return !m.AllowedIDs.IsUnknown() && !m.IgnoreNameRegex.IsUnknown() && !slices.ContainsFunc(elements, attr.Value.IsUnknown)
}

// held is what the map holds; nothing while it is null or not known.
func (m *Model) held() Named {
	held := Named{}
	for id, shown := range m.Unmanaged.Elements() {
		if s, ok := shown.(types.String); ok {
			held[nebula.ID(id)] = s.ValueString()
		}
	}
	return held
}

func (m *Model) hold(named Named) {
	elements := make(map[string]attr.Value, len(named))
	for id, shown := range named {
		elements[string(id)] = types.StringValue(shown)
	}
	m.Unmanaged = types.MapValueMust(types.StringType, elements)
}

// Permitted are the objects that allowed_ids and ignore_name_regex spare.
type Permitted struct {
	ids   map[nebula.ID]bool
	names []*regexp.Regexp
}

// Permitted reads the arguments, and reports what is wrong with them. What is
// null or not known permits nothing.
func (m *Model) Permitted(ctx context.Context, op *tfkit.Operation) Permitted {
	var ids, patterns []types.String
	if !m.AllowedIDs.IsUnknown() {
		op.Append(m.AllowedIDs.ElementsAs(ctx, &ids, false))
	}
	if !m.IgnoreNameRegex.IsNull() && !m.IgnoreNameRegex.IsUnknown() {
		op.Append(m.IgnoreNameRegex.ElementsAs(ctx, &patterns, false))
	}
	p := Permitted{ids: make(map[nebula.ID]bool, len(ids))}
	for _, id := range ids {
		if id.ValueString() != "" {
			p.ids[nebula.ID(id.ValueString())] = true
		}
	}
	for i, pattern := range patterns {
		if pattern.IsUnknown() {
			continue
		}
		// What was unknown while planning has not been validated.
		compiled, err := regexp.Compile(pattern.ValueString())
		if err != nil {
			op.Refuse(tfkit.Message{Title: "Invalid regular expression", What: tfkit.Sentence(err), Attribute: path.Root("ignore_name_regex").AtListIndex(i)})
			continue
		}
		p.names = append(p.names, compiled)
	}
	return p
}

// HasID reports whether allowed_ids has an id.
func (p Permitted) HasID(id nebula.ID) bool { return p.ids[id] }

// Permits reports whether the arguments spare an object. Names are compared in
// the form in which Terraform keeps them (Unicode NFC).
func (p Permitted) Permits(id nebula.ID, name string) bool {
	return p.ids[id] || slices.ContainsFunc(p.names, func(r *regexp.Regexp) bool { return r.MatchString(norm.NFC.String(name)) })
}
