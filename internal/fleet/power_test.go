package fleet

import (
	"context"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Every fault of a stop, and the same of a start. Neither is ever sent twice but
// where it was not sent; after a lost answer the status decides.
func TestPowerMatrix(t *testing.T) {
	t.Parallel()
	type fault = fakenebula.Fault
	for name, c := range map[string]struct {
		fault fault
		want  string // a part of the error, "" for success
		sent  int
	}{
		"no fault":             {fault{Operation: opList, Delay: time.Second}, "", 1},
		"not sent":             {fault{NotSent: fakenebula.ConnectionRefused()}, "", 1},
		"request lost":         {fault{Drop: true}, " after 1 minute", 1},
		"answer lost":          {fault{Drop: true, Commit: true}, "", 1},
		"answer never comes":   {fault{Hang: true, Commit: true}, "", 1},
		"late":                 {fault{Answer: fakenebula.HTML(504), CommitAfter: 40 * time.Second}, "", 1},
		"500":                  {fault{Answer: fakenebula.Failed(500, "oops"), Commit: true}, "", 1},
		"truncated":            {fault{Rewrite: fakenebula.Cut}, "", 1},
		"bad certificate":      {fault{NotSent: fakenebula.UnknownAuthority()}, "certificate", 0},
		"reset":                {fault{Drop: true, Reset: true, Commit: true}, "", 1},
		"redirect":             {fault{Answer: fakenebula.Redirect(302, "/elsewhere")}, "sent once, and is never repeated", 1},
		"page of a proxy":      {fault{Answer: fakenebula.HTML(502), Commit: true}, "", 1},
		"status is a number":   {fault{Rewrite: fakenebula.WithMember("status", "7")}, "", 1},
		"failed in a 200":      {fault{Answer: fakenebula.Failed(200, "may only support the Terminate action")}, "Terminate action", 1},
		"401":                  {fault{Answer: fakenebula.Failed(401, "who")}, "401", 1},
		"403":                  {fault{Answer: fakenebula.Failed(403, "not you")}, "403", 1},
		"404":                  {fault{Answer: fakenebula.Failed(404, "Not Found")}, "404", 1},
		"400":                  {fault{Answer: fakenebula.Detail(400, "no")}, "400", 1},
		"405":                  {fault{Answer: fakenebula.Failed(405, "Method Not Allowed")}, "405", 1},
		"409":                  {fault{Answer: fakenebula.Failed(409, "busy")}, "409", 1},
		"429 beyond the end":   {fault{Answer: fakenebula.TooManyRequests("7200")}, "429", 1},
		"422":                  {fault{Answer: fakenebula.Failed(422, "no")}, "422", 1},
		"429":                  {fault{Answer: fakenebula.TooManyRequests("20")}, "", 2},
		"success, not done":    {fault{Answer: fakenebula.JSON(200, `{"status":"success","message":"ok"}`)}, "15 minutes", 1},
		"list refused":         {fault{Operation: opList, Skip: 1, Times: -1, Answer: fakenebula.Failed(403, "not you")}, "The list could not be read:", 1},
		"list fails for a bit": {fault{Operation: opList, Skip: 1, Times: 3, Answer: fakenebula.HTML(502)}, "", 1},
	} {
		for _, want := range []State{Stopped, Running} {
			t.Run(map[State]string{Stopped: "stop: ", Running: "start: "}[want]+name, func(t *testing.T) {
				t.Parallel()
				bubble(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{StopTime: time.Minute, StartTime: time.Minute}}, func(t *testing.T, r *fixture) {
					r.server.AddInstance("train")
					op, do := fakenebula.OpStopInstance, r.Stop
					if want == Running {
						r.server.SetInstancePhase("1", fakenebula.PhaseStopped)
						op, do = fakenebula.OpStartInstance, r.Start
					}
					fault := c.fault
					if fault.Operation == "" {
						fault.Operation = op
					}
					r.server.Inject(fault)
					row, err := do(within(t, 15), "1", nil)
					r.sent(op, c.sent)
					if c.want == "" {
						if err != nil || StateOf(row) != want {
							t.Errorf("%s, %v", Show(row), err)
						}
						return
					}
					expect[error](t, err, c.want)
				})
			})
		}
	}
}

// Whoever interrupts the wait for a stop is told to run the command again.
func TestInterruptedStop(t *testing.T) {
	t.Parallel()
	bubble(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{StopTime: time.Hour}}, func(t *testing.T, r *fixture) {
		r.server.AddInstance("train")
		ctx, cancel := context.WithCancel(within(t, 15))
		r.later(time.Minute, cancel)
		_, err := r.Stop(ctx, "1", nil)
		expect[*NotSwitchedError](t, err, "is not stopped after 1 minute", "\n\n"+context.Canceled.Error())
	})
}

// Nothing is sent to a machine that is there already, that is going, or that is
// not there.
func TestPowerNotNeeded(t *testing.T) {
	t.Parallel()
	bubble(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{DeleteTime: time.Hour}}, func(t *testing.T, r *fixture) {
		r.server.AddInstance("train")
		if _, err := r.Start(within(t, 15), "1", nil); err != nil {
			t.Error(err)
		}
		pass(time.Second) // a list of this instant would do
		r.server.SetInstanceStatus("1", " SHUTOFF ")
		if _, err := r.Stop(within(t, 15), "1", nil); err != nil {
			t.Error(err)
		}
		pass(time.Second)
		r.server.SetInstanceStatus("1", "Terminating")
		_, err := r.Stop(within(t, 15), "1", nil)
		expect[*VanishedError](t, err)
		_, err = r.Stop(within(t, 15), "9", nil)
		expect[*listing.AbsentError](t, err)
		r.sent(fakenebula.OpStartInstance, 0)
		r.sent(fakenebula.OpStopInstance, 0)
	})
}

// A reboot is sent once, and a lost answer is an error that says so.
func TestReboot(t *testing.T) {
	t.Parallel()
	bubble(t, fakenebula.Options{}, func(t *testing.T, r *fixture) {
		r.server.AddInstance("train")
		if _, err := r.Reboot(within(t, 15), "1"); err != nil {
			t.Error(err)
		}
		r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpRebootInstance, Drop: true, Commit: true})
		_, err := r.Reboot(within(t, 15), "1")
		expect[*MayHaveRebootedError](t, err, "may or may not have been rebooted", "never repeated")
		r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpRebootInstance, Answer: fakenebula.Failed(400, "no")})
		if _, err := r.Reboot(within(t, 15), "1"); !nebula.IsInvalid(err) {
			t.Error(err)
		}
		r.sent(fakenebula.OpRebootInstance, 3)
	})
}

// What machines do while they are waited for.
func TestAwait(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options fakenebula.InstanceOptions
		goal    Goal
		during  func(*fixture)
		want    string // a part of the error
		about   time.Duration
	}{
		"nothing to wait for":     {fakenebula.InstanceOptions{DeployTime: time.Hour}, Exists, nil, "", 0},
		"running":                 {fakenebula.InstanceOptions{DeployTime: 3 * time.Minute, AddressAfter: time.Hour}, Runs, nil, "", 3 * time.Minute},
		"address":                 {fakenebula.InstanceOptions{DeployTime: 3 * time.Minute, AddressAfter: time.Minute}, Addressed, nil, "", 4 * time.Minute},
		"no address":              {fakenebula.InstanceOptions{DeployTime: 3 * time.Minute, AddressAfter: time.Hour}, Addressed, nil, "", 8 * time.Minute},
		"supplier's words":        {fakenebula.InstanceOptions{DeployTime: time.Minute, Words: map[fakenebula.Phase]string{fakenebula.PhaseDeploying: "BUILD", fakenebula.PhaseRunning: fakenebula.Spaced("Active")}}, Runs, nil, "", time.Minute},
		"never":                   {fakenebula.InstanceOptions{Deployments: func(string) fakenebula.Deployment { return fakenebula.DeployHangs }}, Addressed, nil, `deploying, $0.697 per hour) is not running with an address after 30 minutes`, 30 * time.Minute},
		"a word that nobody knew": {fakenebula.InstanceOptions{Words: map[fakenebula.Phase]string{fakenebula.PhaseRunning: "Hibernating"}}, Runs, nil, "hibernating", 30 * time.Minute},
		"failed":                  {fakenebula.InstanceOptions{DeployTime: time.Minute, Deployments: func(string) fakenebula.Deployment { return fakenebula.DeployFails }}, Runs, nil, "has failed", time.Minute},
		"deleted elsewhere":       {fakenebula.InstanceOptions{DeployTime: time.Hour, DeleteTime: time.Hour}, Runs, func(r *fixture) { r.server.DeleteInstance("1") }, "somebody else", time.Minute},
		"gone":                    {fakenebula.InstanceOptions{DeployTime: time.Hour}, Runs, func(r *fixture) { r.server.DeleteInstance("1") }, "somebody else", 90 * time.Second},
		"missing now and then": {fakenebula.InstanceOptions{DeployTime: 3 * time.Minute}, Runs, func(r *fixture) {
			r.server.Inject(fakenebula.Fault{Operation: opList, Omit: func(fakenebula.Object) bool { return true }})
		}, "", 3 * time.Minute},
		"missing in two lists": {fakenebula.InstanceOptions{DeployTime: 3 * time.Minute}, Runs, func(r *fixture) {
			r.server.Inject(fakenebula.Fault{Operation: opList, Times: 2, Omit: func(fakenebula.Object) bool { return true }})
		}, "", 3 * time.Minute},
		"missing again": {fakenebula.InstanceOptions{DeployTime: 3 * time.Minute}, Runs, func(r *fixture) {
			all := func(fakenebula.Object) bool { return true }
			r.server.Inject(fakenebula.Fault{Operation: opList, Omit: all}, fakenebula.Fault{Operation: opList, Skip: 3, Omit: all})
		}, "", 3 * time.Minute},
		"list refused": {fakenebula.InstanceOptions{DeployTime: time.Hour}, Runs, func(r *fixture) {
			r.server.Inject(fakenebula.Fault{Operation: opList, Times: -1, Answer: fakenebula.Failed(403, "not you")})
		}, "The list could not be read:", time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, fakenebula.Options{Instances: c.options}, func(t *testing.T, r *fixture) {
				machine, err := r.Create(within(t, 30), order(NewName("train"), true))
				if err != nil {
					t.Fatal(err)
				}
				if c.during != nil {
					r.later(50*time.Second, func() { c.during(r) })
				}
				begun := time.Now()
				arrival, err := r.Await(within(t, 30), machine, c.goal, nil)
				if took := time.Since(begun); took < c.about-20*time.Second || took > c.about+35*time.Second {
					t.Errorf("it took %v, want about %v", took, c.about)
				}
				switch {
				case c.want != "":
					expect[error](t, err, c.want)
				case err != nil:
					t.Error(err)
				case arrival.NoAddress != (name == "no address"):
					t.Errorf("%+v", arrival)
				}
			})
		})
	}
}

// A container never gets an address, so none is waited for.
func TestAwaitContainer(t *testing.T) {
	t.Parallel()
	bubble(t, fakenebula.Options{Reading: fakenebula.Reading2025}, func(t *testing.T, r *fixture) {
		o := order("train", false)
		o.Prepare = func(context.Context) (nebula.InstanceRequest, error) {
			return nebula.InstanceRequest{ProductID: "fcp66d566c43a9501001256", ImageID: "fcp66d566c93a95010012", SSHKey: "1"}, nil
		}
		machine, err := r.Create(within(t, 30), o)
		if err != nil {
			t.Fatal(err)
		}
		for _, goal := range []Goal{Addressed, Greets} {
			if arrival, err := r.Await(within(t, 30), machine, goal, nil); err != nil || arrival.NoAddress {
				t.Errorf("%+v, %v", arrival, err)
			}
		}
	})
}

// An SSH server greets first; whatever else answers is none.
func TestAwaitSSH(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		greetings []string // of one connection after the other; "" for none
		want      string
	}{
		"at last": {[]string{"", "HTTP/1.1 400 no", "SSH-2.0-OpenSSH_9.6\r\n"}, ""},
		"never":   {nil, "does not answer with the banner of an SSH server"},
		"other":   {slices.Repeat([]string{"220 mail\r\n"}, 1000), "does not answer"},
		"cut off": {append(slices.Repeat([]string{"SS"}, 3), "SSH-1"), ""},
		"at once": {[]string{"SSH-2.0-x"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, fakenebula.Options{}, func(t *testing.T, r *fixture) {
				dials := 0
				r.dial = func(_ context.Context, _, address string) (net.Conn, error) {
					dials++
					if address != "203.0.113.2:22" {
						t.Errorf("%s was dialled", address)
					}
					if dials > len(c.greetings) || c.greetings[dials-1] == "" {
						return nil, &net.OpError{Op: "dial", Err: context.DeadlineExceeded}
					}
					here, there := net.Pipe()
					go func() {
						_, _ = there.Write([]byte(c.greetings[dials-1]))
						_ = there.Close()
					}()
					return here, nil
				}
				machine, err := r.Create(within(t, 30), order(NewName("train"), true))
				if err != nil {
					t.Fatal(err)
				}
				_, err = r.Await(within(t, 5), machine, Greets, nil)
				if c.want == "" && err != nil {
					t.Error(err)
				}
				if c.want != "" {
					expect[*NotReadyError](t, err, c.want)
				}
			})
		})
	}
}

// A machine that gets no address is not dialled.
func TestAwaitSSHWithoutAddress(t *testing.T) {
	t.Parallel()
	bubble(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{AddressAfter: time.Hour}}, func(t *testing.T, r *fixture) {
		r.dial = func(_ context.Context, _, address string) (net.Conn, error) {
			t.Errorf("%s was dialled", address)
			return nil, context.DeadlineExceeded
		}
		machine, err := r.Create(within(t, 30), order(NewName("train"), true))
		if err != nil {
			t.Fatal(err)
		}
		if arrival, err := r.Await(within(t, 30), machine, Greets, nil); err != nil || !arrival.NoAddress {
			t.Errorf("%+v, %v", arrival, err)
		}
	})
}

// All that wait share one list per tick, whenever they began.
func TestWaitersShareLists(t *testing.T) {
	t.Parallel()
	bubble(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{DeployTime: 3 * time.Minute}}, func(t *testing.T, r *fixture) {
		done := make(chan error)
		const n = 30
		for i := range n {
			r.later(time.Duration(i)*700*time.Millisecond, func() {
				machine, err := r.Create(within(t, 30), order(NewName("train"), true))
				if err == nil {
					_, err = r.Await(within(t, 30), machine, Addressed, nil)
				}
				done <- err
			})
		}
		for range n {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		// 21 seconds of new machines, each of which wants a list after 2, and
		// then one in 15.
		if got := r.server.Count(opList); got > 50 {
			t.Errorf("%d lists", got)
		}
		r.sent(opCreate, n)
	})
}
