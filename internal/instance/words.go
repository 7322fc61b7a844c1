package instance

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nebulablock/terraform-provider-nebula/internal/fleet"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// show names the machine of the state for people.
func (m *model) show() string {
	var price nebula.Number
	if !m.PricePerHour.IsNull() && !m.PricePerHour.IsUnknown() {
		price = nebula.Number(m.PricePerHour.ValueBigFloat().Text('f', -1))
	}
	return fmt.Sprintf("%s (%s, %s)", cmp.Or(nebula.CleanText(m.ID.ValueString()), "without id"), tfkit.Quoted(m.Name.ValueString()), fleet.PerHour(price))
}

// interrupted tells of a machine that is not ready because of an interrupt.
func interrupted(m *model, err error) tfkit.Message {
	return tfkit.Message{
		Title: "Instance is not ready yet",
		What:  "The apply was interrupted while it waited for instance " + m.show() + ". " + tfkit.Sentence(err),
		State: "The instance is in the state with its id. It is not tainted: nothing is wrong with it, and it may be billed.",
		Next:  "Plan again: Terraform then reads what the instance has become.",
	}
}

// noAddress tells of a machine that runs and has no address.
func noAddress(m *model) tfkit.Message {
	return tfkit.Message{
		Title: "Instance has no address yet",
		What:  "Instance " + m.show() + " has been running for five minutes, and the API shows no IPv4 address.",
		State: "It is in the state without an address. A later refresh adds the address when there is one.",
		Next:  "Refresh later, or set wait_for = \"running\" where no address is needed.",
	}
}

// noDetail tells that the detail of a machine could not be had.
func noDetail(m *model, err error) tfkit.Message {
	return tfkit.Message{
		Title: "Details of an instance could not be read",
		What:  "The details of instance " + m.show() + " could not be read, so lan_ipv4, user_name and exposed_ports are as they were, or null. " + tfkit.Sentence(err),
		Next:  "Plan again: the next refresh asks for it.",
	}
}

// protected refuses to destroy.
func protected(m *model) tfkit.Message {
	return tfkit.Message{
		Title: "Instance is protected from deletion", Attribute: path.Root("deletion_protection"),
		What:  "Instance " + m.show() + " has deletion_protection = true. Nothing was called.",
		State: staysRecorded,
		Next:  "Set deletion_protection = false, apply that, then destroy. If the instance is tainted, run terraform untaint ADDRESS first.",
	}
}

// protectedFromReplacement refuses to replace.
func protectedFromReplacement(m *model, attributes []string) tfkit.Message {
	return tfkit.Message{
		Title: "Instance is protected from replacement", Attribute: path.Root(attributes[0]),
		What: fmt.Sprintf("Instance %s has deletion_protection = true, and a change of %s would replace it. Nothing was called.", m.show(), strings.Join(attributes, " and ")),
		Next: "Undo the change; or set deletion_protection = false, apply that alone, then make the change.",
	}
}

// notCompared tells what is recorded of an imported machine without a
// comparison.
func notCompared(m *model, attributes []string) tfkit.Message {
	return tfkit.Message{
		Title: "Arguments cannot be compared", Attribute: path.Root(attributes[0]),
		What: fmt.Sprintf("Instance %s was imported, and the API shows neither product nor image nor SSH key of an instance. So %s cannot be compared with it.",
			m.show(), strings.Join(attributes, ", ")),
		State: "Applying this plan saves the configuration's values in the state. The instance itself is not changed.",
		Next:  "Make sure that the configuration says what the instance was made with.",
	}
}

// keepsKey tells that a machine keeps its SSH key.
func keepsKey(m *model) tfkit.Message {
	return tfkit.Message{
		Title: "Instance keeps its SSH key", Attribute: path.Root("ssh_key_id"),
		What: "ssh_key_id changes. The API cannot change it: instance " + m.show() + " keeps the SSH key that it was made with. Applying this plan only saves the new id in the state.",
		Next: "To replace the instance with its key, say so: lifecycle { replace_triggered_by = [nebula_ssh_key.NAME.id] }.",
	}
}

// stoppedCosts tells that stopping may save nothing.
func stoppedCosts(m *model) tfkit.Message {
	return tfkit.Message{
		Title: "A stopped instance may still be billed", Attribute: path.Root("power_state"),
		What: "Applying this plan stops instance " + m.show() + ". Nebula Block does not say what a stopped instance costs; one of its suppliers bills them in full.",
		Next: "To pay nothing, destroy the instance.",
	}
}

// cut names the machines that may have been made under a part of the name; ""
// where there are none.
func cut(alike []nebula.Instance) string {
	if len(alike) == 0 {
		return ""
	}
	shown := make([]string, len(alike))
	for i, machine := range alike {
		shown[i] = fleet.Show(machine)
	}
	return " The names of these begin alike, as if the API had cut the name. They may be billed, and are not touched: " + strings.Join(shown, ", ") + "."
}

func mayHaveMade(m *model) string { return tfkit.MayHaveMade(thing, m.Name.ValueString()) }

// appeared tells that the machine of an undecided create was found.
func appeared(m *model, row nebula.Instance) tfkit.Message {
	return tfkit.Message{
		Title: "Instance found after a lost answer",
		What:  mayHaveMade(m) + ". The list now shows it: " + fleet.Show(row) + ".",
		State: "Its id is now in the state. It is still tainted, so the plan replaces it.",
		Next:  "Nothing is wrong with it: terraform untaint ADDRESS keeps it.",
	}
}

// notFoundYet tells that no list shows a machine that may have been made.
func notFoundYet(m *model, alike []nebula.Instance) tfkit.Message {
	return tfkit.Message{
		Title: "Instance not found yet",
		What:  mayHaveMade(m) + ", and no list shows it so far." + cut(alike),
		State: "It stays in the state as tainted until 30 minutes after its creation.",
		Next:  "Plan again in a while. If it appears, it may be billed.",
	}
}

// forgotten tells that a machine that never appeared leaves the state.
func forgotten(m *model, alike []nebula.Instance) tfkit.Message {
	next := "Nothing has to be done."
	if len(alike) > 0 {
		next = "Find out whether one of them was made by that apply. Import it, or delete it at the console or with the action nebula_instance_delete."
	}
	return tfkit.Message{
		Title: "Instance without id removed from the state",
		What:  mayHaveMade(m) + ". That was more than 30 minutes ago, and two complete lists have no instance of that name." + cut(alike),
		State: "It is no longer in the state.",
		Next:  next,
	}
}

// doubtful tells of machines of which none is taken over.
func doubtful(err error) tfkit.Message {
	e := tfkit.Failure{Err: err}.Explained()
	e.Title = "Instance without id"
	e.State = "It stays in the state as tainted, without an id, and its destruction is refused."
	return e
}

// tooEarly refuses to forget a machine that may still appear.
func tooEarly(m *model, alike []nebula.Instance) tfkit.Message {
	return tfkit.Message{
		What:  mayHaveMade(m) + ". No list shows an instance of that name, but until 30 minutes have passed it may still appear, and be billed." + cut(alike),
		State: "It stays in the state, without an id.",
		Next:  "Destroy again in half an hour. Or look at the console and, if it is not there, run terraform state rm ADDRESS.",
	}
}

// mayAppear tells that a machine that was not found is no longer in the state, and
// may appear all the same.
func mayAppear(m *model, alike []nebula.Instance) tfkit.Message {
	return tfkit.Message{
		Title: "Instance may still appear",
		What:  mayHaveMade(m) + ". That was less than 30 minutes ago, and no list shows it." + cut(alike),
		State: "It is no longer in the state.",
		Next:  "Look for that name again in a while (data source nebula_instances), and delete it if it has appeared: it would be billed.",
	}
}
