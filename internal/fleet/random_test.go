package fleet

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// suite plays one to three actors, each with a state of its own and a key of its
// own to one account, and somebody at the console. They make machines of the
// same few names while answers get lost, commits come late, lists lag and
// processes are killed.
func suite(weaker rule) rehearsal.Suite {
	return rehearsal.Suite{
		Play:  func(s *rehearsal.Schedule) { play(s, weaker) },
		Needs: []string{"machines", "bound", "undecided", "found later", "refused names", "kills", "deleted", "machines at the console"},
	}
}

func TestRandomSchedules(t *testing.T) { t.Parallel(); suite(nil).Run(t) }

func TestSoak(t *testing.T) { t.Parallel(); suite(nil).Soak(t) }

// The test of the test: whoever takes the newest machine of the name takes
// strangers' machines.
func TestRandomSchedulesNoticeTheNewestOfTheName(t *testing.T) {
	t.Parallel()
	suite(func(a *attempt, rows []nebula.Instance) []nebula.Instance {
		all := namesakes(rows, a.Name)
		return all[max(0, len(all)-1):]
	}).Catch(t, "belongs to")
}

// account is what all actors of a schedule share.
type account struct {
	*rehearsal.Schedule
	server *fakenebula.Server
	weaker rule
}

func play(s *rehearsal.Schedule, weaker rule) {
	seconds := func(n int) time.Duration { return time.Duration(s.IntN(n+1)) * time.Second }
	options := fakenebula.Options{Seed: s.Seed + 1, HideNewFor: seconds(20), Reading: rehearsal.Pick(s.Rand, fakenebula.Readings()...)}
	options.Instances = fakenebula.InstanceOptions{DeployTime: seconds(300), DeleteTime: seconds(120), StopTime: seconds(60)}
	n := 1 + s.IntN(3)
	for i := range n {
		options.APIKeys = append(options.APIKeys, fakenebula.SeedKey{Name: "actor", Secret: secretOf(i)})
	}
	a := &account{Schedule: s, server: fakenebula.New(options), weaker: weaker}
	var group sync.WaitGroup
	var actors []*actor
	for i := range n {
		one := &actor{account: a, number: i, rand: s.Source("actor %d", i)}
		actors = append(actors, one)
		group.Go(one.work)
	}
	for i := range s.IntN(3) {
		console := s.Source("console %d", i)
		group.Go(func() {
			s.Wait(time.Duration(console.IntN(240)) * time.Second)
			a.server.AddInstance(rehearsal.Pick(console, "train", "TRAIN", "batch"))
			s.Count("machines at the console", 1)
		})
	}
	group.Wait()
	s.Wait(5 * time.Minute) // what is late comes
	for _, one := range actors {
		one.finish()
	}
	a.audit(actors)
	s.Wait(6 * time.Minute) // a list that nobody waits for any more ends by then
}

func secretOf(actor int) string { return fmt.Sprintf("ak_key-of-actor-number-%d-of-the-fleet", actor) }

// actor is somebody with a state.
type actor struct {
	*account
	number int
	rand   *rand.Rand

	// state are ids of machines that it has recorded, open the entries without
	// an id.
	state []nebula.ID
	open  []Ref
	// told are all texts that it was told.
	told []string
	// orphaned are the names of creates that a kill left behind.
	orphaned []Ref
}

// process is a Fleet as one run of the provider has it. It is dead after kill.
type process struct {
	*Fleet
	dead atomic.Bool
}

var errKilled = errors.New("killed")

func (a *actor) process() *process {
	p := &process{}
	next := a.server.Transport()
	p.Fleet = fleetOn(a.server, secretOf(a.number), wire(func(r *http.Request) (*http.Response, error) {
		if p.dead.Load() {
			return nil, errKilled
		}
		return next.RoundTrip(r)
	}))
	if a.weaker != nil {
		p.mayBe = a.weaker
	}
	return p
}

type wire func(*http.Request) (*http.Response, error)

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) { return w(r) }

func (a *actor) chance(percent int) bool { return a.rand.IntN(100) < percent }

// work is a few runs, one after the other.
func (a *actor) work() {
	for range 1 + a.rand.IntN(3) {
		a.Wait(time.Duration(a.rand.IntN(60_000)) * time.Millisecond)
		if a.chance(50) {
			call, op := rehearsal.CreateCall, opCreate
			if a.chance(40) {
				call, op = rehearsal.ListCall, opList
			}
			fault := rehearsal.Mishap(a.rand, call)
			fault.Operation, fault.Skip = op, a.rand.IntN(2)
			a.server.Inject(fault)
		}
		a.create()
		if a.chance(30) && len(a.state) > 0 {
			a.remove(a.process(), a.state[0])
		}
	}
}

// create is an apply of one new machine. It may be killed or interrupted.
func (a *actor) create() {
	p := a.process()
	ref := Ref{Name: rehearsal.Pick(a.rand, "train", "batch", "Train"), Born: clock.System().Now()}
	if ref.Marked = a.chance(50); ref.Marked {
		ref.Name = NewName(ref.Name)
	}
	ctx, cancel := clock.System().WithTimeout(context.Background(), 30*time.Minute)
	defer cancel()
	switch after := time.Duration(a.rand.IntN(60_000)) * time.Millisecond; a.rand.IntN(6) {
	case 0:
		time.AfterFunc(after, func() { p.dead.Store(true) })
	case 1:
		time.AfterFunc(after, cancel)
	}
	machine, err := p.Create(ctx, order(ref.Name, ref.Marked))
	var undecided *UndecidedError
	var taken *TakenError
	switch {
	case p.dead.Load():
		a.Count("kills", 1)
		a.orphaned = append(a.orphaned, ref)
		return
	case err == nil:
		a.Count("bound", 1)
		a.record(machine.ID)
		return
	case errors.As(err, &undecided):
		a.Count("undecided", 1)
		ref.Born = undecided.Begun
		a.open = append(a.open, ref)
	case errors.As(err, &taken):
		a.Count("refused names", 1)
	}
	a.told = append(a.told, tell(err))
}

// record takes a machine into the state. It must be the actor's own.
func (a *actor) record(id nebula.ID) {
	a.state = append(a.state, id)
	a.mustOwn(id, "is recorded by")
}

func (a *actor) mustOwn(id nebula.ID, what string) {
	for _, machine := range a.server.IssuedInstances() {
		if machine.ID == string(id) && machine.CreatedBy.ID != a.credential() {
			a.Count(othersTouched, 1)
			a.Violate("machine %s, named %q, belongs to %q and %s actor %d", id, machine.Name, machine.CreatedBy.ID, what, a.number)
		}
	}
}

// credential is the id of the actor's key.
func (a *actor) credential() string { return fmt.Sprint(a.number + 1) }

func (a *actor) remove(p *process, id nebula.ID) {
	ctx, cancel := clock.System().WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	a.mustOwn(id, "is deleted by")
	if _, err := p.Delete(ctx, Ref{ID: id}, nil); err != nil {
		a.told = append(a.told, tell(err))
		return
	}
	a.Count("deleted", 1)
	a.state = slices.DeleteFunc(a.state, func(other nebula.ID) bool { return other == id })
}

// finish is one more apply: entries without an id are looked for, and a name
// that a kill left behind is asked for again.
func (a *actor) finish() {
	a.server.ClearFaults()
	p := a.process()
	ctx, cancel := clock.System().WithTimeout(context.Background(), time.Hour)
	defer cancel()
	for _, ref := range a.open {
		if !ref.Marked {
			continue // it was told, and is refused to be forgotten
		}
		if row, err := p.Find(ctx, p.list.Now(), ref); err == nil {
			a.Count("found later", 1)
			a.record(row.ID)
		}
	}
	for _, ref := range a.orphaned {
		if ref.Marked {
			continue // its name tells where it is from
		}
		machine, err := p.Create(ctx, order(ref.Name, false))
		if err == nil {
			a.record(machine.ID)
			continue
		}
		a.told = append(a.told, tell(err))
	}
}

// What the totals say of the rules. They must stay at nothing.
const (
	othersTouched = "machines of others bound, stopped or deleted"
	unknownCost   = "dollars of machine-hours that are in no state and in no message"
)

// audit goes through the ledger: who made a machine knows of it, and nobody has
// deleted another one's.
func (a *account) audit(actors []*actor) {
	a.Count(othersTouched, 0)
	spent, unknown := new(big.Rat), new(big.Rat)
	for _, machine := range a.server.IssuedInstances() {
		spent.Add(spent, machine.Cost)
		by, maker := machine.DeletedBy, machine.CreatedBy
		if by.Via == fakenebula.ViaAPI && by.ID != maker.ID {
			a.Count(othersTouched, 1)
			a.Violate("machine %s belongs to %q and was deleted by %q", machine.ID, maker.ID, by.ID)
		}
		if maker.Via != fakenebula.ViaAPI {
			continue
		}
		a.Count("machines", 1)
		if machine.DeletedAt.IsZero() && !slices.ContainsFunc(actors, func(one *actor) bool { return one.credential() == maker.ID && one.knows(machine) }) {
			unknown.Add(unknown, machine.Cost)
			a.Violate("machine %s, named %q, is billed and nobody was told", machine.ID, machine.Name)
		}
	}
	a.Count("dollars of machine-hours", dollars(spent))
	a.Count(unknownCost, dollars(unknown))
}

// dollars are whole ones, rounded up: something is not nothing.
func dollars(r *big.Rat) int {
	whole, rest := new(big.Int).QuoRem(r.Num(), r.Denom(), new(big.Int))
	return int(whole.Int64()) + rest.Sign()
}

// knows says that a machine is in the actor's state or in a message, or that its
// name tells.
func (a *actor) knows(machine fakenebula.Instance) bool {
	if slices.Contains(a.state, nebula.ID(machine.ID)) {
		return true
	}
	for _, ref := range a.orphaned {
		if ref.Marked && SameName(ref.Name, machine.Name) {
			return true
		}
	}
	for _, text := range a.told {
		if strings.Contains(text, fmt.Sprintf("%s (%q", machine.ID, machine.Name)) || strings.Contains(text, fmt.Sprintf("%q", machine.Name)) {
			return true
		}
	}
	return false
}
