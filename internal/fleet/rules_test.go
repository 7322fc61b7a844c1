package fleet

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// A machine that has an end was made elsewhere for a fixed time, whatever its
// word and its type say. One on its way out is none to wait for.
func TestReservedIsToldByMoreThanTheType(t *testing.T) {
	t.Parallel()
	ends := nebula.Stamp{Time: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
	for _, c := range []struct {
		machine nebula.Instance
		want    State
	}{
		{nebula.Instance{Status: "Running"}, Running},
		{nebula.Instance{Status: "Running", Kind: "0"}, Running},
		{nebula.Instance{Status: "Running", Kind: "1"}, Reserved},
		{nebula.Instance{Status: "Running", EndedAt: ends}, Reserved},
		{nebula.Instance{Status: "Running", Kind: "0", EndedAt: ends}, Reserved},
		{nebula.Instance{Status: "a new word", EndedAt: ends}, Reserved},
		{nebula.Instance{Status: "Booked"}, Reserved},
		{nebula.Instance{Status: "Deleting", EndedAt: ends}, Going},
		{nebula.Instance{Status: "Deleted", Kind: "1"}, Gone},
	} {
		if got := StateOf(c.machine); got != c.want {
			t.Errorf("%+v is %v, want %v", c.machine, got, c.want)
		}
	}
}

// A machine without a token is never taken for that of an undecided create, not
// even the only one of its name.
func TestUnmarkedMachineIsNeverTakenByItsName(t *testing.T) {
	t.Parallel()
	bubble(t, fakenebula.Options{}, func(t *testing.T, r *fixture) {
		r.server.AddInstance("train")
		row, err := r.Resolve(within(t, 5), r.list.Now(), Ref{Name: "train", Born: time.Now()})
		expect[*UnprovenError](t, err, "train")
		if row.ID != "" {
			t.Errorf("it is taken: %v", row)
		}
	})
}

// The machine of an undecided create is looked for among those that live, and so
// are those whose names begin alike. One that is being deleted is found by its
// token all the same: it is the one.
func TestUndecidedIsLookedForAmongTheLiving(t *testing.T) {
	t.Parallel()
	bubble(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{ShowDeletedFor: 24 * time.Hour}}, func(t *testing.T, r *fixture) {
		going, gone := NewName("train"), NewName("train")
		for name, word := range map[string]string{going: "Deleting", gone: "Deleted", "train": "Terminating", "training": "Deleting"} {
			r.server.SetInstanceStatus(r.server.AddInstance(name), word)
		}
		for wanted, found := range map[Ref]bool{{Name: going, Marked: true}: true, {Name: gone, Marked: true}: false, {Name: "train"}: false} {
			row, err := r.Resolve(within(t, 5), r.list.Now(), wanted)
			if found && (err != nil || NameOf(row) != wanted.Name) || !found && !listing.IsAbsent(err) {
				t.Errorf("%s: %s, %v", wanted.Name, Show(row), err)
			}
		}
		r.server.AddInstance("training-m")
		pass(time.Second)
		if alike := r.Alike(within(t, 5), r.list.Now(), "training-model"); len(alike) != 1 || NameOf(alike[0]) != "training-m" {
			t.Errorf("%v begin alike", alike)
		}
	})
}

// The word for a machine that is gone is as good as two lists that lack it, and
// says which machine that is.
func TestWordForGone(t *testing.T) {
	t.Parallel()
	bubble(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{ShowDeletedFor: time.Hour}}, func(t *testing.T, r *fixture) {
		r.server.DeleteInstance(r.server.AddInstance("train"))
		_, err := r.Find(within(t, 5), r.list.Now(), Ref{ID: "1"})
		expect[*listing.AbsentError](t, err, "1")
		r.sent(opList, 1)
	})
}

// Two lists that lack a machine prove that it is gone only when they are two
// seconds apart, whoever asked for them.
func TestListsTooCloseProveNothing(t *testing.T) {
	t.Parallel()
	bubble(t, fakenebula.Options{}, func(t *testing.T, r *fixture) {
		r.server.AddInstance("train")
		begun := time.Now()
		lags := func(q fakenebula.Request) bool {
			since := q.Time.Sub(begun)
			return since > time.Second && since < 3*time.Second
		}
		r.server.Inject(fakenebula.Fault{Operation: opDelete, Answer: fakenebula.JSON(200, `{"status":"success","message":"ok"}`)},
			fakenebula.Fault{Operation: opList, Match: lags, Times: -1, Omit: func(fakenebula.Object) bool { return true }})
		// Another reader has a list made just after the first one that lags.
		time.AfterFunc(2500*time.Millisecond, func() { _, _ = r.list.Now().All(within(t, 5)) })
		_, err := r.Delete(within(t, 10), Ref{ID: "1", Name: "train"}, nil)
		expect[*NotGoneError](t, err, "train")
	})
}

// A machine that was made before the create is no candidate for it, as far as
// its row tells; clocks may differ by five minutes.
func TestOlderMachineIsNoCandidate(t *testing.T) {
	t.Parallel()
	begun := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for age, candidate := range map[time.Duration]bool{
		-time.Minute: true, 0: true, 5 * time.Minute: true, 6 * time.Minute: false, time.Hour: false, 1000 * time.Hour: false,
	} {
		row := nebula.Instance{ID: "1", HostName: "Train", Status: "Deploying", CreatedAt: nebula.Stamp{Time: begun.Add(-age)}}
		if got := newAndAlone(&attempt{Order: Order{Name: "train"}, begun: begun}, []nebula.Instance{row}); (len(got) == 1) != candidate {
			t.Errorf("%v old: %v", age, got)
		}
	}
}

// What the API shows in the place of an address is one, or there is none.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for shown, want := range map[string]string{
		"203.0.113.2": "203.0.113.2", "0.0.0.0": "", "": "", "t": "", "null": "", "203.0.113": "", "2001:db8::1": "", "203.0.113.2:22": "",
	} {
		if got := Address(nebula.Instance{PublicIPv4: nebula.Text(shown)}); got != want {
			t.Errorf("the address in %q is %q, want %q", shown, got, want)
		}
	}
}
