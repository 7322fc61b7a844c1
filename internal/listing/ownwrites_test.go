package listing

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func TestOwnCreateIsSeenAlthoughTheListLags(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1", "2")
		a.hide("2", 20)
		l.Created(thing{ID: "2", Name: "as the answer said"})
		for range 20 {
			if row := finds(t, l.Now(), byID("2")); row.Name != "as the answer said" {
				t.Errorf("found %v", row)
			}
			time.Sleep(time.Second)
		}
		see(t, l.Now(), "1", "2")
		if row := finds(t, l.ForRead(), byID("2")); row.Name != "thing 2" {
			t.Errorf("found %v: the list knows better", row)
		}
		// Once listed, the list alone decides.
		a.remove("2")
		time.Sleep(time.Millisecond) // or that list is still one of now
		lacks(t, l.Now(), byID("2"))
	})
}

func TestOwnCreateIsNotBelievedForEver(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, _ *fakeAPI, l *List[thing]) {
		l.Created(thing{ID: "1"})
		time.Sleep(59 * time.Second)
		see(t, l.Now(), "1")
		time.Sleep(time.Second)
		lacks(t, l.Now(), byID("1"))
	})
}

// A list that shows a new object once can lack it in the next: another server
// behind the same address may answer.
func TestOwnCreateIsNotGoneBeforeItIsTenSecondsOld(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		see(t, l.Now()) // from before the object
		time.Sleep(time.Minute)
		l.Created(thing{ID: "1"})
		a.set("1")
		see(t, l.Now(), "1")
		time.Sleep(time.Second)
		a.hide("1", 1)
		finds(t, l.Now(), byID("1"))
		if lists := a.lists(); lists[len(lists)-1].Sub(lists[1]) < 10*time.Second {
			t.Errorf("lists at %v", lists)
		}
	})
}

func TestOwnDeleteIsSeenAlthoughTheListLags(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1", "2")
		see(t, l.Now(), "1", "2")
		l.Deleted("2")
		see(t, l.ForRefresh(), "1")
		time.Sleep(time.Minute)
		see(t, l.Now(), "1", "2") // by now the list is right
	})
}

func TestObjectMadeAndDeletedInOneRunIsNotShownAlive(t *testing.T) {
	t.Parallel()
	for name, listed := range map[string]bool{"the list shows it still": true, "the list never showed it": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
				see(t, l.Now())
				l.Created(thing{ID: "1"})
				l.Changed("1", func(row thing) thing { return row })
				if listed {
					a.set("1")
				}
				see(t, l.ForRead(), "1")
				l.Deleted("1")
				see(t, l.ForRead())
				lacks(t, l.ForRefresh(), byID("1"))
				if l.Seen()("1") {
					t.Error("seen")
				}
			})
		})
	}
}

// An API that gives an id away again must not make the new object invisible,
// nor give it the old one's name.
func TestIDThatIsGivenAwayAgain(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1")
		see(t, l.Now(), "1")
		l.Changed("1", func(row thing) thing { row.Name = "old"; return row })
		l.Deleted("1")
		if l.Seen()("1") {
			t.Error("the deleted object counts as seen")
		}
		l.Created(thing{ID: "1", Name: "new"})
		if row := finds(t, l.ForRead(), byID("1")); row.Name != "thing 1" {
			t.Errorf("found %v", row)
		}
	})
}

func TestOwnChangeIsSeenAlthoughTheListLags(t *testing.T) {
	t.Parallel()
	rename := func(to string) func(thing) thing { return func(row thing) thing { row.Name = to; return row } }
	appendTo := func(more string) func(thing) thing {
		return func(row thing) thing {
			if row.Name == "thing 1" {
				row.Name += more
			}
			return row
		}
	}
	name := func(t *testing.T, look Look[thing], id nebula.ID, want string) {
		t.Helper()
		if row := finds(t, look, byID(id)); row.Name != want {
			t.Errorf("named %q, want %q", row.Name, want)
		}
	}
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1", "2")
		see(t, l.ForRefresh(), "1", "2")
		l.Changed("1", rename("b"))
		name(t, l.ForRefresh(), "1", "b")
		name(t, l.ForRefresh(), "2", "thing 2")
		l.Changed("1", rename("c"))
		name(t, l.ForRefresh(), "1", "c")
		time.Sleep(time.Minute)
		name(t, l.Now(), "1", "thing 1") // by now the list is right

		// A change of one member and then of another are both there.
		l.Changed("1", appendTo(", b"))
		l.Changed("1", func(row thing) thing { row.Name += ", c"; return row })
		name(t, l.ForRefresh(), "1", "thing 1, b, c")

		// So it is with an object that no list has shown.
		l.Created(thing{ID: "3", Name: "made"})
		l.Changed("3", rename("renamed"))
		name(t, l.ForRefresh(), "3", "renamed")
	})
}

func TestDoubtedCreateIsBelievedFromAListOnly(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		l.Created(thing{ID: "1"})
		l.MayHaveDeleted("1")
		l.MayHaveDeleted("2") // nothing is known of it, and nothing follows
		see(t, l.Now())
		a.set("1")
		time.Sleep(time.Millisecond)
		see(t, l.Now(), "1")
	})
}

func TestWritesAreForgotten(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, _ *fakeAPI, l *List[thing]) {
		l.Created(thing{ID: "1"})
		l.Changed("2", func(row thing) thing { return row })
		l.Deleted("3")
		time.Sleep(time.Minute)
		see(t, l.Now())
		if o := l.own; len(o.created)+len(o.changed)+len(o.deleted) > 0 {
			t.Errorf("remembered: %v", o)
		}
	})
}

func TestSeenIsWhatTheLatestListShows(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		before := l.Seen()
		a.set("1")
		see(t, l.Now(), "1")
		between := l.Seen()
		a.set("2")
		time.Sleep(time.Millisecond)
		see(t, l.Now(), "2")
		after := l.Seen()
		for name, got := range map[string]bool{
			"1 before any list": before("1"), "2 before any list": before("2"), "2 in the first": between("2"), "1 in the second": after("1"),
		} {
			if got {
				t.Errorf("%s: seen", name)
			}
		}
		if !between("1") || !after("2") {
			t.Error("not seen")
		}
	})
}
