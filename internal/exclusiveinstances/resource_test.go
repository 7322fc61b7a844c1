package exclusiveinstances_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

func TestMain(m *testing.M) { acctest.Main(m) }

const this = "nebula_instances_exclusive.this"

// stage is a configuration with one exclusive resource, in Terraform's core in
// process.
type stage struct {
	*acctest.Stage
	t *testing.T
}

// newStage makes an account with machines of these names, ids 1 and on, and
// applies the configuration once, which looks.
func newStage(t *testing.T, o fakenebula.Options, args rehearsal.Args, names ...string) *stage {
	t.Helper()
	if o.Reading == "" {
		o.Reading = fakenebula.Reading2025
	}
	s := &stage{acctest.NewStage(t, acctest.Options{Fake: o}), t}
	for _, name := range names {
		s.API.AddInstance(name)
	}
	s.write(args).Apply().Expect(0)
	return s
}

func (s *stage) write(args rehearsal.Args) *stage {
	all := rehearsal.Args{"allowed_ids": []string{}}
	maps.Copy(all, args)
	s.Configure(this, all)
	return s
}

// unmanaged checks what the state holds.
func (s *stage) unmanaged(want map[string]string) {
	s.t.Helper()
	s.Is(this, map[string]any{"unmanaged": want})
}

// holds checks the names of the machines that exist.
func (s *stage) holds(want ...string) {
	s.t.Helper()
	if err := s.ExpectLive(fakenebula.KindInstance, want...)(nil); err != nil {
		s.t.Error(err)
	}
}

const running = ", running, $2.627 per hour"

// It looks, names in a plan, and deletes what the plan has named.
func TestOnlyWhatAPlanHasNamed(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{DeleteTime: time.Minute}}, rehearsal.Args{"allowed_ids": []string{"1"}}, "kept", "left", "over")
	s.unmanaged(map[string]string{"2": `"left"` + running, "3": `"over"` + running})
	s.holds("kept", "left", "over")
	s.Plan("-out=named").Expect(2)
	s.API.AddInstance("later")
	s.Apply("named").Expect(0)
	s.holds("kept", "later")
	s.unmanaged(map[string]string{})
	s.Plan().Expect(2, "Instances to be deleted", `4 ("later", running, $2.627 per hour)`)
	s.Resources = nil
	s.Apply().Expect(0)
	s.holds("kept", "later")
}

// What is spared, and what cannot be told.
func TestSpared(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options fakenebula.Options
		args    rehearsal.Args
		want    map[string]string
	}{
		"all":             {fakenebula.Options{}, nil, map[string]string{"1": `"batch"` + running, "2": `"train"` + running}},
		"ignored":         {fakenebula.Options{}, rehearsal.Args{"ignore_name_regex": []string{"^bat"}}, map[string]string{"2": `"train"` + running}},
		"allowed":         {fakenebula.Options{}, rehearsal.Args{"allowed_ids": []any{"2", nil}}, map[string]string{"1": `"batch"` + running}},
		"younger":         {fakenebula.Options{}, rehearsal.Args{"older_than": "2h"}, map[string]string{}},
		"older":           {fakenebula.Options{}, rehearsal.Args{"older_than": "30m"}, map[string]string{"1": `"batch"` + running, "2": `"train"` + running}},
		"age not told":    {fakenebula.Options{Reading: fakenebula.Reading2024}, rehearsal.Args{"older_than": "30m"}, map[string]string{}},
		"age not asked":   {fakenebula.Options{Reading: fakenebula.Reading2024}, nil, map[string]string{"1": `"batch"` + running, "2": `"train"` + running}},
		"unknown to come": {fakenebula.Options{}, rehearsal.Args{"older_than": "0s"}, map[string]string{"1": `"batch"` + running, "2": `"train"` + running}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, test.options, test.args, "batch", "train")
			s.API.DeleteInstance(s.API.AddInstance("gone"))
			if test.options.Reading == "" {
				s.API.AddReservedInstance("ours until May")
			}
			s.Clock.Advance(time.Hour)
			s.Apply("-refresh-only").Expect(0)
			s.unmanaged(test.want)
		})
	}
}

// A machine that has another name than the plan showed is not what somebody
// agreed to. Another status, or another price, is the same machine.
func TestRenamed(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}, nil, "a", "b")
	s.Plan("-out=named").Expect(2)
	s.API.SetInstancePhase("1", fakenebula.PhaseStopped)
	s.API.Inject(fakenebula.Fault{Operation: fakenebula.OpListInstances, Rewrite: rehearsal.EditRows(func(rows []map[string]any) {
		rows[1]["host_name"], rows[1]["name"] = "c", "c"
	})})
	s.Apply("named").Expect(1, `Instance 2 is named "c" now, and the plan showed it as "b"`, `This apply deleted: 1 ("a", running, $2.627 per hour). Still in unmanaged: 2 (`)
	s.holds("b")
	s.unmanaged(map[string]string{"2": `"b"` + running})
}

// What cannot be deleted does not protect the others, stays in the state and is
// told with its price.
func TestRefused(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}, nil, "a", "b", "c")
	s.API.Inject(fakenebula.Fault{Operation: fakenebula.OpDeleteInstance, Times: -1, Answer: fakenebula.Failed(403, "not you"),
		Match: func(r fakenebula.Request) bool { return r.ObjectID == "2" }})
	s.Apply().Expect(1, "not you", `Instance 2 ("b", running, $2.627 per hour) may still be billed.`, "Still in unmanaged: 2")
	s.holds("b")
	s.unmanaged(map[string]string{"2": `"b"` + running})
}

// A machine that is still being deleted when the time is up stays in the state,
// and the next apply deletes it.
func TestStillBeingDeleted(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{DeleteTime: time.Hour}}, nil, "a")
	s.Apply().Expect(1, `1 ("a", deleting, $2.627 per hour), and after 20 minutes there is no proof that it is gone`, "Still in unmanaged: 1 (", "Run the command again.").ExpectNot("Destroy again")
	s.unmanaged(map[string]string{"1": `"a"` + running})
	s.Clock.Advance(time.Hour)
	s.Apply().Expect(0)
	s.unmanaged(map[string]string{})
}

// A list that cannot be had deletes nothing.
func TestNoList(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}, nil, "a")
	s.Plan("-out=named").Expect(2)
	s.API.Inject(fakenebula.Fault{Operation: fakenebula.OpListInstances, Times: -1, Answer: fakenebula.Failed(403, "not you")})
	s.Apply("named").Expect(1, "not you", "This apply deleted: none.")
	s.holds("a")
	s.unmanaged(map[string]string{"1": `"a"` + running})
}

// A warning names 20 machines, in the order of their ids, and counts the rest.
func TestManyAreNotAllNamed(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}, nil, slices.Repeat([]string{"left"}, 23)...)
	s.Plan().Expect(2, `6 ("left", running, $2.627 per hour), and 3 more.`, `1 ("left", running, $2.627 per hour), 10 ("left"`)
}

// An apply that has nothing to delete asks for nothing.
func TestNothingToDelete(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}, nil)
	s.API.ResetJournal()
	s.write(rehearsal.Args{"allowed_ids": []string{"1"}}).Apply().Expect(0)
	if asked := s.Asked(); len(asked) != 1 {
		t.Errorf("the API was asked for %q, want the refresh's list", asked)
	}
}

// What is not known while planning spares when it is known.
func TestUnknownWhilePlanning(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}, nil, "a", "b")
	s.Resources[0].Config = func(k rehearsal.Known) rehearsal.Args {
		if !k.Applying {
			return rehearsal.Args{"allowed_ids": rehearsal.Unknown}
		}
		return rehearsal.Args{"allowed_ids": []string{"2"}}
	}
	s.Plan().Expect(2, "once their values are known")
	s.Apply().Expect(0)
	s.holds("b")
}

// An age can be given in days and weeks, and is counted again by each refresh.
func TestOlderThanInDays(t *testing.T) {
	t.Parallel()
	for _, age := range []string{"30d", "4w2d", "720h", "29d24h"} {
		t.Run(age, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{}, rehearsal.Args{"older_than": age}, "old")
			s.Clock.Advance(20 * 24 * time.Hour)
			s.API.AddInstance("recent")
			s.Plan().Expect(0)
			s.Clock.Advance(10*24*time.Hour - time.Second)
			s.Plan().Expect(0)
			s.Clock.Advance(time.Hour)
			s.Apply("-refresh-only").Expect(0)
			s.unmanaged(map[string]string{"1": `"old"` + running})
			s.Apply().Expect(0, "Instances to be deleted", `1 ("old", running, $2.627 per hour)`)
			s.holds("recent")
		})
	}
	for age, want := range map[string]string{"-1d": "is negative", "soon": "is not a duration", "1d2w": "is not a duration", "": "is not a duration"} {
		s := &stage{acctest.NewStage(t, acctest.Options{}), t}
		s.write(rehearsal.Args{"older_than": age}).Plan().Expect(1, want)
		s.ExpectSilence()
	}
}

// A pattern that is null would match every name, and spare every machine.
func TestPatternsAreNotNull(t *testing.T) {
	t.Parallel()
	s := &stage{acctest.NewStage(t, acctest.Options{}), t}
	for _, pattern := range []any{nil, "("} {
		s.write(rehearsal.Args{"ignore_name_regex": []any{"^keep-", pattern}}).Plan().Expect(1, "ignore_name_regex")
	}
	s.ExpectSilence()
}

// How old a machine is goes by the API's clock, whatever that of the run says.
func TestOlderThanByTheClockOfTheAPI(t *testing.T) {
	t.Parallel()
	runs := clock.NewFake(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	s := &stage{acctest.NewStage(t, acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2025}}, provider.WithClock(runs)), t}
	s.API.AddInstance("of today")
	s.write(rehearsal.Args{"older_than": "12h"}).Apply().Expect(0)
	s.unmanaged(map[string]string{})
	s.Plan().Expect(0)
	s.holds("of today")
}
