package instance

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/fleet"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/machinekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var _ action.ActionWithConfigure = (*instanceAction)(nil)

// instanceAction is one action on a machine.
type instanceAction struct {
	tfkit.Action

	// verb names it: "start".
	verb, description string
	timeout           time.Duration
	// do carries it out on a machine that exists, and says how it ended.
	do func(ctx context.Context, op *tfkit.Operation, machine nebula.Instance, tell func(nebula.Instance)) (done string, err error)
}

// NewStartAction is the action nebula_instance_start.
func NewStartAction() action.Action {
	return &instanceAction{Action: tfkit.Action{Type: "instance_start"}, verb: "start", timeout: updateTimeout,
		description: "Starts a machine and waits until it runs. A machine that runs already is left alone.",
		do: func(ctx context.Context, op *tfkit.Operation, machine nebula.Instance, tell func(nebula.Instance)) (string, error) {
			_, err := machinekit.Fleet(op.Services).Start(ctx, machine.ID, tell)
			return "is running", err
		}}
}

// NewStopAction is the action nebula_instance_stop.
func NewStopAction() action.Action {
	return &instanceAction{Action: tfkit.Action{Type: "instance_stop"}, verb: "stop", timeout: updateTimeout,
		description: "Stops a machine and waits until it is stopped. A machine that is stopped already is left alone. **A stopped machine may still be billed.**",
		do: func(ctx context.Context, op *tfkit.Operation, machine nebula.Instance, tell func(nebula.Instance)) (string, error) {
			_, err := machinekit.Fleet(op.Services).Stop(ctx, machine.ID, tell)
			return "is stopped, and may still be billed", err
		}}
}

// NewRebootAction is the action nebula_instance_reboot.
func NewRebootAction() action.Action {
	return &instanceAction{Action: tfkit.Action{Type: "instance_reboot"}, verb: "reboot", timeout: tfkit.DefaultTimeout,
		description: "Reboots a machine. The call is sent once: when its answer is lost, the error says that the machine may have been rebooted.",
		do: func(ctx context.Context, op *tfkit.Operation, machine nebula.Instance, _ func(nebula.Instance)) (string, error) {
			_, err := machinekit.Fleet(op.Services).Reboot(ctx, machine.ID)
			return "is being rebooted", err
		}}
}

// NewDeleteAction is the action nebula_instance_delete.
func NewDeleteAction() action.Action {
	return &instanceAction{Action: tfkit.Action{Type: "instance_delete"}, verb: "delete", timeout: deleteTimeout,
		description: "Deletes a machine, whoever made it, and waits until it is proven that it is gone. It is meant for leftovers: a machine that a configuration manages is better destroyed there. A machine that is not there is a success with a warning. Reserved machines are refused.",
		do: func(ctx context.Context, op *tfkit.Operation, machine nebula.Instance, tell func(nebula.Instance)) (string, error) {
			deletion, err := machinekit.Fleet(op.Services).Delete(ctx, fleet.Ref{ID: machine.ID, Name: fleet.NameOf(machine)}, tell)
			if err == nil && deletion.Absent != nil {
				tfkit.GoneAlready(op, "Instance", deletion.Absent)
			}
			return "is gone", err
		}}
}

type actionModel struct {
	InstanceID types.String `tfsdk:"instance_id"`
	Name       types.String `tfsdk:"name"`
}

func (a *instanceAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: a.description + "\n\nRun it with `terraform apply -invoke=action.nebula_instance_" + a.verb + ".NAME`, or from a lifecycle `action_trigger`. It needs Terraform 1.14.",
		Attributes: map[string]schema.Attribute{
			"instance_id": schema.StringAttribute{
				MarkdownDescription: "Identifier of the machine.", Required: true, Validators: []validator.String{tfkit.ObjectID()},
			},
			"name": schema.StringAttribute{
				MarkdownDescription: "Name that the machine must have, in upper or lower case. With another name nothing is done.",
				Optional:            true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			},
		},
	}
}

// Invoke looks at the machine, to tell people which one it is and to check its
// name, and does what the action is for.
func (a *instanceAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m actionModel
	a.Run(ctx, tfkit.Invoking(a.verb+" instance", &m, req, resp).Within(a.timeout), func(ctx context.Context, op *tfkit.Operation) {
		machine, ok := a.find(ctx, op, &m)
		if !ok {
			return
		}
		op.Say("The instance is " + fleet.Show(machine) + ".")
		last := fleet.Status(machine)
		done, err := a.do(ctx, op, machine, func(row nebula.Instance) {
			if status := fleet.Status(row); status != last {
				last = status
				op.Say(fmt.Sprintf("Instance %s is %s.", m.InstanceID.ValueString(), status))
			}
		})
		if err != nil {
			op.Fail(tfkit.Failure{Err: err})
			return
		}
		op.Say(fmt.Sprintf("Instance %s %s.", m.InstanceID.ValueString(), done))
	})
}

// find looks the machine up in a list of now, and checks its name.
func (a *instanceAction) find(ctx context.Context, op *tfkit.Operation, m *actionModel) (nebula.Instance, bool) {
	machines := machinekit.Fleet(op.Services)
	machine, err := machines.Find(ctx, machines.List().Now(), fleet.Ref{ID: nebula.ID(m.InstanceID.ValueString())})
	switch {
	case listing.IsAbsent(err) && a.verb == "delete":
		op.Warn(tfkit.Message{Title: "Instance not found",
			What: fmt.Sprintf("The account has no instance with id %s: it is deleted already, or never existed. Only the list was called.", m.InstanceID.ValueString())})
	case err != nil:
		op.Fail(tfkit.Failure{Err: err, State: "Only the list was called."})
	case !m.Name.IsNull() && !fleet.SameName(fleet.NameOf(machine), m.Name.ValueString()):
		op.Refuse(tfkit.Message{Attribute: path.Root("name"),
			What:  fmt.Sprintf("Instance %s is named %s, and %s was expected.", m.InstanceID.ValueString(), tfkit.Quoted(fleet.NameOf(machine)), tfkit.Quoted(m.Name.ValueString())),
			State: "Nothing was done.", Next: "Check that the id is the right one."})
	default:
		return machine, true
	}
	return machine, false
}
