package instance_test

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/fleet"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// The whole life of a machine in both readings of the API, with ids of both
// types and numbers in both forms.
func TestLife(t *testing.T) {
	t.Parallel()
	texts := fakenebula.StringIDs
	for name, o := range map[string]fakenebula.Options{
		"2024":             {Reading: fakenebula.Reading2024},
		"2025":             {Reading: fakenebula.Reading2025},
		"2025, texts":      {Reading: fakenebula.Reading2025, IDs: fakenebula.StringIDs, Instances: fakenebula.InstanceOptions{TextNumbers: true}},
		"2024, first rows": {Reading: fakenebula.Reading2024, Instances: fakenebula.InstanceOptions{FirstRows: true}},
		"SSH key as text":  {Reading: fakenebula.Reading2025, Instances: fakenebula.InstanceOptions{SSHKeyIDs: &texts}},
		"pages from one":   {Pages: fakenebula.Paging{Offset: fakenebula.OffsetPagesFromOne}},
		"lower case, late": {Stored: fakenebula.LowerCase, HideNewFor: 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.Instances.DeployTime, o.Instances.DeleteTime = 3*time.Minute, time.Minute
			for range 3 {
				o.APIKeys = append(o.APIKeys, fakenebula.SeedKey{Name: "other"})
			}
			s := newStage(t, o).write(args(rehearsal.Args{"name_prefix": "GPU"}))
			s.Apply().Expect(0).ExpectNot("Warning:")
			machine := s.API.Instances()[0]
			if machine.ProductID != aProduct || machine.ImageID != imageID || machine.SSHKeyID != "1" {
				t.Errorf("%+v", machine)
			}
			s.is(map[string]any{"id": machine.ID, "status": "running", "region": "CANADA", "product_type": "Virtual Machine", "gpu": "RTX-A6000",
				"os": imageName, "public_ipv4": machine.Address, "user_name": "ubuntu", "wait_for": "address", "power_state": nil})
			if name := s.Workspace.State(this).Object.Text("name"); !fleet.HasPrefix(name, "GPU") {
				t.Errorf("the name is %q", name)
			}
			s.Plan().Expect(0).ExpectNot("Warning:")
			s.Apply().Expect(0)
			s.Destroy().Expect(0).ExpectNot("Warning:")
			s.HasNothing()
			s.holds()
			if leak := acctest.Leak(string(s.Workspace.State(this).Private), s.secrets()...); leak != "" {
				t.Error(leak)
			}
		})
	}
}

// The price keeps the API's digits.
func TestPrice(t *testing.T) {
	t.Parallel()
	s := made(t, fakenebula.Options{}, args(nil))
	if got := s.Workspace.State(this).Object["price_per_hour"].String(); got != `tftypes.Number<"0.697">` {
		t.Errorf("the price is %s", got)
	}
}

// What is asked for at each step of a life. A refresh in which nothing changed
// asks for no detail.
func TestCallsOfALife(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := inBubble(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{DeployTime: 3 * time.Minute, DeleteTime: 30 * time.Second}}).write(args(nil))
		type calls = map[fakenebula.Operation]int
		catalogue := calls{fakenebula.OpListProducts: 1, fakenebula.OpListImages: 1, opCreate: 1, opDetail: 1, opList: 15}
		s.Apply().Expect(0)
		s.asked(catalogue)
		s.Plan().Expect(0)
		s.asked(calls{opList: 1})
		s.Plan("-refresh=false").Expect(0)
		s.asked(calls{})
		s.API.SetInstancePhase("1", fakenebula.PhaseStopped)
		s.Plan().Expect(0)
		s.asked(calls{opList: 1, opDetail: 1})
		s.Destroy().Expect(0)
		s.asked(calls{opList: 7, opDetail: 1, opDelete: 1, fakenebula.OpListDeletedInstances: 1})
		pass(10 * time.Minute)
	})
}

// Requests do not grow with the machines, but for what must be said of each.
func TestRequestsOfManyMachines(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 3, 10, 60} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := inBubble(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{DeployTime: 3 * time.Minute, DeleteTime: time.Minute}})
				for i := range n {
					s.Resources = append(s.Resources, rehearsal.Block("nebula_instance.m"+string(rune('a'+i/26))+string(rune('a'+i%26)), args(nil)))
				}
				total := func(what string, most int) {
					t.Helper()
					if got := len(s.API.Journal()); got > most {
						t.Errorf("%s of %d: %d requests, want at most %d", what, n, got, most)
					} else {
						t.Logf("%s of %d: %d requests", what, n, got)
					}
					s.API.ResetJournal()
				}
				s.Apply().Expect(0)
				total("create", 2*n+19)
				s.Plan().Expect(0)
				total("plan", 2)
				s.Destroy().Expect(0)
				total("destroy", n+14)
				s.holds()
				pass(10 * time.Minute)
			})
		})
	}
}
