package keyring

import (
	"fmt"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// bare is an API whose creates answer with id and secret alone.
func bare(r fakenebula.Reading, describe fakenebula.Choice) fixtureOptions {
	return of(r, fakenebula.KeyOptions{BareAnswers: fakenebula.Yes, RowsDescribe: describe})
}

// An answer that shows nothing but an id and a secret may be that of another
// process's create, which a proxy repeats. The list tells, as far as it shows
// anything: two resources must not get one key.
func TestBareAnswerOfAnotherProcess(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fixture fixtureOptions
		other   string        // the name of the other key
		age     time.Duration // how old it is by then
		hangs   bool          // the first list does
	}{
		"another name":               {bare(year2024, fakenebula.No), "another", time.Second, false},
		"another name, 2025":         {bare(year2025, fakenebula.No), "another", time.Second, false},
		"another name, marker off":   {unmarked(bare(year2024, fakenebula.Yes)), "another", time.Second, false},
		"another marker":             {bare(year2024, fakenebula.Yes), "n", time.Second, false},
		"another marker, 2025":       {bare(year2025, fakenebula.Yes), "n", time.Second, false},
		"another name, list hangs":   {bare(year2025, fakenebula.No), "another", time.Second, true},
		"made before this one, 2025": {bare(year2025, fakenebula.No), "n", 25 * time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.fixture.retries = -1
			bubble(t, c.fixture, func(t *testing.T, r *fixture) {
				other, err := r.another(c.fixture).Create(t.Context(), Spec{Name: c.other})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(c.age)
				// A fault of the list is no reason to believe the answer.
				fault := fakenebula.Fault{Operation: opList, Answer: fakenebula.HTML(502), Times: 2}
				if c.hangs {
					fault = fakenebula.Fault{Operation: opList, Hang: true}
				}
				r.server.Inject(fault)
				r.server.Inject(fakenebula.Fault{Operation: opCreate, Repeat: true})
				created, err := r.keys.Create(t.Context(), spec())
				r.noSecrets(err)
				if u := undecided(t, err); u.Named != other.ID || u.ID != "" || !r.server.Valid(other.Secret) {
					t.Errorf("created %v, undecided %+v", created, u)
				}
				if n := r.counts().del; n > 0 {
					t.Errorf("%d keys were deleted", n)
				}
			})
		})
	}
}

// The list only ever speaks against a key: one that is refused, hangs or lags,
// or shows no names, fails no create.
func TestBareAnswerIsKeptWhereTheListSaysNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault fakenebula.Fault
		hide  time.Duration
		clock clock.Clock
	}{
		"refused":                           {fault: fakenebula.Fault{Answer: fakenebula.Failed(403, "no")}},
		"credential gone":                   {fault: fakenebula.Fault{Answer: fakenebula.Failed(401, "no")}},
		"fails":                             {fault: fakenebula.Fault{Answer: fakenebula.HTML(502), Times: -1}},
		"hangs":                             {fault: fakenebula.Fault{Hang: true, Times: -1}},
		"without names":                     {fault: fakenebula.Fault{Rewrite: fakenebula.WithoutField("name")}},
		"lags":                              {hide: time.Minute},
		"has a clock that is a year behind": {clock: aYearBehind{clock.System()}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := bare(year2025, fakenebula.No)
			o.fake.HideNewFor, o.fake.Clock, o.fake.Dateless = c.hide, c.clock, c.clock != nil
			bubble(t, o, func(t *testing.T, r *fixture) {
				if c.hide == 0 && c.clock == nil {
					c.fault.Operation = opList
					r.server.Inject(c.fault)
				}
				began := time.Now()
				created, err := r.keys.Create(t.Context(), spec())
				if err != nil || !r.server.Valid(created.Secret) {
					t.Errorf("created %v, %v", created, err)
				}
				if took := time.Since(began); took > glance {
					t.Errorf("the new key was in memory alone for %v", took)
				}
				if n := r.counts().post; n != 1 {
					t.Errorf("%d creates", n)
				}
			})
		})
	}
}

// aYearBehind is the clock of an API that does not tell the time in its answers.
type aYearBehind struct{ clock.Clock }

func (c aYearBehind) Now() time.Time { return c.Clock.Now().Add(-365 * 24 * time.Hour) }

// Creates that wait at the same time share the list.
func TestBareAnswersShareTheList(t *testing.T) {
	t.Parallel()
	bubble(t, bare(year2025, fakenebula.No), func(t *testing.T, r *fixture) {
		const n = 20
		done := make(chan error, n)
		r.server.Inject(fakenebula.Fault{Operation: opList, Delay: time.Second, Times: -1})
		for i := range n {
			go func() {
				_, err := r.keys.Create(t.Context(), Spec{Name: fmt.Sprint("key ", i)})
				done <- err
			}()
		}
		for range n {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		// How many share one depends on the order of what happens at one instant.
		if got := r.counts(); got.post != n || got.get >= n {
			t.Errorf("POST, GET, DELETE = %v", got)
		}
	})
}
