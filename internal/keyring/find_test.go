package keyring

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func TestAbsenceTakesTwoListsTwoSecondsApart(t *testing.T) {
	t.Parallel()
	bubble(t, rigOptions{}, func(t *testing.T, r *rig) {
		start := time.Now()
		for _, ref := range []Ref{{ID: "77"}, {ID: "78", Token: r.token(time.Hour)}, {Token: r.token(time.Hour)}} {
			_, err := r.keeper.Find(t.Context(), ref, RefreshAge)
			var absent *AbsentError
			if !errors.As(err, &absent) || absent.Ref != ref || absent.Young {
				t.Errorf("Find(%+v): %v", ref, err)
			}
		}
		took(t, start, 2*time.Second)
		var lists []time.Time
		for _, e := range r.server.Journal() {
			lists = append(lists, e.Time)
		}
		if len(lists) != 2 || lists[1].Sub(lists[0]) < secondLook {
			t.Errorf("lists at %v", lists)
		}
	})
}

func TestFiveHundredGoneKeysWaitOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ age, wait time.Duration }{
		"old keys":             {time.Hour, secondLook},
		"keys without a token": {0, secondLook},
		// The clock of the machine that made them was ahead.
		"tokens from the future": {-time.Hour, settle},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, rigOptions{fake: fakenebula.Options{Latency: 50 * time.Millisecond}}, func(t *testing.T, r *rig) {
				start := time.Now()
				refs := make(chan Ref)
				var group sync.WaitGroup
				for range 10 {
					group.Go(func() {
						for ref := range refs {
							if _, err := r.keeper.Find(t.Context(), ref, RefreshAge); !IsAbsent(err) {
								t.Errorf("Find(%+v): %v", ref, err)
							}
						}
					})
				}
				for i := range 500 {
					ref := Ref{ID: nebula.ID(fmt.Sprintf("gone-%d", i))}
					if c.age != 0 {
						ref.Token = r.token(c.age)
					}
					refs <- ref
				}
				close(refs)
				group.Wait()
				if waited := time.Since(start); waited < c.wait || waited > c.wait+200*time.Millisecond {
					t.Errorf("took %v, want about %v", waited, c.wait)
				}
				r.wantCounts(counts{get: 2})
			})
		})
	}
}

func TestKeyIsNotGoneBeforeItIsTenSecondsOld(t *testing.T) {
	t.Parallel()
	for _, age := range []time.Duration{0, time.Second, 5 * time.Second, 9 * time.Second} {
		t.Run(age.String(), func(t *testing.T) {
			t.Parallel()
			bubble(t, rigOptions{}, func(t *testing.T, r *rig) {
				time.Sleep(700 * time.Millisecond) // tokens are cut to the second
				born := time.Now().Add(-age)
				_, err := r.keeper.Find(t.Context(), Ref{ID: "77", Token: r.token(age)}, RefreshAge)
				var absent *AbsentError
				if !errors.As(err, &absent) || !absent.Young {
					t.Errorf("error %v", err)
				}
				journal := r.server.Journal()
				if last := journal[len(journal)-1].Time; last.Sub(born) < settle {
					t.Errorf("believed gone at the age of %v", last.Sub(born))
				}
				if waited := time.Since(born); waited > settle+secondLook {
					t.Errorf("waited until the age of %v", waited)
				}
				r.wantCounts(counts{get: 2})
			})
		})
	}
}

func TestKeyHiddenAfterItsCreateIsNotGone(t *testing.T) {
	t.Parallel()
	for _, hidden := range []time.Duration{time.Second, 4 * time.Second, 9900 * time.Millisecond} {
		t.Run(hidden.String(), func(t *testing.T) {
			t.Parallel()
			bubble(t, rigOptions{fake: fakenebula.Options{HideNewFor: hidden}}, func(t *testing.T, r *rig) {
				time.Sleep(800 * time.Millisecond)
				created, err := r.keeper.Create(t.Context(), Spec{Name: "n"})
				if err != nil {
					t.Fatal(err)
				}
				// The next process reads what this one created a moment ago.
				next := r.another(rigOptions{})
				for _, ref := range []Ref{{ID: created.ID, Token: created.Token}, {Token: created.Token}} {
					if key, err := next.Find(t.Context(), ref, RefreshAge); err != nil || key.ID != created.ID {
						t.Errorf("Find(%+v) = %v, %v", ref, key, err)
					}
				}
			})
		})
	}
}

func TestKeyThatOneListLacksIsNotGone(t *testing.T) {
	t.Parallel()
	bubble(t, rigOptions{}, func(t *testing.T, r *rig) {
		id, _ := r.server.AddKey("n", "")
		r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpListKeys, Omit: func(k fakenebula.Object) bool { return k.ID == id }})
		if key, err := r.keeper.Find(t.Context(), Ref{ID: nebula.ID(id)}, RefreshAge); err != nil || key.Name != "n" {
			t.Errorf("Find = %v, %v", key, err)
		}
		r.wantCounts(counts{get: 2})
	})
}

// A list from before the key existed is no witness of its absence.
func TestListOlderThanTheKeyProvesNothing(t *testing.T) {
	t.Parallel()
	bubble(t, rigOptions{}, func(t *testing.T, r *rig) {
		if _, err := r.keeper.List(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		token := r.token(0)
		id, _ := r.server.AddKey("n", MarkDescription("", token))
		time.Sleep(20 * time.Second)
		r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpListKeys, Omit: func(k fakenebula.Object) bool { return k.ID == id }})
		if key, err := r.keeper.Find(t.Context(), Ref{ID: nebula.ID(id), Token: token}, 0); err != nil {
			t.Errorf("Find = %v, %v", key, err)
		}
		r.wantCounts(counts{get: 3})
	})
}

func TestYoungAbsence(t *testing.T) {
	t.Parallel()
	for age, young := range map[time.Duration]bool{
		0: true, time.Minute: true, 115 * time.Second: true, 121 * time.Second: false, time.Hour: false, -time.Hour: true,
	} {
		bubble(t, rigOptions{}, func(t *testing.T, r *rig) {
			_, err := r.keeper.Find(t.Context(), Ref{ID: "77", Token: r.token(age)}, RefreshAge)
			var absent *AbsentError
			if !errors.As(err, &absent) || absent.Young != young {
				t.Errorf("age %v: %#v", age, err)
			}
		})
	}
}

func TestFaultIsNeverAbsence(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakenebula.Fault{
		"401":                {Answer: fakenebula.Failed(401, "no")},
		"403":                {Answer: fakenebula.Failed(403, "no")},
		"404":                {Answer: fakenebula.Failed(404, "no")},
		"429 for an hour":    {Answer: fakenebula.TooManyRequests("3600")},
		"500":                {Answer: fakenebula.Failed(500, "no")},
		"page of a proxy":    {Answer: fakenebula.HTML(502)},
		"success in HTML":    {Answer: fakenebula.HTML(200)},
		"redirect":           {Answer: fakenebula.Redirect(302, "/elsewhere")},
		"200 with failed":    {Answer: fakenebula.Failed(200, "no")},
		"no body":            {Answer: fakenebula.JSON(200, "")},
		"not JSON":           {Answer: fakenebula.JSON(200, "{")},
		"another envelope":   {Answer: fakenebula.JSON(200, `{"data":[]}`)},
		"no data":            {Answer: fakenebula.JSON(200, `{"status":"success","message":"m"}`)},
		"data: null":         {Rewrite: fakenebula.WithData("null")},
		"data: {}":           {Rewrite: fakenebula.WithData("{}")},
		"row without id":     {Rewrite: fakenebula.WithoutField("id")},
		"id of wrong type":   {Rewrite: fakenebula.WithField("id", "{}")},
		"name of wrong type": {Rewrite: fakenebula.WithField("name", "1")},
		"truncated":          {Rewrite: fakenebula.Cut},
		"stalled":            {Rewrite: fakenebula.Stall},
		"oversized":          {Rewrite: fakenebula.Oversize},
		"connection closed":  {Drop: true},
		"no answer":          {Hang: true},
		"not sent":           {NotSent: fakenebula.ConnectionRefused()},
		"bad certificate":    {NotSent: fakenebula.UnknownAuthority()},
	} {
		for _, second := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, in second list: %v", name, second), func(t *testing.T) {
				t.Parallel()
				bubble(t, rigOptions{}, func(t *testing.T, r *rig) {
					fault := fault
					fault.Operation, fault.Times = fakenebula.OpListKeys, -1
					if second {
						fault.Skip = 1
					}
					r.server.Inject(fault)
					key, err := r.keeper.Find(t.Context(), Ref{ID: "77", Token: r.token(time.Hour)}, RefreshAge)
					if err == nil || IsAbsent(err) {
						t.Errorf("Find = %v, %v", key, err)
					}
					if _, ok := errors.AsType[*nebula.APIError](err); !ok {
						t.Errorf("error is %T, want *nebula.APIError", err)
					}
					r.noSecrets(err)
				})
			})
		}
	}
}

func TestFaultsAreRiddenOut(t *testing.T) {
	t.Parallel()
	bubble(t, rigOptions{}, func(t *testing.T, r *rig) {
		id, _ := r.server.AddKey("n", "text")
		r.server.Inject(
			fakenebula.Fault{Operation: fakenebula.OpListKeys, Rewrite: fakenebula.WithData("null")},
			fakenebula.Fault{Operation: fakenebula.OpListKeys, Answer: fakenebula.HTML(503)},
			fakenebula.Fault{Operation: fakenebula.OpListKeys, Answer: fakenebula.TooManyRequests("5")},
			fakenebula.Fault{Operation: fakenebula.OpListKeys, Drop: true},
			fakenebula.Fault{Operation: fakenebula.OpListKeys, Rewrite: fakenebula.Cut},
		)
		key, err := r.keeper.Find(t.Context(), Ref{ID: nebula.ID(id)}, RefreshAge)
		if want := (Key{ID: nebula.ID(id), Name: "n", Description: "text"}); err != nil || key != want {
			t.Errorf("Find = %+v, %v", key, err)
		}
		r.wantCounts(counts{get: 6})
	})
}

func TestFindByToken(t *testing.T) {
	t.Parallel()
	bubble(t, rigOptions{}, func(t *testing.T, r *rig) {
		token := r.token(time.Hour)
		id, _ := r.server.AddKey("n", "text [tf:"+token+"]")
		r.server.AddKey("n", "text")
		r.server.AddKey("n", "text ["+token+"]")
		key, err := r.keeper.Find(t.Context(), Ref{Token: token}, RefreshAge)
		if want := (Key{nebula.ID(id), "n", "text", token}); err != nil || key != want {
			t.Errorf("Find = %+v, %v", key, err)
		}
		time.Sleep(time.Millisecond) // or that list is still fresh
		second, _ := r.server.AddKey("m", "[tf:"+token+"]")
		_, err = r.keeper.Find(t.Context(), Ref{Token: token}, 0)
		var several *SeveralError
		if !errors.As(err, &several) || len(several.IDs) != 2 || several.Token != token ||
			!strings.Contains(err.Error(), id) || !strings.Contains(err.Error(), second) {
			t.Errorf("with two: %v", err)
		}
		// The id decides where it is known, whatever other keys carry.
		if key, err := r.keeper.Find(t.Context(), Ref{ID: nebula.ID(second), Token: token}, 0); err != nil || key.Name != "m" {
			t.Errorf("by id: %+v, %v", key, err)
		}
	})
}

func TestFindIsInterrupted(t *testing.T) {
	t.Parallel()
	bubble(t, rigOptions{}, func(t *testing.T, r *rig) {
		stop := errors.New("stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		start := time.Now()
		go func() { time.Sleep(time.Second); cancel(stop) }()
		if _, err := r.keeper.Find(ctx, Ref{ID: "77"}, RefreshAge); !errors.Is(err, stop) || IsAbsent(err) {
			t.Errorf("error %v", err)
		}
		took(t, start, time.Second)
		timed, cancelTimed := context.WithTimeout(t.Context(), time.Second)
		defer cancelTimed()
		if _, err := r.another(rigOptions{}).Find(timed, Ref{ID: "77"}, RefreshAge); !errors.Is(err, context.DeadlineExceeded) || IsAbsent(err) {
			t.Errorf("error %v", err)
		}
	})
}

func TestNothingIsNotAbsent(t *testing.T) {
	t.Parallel()
	bubble(t, rigOptions{}, func(t *testing.T, r *rig) {
		if _, err := r.keeper.Find(t.Context(), Ref{}, 0); err == nil || IsAbsent(err) {
			t.Errorf("Find: %v", err)
		}
		if err := r.keeper.Delete(t.Context(), Ref{}); err == nil {
			t.Error("Delete succeeded")
		}
		r.wantCounts(counts{})
	})
}

func TestMayStillAppear(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, rigOptions{})
		for age, may := range map[time.Duration]bool{
			-time.Hour: true, 0: true, 9*time.Minute + 59*time.Second: true, 10 * time.Minute: false, time.Hour: false,
		} {
			if got := r.keeper.MayStillAppear(r.token(age)); got != may {
				t.Errorf("age %v: %v", age, got)
			}
		}
		for _, token := range []string{"", "x", "x-y"} {
			if r.keeper.MayStillAppear(token) {
				t.Errorf("%q may appear", token)
			}
		}
	})
}
