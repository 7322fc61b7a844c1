package fleet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// creation is what became of a create with a fault.
type creation struct {
	fault fakenebula.Fault
	// marked and plain are what is expected of the two kinds of names: "found",
	// "undecided", "refused".
	marked, plain string
	posts         int
}

// creations is the fault matrix of a create.
func creations() map[string]creation {
	type fault = fakenebula.Fault
	return map[string]creation{
		"no fault":                 {fault{Operation: opList, Times: 1, Delay: time.Second}, "found", "found", 1},
		"not sent":                 {fault{NotSent: fakenebula.ConnectionRefused()}, "found", "found", 1},
		"bad certificate":          {fault{NotSent: fakenebula.UnknownAuthority()}, "refused", "refused", 0},
		"request lost":             {fault{Drop: true}, "undecided", "undecided", 1},
		"answer lost":              {fault{Drop: true, Commit: true}, "found", "undecided", 1},
		"answer never comes":       {fault{Hang: true, Commit: true}, "found", "undecided", 1},
		"page of a proxy":          {fault{Answer: fakenebula.HTML(502), Commit: true}, "found", "undecided", 1},
		"504 and a late commit":    {fault{Answer: fakenebula.HTML(504), CommitAfter: 40 * time.Second}, "found", "undecided", 1},
		"a commit after the end":   {fault{Drop: true, CommitAfter: 20 * time.Minute}, "undecided", "undecided", 1},
		"500 in the envelope":      {fault{Answer: fakenebula.Failed(500, "oops"), Commit: true}, "found", "undecided", 1},
		"redirect":                 {fault{Answer: fakenebula.Redirect(302, "/elsewhere"), Commit: true}, "found", "undecided", 1},
		"truncated":                {fault{Rewrite: fakenebula.Cut}, "found", "undecided", 1},
		"reset":                    {fault{Drop: true, Reset: true, Commit: true}, "found", "undecided", 1},
		"stalled":                  {fault{Rewrite: fakenebula.Stall}, "found", "undecided", 1},
		"oversized":                {fault{Rewrite: fakenebula.Oversize}, "found", "undecided", 1},
		"data: null":               {fault{Rewrite: fakenebula.WithMember("data", "null")}, "found", "found", 1},
		"status is a number":       {fault{Rewrite: fakenebula.WithMember("status", "7")}, "found", "undecided", 1},
		"success without envelope": {fault{Answer: fakenebula.JSON(200, "{}"), Commit: true}, "found", "undecided", 1},
		"failed in a 200":          {fault{Answer: fakenebula.Failed(200, "no credit")}, "refused", "refused", 1},
		"detail":                   {fault{Answer: fakenebula.Detail(400, "tier too low")}, "refused", "refused", 1},
		"401":                      {fault{Answer: fakenebula.Failed(401, "who")}, "refused", "refused", 1},
		"403":                      {fault{Answer: fakenebula.Failed(403, "not you")}, "refused", "refused", 1},
		"404":                      {fault{Answer: fakenebula.Failed(404, "Not Found")}, "refused", "refused", 1},
		"405":                      {fault{Answer: fakenebula.Failed(405, "Method Not Allowed")}, "refused", "refused", 1},
		"400 as a page of a proxy": {fault{Answer: fakenebula.HTML(400), Commit: true}, "found", "undecided", 1},
		"409":                      {fault{Answer: fakenebula.Failed(409, "name")}, "refused", "refused", 1},
		"422":                      {fault{Answer: fakenebula.Failed(422, "name is odd")}, "refused", "refused", 1},
		"429":                      {fault{Answer: fakenebula.TooManyRequests("20")}, "found", "found", 2},
		"429 beyond the time-out":  {fault{Answer: fakenebula.TooManyRequests("7200")}, "refused", "refused", 1},
	}
}

// Every fault of a create, with a token in the name and without. The POST is
// sent once but where it did nothing for certain; what may exist is never
// forgotten.
func TestCreateMatrix(t *testing.T) {
	t.Parallel()
	for _, marked := range []bool{true, false} {
		for name, c := range creations() {
			kind, want := "exact: ", c.plain
			if marked {
				kind, want = "prefix: ", c.marked
			}
			t.Run(kind+name, func(t *testing.T) {
				t.Parallel()
				bubble(t, fakenebula.Options{}, func(t *testing.T, r *fixture) {
					full := "train"
					if marked {
						full = NewName("train")
					}
					if c.fault.Operation == "" {
						c.fault.Operation = opCreate
					}
					r.server.Inject(c.fault)
					machine, err := r.Create(within(t, 30), order(full, marked))
					r.sent(opCreate, c.posts)
					switch want {
					case "found":
						if err != nil || machine.ID != "1" {
							t.Errorf("%v, %v", machine.ID, err)
						}
					case "undecided":
						expect[*UndecidedError](t, err, full, "$0.697 per hour")
						if strings.Contains(tell(err), "could not be read") {
							t.Error(tell(err)) // there was no machine to be seen in it
						}
						if exists := len(r.server.Instances()) > 0; exists != (len(candidates(err)) > 0) {
							t.Errorf("exists: %t, and the candidates are %v", exists, candidates(err))
						}
					case "refused":
						var undecided *UndecidedError
						if err == nil || errors.As(err, &undecided) || len(r.server.Instances()) > 0 {
							t.Errorf("%v, and there are %v", err, r.server.Instances())
						}
					}
				})
			})
		}
	}
}

// A name without a token is refused while a live machine has it, in whatever
// case, and before anything is paid.
func TestNameTaken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		phase fakenebula.Phase
		taken bool
	}{
		"running": {fakenebula.PhaseRunning, true}, "stopped": {fakenebula.PhaseStopped, true}, "failed": {fakenebula.PhaseFailed, true},
		"deleting": {fakenebula.PhaseDeleting, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, fakenebula.Options{}, func(t *testing.T, r *fixture) {
				r.server.SetInstancePhase(r.server.AddInstance("TRAIN"), c.phase)
				machine, err := r.Create(within(t, 30), order("train", false))
				if !c.taken {
					if err != nil || machine.ID != "2" {
						t.Error(machine.ID, err)
					}
					return
				}
				expect[*TakenError](t, err, `1 ("TRAIN", `, "$2.627 per hour", `id = "1"`, "name_prefix")
				r.sent(opCreate, 0)
			})
		})
	}
}

// Two creates of one process with one name: the second would be paid and could
// not be told from the first.
func TestNameBusy(t *testing.T) {
	t.Parallel()
	bubble(t, fakenebula.Options{}, func(t *testing.T, r *fixture) {
		second := make(chan error)
		r.server.OnRequest(func(q fakenebula.Request) {
			if q.Operation == opCreate {
				go func() {
					_, err := r.Create(within(t, 30), order("Train", false))
					second <- err
				}()
			}
		})
		if _, err := r.Create(within(t, 30), order("train", false)); err != nil {
			t.Error(err)
		}
		expect[*TakenError](t, <-second, "Another resource of this run")
		r.sent(opCreate, 1)
	})
}

// A name is free again for this process when a create of it has ended.
func TestNameIsFreeAgain(t *testing.T) {
	t.Parallel()
	bubble(t, fakenebula.Options{}, func(t *testing.T, r *fixture) {
		r.server.Inject(fakenebula.Fault{Operation: opCreate, Answer: fakenebula.Failed(400, "no credit")})
		if _, err := r.Create(within(t, 30), order("Train", false)); !nebula.IsInvalid(err) {
			t.Error(err)
		}
		if _, err := r.Create(within(t, 30), order("Train", false)); err != nil {
			t.Error(err)
		}
		r.live("1 Train")
	})
}

// What another actor does meanwhile, and what the API makes of the name.
func TestWhichMachineIsBound(t *testing.T) {
	t.Parallel()
	type world struct {
		options fakenebula.Options
		// during is called when the POST arrives.
		during func(*fixture)
		// marked and plain: the bound id, or a part of the error.
		marked, plain string
	}
	for name, w := range map[string]world{
		"list lag of 20 s": {fakenebula.Options{HideNewFor: 20 * time.Second}, nil, "1", "1"},
		"lower-cased":      {fakenebula.Options{Stored: fakenebula.LowerCase}, nil, "1", "1"},
		"cut":              {fakenebula.Options{Stored: fakenebula.CutAt(8)}, nil, "If none of them is in use", "begin alike"},
		"a twin at once":   {fakenebula.Options{}, func(r *fixture) { r.server.AddInstance("Train-model") }, "2", "Nothing proves"},
		"a twin after 20 s": {fakenebula.Options{}, func(r *fixture) {
			r.later(20*time.Second, func() { r.server.AddInstance("Train-model") })
		}, "1", "Nothing proves"},
		"a twin after 30 s": {fakenebula.Options{}, func(r *fixture) {
			r.later(30*time.Second, func() { r.server.AddInstance("Train-model") })
		}, "1", "Nothing proves"},
		"a twin before, shown late": {fakenebula.Options{HideNewFor: 25 * time.Second}, func(r *fixture) { r.server.AddInstance("Train-model") }, "2", "Nothing proves"},
		"one that is being deleted": {fakenebula.Options{Instances: fakenebula.InstanceOptions{DeleteTime: time.Hour}}, func(r *fixture) {
			r.server.DeleteInstance(r.server.AddInstance("Train-model"))
		}, "2", "Nothing proves"},
		"others": {fakenebula.Options{}, func(r *fixture) { r.server.AddInstance("Train-model-2"); r.server.AddInstance("Train") }, "3", "3"},
		"another one in its place": {fakenebula.Options{}, func(r *fixture) {
			r.later(10*time.Second, func() { r.server.DeleteInstance("1") })
			r.later(20*time.Second, func() { r.server.AddInstance("Train-model") })
		}, "1", "Nothing proves"},
		"deleted elsewhere at once": {fakenebula.Options{}, func(r *fixture) {
			r.later(time.Second, func() { r.server.DeleteInstance("1") })
		}, "may still appear", "may still appear"},
		"deleted elsewhere, and shown so": {fakenebula.Options{Instances: fakenebula.InstanceOptions{ShowDeletedFor: time.Hour}}, func(r *fixture) {
			r.later(time.Second, func() { r.server.DeleteInstance("1") })
		}, "may still appear", "may still appear"},
	} {
		for _, marked := range []bool{true, false} {
			t.Run(map[bool]string{true: "prefix: ", false: "exact: "}[marked]+name, func(t *testing.T) {
				t.Parallel()
				bubble(t, w.options, func(t *testing.T, r *fixture) {
					full, want := "Train-model", w.plain
					if marked {
						full, want = NewName(full), w.marked
					}
					r.server.OnRequest(func(q fakenebula.Request) {
						if q.Operation == opCreate && w.during != nil {
							w.during(r)
						}
					})
					machine, err := r.Create(within(t, 30), order(full, marked))
					check(t, machine, err, want)
				})
			})
		}
	}
}

// Two states that make a machine at the same moment: with tokens each finds its
// own, with one plain name neither takes any, and both name the two.
func TestTwinsOfTwoStates(t *testing.T) {
	t.Parallel()
	for kind, names := range map[string][]string{"prefix": {NewName("train"), NewName("train")}, "exact": {"train", "Train"}} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			bubble(t, fakenebula.Options{HideNewFor: 3 * time.Second}, func(t *testing.T, r *fixture) {
				other := fleetOn(r.server, "ak_own-key-of-the-fleet-tests", r.server.Transport())
				bound, failures := [2]nebula.Instance{}, [2]error{}
				var group sync.WaitGroup
				for i, f := range []*Fleet{r.Fleet, other} {
					group.Go(func() { bound[i], failures[i] = f.Create(within(t, 30), order(names[i], kind == "prefix")) })
				}
				group.Wait()
				r.sent(opCreate, 2)
				for i := range bound {
					if kind == "prefix" {
						if failures[i] != nil || NameOf(bound[i]) != names[i] {
							t.Errorf("%q found %s, %v", names[i], Show(bound[i]), failures[i])
						}
						continue
					}
					expect[*UndecidedError](t, failures[i], `1 ("`, `2 ("`, "and is billed ($0.697 per hour)", "import {")
				}
			})
		})
	}
}

func check(t *testing.T, machine nebula.Instance, err error, want string) {
	t.Helper()
	if len(want) == 1 {
		if err != nil || string(machine.ID) != want {
			t.Errorf("bound %q, %v; want %s", machine.ID, err, want)
		}
		return
	}
	expect[*UndecidedError](t, err, want)
}

// The first Ctrl-C: before the POST nothing is sent; after it the machine is
// found all the same.
func TestInterruptedCreate(t *testing.T) {
	t.Parallel()
	for _, marked := range []bool{true, false} {
		for _, at := range []fakenebula.Operation{opList, opCreate} {
			t.Run(map[bool]string{true: "prefix", false: "exact"}[marked]+" at "+string(at), func(t *testing.T) {
				t.Parallel()
				bubble(t, fakenebula.Options{}, func(t *testing.T, r *fixture) {
					ctx, cancel := context.WithCancel(within(t, 30))
					r.server.OnRequest(func(q fakenebula.Request) {
						if q.Operation == at {
							cancel()
						}
					})
					name := "train"
					if marked {
						name = NewName(name)
					}
					machine, err := r.Create(ctx, order(name, marked))
					if at == opList && !marked {
						if !errors.Is(err, context.Canceled) {
							t.Error(err)
						}
						r.sent(opCreate, 0)
						return
					}
					if err != nil || machine.ID != "1" {
						t.Errorf("%q, %v", machine.ID, err)
					}
				})
			})
		}
	}
}

// A list that cannot be had decides nothing: nothing is sent without one, and
// nothing is bound.
func TestCreateWithoutList(t *testing.T) {
	t.Parallel()
	bubble(t, fakenebula.Options{}, func(t *testing.T, r *fixture) {
		r.server.Inject(fakenebula.Fault{Operation: opList, Times: -1, Answer: fakenebula.Failed(403, "not you")})
		if _, err := r.Create(within(t, 30), order("train", false)); !nebula.IsForbidden(err) {
			t.Error(err)
		}
		r.sent(opCreate, 0)
		name := NewName("train")
		_, err := r.Create(within(t, 30), order(name, true))
		expect[*UndecidedError](t, err, "The list could not be read:", "not you", name)
	})
}

// Whatever keeps a create from being prepared, nothing was sent and nothing has
// to be remembered, also where that is an answer which proves nothing.
func TestCreateThatIsNotPrepared(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakenebula.Fault{
		"lost": {Drop: true}, "never answered": {Hang: true}, "page of a proxy": {Answer: fakenebula.HTML(502)}, "cut off": {Rewrite: fakenebula.Cut},
	} {
		for _, tries := range []int{0, 1} {
			t.Run(fmt.Sprintf("%s after %d tries", name, tries), func(t *testing.T) {
				t.Parallel()
				bubble(t, fakenebula.Options{}, func(t *testing.T, r *fixture) {
					if tries > 0 {
						r.server.Inject(fakenebula.Fault{Operation: opCreate, Answer: fakenebula.TooManyRequests("20")})
					}
					of := fault
					of.Operation, of.Times, of.Skip = opList, -1, tries
					r.server.Inject(of)
					_, err := r.Create(within(t, 30), order("train", false))
					if _, undecided := errors.AsType[*UndecidedError](err); err == nil || undecided {
						t.Errorf("the error is %T: %v", err, err)
					}
					r.sent(opCreate, tries)
				})
			})
		}
	}
}

// After a lost answer all that there are of the name are named, and none that was
// there before.
func TestLostAnswerNamesAllThatMayBeIt(t *testing.T) {
	t.Parallel()
	bubble(t, fakenebula.Options{}, func(t *testing.T, r *fixture) {
		r.server.AddInstance("train-m")
		r.server.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true})
		r.later(20*time.Second, func() { r.server.AddInstance("Train-model") })
		_, err := r.Create(within(t, 30), order("train-model", false))
		expect[*UndecidedError](t, err, `2 ("train-model"`, `3 ("Train-model"`)
		if strings.Contains(tell(err), "begin alike") {
			t.Errorf("one that was there before is named:\n%s", tell(err))
		}
	})
}

// An interrupt while the request is prepared stops it, whatever the name.
func TestInterruptedPreparation(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"train", NewName("train")} {
		bubble(t, fakenebula.Options{}, func(t *testing.T, r *fixture) {
			ctx, cancel := context.WithCancel(within(t, 30))
			o := order(name, name != "train")
			prepare := o.Prepare
			o.Prepare = func(ctx context.Context) (nebula.InstanceRequest, error) {
				cancel()
				return prepare(ctx)
			}
			if _, err := r.Create(ctx, o); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			r.sent(opCreate, 0)
		})
	}
}

// Two machines with one token are named and not taken: somebody on the way sent
// the request twice.
func TestTokenTwice(t *testing.T) {
	t.Parallel()
	bubble(t, fakenebula.Options{}, func(t *testing.T, r *fixture) {
		name := NewName("train")
		r.server.OnRequest(func(q fakenebula.Request) {
			if q.Operation == opCreate {
				r.server.AddInstance(q.ObjectName)
			}
		})
		_, err := r.Create(within(t, 30), order(name, true))
		expect[*UndecidedError](t, err, "Nothing proves")
		if len(candidates(err)) != 2 {
			t.Error(candidates(err))
		}
	})
}

// Names with a token.
func TestNames(t *testing.T) {
	t.Parallel()
	longest := NewName(strings.Repeat("a", MaxPrefix))
	if len(longest) != MaxName || !HasPrefix(longest, strings.Repeat("a", MaxPrefix)) {
		t.Error(longest)
	}
	if one, other := NewName("x"), NewName("x"); one == other {
		t.Error(one)
	}
	for name, want := range map[string]bool{
		"gpu-abcdefghijkl": true, "GPU-ABCDEFGHIJKL": true, "gpu-abcdefghijk": false, "gpu-abcdefghijk1": false,
		"gpu-a-bcdefghijkl": false, "gpuabcdefghijkl": false, "gpu": false, "": false,
	} {
		if HasPrefix(name, "gpu") != want {
			t.Errorf("%q: %t", name, !want)
		}
	}
	for have, want := range map[string]bool{
		"gpu-abcdefghijkl": true, "GPU-ABCDEFGHIJKL": true, "x-abcdefghijkl": true, "gpuabcdefghijkl": false, "abcdefghijkl": false, "gpu": false,
	} {
		if bears(nebula.Instance{Name: nebula.Text(have)}, "gpu-abcdefghijkl") != want {
			t.Errorf("%q bears the token: %t", have, !want)
		}
	}
}

// A row begins alike when the API may have cut the name down to its name.
func TestNamesThatBeginAlike(t *testing.T) {
	t.Parallel()
	for have, want := range map[string]bool{
		"traini": true, "TRAINING-MODE": true, "training-model": false, "TRAINING-MODEL": false, "training-model-2": false,
		"train": false, // too short to say anything
		"model": false, "traino": false, "": false,
	} {
		if beginsAlike(nebula.Instance{Name: nebula.Text(have)}, "Training-model") != want {
			t.Errorf("%q begins alike: %t", have, !want)
		}
	}
}
