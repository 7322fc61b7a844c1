package rotatingapikey

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Arguments are a configuration; empty means null.
type Arguments struct {
	Name, Description, RotateAfter, Overlap string
	// Keeper is the value of the only keeper, Recipient the only recipient.
	Keeper    int
	Recipient string
	// Unknown names an argument whose value is not known yet, and with Element
	// one whose element is not.
	Unknown string
	Element bool
}

// View is what a state file holds.
type View struct {
	Present, Tainted                       bool
	ID, Key, KeyName, Description          string
	CreationToken                          string
	PreviousID                             string
	RetireAt                               time.Time
	LeftoverIDs, UnresolvedCreationTokens  []string
	Sealed                                 bool
	EncryptedKey, PreviousKey, Fingerprint string
}

// Direct does with one resource what Terraform's core does, without Terraform's
// values and RPCs, so that a schedule takes a millisecond. It is one run of
// Terraform; Another is the next.
type Direct struct {
	services *tfkit.Services
	state    *model
	note     time.Time
	tainted  bool
	diags    diag.Diagnostics
}

// Another is the next run, with what the last one left behind.
func (d *Direct) Another(services *tfkit.Services) *Direct {
	return &Direct{services: services, state: d.state, note: d.note, tainted: d.tainted}
}

// Diagnostics are those of this run.
func (d *Direct) Diagnostics() diag.Diagnostics { return d.diags }

// View is the state as it stands.
func (d *Direct) View() View {
	m := d.state
	if m == nil {
		return View{}
	}
	retireAt, _ := instant(m.PreviousRetireAt)
	return View{
		Present: true, Tainted: d.tainted,
		ID: m.ID.ValueString(), Key: m.Key.ValueString(), KeyName: m.KeyName.ValueString(), Description: m.Description.ValueString(),
		CreationToken: m.CreationToken.ValueString(), PreviousID: m.PreviousID.ValueString(), RetireAt: retireAt,
		LeftoverIDs: m.leftovers(context.Background()), UnresolvedCreationTokens: m.unresolved(context.Background()),
		Sealed: !m.AgeRecipients.IsNull(), EncryptedKey: m.EncryptedKey.ValueString(), PreviousKey: m.PreviousKey.ValueString(), Fingerprint: m.Fingerprint.ValueString(),
	}
}

// names are the attributes of a model, in the order of its fields.
var names = func() (all []string) {
	for field := range reflect.TypeFor[model]().Fields() {
		all = append(all, field.Tag.Get("tfsdk"))
	}
	return all
}()

// fields are a model's attributes by name.
func fields(m *model) map[string]attr.Value {
	all := make(map[string]attr.Value, len(names))
	if m == nil {
		return all
	}
	v := reflect.ValueOf(m).Elem()
	for i, name := range names {
		if name != "timeouts" {
			all[name], _ = reflect.TypeAssert[attr.Value](v.Field(i))
		}
	}
	return all
}

// keeps checks that what was known before is the same after.
func keeps(before, after *model, when string) error {
	later := fields(after)
	for name, value := range fields(before) {
		if known(value) && !value.Equal(later[name]) {
			return fmt.Errorf("%s: %s was to be %s and is %s", when, name, value, later[name])
		}
	}
	return nil
}

func wholly(m *model, when string) error {
	for name, value := range fields(m) {
		if !known(value) {
			return fmt.Errorf("%s: the state's %s is unknown", when, name)
		}
	}
	return nil
}

// proposal is the plan that ModifyPlan is asked about: the arguments with their
// defaults, and whatever the computed attributes may be by then.
func (a Arguments) proposal() *model {
	text := func(argument, value string) types.String {
		switch {
		case a.Unknown == argument:
			return types.StringUnknown()
		case value == "":
			return types.StringNull()
		default:
			return types.StringValue(value)
		}
	}
	duration := func(argument, value string) timetypes.GoDuration {
		return timetypes.GoDuration{StringValue: text(argument, value)}
	}
	m := &model{
		Name: text("name", a.Name), Description: text("description", a.Description),
		RotateAfter: duration("rotate_after", a.RotateAfter), Overlap: duration("overlap", a.Overlap),
		Keepers: types.MapNull(types.StringType), AgeRecipients: types.ListNull(types.StringType),
	}
	if m.Description.IsNull() {
		m.Description = types.StringValue("")
	}
	if m.Overlap.IsNull() {
		m.Overlap = timetypes.NewGoDurationValueFromStringMust(defaultOverlapText)
	}
	switch keeper := types.StringValue(strconv.Itoa(a.Keeper)); {
	case a.Unknown == "keepers" && !a.Element:
		m.Keepers = types.MapUnknown(types.StringType)
	case a.Keeper > 0:
		if a.Unknown == "keepers" {
			keeper = types.StringUnknown()
		}
		m.Keepers = types.MapValueMust(types.StringType, map[string]attr.Value{"v": keeper})
	}
	switch {
	case a.Unknown == "age_recipients":
		m.AgeRecipients = types.ListUnknown(types.StringType)
	case a.Recipient != "":
		m.AgeRecipients = types.ListValueMust(types.StringType, []attr.Value{types.StringValue(a.Recipient)})
	}
	return m
}

// Planned is a plan.
type Planned struct {
	prior, after *model
	note         time.Time
}

// Noop says that nothing is to be done.
func (p Planned) Noop() bool {
	return p.prior != nil && keeps(p.prior, p.after, "") == nil && keeps(p.after, p.prior, "") == nil && wholly(p.after, "") == nil
}

// Difference says what is to be done.
func (p Planned) Difference() error { return keeps(p.prior, p.after, "difference") }

// Refresh reads the resource.
func (d *Direct) Refresh(ctx context.Context) error {
	if d.state == nil {
		return nil
	}
	m := *d.state
	look := reader{services: d.services, diags: &d.diags}
	switch gone, err := look.read(ctx, &m); {
	case err != nil:
		tfkit.Report(&d.diags, tfkit.Failure{To: "read", Err: err})
		return nil //nolint:nilerr // it is reported, as in Read
	case gone:
		d.state, d.tainted = nil, false
		return nil
	}
	d.state = &m
	if now := d.services.Clock.Now(); m.news(now, d.note) {
		d.note = now.UTC().Truncate(time.Second)
	}
	return wholly(&m, "refresh")
}

// Plan decides what is to be done.
func (d *Direct) Plan(a Arguments) Planned {
	plan := Planned{prior: d.state, after: a.proposal(), note: d.note}
	if d.tainted {
		plan.prior, plan.note = nil, time.Time{}
	}
	plan.modify()
	return plan
}

func (p *Planned) modify() {
	if p.prior == nil {
		planFirst(p.after)
		return
	}
	decide(p.after, p.prior, p.note).apply(p.after, p.prior)
}

// Apply carries a plan out. The arguments are now known.
func (d *Direct) Apply(ctx context.Context, first Planned, a Arguments) error {
	if d.tainted {
		if err := d.Destroy(ctx); err != nil || d.state != nil {
			return err
		}
	}
	plan := Planned{prior: first.prior, after: a.proposal(), note: first.note}
	plan.modify()
	if err := keeps(first.after, plan.after, "second plan"); err != nil {
		return err
	}
	var saved *model
	m := *plan.after
	if plan.prior != nil {
		m = *plan.prior
	}
	w := writer{services: d.services, m: &m, diags: &d.diags, save: func() diag.Diagnostics {
		now := m
		saved = &now
		return nil
	}}
	before := d.diags.ErrorsCount()
	if plan.prior == nil {
		w.create(ctx, "create")
	} else {
		w.update(ctx, "update", plan.after)
	}
	failed := d.diags.ErrorsCount() > before
	if !failed {
		if err := keeps(plan.after, saved, "apply"); err != nil {
			return err
		}
	}
	if saved != nil || plan.prior == nil {
		d.state = saved
	}
	d.tainted = plan.prior == nil && failed && saved != nil
	return wholly(saved, "apply")
}

// Destroy revokes all.
func (d *Direct) Destroy(ctx context.Context) error {
	if d.state == nil {
		return nil
	}
	m := *d.state
	w := writer{services: d.services, m: &m, diags: &d.diags, save: func() diag.Diagnostics {
		now := m
		d.state = &now
		return nil
	}}
	before := d.diags.ErrorsCount()
	w.destroy(ctx, "destroy")
	if d.diags.ErrorsCount() == before {
		d.state, d.tainted = nil, false
	}
	return wholly(d.state, "destroy")
}

// Import takes a key over, as ImportState does.
func (d *Direct) Import(id string) error {
	if d.state != nil {
		return errors.New("there is a state already")
	}
	d.state = &model{
		ID: types.StringValue(id), Overlap: timetypes.NewGoDurationValueFromStringMust(defaultOverlapText), RotateAfter: timetypes.NewGoDurationNull(),
		Keepers: types.MapNull(types.StringType), AgeRecipients: types.ListNull(types.StringType),
		LeftoverIDs: noStrings(), UnresolvedCreationTokens: noStrings(),
	}
	return nil
}
