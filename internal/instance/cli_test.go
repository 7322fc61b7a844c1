package instance_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/examples"
	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// slow is an account in which machines take their time.
func slow() fakenebula.Options {
	return fakenebula.Options{Instances: fakenebula.InstanceOptions{DeployTime: 3 * time.Minute, DeleteTime: time.Minute, StopTime: time.Minute, StartTime: time.Minute}}
}

// The examples that make a machine are applied, planned again without a
// difference, and destroyed.
func TestAccExamples(t *testing.T) {
	t.Parallel()
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJN9XFf3QJrVkUqMpGJcb1vrpV4gSBRwqhV0hpjZxLhB"
	for file, vars := range map[string][]string{
		"resources/nebula_instance/resource.tf": nil,
		"guides/gpu-machines/main.tf":           {"-var=public_key=" + key},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, acctest.Options{Fake: slow()})
			cli := w.CLI(t)
			cli.Write("main.tf", examples.Text(file))
			cli.Plan(vars...).Expect(2, "price_per_hour = 0.697")
			cli.Apply(vars...).Expect(0, `ssh = "ssh ubuntu@203.0.113.2"`)
			cli.Plan(vars...).Expect(0, "No changes.")
			cli.Destroy(vars...).Expect(0)
			if err := w.NothingLeft(nil); err != nil {
				t.Error(err)
			}
			for _, machine := range w.API.IssuedInstances() {
				t.Logf("%s cost $%s", machine.Name, machine.Cost.FloatString(4))
			}
		})
	}
}

// The guide's precondition refuses what the credit cannot carry.
func TestAccCreditIsLow(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Fake: fakenebula.Options{Billing: fakenebula.BillingOptions{Balance: "3.5"}}})
	cli := w.CLI(t)
	cli.Write("main.tf", examples.Text("guides/gpu-machines/main.tf"))
	cli.Plan("-var=public_key=ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJN9XFf3QJrVkUqMpGJcb1vrpV4gSBRwqhV0hpjZxLhB").
		Expect(1, "The credit (3.5 dollars) does not last for a day of this machine.")
	if err := w.ExpectCalls(acctest.Calls{})(nil); err != nil {
		t.Error(err)
	}
}

func machineBlock(lines ...string) string {
	return "resource \"nebula_instance\" \"this\" {\n  product_id = \"" + aProduct + "\"\n  image_id   = \"" + imageID + "\"\n  ssh_key_id = \"1\"\n  " +
		strings.Join(lines, "\n  ") + "\n}\n"
}

// One row of each class of failure, as people see it.
func TestAccFailures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		block   string
		fault   fakenebula.Fault
		code    int
		want    []string
		tainted bool
		plan    int // exit code of the plan after that
	}{
		"not sent": {machineBlock(`name_prefix = "gpu"`), fakenebula.Fault{}, 1,
			[]string{"Unable to create instance", "connection refused", "No instance was made, and nothing is in the state."}, false, 2},
		"refused": {machineBlock(`name_prefix = "gpu"`), fakenebula.Fault{Operation: opCreate, Answer: fakenebula.Failed(400, "no credit")}, 1,
			[]string{"Error: Unable to create instance", "The API's message: no credit", "No instance was made, and nothing is in the state."}, false, 2},
		"lost, with a prefix": {machineBlock(`name_prefix = "gpu"`), fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true}, 0, nil, false, 0},
		"lost, with a name": {machineBlock(`name = "train"`), fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true}, 1,
			[]string{"may or may not have acted", `1 ("train", running, $0.697 per hour)`, "terraform state rm ADDRESS"}, true, 2},
		"list refused": {machineBlock(`name = "train"`), fakenebula.Fault{Operation: opList, Answer: fakenebula.Failed(403, "not you")}, 1,
			[]string{"not you", "nothing is in the state"}, false, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, acctest.Options{})
			cli := w.CLI(t)
			cli.Write("main.tf", test.block)
			if test.fault.Operation == "" {
				w.Endpoint.Stop()
			} else {
				w.API.Inject(test.fault)
			}
			cli.Apply().Expect(test.code, test.want...)
			if got := cli.State()[this].Tainted; got != test.tainted {
				t.Errorf("tainted: %t", got)
			}
			cli.Plan().Expect(test.plan)
		})
	}
}

// One row of each class of failure of what happens to a machine that exists.
func TestAccFailuresLater(t *testing.T) {
	t.Parallel()
	stopped := machineBlock(`name_prefix = "gpu"`, `power_state = "stopped"`)
	for name, test := range map[string]struct {
		block string // "" destroys
		fault fakenebula.Fault
		code  int
		want  []string
	}{
		"stop, lost":      {stopped, fakenebula.Fault{Operation: fakenebula.OpStopInstance, Drop: true}, 1, []string{"Unable to stop instance", "sent once, and is never repeated", "stays in the state as it was"}},
		"destroy, lost":   {"", fakenebula.Fault{Operation: opDelete, Answer: fakenebula.HTML(504), Commit: true}, 0, nil},
		"destroy, denied": {"", fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "not you")}, 1, []string{"Unable to delete instance", "not you", `") stays in the state.`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, acctest.Options{})
			cli := w.CLI(t)
			cli.Write("main.tf", machineBlock(`name_prefix = "gpu"`))
			cli.Apply().Expect(0)
			w.API.Inject(test.fault)
			if test.block == "" {
				cli.Destroy().Expect(test.code, test.want...)
			} else {
				cli.Write("main.tf", test.block)
				cli.Apply().Expect(test.code, test.want...)
			}
			if recorded := len(cli.State()); recorded != len(w.API.Instances()) {
				t.Errorf("the state has %d machines, and the account %d", recorded, len(w.API.Instances()))
			}
		})
	}
}

// The untaint line of a time-out works.
func TestAccUntaint(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Fake: fakenebula.Options{Instances: fakenebula.InstanceOptions{DeployTime: time.Hour}}})
	cli := w.CLI(t)
	cli.Write("main.tf", machineBlock(`name_prefix = "gpu"`, `timeouts {`, `  create = "10m"`, `}`))
	cli.Apply().Expect(1, "is not running with an address after 10 minutes", "terraform untaint ADDRESS")
	w.Clock.Advance(time.Hour)
	cli.Run("untaint", this).Expect(0)
	cli.Plan().Expect(0)
	if status := cli.State()[this].Attributes["status"]; status != "deploying" {
		t.Errorf("the status is %v", status)
	}
}

// Actions show what happens, and stop at what is not meant.
func TestAccActions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		action string
		lines  []string
		set    func(*acctest.World)
		code   int
		want   []string
		calls  acctest.Calls
	}{
		"stop": {"stop", nil, nil, 0, []string{`The instance is 1 ("train", running, $2.627 per hour).`, "Instance 1 is stopping.", "Instance 1 is stopped, and may still be billed."}, acctest.Calls{fakenebula.OpStopInstance: 1}},
		"start": {"start", []string{`name = "TRAIN"`}, func(w *acctest.World) { w.API.SetInstancePhase("1", fakenebula.PhaseStopped) }, 0,
			[]string{"Instance 1 is starting.", "Instance 1 is running."}, acctest.Calls{fakenebula.OpStartInstance: 1}},
		"start of one that runs": {"start", nil, nil, 0, []string{"Instance 1 is running."}, nil},
		"reboot":                 {"reboot", nil, nil, 0, []string{"Instance 1 is being rebooted."}, acctest.Calls{fakenebula.OpRebootInstance: 1}},
		"reboot without answer": {"reboot", nil, func(w *acctest.World) {
			w.API.Inject(fakenebula.Fault{Operation: fakenebula.OpRebootInstance, Drop: true, Commit: true})
		}, 1, []string{"may or may not have been rebooted"}, acctest.Calls{fakenebula.OpRebootInstance: 1}},
		"delete":            {"delete", []string{`name = "train"`}, nil, 0, []string{"Instance 1 is deleting.", "Instance 1 is gone."}, acctest.Calls{opDelete: 1}},
		"delete of nothing": {"delete", nil, func(w *acctest.World) { w.API.SetInstancePhase("1", fakenebula.PhaseDeleted) }, 0, []string{"Warning: Instance not found"}, nil},
		"another name":      {"delete", []string{`name = "other"`}, nil, 1, []string{`Instance 1 is named "train", and "other" was expected.`, "Nothing was done."}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, acctest.Options{Fake: slow()})
			cli := w.CLI(t)
			cli.Requires(acctest.NeedsActions())
			w.API.AddInstance("train")
			if test.set != nil {
				test.set(w)
			}
			cli.Write("main.tf", "action \"nebula_instance_"+test.action+"\" \"it\" {\n  config {\n    instance_id = \"1\"\n    "+strings.Join(test.lines, "\n    ")+"\n  }\n}\n")
			cli.Apply("-invoke=action.nebula_instance_"+test.action+".it").Expect(test.code, test.want...)
			if err := w.ExpectCalls(test.calls)(nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// A password reaches the login, and neither state nor plan nor log nor message.
func TestAccPasswords(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Fake: fakenebula.Options{Instances: fakenebula.InstanceOptions{ExposedPorts: "0.0.0.0:30022->22/tcp"}}})
	cli := w.CLI(t)
	cli.Environment = map[string]string{"TF_LOG": "TRACE"}
	cli.Write("main.tf", machineBlock(`name_prefix = "gpu"`)+`
data "nebula_instance" "it" {
  id = nebula_instance.this.id
}
ephemeral "nebula_instance_login" "it" {
  instance_id = nebula_instance.this.id
}
resource "terraform_data" "it" {
  input = nebula_instance.this.id
  lifecycle {
    postcondition {
      condition     = length(ephemeral.nebula_instance_login.it.password) > 20 && ephemeral.nebula_instance_login.it.port == 30022
      error_message = "No login."
    }
  }
}
`)
	var printed strings.Builder
	say := func(r acctest.Result) { printed.WriteString(r.Stdout + r.Stderr) }
	say(cli.Apply().Expect(0))
	say(cli.Run("plan", "-out=it.tfplan").Expect(0))
	say(cli.Run("show", "-json", "it.tfplan").Expect(0))
	say(cli.Run("state", "pull").Expect(0))
	w.API.Inject(fakenebula.Fault{Operation: opDetail, Times: -1, Rewrite: func(a fakenebula.Answer) fakenebula.Answer {
		return fakenebula.Failed(500, "could not deliver "+a.Body)
	}})
	say(cli.Plan().Expect(1))
	password := w.API.IssuedInstances()[0].Password
	if leak := acctest.Leak(printed.String(), password); leak != "" {
		t.Error(leak)
	}
}
