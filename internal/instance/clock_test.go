package instance_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
)

// ahead is a stage whose runs have a clock that is ahead of the API's.
func ahead(t *testing.T, o fakenebula.Options) *stage {
	t.Helper()
	runs := clock.NewFake(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	return &stage{acctest.NewStage(t, acctest.Options{Fake: o}, provider.WithClock(runs)), t}
}

// A new machine is told from older ones by the API's clock, whatever that of the
// run says.
func TestWrongClockOfACreate(t *testing.T) {
	t.Parallel()
	for _, reading := range fakenebula.Readings() {
		t.Run(string(reading), func(t *testing.T) {
			t.Parallel()
			s := ahead(t, fakenebula.Options{Reading: reading}).write(exact(nil))
			s.Apply().Expect(0)
			s.is(map[string]any{"id": "1", "created_at": s.Clock.Now().UTC().Format(time.RFC3339)})
		})
	}
}

// When a create was begun that stays undecided is recorded by the API's clock,
// which the next run reads, too.
func TestWrongClockOfAnUndecidedCreate(t *testing.T) {
	t.Parallel()
	s := ahead(t, fakenebula.Options{}).write(args(nil))
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
	s.Apply().Expect(1)
	s.is(map[string]any{"id": nil, "created_at": s.Clock.Now().UTC().Format(time.RFC3339)})
	s.Plan().Expect(2, "Instance not found yet").ExpectNot("in the future")
}

// An entry without an id whose recorded time lies more than five minutes ahead
// is dated again, and told. It would be looked for for years otherwise.
func TestRecordedTimeAhead(t *testing.T) {
	t.Parallel()
	const told = "Creation time of an instance is in the future"
	for name, test := range map[string]struct {
		ahead    time.Duration
		believed bool
	}{"as clocks may differ": {5 * time.Minute, true}, "wrong": {6 * time.Minute, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{}).write(args(nil))
			s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
			s.Apply().Expect(1)
			at := func(d time.Duration) string { return s.Clock.Now().Add(d).UTC().Format(time.RFC3339) }
			recorded := at(test.ahead)
			s.Workspace.State(this).Object["created_at"] = tftypes.NewValue(tftypes.String, recorded)
			refresh := s.Apply("-refresh-only").Expect(0, "Instance not found yet")
			if test.believed {
				refresh.ExpectNot(told)
				s.is(map[string]any{"created_at": recorded})
				return
			}
			refresh.Expect(0, told, recorded)
			s.is(map[string]any{"created_at": at(0)})
			s.Clock.Advance(31 * time.Minute)
			s.Plan().Expect(2, "Instance without id removed from the state")
		})
	}
}
