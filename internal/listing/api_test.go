package listing

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// thing is a row of the lists in these tests.
type thing struct {
	ID   nebula.ID
	Name string
}

// fakeAPI has a list that takes a second and shows what there is when it
// begins.
type fakeAPI struct {
	mu     sync.Mutex
	rows   []thing
	source string
	err    error
	// hidden are left out of that many more lists.
	hidden map[nebula.ID]int
	// during runs once, in the middle of a list.
	during func()
	// hangs makes a list never answer.
	hangs bool
	begun []time.Time
}

func (a *fakeAPI) fetch(ctx context.Context) ([]thing, string, error) {
	a.mu.Lock()
	a.begun = append(a.begun, time.Now())
	var rows []thing
	for _, row := range a.rows {
		if a.hidden[row.ID] > 0 {
			a.hidden[row.ID]--
			continue
		}
		rows = append(rows, row)
	}
	source, err, during, hangs := a.source, a.err, a.during, a.hangs
	a.during = nil
	a.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return nil, "", context.Cause(ctx)
	}
	for range 2 {
		if err := clock.System().Sleep(ctx, 500*time.Millisecond); err != nil {
			return nil, "", err
		}
		if during != nil {
			during()
			during = nil
		}
	}
	return rows, source, err
}

// edit changes what the API does from now on.
func (a *fakeAPI) edit(change func(*fakeAPI)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change(a)
}

// set makes these all that there is.
func (a *fakeAPI) set(ids ...nebula.ID) {
	a.edit(func(a *fakeAPI) {
		a.rows = nil
		for _, id := range ids {
			a.rows = append(a.rows, thing{ID: id, Name: "thing " + string(id)})
		}
	})
}

// remove ends an object.
func (a *fakeAPI) remove(id nebula.ID) {
	a.edit(func(a *fakeAPI) {
		a.rows = slices.DeleteFunc(a.rows, func(row thing) bool { return row.ID == id })
	})
}

// hide leaves an object out of the next n lists.
func (a *fakeAPI) hide(id nebula.ID, n int) {
	a.edit(func(a *fakeAPI) { a.hidden = map[nebula.ID]int{id: n} })
}

func (a *fakeAPI) fail(err error) { a.edit(func(a *fakeAPI) { a.err = err }) }

// lists are when the lists so far began.
func (a *fakeAPI) lists() []time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.begun)
}

func (a *fakeAPI) wantLists(t *testing.T, want int) {
	t.Helper()
	if got := len(a.lists()); got != want {
		t.Errorf("%d lists, want %d", got, want)
	}
}

var testWords = Words{One: "thing", Many: "things", A: "a thing"}

func newList(a *fakeAPI, c clock.Clock) *List[thing] {
	return New(Options[thing]{Clock: c, Words: testWords, ID: func(row thing) nebula.ID { return row.ID }, Fetch: a.fetch})
}

// bubble runs a test on its own clock, which passes only while everybody waits.
func bubble(t *testing.T, test func(t *testing.T, a *fakeAPI, l *List[thing])) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a := &fakeAPI{source: "/things"}
		test(t, a, newList(a, clock.System()))
		time.Sleep(5 * time.Minute) // a list that nobody waits for any more ends by then
	})
}

// see expects these rows, by their ids.
func see(t *testing.T, look Look[thing], want ...nebula.ID) {
	t.Helper()
	rows, err := look.All(t.Context())
	if err != nil {
		t.Error(err)
		return
	}
	var got []nebula.ID
	for _, row := range rows {
		got = append(got, row.ID)
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("sees %v, want %v", got, want)
	}
}

// lacks expects an object to be proven gone.
func lacks(t *testing.T, look Look[thing], wanted Wanted[thing]) AbsentError {
	t.Helper()
	row, err := look.Find(t.Context(), wanted)
	var absent *AbsentError
	if !errors.As(err, &absent) {
		t.Errorf("Find = %v, %v, want an *AbsentError", row, err)
		return AbsentError{}
	}
	return *absent
}

// finds expects an object to be there, and gives its row.
func finds(t *testing.T, look Look[thing], wanted Wanted[thing]) thing {
	t.Helper()
	row, err := look.Find(t.Context(), wanted)
	if err != nil {
		t.Errorf("Find: %v", err)
	}
	return row
}

func byID(id nebula.ID) Wanted[thing] { return Wanted[thing]{ID: id} }

func born(id nebula.ID, age time.Duration) Wanted[thing] {
	return Wanted[thing]{ID: id, Born: time.Now().Add(-age)}
}

func byName(name string) Wanted[thing] {
	return Wanted[thing]{Match: func(row thing) bool { return row.Name == name }, Sign: "is named " + name}
}

// took checks how long something took, to the tenth of a second.
func took(t *testing.T, since time.Time, want time.Duration) {
	t.Helper()
	if got := time.Since(since).Round(100 * time.Millisecond); got != want {
		t.Errorf("took %v, want %v", got, want)
	}
}
