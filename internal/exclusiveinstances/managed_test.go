package exclusiveinstances_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

const machine = "nebula_instance.a"

// mine is a machine that the same configuration manages.
func mine() rehearsal.Resource {
	return rehearsal.Block(machine, rehearsal.Args{
		"name": "mine", "product_id": "expd0ce88325-aeb0-48d0-8216-09506b58f1dd", "image": "Ubuntu Server 22.04 LTS R535 CUDA 12.2", "ssh_key_id": "1",
	})
}

// withMachine is a stage on which the same configuration manages machine 1. Last
// is the block that comes after the other.
func withMachine(t *testing.T, last string) *stage {
	t.Helper()
	s := newStage(t, fakenebula.Options{}, nil)
	s.Resources = append(s.Resources, mine())
	if last == this {
		s.Resources[0].DependsOn = []string{machine}
	} else {
		s.Resources[1].DependsOn = []string{this}
	}
	s.Apply().Expect(0)
	s.API.AddInstance("left")
	return s
}

const spared = "Managed instances are not in allowed_ids"

// A managed machine that is read before is spared, and told of.
func TestManagedIsSpared(t *testing.T) {
	t.Parallel()
	s := withMachine(t, this)
	s.Plan().Expect(2, spared, `1 ("mine")`, "deletes these instances", `2 ("left"`).ExpectNot(`deletes these instances, unless ignore_name_regex or older_than spares them by then: 1 (`)
	s.Apply().Expect(0)
	s.holds("mine")
	s.Plan().Expect(0)
}

// What is remembered is spared also where the state, which somebody may have
// edited, calls the machine unmanaged.
func TestManagedIsSparedWhateverTheStateSays(t *testing.T) {
	t.Parallel()
	s := withMachine(t, this)
	s.Apply("-refresh-only").Expect(0)
	text := tftypes.NewValue(tftypes.String, `"mine", running, $0.697 per hour`)
	s.Workspace.State(this).Object["unmanaged"] = tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"1": text})
	s.Apply("-refresh=false", "-target="+this).Expect(0, spared).ExpectNot("Instances to be deleted")
	s.holds("mine", "left")
}

// Nothing is noted where nothing is managed, so a refresh changes nothing.
func TestNothingToRemember(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}, nil, "left")
	s.Apply("-refresh-only").Expect(0)
	if private := s.Workspace.State(this).Private; strings.Contains(string(private), "managed") {
		t.Errorf("it is noted: %s", private)
	}
}

// A machine that the same apply makes is spared, too.
func TestMadeInTheSameApplyIsSpared(t *testing.T) {
	t.Parallel()
	s := &stage{acctest.NewStage(t, acctest.Options{}), t}
	s.API.AddInstance("left")
	s.With(mine(), rehearsal.Block(this, rehearsal.Args{"allowed_ids": []string{}}, machine)).Apply().Expect(0)
	s.unmanaged(map[string]string{"1": `"left"` + running})
	s.holds("left", "mine")
}

// It is remembered where a run reads little or nothing.
func TestManagedIsRemembered(t *testing.T) {
	t.Parallel()
	for name, apply := range map[string]func(*stage){
		"target":     func(s *stage) { s.Apply("-target="+this).Expect(0, spared) },
		"no refresh": func(s *stage) { s.Apply("-refresh=false").Expect(0, spared) },
		"saved plan": func(s *stage) { s.Plan("-out=saved").Expect(2); s.Apply("saved").Expect(0) },
		"known late": func(s *stage) {
			s.Resources[0].Config = func(k rehearsal.Known) rehearsal.Args {
				if !k.Applying {
					return rehearsal.Args{"allowed_ids": rehearsal.Unknown}
				}
				return rehearsal.Args{"allowed_ids": []string{}}
			}
			s.Plan("-target="+this).Expect(2, "once their values are known").ExpectNot(spared) // allowed_ids may hold it
			s.Apply("-target=" + this).Expect(0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := withMachine(t, this)
			s.Apply("-refresh-only").Expect(0)
			s.Resources[0].DependsOn = nil // from now on nothing has the machine read first
			apply(s)
			s.holds("mine")
		})
	}
}

// Where the machine is read after the exclusive resource, whichever of the two
// plans comes second fails, and names it. With its id in allowed_ids all is well.
func TestManagedIsNoticedLate(t *testing.T) {
	t.Parallel()
	s := withMachine(t, machine)
	s.Apply("-refresh-only").Expect(0)
	s.Plan().Expect(1, "Managed instance is not allowed", "Instance 1 is managed by this configuration and not in allowed_ids")
	s.holds("mine", "left")
	s.Resources[0].Config = func(rehearsal.Known) rehearsal.Args { return rehearsal.Args{"allowed_ids": []string{"1"}} }
	s.Apply().Expect(0)
	s.holds("mine")
}

// A managed machine that is on its way out costs nothing, so nobody is told that
// it is missing in allowed_ids.
func TestManagedOnItsWayOut(t *testing.T) {
	t.Parallel()
	s := withMachine(t, this)
	s.API.SetInstanceStatus("1", "Deleting")
	s.Plan().Expect(2, `2 ("left"`).ExpectNot(spared)
}

// A machine that is allowed by then, or gone, is forgotten.
func TestManagedIsForgotten(t *testing.T) {
	t.Parallel()
	s := withMachine(t, this)
	s.Apply().Expect(0)
	s.Resources[0].Config = func(rehearsal.Known) rehearsal.Args { return rehearsal.Args{"allowed_ids": []string{"1"}} }
	s.Apply().Expect(0).ExpectNot(spared)
	s.Apply("-refresh-only").Expect(0)
	s.Forget(machine)
	s.Resources = s.Resources[:1]
	s.Resources[0].DependsOn = nil
	s.Resources[0].Config = func(rehearsal.Known) rehearsal.Args { return rehearsal.Args{"allowed_ids": []string{}} }
	s.Apply().Expect(0) // a machine that leaves allowed_ids waits for a plan that names it
	s.holds("mine")
	s.Plan().Expect(2, `1 ("mine"`).ExpectNot(spared)
	s.Apply().Expect(0)
	s.holds()
}
