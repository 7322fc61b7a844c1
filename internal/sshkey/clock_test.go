package sshkey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// wrongClock is a stage whose runs have a clock that is ahead of the API's, or
// behind it.
func wrongClock(t *testing.T, ahead time.Duration) *stage {
	t.Helper()
	runs := rehearsal.NewWrongClock()
	runs.Set(ahead)
	o := acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2024, SSHKeys: fakenebula.SSHKeyOptions{LocalTimes: fakenebula.No}}}
	s := &stage{acctest.NewStage(t, o, provider.WithClock(runs)), t}
	runs.Clock = s.Clock
	return s.write("laptop", line(1))
}

// An entry is told from older ones, and its age is told, by the API's clock,
// whatever that of the run says.
func TestWrongClock(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	for name, ahead := range map[string]time.Duration{"ahead": year, "behind": -year} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Run("lost answer", func(t *testing.T) {
				t.Parallel()
				s := wrongClock(t, ahead)
				s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true})
				s.Apply().Expect(0).ExpectNot("Warning")
				s.holds("1 laptop")
				s.Plan().Expect(0).ExpectNot("Warning")
			})
			t.Run("undecided", func(t *testing.T) {
				t.Parallel()
				s := wrongClock(t, ahead)
				s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
				s.Apply().Expect(1, "it may still appear")
				s.is(map[string]any{"id": nil, "created_at": acctest.Start().UTC().Format(time.RFC3339)})
				s.Plan().Expect(2, notFoundYet).ExpectNot("in the future")
				s.Clock.Advance(11 * time.Minute)
				s.Plan().Expect(2, "will be created").ExpectNot("Warning")
			})
			t.Run("no list before", func(t *testing.T) {
				t.Parallel()
				s := wrongClock(t, ahead)
				s.API.Inject(
					fakenebula.Fault{Operation: opList, Answer: fakenebula.JSON(400, `{"detail":"not now"}`)},
					fakenebula.Fault{Operation: opCreate, Drop: true},
				)
				s.Apply().Expect(1, "Unable to create SSH key")
				s.is(map[string]any{"id": nil, "created_at": acctest.Start().UTC().Format(time.RFC3339)})
			})
		})
	}
}
