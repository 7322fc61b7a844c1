package instance_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// A new machine that cannot be stopped is in the state with all that is known of
// it, and the error says how to keep it.
func TestStopOfANewMachineFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakenebula.Fault{
		"refused":      {Operation: fakenebula.OpStopInstance, Answer: fakenebula.Failed(400, "may only support the Terminate action")},
		"list refused": {Operation: opList, Skip: 2, Times: -1, Answer: fakenebula.Failed(403, "not you")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{}).write(args(rehearsal.Args{"power_state": "stopped"}))
			s.API.Inject(fault)
			s.Apply().Expect(1, "in the state as tainted, with its id", "unless terraform untaint ADDRESS keeps it")
			s.is(map[string]any{"id": "1", "region": "CANADA", "gpu": "RTX-A6000", "status": "running"})
			s.IsTainted(this, true)
		})
	}
}

// A start that fails taints nothing, so nothing is said of a replacement.
func TestStartFails(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*stage){
		"never runs": func(s *stage) {
			s.API.Inject(fakenebula.Fault{Operation: fakenebula.OpStartInstance, Answer: fakenebula.JSON(200, `{"status":"success","message":"ok"}`)})
		},
		"no SSH server": func(s *stage) { s.API.SetInstanceAddress("1", "127.0.0.1") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := made(t, fakenebula.Options{}, args(rehearsal.Args{"power_state": "stopped"}))
			set(s)
			s.write(args(rehearsal.Args{"power_state": "running", "wait_for": "ssh"})).Apply().
				Expect(1, "Unable to start instance", "The instance stays in the state as it was.").ExpectNot("untaint", "replace")
			s.IsTainted(this, false)
			s.is(map[string]any{"power_state": "stopped"})
		})
	}
}

// A container has no address, also where rows call every type "GPU".
func TestContainerInRowsOfOneType(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}).write(args(rehearsal.Args{"product_id": container, "image": nil, "image_id": "fcp66d566c93a95010012"}))
	s.API.Inject(fakenebula.Fault{Operation: opList, Times: -1, Rewrite: rehearsal.EditRows(func(rows []map[string]any) {
		for _, row := range rows {
			row["product_type"] = "GPU"
		}
	})})
	s.Apply().Expect(0).ExpectNot("Warning:")
	s.is(map[string]any{"id": "1", "status": "running", "public_ipv4": nil})
}

// A machine whose name the API has cut is named to the end, and never taken.
func TestCutName(t *testing.T) {
	t.Parallel()
	const alike = `1 ("training", running, $0.697 per hour)`
	s := newStage(t, fakenebula.Options{Stored: fakenebula.CutAt(8)}).write(args(rehearsal.Args{"name_prefix": "training"}))
	s.Apply().Expect(1, alike)
	s.Plan().Expect(2, "Instance not found yet", alike)
	s.Clock.Advance(31 * time.Minute)
	s.Plan().Expect(2, "Instance without id removed from the state", alike, "Find out whether one of them").ExpectNot("Nothing has to be done")
	s.Destroy().Expect(0, alike)
	s.HasNothing()
	s.holds("1")
}
