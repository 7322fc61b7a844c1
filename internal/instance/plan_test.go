package instance_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// What a change of an argument means.
func TestChanges(t *testing.T) {
	t.Parallel()
	type a = rehearsal.Args
	for name, test := range map[string]struct {
		before, after a
		want          string // of the plan, "" for no change
		texts         []string
	}{
		"nothing":          {args(nil), args(nil), "", nil},
		"prefix":           {args(nil), args(a{"name_prefix": "other"}), "replace", nil},
		"prefix's case":    {args(nil), args(a{"name_prefix": "GPU"}), "replace", nil},
		"name":             {exact(nil), exact(a{"name": "other"}), "replace", nil},
		"name to prefix":   {exact(nil), args(a{"name_prefix": "tr"}), "update", nil}, // and no word of an import
		"name to another":  {exact(nil), args(nil), "replace", nil},
		"product":          {args(nil), args(a{"product_id": another}), "replace", nil},
		"image":            {args(nil), args(a{"image": "Ubuntu"}), "replace", nil},
		"image's case":     {args(nil), args(a{"image": "ubuntu server 22.04 LTS R535 cuda 12.2"}), "update", nil},
		"image's spaces":   {args(nil), args(a{"image": imageName + " "}), "update", nil},
		"image to id":      {args(nil), args(a{"image": nil, "image_id": imageID}), "replace", nil},
		"SSH key":          {args(nil), args(a{"ssh_key_id": "2"}), "update", []string{"Instance keeps its SSH key", "replace_triggered_by"}},
		"price":            {args(nil), args(a{"max_price_per_hour": 0.5}), "update", nil},
		"wait":             {args(nil), args(a{"wait_for": "ssh"}), "update", nil},
		"protection":       {args(nil), args(a{"deletion_protection": true}), "update", nil},
		"power, as it is":  {args(nil), args(a{"power_state": "running"}), "update", nil},
		"stop":             {args(nil), args(a{"power_state": "stopped"}), "update", []string{"A stopped instance may still be billed"}},
		"power unmanaged":  {args(a{"power_state": "stopped"}), args(nil), "update", nil},
		"time-outs":        {args(nil), args(a{"timeouts": a{"create": "1h"}}), "update", nil},
		"protected change": {args(a{"deletion_protection": true}), args(a{"deletion_protection": true, "max_price_per_hour": 9.0}), "update", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			images := append(fakenebula.DocumentedImages(), fakenebula.Image{ID: "u1", OSName: "Ubuntu", DCID: 2, Region: "CANADA"})
			s := made(t, fakenebula.Options{Catalogue: fakenebula.CatalogueOptions{Images: images}}, test.before)
			s.write(test.after)
			code := 2
			if test.want == "" {
				code = 0
			}
			s.Plan().Expect(code, append(test.texts, test.want)...).ExpectNot("was imported")
			if test.want == "update" {
				s.Apply().Expect(0)
				s.Plan().Expect(0)
				s.holds("1")
			}
		})
	}
}

// A change in place asks for nothing but the power that it is about.
func TestUpdatesInPlace(t *testing.T) {
	t.Parallel()
	s := made(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{StopTime: time.Minute, StartTime: time.Minute}}, args(nil))
	s.write(args(rehearsal.Args{"ssh_key_id": "2", "max_price_per_hour": 3.5, "wait_for": "running", "deletion_protection": true})).Apply().Expect(0)
	s.Changed(acctest.Calls{})
	s.is(map[string]any{"ssh_key_id": "2", "status": "running"})
	s.write(args(rehearsal.Args{"ssh_key_id": "2", "power_state": "stopped"})).Apply().Expect(0)
	s.Changed(acctest.Calls{fakenebula.OpStopInstance: 1})
	s.is(map[string]any{"status": "stopped", "power_state": "stopped"})
	s.Plan().Expect(0)
	s.write(args(rehearsal.Args{"ssh_key_id": "3", "power_state": "stopped"})).Plan().Expect(2).ExpectNot("Applying this plan stops")
	s.write(args(rehearsal.Args{"ssh_key_id": "2", "power_state": "running"})).Apply().Expect(0)
	s.Changed(acctest.Calls{fakenebula.OpStartInstance: 1})
	s.is(map[string]any{"status": "running"})
	s.Plan().Expect(0)
	s.write(args(rehearsal.Args{"ssh_key_id": "2"})).Apply().Expect(0) // the power is not managed any more
	s.Changed(acctest.Calls{})
}

// A start or a stop looks at the machine's details again. Where these cannot be
// had, they stay as they were, and the next refresh asks for them.
func TestDetailAfterASwitch(t *testing.T) {
	t.Parallel()
	s := made(t, fakenebula.Options{}, args(nil))
	s.API.Inject(fakenebula.Fault{Operation: opDetail, Answer: fakenebula.Failed(403, "no")})
	s.write(args(rehearsal.Args{"power_state": "stopped"})).Apply().Expect(0, "Details of an instance could not be read")
	s.is(map[string]any{"status": "stopped", "user_name": "ubuntu"})
	s.API.ResetJournal()
	s.Plan().Expect(0)
	s.asked(map[fakenebula.Operation]int{opList: 1, opDetail: 1})
}

// What a machine has got when it was started again may be anything.
func TestStartChangesAddressAndLogin(t *testing.T) {
	t.Parallel()
	s := made(t, fakenebula.Options{}, args(rehearsal.Args{"power_state": "stopped"}))
	s.write(args(rehearsal.Args{"power_state": "running"})).Plan("-out=start").Expect(2)
	s.API.SetInstanceAddress("1", "203.0.113.77")
	s.API.Inject(fakenebula.Fault{Operation: opDetail, Times: -1, Rewrite: rehearsal.EditRows(func(rows []map[string]any) {
		rows[0]["lan_ipv4"], rows[0]["user_name"], rows[0]["vm_name"], rows[0]["exposed_ports"] = "10.9.9.9", "root", "root", "22:30022"
	})})
	s.Apply("start").Expect(0)
	s.is(map[string]any{"public_ipv4": "203.0.113.77", "lan_ipv4": "10.9.9.9", "user_name": "root", "exposed_ports": "22:30022"})
}

// A machine that is started and gets no address is told, as after a create.
func TestStartWithoutAddress(t *testing.T) {
	t.Parallel()
	s := made(t, fakenebula.Options{}, args(rehearsal.Args{"power_state": "stopped"}))
	s.API.SetInstanceAddress("1", "")
	s.write(args(rehearsal.Args{"power_state": "running"})).Apply().Expect(0, "Instance has no address yet")
	s.is(map[string]any{"status": "running", "public_ipv4": nil})
}

// A name keeps the user's spelling, and a prefix that is given up keeps the name.
func TestNamesStay(t *testing.T) {
	t.Parallel()
	s := made(t, fakenebula.Options{Stored: fakenebula.LowerCase}, exact(rehearsal.Args{"name": "Train"}))
	s.is(map[string]any{"name": "Train"})
	s.Plan().Expect(0)
	s.write(args(rehearsal.Args{"name_prefix": rehearsal.Unknown})).Plan().Expect(2, "replace")

	s = made(t, fakenebula.Options{}, args(nil))
	s.write(exact(rehearsal.Args{"name": s.Workspace.State(this).Object.Text("name")})).Plan().Expect(2, "update")
	s.Apply().Expect(0)
	s.Plan().Expect(0)
	s.Changed(acctest.Calls{})
}

// power_state = "stopped" at create: made, running, then stopped.
func TestMadeStopped(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{DeployTime: time.Minute}}).write(args(rehearsal.Args{"power_state": "stopped", "wait_for": "none"}))
	s.API.OnRequest(func(r fakenebula.Request) {
		if r.Operation == fakenebula.OpStopInstance && s.API.Instances()[0].Phase != fakenebula.PhaseRunning {
			t.Error("it is stopped before it runs")
		}
	})
	s.Apply().Expect(0)
	s.Changed(acctest.Calls{opCreate: 1, fakenebula.OpStopInstance: 1})
	s.is(map[string]any{"status": "stopped", "power_state": "stopped"})
	s.Plan().Expect(0)
}

// A managed power state is drift; one that is not managed is none.
func TestPowerDrift(t *testing.T) {
	t.Parallel()
	s := made(t, fakenebula.Options{}, args(nil))
	s.API.SetInstancePhase("1", fakenebula.PhaseStopped)
	s.Plan().Expect(0)
	s.write(args(rehearsal.Args{"power_state": "running"})).Apply().Expect(0)
	s.Changed(acctest.Calls{fakenebula.OpStartInstance: 1})
	s.API.SetInstancePhase("1", fakenebula.PhaseStopped)
	s.Plan().Expect(2, "update")
	s.Apply().Expect(0)
	s.Changed(acctest.Calls{fakenebula.OpStartInstance: 1})
	s.API.SetInstanceStatus("1", "Migrating")
	s.Plan().Expect(0)
}

// A stop that fails keeps the state, and is told in the API's words.
func TestPowerFails(t *testing.T) {
	t.Parallel()
	s := made(t, fakenebula.Options{}, args(nil))
	s.API.Inject(fakenebula.Fault{Operation: fakenebula.OpStopInstance, Answer: fakenebula.Failed(400, "This instance may only support the Terminate action")})
	s.write(args(rehearsal.Args{"power_state": "stopped"})).Apply().Expect(1, "Unable to stop instance", "Terminate action", "The instance stays in the state as it was.")
	s.is(map[string]any{"power_state": nil, "status": "running"})
	s.IsTainted(this, false)
}

// A stop that never comes about is waited for until the time is up.
func TestStopNeverEnds(t *testing.T) {
	t.Parallel()
	s := made(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{StopTime: time.Hour}}, args(nil))
	s.write(args(rehearsal.Args{"power_state": "stopped"})).Apply().Expect(1, "stopping, $0.697 per hour) is not stopped after 15 minutes")
	s.IsTainted(this, false)
}

// A start waits for no more than wait_for says: a list of now, and one that shows
// it running, besides the refresh.
func TestStartWaitsForWhatIsAsked(t *testing.T) {
	t.Parallel()
	for wait, lists := range map[string]int{"none": 3, "running": 3, "address": 4} {
		t.Run(wait, func(t *testing.T) {
			t.Parallel()
			s := made(t, fakenebula.Options{}, args(rehearsal.Args{"power_state": "stopped", "wait_for": wait}))
			s.write(args(rehearsal.Args{"power_state": "running", "wait_for": wait})).Apply().Expect(0)
			s.asked(map[fakenebula.Operation]int{opList: lists, fakenebula.OpStartInstance: 1, opDetail: 1})
		})
	}
}

// deletion_protection refuses before anything is called that changes something.
func TestDeletionProtection(t *testing.T) {
	t.Parallel()
	protected := rehearsal.Args{"deletion_protection": true}
	s := made(t, fakenebula.Options{}, args(protected))
	s.Plan("-destroy").Expect(1, "Instance is protected from deletion", "Set deletion_protection = false, apply that, then destroy.")
	s.Destroy().Expect(1, "Instance is protected from deletion")
	s.write(args(rehearsal.Args{"deletion_protection": true, "product_id": another})).Plan().Expect(1, "Instance is protected from replacement", "product_id")
	s.write(args(rehearsal.Args{"product_id": another})).Plan().Expect(1, "apply that alone")
	s.Resources = nil
	s.Apply().Expect(1, "protected from deletion")
	s.write(args(protected)).Apply("-replace="+this).Expect(1, "protected from deletion") // no plan of the destruction is asked for
	s.Taint(this)
	s.Apply().Expect(1, "protected from deletion", "terraform untaint ADDRESS")
	s.holds("1")
	s.Changed(acctest.Calls{})
	s.Untaint(this)
	s.write(args(nil)).Apply().Expect(0)
	s.Destroy().Expect(0)
	s.holds()
}

// Configurations that cannot be meant are refused while validating.
func TestInvalid(t *testing.T) {
	t.Parallel()
	type a = rehearsal.Args
	for name, test := range map[string]struct {
		args a
		want string
	}{
		"no name":        {args(a{"name_prefix": nil}), "Exactly one of these attributes must be configured: [name,name_prefix]"},
		"both names":     {args(a{"name": "x"}), "[name,name_prefix]"},
		"no image":       {args(a{"image": nil}), "[image,image_id]"},
		"both images":    {args(a{"image_id": "x"}), "[image,image_id]"},
		"spaces":         {exact(a{"name": "a b"}), "letters, digits and hyphens"},
		"hyphen at end":  {args(a{"name_prefix": "gpu-"}), "letters, digits and hyphens"},
		"empty":          {exact(a{"name": ""}), "letters, digits and hyphens"},
		"long name":      {exact(a{"name": string(make([]byte, 0, 1)) + "a12345678901234567890123456789012345678901234567890"}), "at most 50"},
		"long prefix":    {args(a{"name_prefix": "a1234567890123456789012345678901234567"}), "at most 37"},
		"product":        {args(a{"product_id": "../x"}), "is not an id"},
		"power":          {args(a{"power_state": "paused"}), "power_state"},
		"wait":           {args(a{"wait_for": "ping"}), "wait_for"},
		"price of 0":     {args(a{"max_price_per_hour": 0.0}), "A highest price of 0 per hour excludes everything."},
		"price below 0":  {args(a{"max_price_per_hour": -1.0}), "Give a number above 0"},
		"blank image":    {args(a{"image": "  "}), "The name is blank"},
		"no time at all": {args(a{"timeouts": a{"create": "0s"}}), "leaves no time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{}).write(test.args)
			s.Plan().Expect(1, test.want)
			s.ExpectSilence()
		})
	}
}
