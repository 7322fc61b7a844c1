package exclusiveinstances

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/exclusivekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/fleet"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// model is nebula_instances_exclusive as configuration, plan and state hold it.
type model struct {
	exclusivekit.Model
	OlderThan types.String `tfsdk:"older_than"`
}

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

// known reports whether the arguments are.
func (m *model) known() bool { return m.Known() && !m.OlderThan.IsUnknown() }

// policy says which machines are spared.
type policy struct {
	exclusivekit.Permitted
	// olderThan is zero where age does not matter.
	olderThan time.Duration
	// managed are machines that this configuration is known to manage.
	managed exclusivekit.Named
}

// policy reads the arguments, and reports what is wrong with them. What is not
// known spares nothing.
func (m *model) policy(ctx context.Context, op *tfkit.Operation) policy {
	p := policy{Permitted: m.Permitted(ctx, op)}
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
	if _, managed := p.managed[i.ID]; managed || !fleet.IsBilled(i) || p.Permits(i.ID, fleet.NameOf(i)) {
		return true
	}
	made := i.CreatedAt.Time
	return p.olderThan > 0 && (made.IsZero() || now.Sub(made) < p.olderThan)
}

// observe gives the machines that the policy does not spare.
func observe(machines []nebula.Instance, p policy, now time.Time) exclusivekit.Named {
	seen := exclusivekit.Named{}
	for _, i := range machines {
		if !p.spares(i, now) {
			seen[i.ID] = textOf(i)
		}
	}
	return seen
}
