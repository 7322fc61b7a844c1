package exclusiveinstances

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/fleet"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// model is nebula_instances_exclusive as configuration, plan and state hold it.
type model struct {
	AllowedIDs      types.Set      `tfsdk:"allowed_ids"`
	IgnoreNameRegex types.List     `tfsdk:"ignore_name_regex"`
	OlderThan       types.String   `tfsdk:"older_than"`
	Unmanaged       types.Map      `tfsdk:"unmanaged"`
	Timeouts        timeouts.Value `tfsdk:"timeouts"`
}

// Limits are the configured time-outs.
func (m *model) Limits() timeouts.Value { return m.Timeouts }

// texts maps ids of machines to what people are shown of them: name, status and
// price in one text.
type texts map[nebula.ID]string

// textOf shows a machine. Its name comes first, in quotes, so that it can be
// told from the rest, which changes.
func textOf(i nebula.Instance) string {
	return fmt.Sprintf("%s, %s, %s", tfkit.Quoted(fleet.NameOf(i)), fleet.Status(i), fleet.PerHour(i.PricePerHour))
}

// nameIn is the name in a text, in quotes.
func nameIn(text string) string {
	quoted, err := strconv.QuotedPrefix(text)
	if err != nil {
		return ""
	}
	return quoted
}

// unmanaged is what the model holds of other machines; nothing while that is null
// or not known.
func (m *model) unmanaged() texts {
	held := texts{}
	for id, text := range m.Unmanaged.Elements() {
		if s, ok := text.(types.String); ok {
			held[nebula.ID(id)] = s.ValueString()
		}
	}
	return held
}

func (m *model) setUnmanaged(held texts) {
	elements := make(map[string]attr.Value, len(held))
	for id, text := range held {
		elements[string(id)] = types.StringValue(text)
	}
	m.Unmanaged = types.MapValueMust(types.StringType, elements)
}

// known says that the arguments are.
func (m *model) known() bool {
	elements := append(m.AllowedIDs.Elements(), m.IgnoreNameRegex.Elements()...)
	return !m.AllowedIDs.IsUnknown() && !m.IgnoreNameRegex.IsUnknown() && !m.OlderThan.IsUnknown() &&
		!slices.ContainsFunc(elements, attr.Value.IsUnknown)
}

// policy says which machines are spared.
type policy struct {
	allowed map[nebula.ID]bool
	ignored []*regexp.Regexp
	// olderThan is zero where age does not matter.
	olderThan time.Duration
	// managed are machines that this configuration is known to manage.
	managed texts
}

// policy reads the arguments, and reports what is wrong with them. What is not
// known spares nothing.
func (m *model) policy(ctx context.Context, op *tfkit.Operation) policy {
	p := policy{allowed: map[nebula.ID]bool{}}
	for _, id := range m.AllowedIDs.Elements() {
		if s, ok := id.(types.String); ok {
			p.allowed[nebula.ID(s.ValueString())] = true
		}
	}
	var patterns []types.String
	if !m.IgnoreNameRegex.IsNull() && !m.IgnoreNameRegex.IsUnknown() {
		op.Append(m.IgnoreNameRegex.ElementsAs(ctx, &patterns, false))
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
		p.ignored = append(p.ignored, compiled)
	}
	if age := m.OlderThan; !age.IsNull() && !age.IsUnknown() {
		d, err := parseAge(age.ValueString())
		if err != nil {
			op.Refuse(tfkit.Message{Title: "Invalid duration", What: tfkit.Sentence(err), Attribute: path.Root("older_than")})
		}
		p.olderThan = d
	}
	return p
}

// parseAge reads a duration (tfkit.ParseDuration) of at least nothing.
func parseAge(s string) (time.Duration, error) {
	d, err := tfkit.ParseDuration(s)
	if err == nil && d < 0 {
		err = fmt.Errorf("%q is negative, and no instance is younger than that", s)
	}
	return max(d, 0), err
}

// spares says that a machine is not to be deleted. One that is reserved, or on
// its way out, never is; and where age matters, one whose age no row tells is
// not.
func (p policy) spares(i nebula.Instance, now time.Time) bool {
	if _, managed := p.managed[i.ID]; managed || !fleet.IsBilled(i) || p.allowed[i.ID] {
		return true
	}
	if slices.ContainsFunc(p.ignored, func(r *regexp.Regexp) bool { return r.MatchString(fleet.NameOf(i)) }) {
		return true
	}
	made := i.CreatedAt.Time
	return p.olderThan > 0 && (made.IsZero() || now.Sub(made) < p.olderThan)
}

// observe gives the machines that the policy does not spare.
func observe(machines []nebula.Instance, p policy, now time.Time) texts {
	seen := texts{}
	for _, i := range machines {
		if !p.spares(i, now) {
			seen[i.ID] = textOf(i)
		}
	}
	return seen
}

// mostShown is how many machines a message names.
const mostShown = 20

// show names machines for people, in the order of their ids.
func show(machines texts) string {
	if len(machines) == 0 {
		return "none"
	}
	var parts []string
	for i, id := range slices.Sorted(maps.Keys(machines)) {
		if i == mostShown {
			parts = append(parts, fmt.Sprintf("and %d more", len(machines)-mostShown))
			break
		}
		parts = append(parts, fmt.Sprintf("%s (%s)", nebula.CleanText(string(id)), nebula.CleanText(machines[id])))
	}
	return strings.Join(parts, ", ")
}
