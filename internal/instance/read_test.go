package instance_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// An import plans no replacement, with a prefix or a name, an image or its id.
func TestImport(t *testing.T) {
	t.Parallel()
	type a = rehearsal.Args
	for name, test := range map[string]struct {
		args a
		want string
	}{
		"name":          {exact(a{"name": "gpu-node"}), "update"},
		"prefix":        {args(nil), "update"},
		"image's id":    {args(a{"image": nil, "image_id": imageID}), "update"},
		"prefix's case": {args(a{"name_prefix": "GPU"}), "update"},
		"another name":  {exact(nil), "replace"},
		"other prefix":  {args(a{"name_prefix": "train"}), "replace"},
		"powered, too":  {args(a{"power_state": "running"}), "update"},
		"protected, so": {args(a{"deletion_protection": true}), "update"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{}).write(test.args)
			id := s.API.AddInstance("gpu-node")
			s.take(id).Expect(0)
			s.is(map[string]any{"name": "gpu-node", "user_name": "ubuntu", "wait_for": "address", "product_id": nil})
			plan := s.Plan().Expect(2, test.want)
			if test.want == "replace" {
				return
			}
			plan.Expect(2, "Arguments cannot be compared").ExpectNot("keeps its SSH key")
			s.Apply().Expect(0)
			s.Changed(acctest.Calls{})
			s.Plan().Expect(0)
		})
	}
}

// What cannot be imported.
func TestImportRefused(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{Reading: fakenebula.Reading2025}).write(args(nil))
	s.take(s.API.AddReservedInstance("ours")).Expect(1, "is a reserved one", "include_reserved")
	s.take("gpu node").Expect(1, "Import by the id that the data source nebula_instances shows")
	s.take("77").Expect(1)
	s.HasNothing()
}

// Only two complete lists, or the word for it, say that a machine is gone.
func TestAbsence(t *testing.T) {
	t.Parallel()
	t.Run("deleted elsewhere", func(t *testing.T) {
		t.Parallel()
		s := made(t, fakenebula.Options{}, args(nil))
		s.API.AddInstance("other")
		s.Clock.Advance(time.Hour)
		s.API.DeleteInstance("1")
		s.Plan().Expect(2, "create", "None of the instances was found").ExpectNot("soon after its creation")
	})
	t.Run("just made", func(t *testing.T) {
		t.Parallel()
		s := made(t, fakenebula.Options{}, args(nil))
		s.API.DeleteInstance("1")
		s.Plan().Expect(2, "create", "Instance gone soon after its creation", "Plan again before you apply.")
	})
	t.Run("word", func(t *testing.T) {
		t.Parallel()
		s := made(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{ShowDeletedFor: time.Hour}}, args(nil))
		s.API.DeleteInstance("1")
		s.Plan().Expect(2, "create")
	})
	t.Run("being deleted", func(t *testing.T) {
		t.Parallel()
		s := made(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{DeleteTime: time.Hour}}, args(nil))
		s.API.DeleteInstance("1")
		s.Plan().Expect(0)
	})
	t.Run("missing once", func(t *testing.T) {
		t.Parallel()
		s := made(t, fakenebula.Options{}, args(nil))
		s.Clock.Advance(time.Hour)
		s.API.Inject(fakenebula.Fault{Operation: opList, Omit: func(fakenebula.Object) bool { return true }})
		s.Plan().Expect(0).ExpectNot("Warning:")
	})
}

// A list that cannot be had, or not whole, keeps the state.
func TestListFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakenebula.Fault{
		"403": {Answer: fakenebula.Failed(403, "no")}, "404": {Answer: fakenebula.Failed(404, "no")}, "500": {Answer: fakenebula.Failed(500, "no")},
		"null": {Rewrite: fakenebula.WithData("null")}, "cut off": {Rewrite: fakenebula.Cut}, "proxy": {Answer: fakenebula.HTML(200)},
		"143 of them": {Rewrite: fakenebula.WithMember("total_instance", "143")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := made(t, fakenebula.Options{}, args(nil))
			fault.Operation, fault.Times = opList, -1
			s.API.Inject(fault)
			s.API.DeleteInstance("1")
			s.Plan().Expect(1, "Unable to read instance", "The instance stays in the state as it was.")
			s.is(map[string]any{"id": "1"})
		})
	}
}

// What only the detail tells is asked for again when it could not be had.
func TestDetailFails(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}).write(args(nil))
	s.API.Inject(fakenebula.Fault{Operation: opDetail, Times: 1, Answer: fakenebula.Failed(403, "no")})
	s.Apply().Expect(0, "Details of an instance could not be read")
	s.is(map[string]any{"user_name": nil})
	s.Apply("-refresh-only").Expect(0)
	s.is(map[string]any{"user_name": "ubuntu"})
	s.API.ResetJournal()
	s.Plan().Expect(0)
	s.asked(map[fakenebula.Operation]int{opList: 1})
}

// An address that has changed is a reason to ask for the detail.
func TestDetailAtANewAddress(t *testing.T) {
	t.Parallel()
	s := made(t, fakenebula.Options{}, args(nil))
	s.API.SetInstanceAddress("1", "203.0.113.77")
	s.Plan().Expect(0)
	s.asked(map[fakenebula.Operation]int{opList: 1, opDetail: 1})
}

// A delete that is not proven keeps the state, and says what it may cost.
func TestDestroyFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options fakenebula.InstanceOptions
		fault   fakenebula.Fault
		want    []string
	}{
		"still deleting": {fakenebula.InstanceOptions{DeleteTime: time.Hour}, fakenebula.Fault{Operation: opList, Delay: time.Second}, []string{"deleting, $0.697 per hour", "may still be billed", "20 minutes"}},
		"refused":        {fakenebula.InstanceOptions{}, fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "not you")}, []string{"not you"}},
		"lost":           {fakenebula.InstanceOptions{}, fakenebula.Fault{Operation: opDelete, Drop: true, Times: -1}, []string{"The list of instances still shows the instance."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := made(t, fakenebula.Options{Instances: test.options}, args(nil))
			s.API.Inject(test.fault)
			s.Destroy().Expect(1, append(test.want, "Unable to delete instance", `State: Instance 1 ("`)...)
			s.is(map[string]any{"id": "1"})
			s.holds("1")
		})
	}
}
