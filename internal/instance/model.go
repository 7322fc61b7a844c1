package instance

import (
	"cmp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/fleet"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// seen is what a list shows of a machine.
type seen struct {
	ID           types.String `tfsdk:"id"`
	Name         types.String `tfsdk:"name"`
	Status       types.String `tfsdk:"status"`
	Region       types.String `tfsdk:"region"`
	ProductType  types.String `tfsdk:"product_type"`
	GPU          types.String `tfsdk:"gpu"`
	GPUCount     types.Int64  `tfsdk:"gpu_count"`
	CPUCores     types.Int64  `tfsdk:"cpu_cores"`
	RAMGB        types.Int64  `tfsdk:"ram_gb"`
	DiskSizeGB   types.Int64  `tfsdk:"disk_size_gb"`
	EphemeralGB  types.Int64  `tfsdk:"ephemeral_gb"`
	OS           types.String `tfsdk:"os"`
	PublicIPv4   types.String `tfsdk:"public_ipv4"`
	PricePerHour types.Number `tfsdk:"price_per_hour"`
	CreatedAt    types.String `tfsdk:"created_at"`
}

// seenOf is a row as the list shows it. What it does not say is null.
func seenOf(i nebula.Instance) seen {
	return seen{
		ID: types.StringValue(string(i.ID)), Name: text(nebula.Text(fleet.NameOf(i))), Status: tfkit.StringOrNull(fleet.Status(i)),
		Region: text(i.Region), ProductType: text(fleet.TypeOf(i)), GPU: text(cmp.Or(i.GPU, i.GPUType)),
		GPUCount: tfkit.Whole(i.GPUCount), CPUCores: tfkit.Whole(i.CPUCores), RAMGB: tfkit.Whole(i.RAM),
		DiskSizeGB: tfkit.Whole(i.DiskSize), EphemeralGB: tfkit.Whole(i.Ephemeral),
		OS: text(i.OS), PublicIPv4: tfkit.StringOrNull(fleet.Address(i)), PricePerHour: tfkit.Decimal(i.PricePerHour), CreatedAt: tfkit.Time(i.CreatedAt.Time),
	}
}

func text(t nebula.Text) types.String { return tfkit.StringOrNull(string(t)) }

// detailed is what only the detail of a machine tells, without its password.
type detailed struct {
	LANIPv4      types.String `tfsdk:"lan_ipv4"`
	UserName     types.String `tfsdk:"user_name"`
	ExposedPorts types.String `tfsdk:"exposed_ports"`
}

func detailedOf(d nebula.InstanceDetail) detailed {
	return detailed{LANIPv4: text(d.LANIPv4), UserName: tfkit.StringOrNull(d.User), ExposedPorts: text(d.ExposedPorts)}
}

// model is nebula_instance as configuration, plan and state hold it.
//
// A machine that a create may or may not have made has no ID. Then CreatedAt is
// the instant of that create, and Name what the machine is looked for by, if
// NamePrefix says that it ends in a token. They are attributes because private
// state is empty when a tainted resource is destroyed.
type model struct {
	seen
	detailed

	NamePrefix         types.String   `tfsdk:"name_prefix"`
	ProductID          types.String   `tfsdk:"product_id"`
	Image              types.String   `tfsdk:"image"`
	ImageID            types.String   `tfsdk:"image_id"`
	SSHKeyID           types.String   `tfsdk:"ssh_key_id"`
	MaxPricePerHour    types.Number   `tfsdk:"max_price_per_hour"`
	PowerState         types.String   `tfsdk:"power_state"`
	WaitFor            types.String   `tfsdk:"wait_for"`
	DeletionProtection types.Bool     `tfsdk:"deletion_protection"`
	Timeouts           timeouts.Value `tfsdk:"timeouts"`
}

// The values of power_state and of wait_for.
const (
	powerRunning = "running"
	powerStopped = "stopped"

	waitNone    = "none"
	waitRunning = "running"
	waitAddress = "address"
	waitSSH     = "ssh"
)

// Identity follows the id. A machine whose id is not known yet needs an identity
// all the same.
func (m *model) Identity() types.String {
	if m.ID.IsNull() {
		return tfkit.Unresolved(m.Name.ValueString())
	}
	return m.ID
}

// Limits are the configured time-outs.
func (m *model) Limits() timeouts.Value { return m.Timeouts }

func (m *model) ref() fleet.Ref {
	return fleet.Ref{ID: nebula.ID(m.ID.ValueString()), Name: m.Name.ValueString(), Marked: !m.NamePrefix.IsNull(), Born: tfkit.ParseTime(m.CreatedAt)}
}

// goal is what wait_for asks for.
func (m *model) goal() fleet.Goal {
	return map[string]fleet.Goal{waitNone: fleet.Exists, waitRunning: fleet.Runs, waitAddress: fleet.Addressed, waitSSH: fleet.Greets}[m.WaitFor.ValueString()]
}

// take takes over what the list shows. A machine cannot be renamed, so another
// spelling of its name is the API's and the user's stays. An instant that was
// recorded stays, too.
func (m *model) take(i nebula.Instance) {
	before := m.seen
	m.seen = seenOf(i)
	if !before.Name.IsNull() && !before.Name.IsUnknown() {
		m.Name = before.Name
	}
	if m.CreatedAt.IsNull() && !before.CreatedAt.IsUnknown() {
		m.CreatedAt = before.CreatedAt
	}
}

// undecided keeps what is known of a machine that may or may not have been made,
// so that a later read or delete can find it.
func (m *model) undecided(err *fleet.UndecidedError) {
	name := m.Name
	m.seen, m.detailed = seen{PricePerHour: types.NumberNull()}, detailed{}
	m.Name = name
	m.CreatedAt = tfkit.Time(err.Begun)
}

// refresh takes over what the list shows, and says whether anything differs. A
// power state that is managed is the one that the machine has; on its way from
// one to the other it has none.
func (m *model) refresh(i nebula.Instance) (changed bool) {
	before := *m
	m.take(i)
	if !m.PowerState.IsNull() {
		switch fleet.StateOf(i) {
		case fleet.Running:
			m.PowerState = types.StringValue(powerRunning)
		case fleet.Stopped:
			m.PowerState = types.StringValue(powerStopped)
		default:
		}
	}
	if m.WaitFor.IsNull() {
		m.WaitFor = types.StringValue(waitAddress)
	}
	if m.DeletionProtection.IsNull() {
		m.DeletionProtection = types.BoolValue(false)
	}
	return !same(before.observed(), m.observed())
}

// observed are the attributes that a read can change.
func (m *model) observed() []attr.Value {
	return []attr.Value{
		m.ID, m.Name, m.Status, m.Region, m.ProductType, m.GPU, m.GPUCount, m.CPUCores, m.RAMGB, m.DiskSizeGB, m.EphemeralGB,
		m.OS, m.PublicIPv4, m.PricePerHour, m.CreatedAt, m.LANIPv4, m.UserName, m.ExposedPorts, m.PowerState, m.WaitFor, m.DeletionProtection,
	}
}

func same(a, b []attr.Value) bool {
	for i := range a {
		if !a[i].Equal(b[i]) {
			return false
		}
	}
	return true
}

// sameImage compares names of images without case.
func sameImage(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}
