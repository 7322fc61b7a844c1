package rotatingapikey

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
)

// answer is what can be said of a question while planning.
type answer int

const (
	no answer = iota
	yes
	// maybe depends on values that will be known only during apply.
	maybe
)

// situation is all that a decision depends on.
type situation struct {
	plan, state *model
	// readAt is when a read last found something due; zero where none did.
	readAt time.Time
	// otherDescription says that the planned description means another key.
	otherDescription bool
}

// decision is what an update will do besides recording arguments.
type decision struct {
	rotate answer
	// why are the reasons to rotate, and open the arguments on whose values it
	// depends whether there is one.
	why  []reason
	open []string
	// retire says whether the previous key's time is over.
	retire answer
	// waits says that the key is due by its age, and that a hand-over comes
	// first.
	waits bool
	// refused says that a rotation which somebody asked for would end a
	// previous key that waits for its hand-over.
	refused bool
}

// reason is why a plan rotates.
type reason string

const (
	keyGone reason = "its current key was deleted elsewhere"
	keyAged reason = "the current key is older than rotate_after"
)

// changed is the reason for a changed argument.
func changed(argument string) reason { return reason(argument + " changes") }

// decide is pure: the same situation gives the same decision, however often and
// whenever Terraform asks.
func decide(ctx context.Context, s situation) decision {
	d := decision{retire: s.retire()}
	if s.state.ID.IsNull() {
		d.rotate, d.why = yes, []reason{keyGone}
		return d
	}
	d.byArguments(ctx, s)
	asked := d.rotate
	d.byAge(s)
	overlap, known := knownDuration(s.plan.Overlap)
	keepsPrevious := s.plan.waitsFor(s.state) && (!known || overlap > 0)
	d.refused = asked == yes && keepsPrevious
	return d
}

// waitsFor says whether the previous key of a state waits for a hand-over by
// what is planned.
func (m *model) waitsFor(state *model) bool {
	return !state.PreviousID.IsNull() && m.RetirePrevious.ValueString() == retireByHandover
}

// retire says whether the previous key is to be revoked because its time is
// over.
func (s situation) retire() answer {
	switch {
	case s.state.PreviousID.IsNull(), !reached(s.state.PreviousRetireAt, s.readAt), s.plan.waitsFor(s.state):
		return no
	case s.plan.RetirePrevious.IsUnknown():
		return maybe
	default:
		return yes
	}
}

// byArguments rotates when an argument comes to mean another key.
func (d *decision) byArguments(ctx context.Context, s situation) {
	plan, state, imported := s.plan, s.state, s.state.isImported()
	for _, argument := range []struct {
		name    string
		other   bool
		planned attr.Value
	}{
		{"name", s.otherName(), plan.Name},
		{"description", s.otherDescription, plan.Description},
		{"team_id", keykit.OtherTeam(state.TeamID, plan.TeamID, imported), plan.TeamID},
		{"keepers", keykit.OtherKeepers(state.Keepers, plan.Keepers, imported), plan.Keepers},
		{"age_recipients", keykit.OtherRecipients(ctx, state.AgeRecipients, plan.AgeRecipients, imported), plan.AgeRecipients},
	} {
		switch {
		case !argument.other:
		case isKnown(argument.planned):
			d.rotate, d.why = yes, append(d.why, changed(argument.name))
		default:
			d.wonder(argument.name)
		}
	}
}

// otherName says whether another name is planned. A key that was imported
// without a name may be given one.
func (s situation) otherName() bool {
	unnamed := s.state.isImported() && s.state.Name.ValueString() == ""
	return !s.plan.Name.Equal(s.state.Name) && !unnamed
}

// byAge rotates a key that is due, unless its predecessor waits for a hand-over.
func (d *decision) byAge(s situation) {
	due := reached(rotateAt(s.state.CreatedAt, s.plan.RotateAfter), s.readAt)
	switch {
	case s.plan.RotateAfter.IsUnknown():
		d.wonder("rotate_after")
	case !due:
	case s.plan.waitsFor(s.state):
		d.waits = true
	case s.plan.RetirePrevious.IsUnknown() && !s.state.PreviousID.IsNull():
		d.wonder("retire_previous")
	default:
		d.rotate, d.why = yes, append(d.why, keyAged)
	}
}

// wonder says that a rotation depends on an argument, unless it is certain.
func (d *decision) wonder(argument string) {
	d.open = append(d.open, argument)
	if d.rotate == no {
		d.rotate = maybe
	}
}

// isKnown reports whether a value is known throughout.
func isKnown(v attr.Value) bool {
	if v.IsUnknown() {
		return false
	}
	var elements []attr.Value
	switch v := v.(type) {
	case types.Map:
		for _, e := range v.Elements() {
			elements = append(elements, e)
		}
	case types.List:
		elements = v.Elements()
	}
	for _, e := range elements {
		if e.IsUnknown() {
			return false
		}
	}
	return true
}

// revokes are the keys that an apply of the decision revokes; certain is false
// where that depends on values that are not known yet.
func (d decision) revokes(ctx context.Context, s situation) (ids []string, certain bool) {
	overlap, known := knownDuration(s.plan.Overlap)
	certain = d.rotate != maybe && d.retire != maybe && (known || d.rotate == no)
	takesPlace := d.rotate != no && !s.state.ID.IsNull()
	if takesPlace && known && overlap == 0 {
		ids = append(ids, s.state.ID.ValueString())
	}
	if !s.state.PreviousID.IsNull() && (takesPlace || d.retire != no) {
		ids = append(ids, s.state.PreviousID.ValueString())
	}
	return append(ids, s.state.leftovers(ctx)...), certain
}
