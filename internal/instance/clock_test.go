package instance_test

import (
	"testing"
	"time"

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
