package rotatingapikey_test

import (
	"net/http"
	"strconv"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// trouble is what befalls the commands of a schedule besides faults: a clock
// that is wrong or is set under way, the credential of another account, a list
// that moves.
type trouble struct {
	clocks, accounts, moves bool
	dateless                bool // answers do not tell the time

	clock          *rehearsal.WrongClock
	environment    map[string]string // what the next process sees
	jumpAt, moveAt int               // the requests at which it happens
	jump           time.Duration
}

func (r *rotation) drawTrouble() {
	r.trouble = trouble{clocks: r.Chance(20), accounts: r.Chance(10), moves: r.Chance(10), dateless: r.Chance(50), clock: rehearsal.NewWrongClock()}
}

// makeNoTrouble has the next command go as it should.
func (r *rotation) makeNoTrouble() {
	r.trouble.clock.Set(0)
	r.trouble.jumpAt, r.trouble.moveAt = 0, 0
	r.trouble.environment["NEBULA_API_KEY"] = rootSecret
}

// makeTrouble decides what befalls the next command.
func (r *rotation) makeTrouble() {
	u, op := &r.trouble, &r.op
	if u.clocks && r.Chance(40) {
		u.clock.Set(rehearsal.Error(r.Rand))
		r.Count("commands with a wrong clock", 1)
	}
	if u.clocks && r.Chance(25) {
		u.jumpAt, u.jump = 1+r.IntN(5), rehearsal.Pick(r.Rand, 0, rehearsal.Error(r.Rand))
	}
	if u.accounts && r.Chance(25) {
		u.environment["NEBULA_API_KEY"] = otherSecret
		r.Count("commands in another account", 1)
	}
	if u.moves && r.Chance(40) {
		u.moveAt = 1 + r.IntN(5)
	}
	op.low, op.high = min(u.clock.Ahead(), 0), max(u.clock.Ahead(), 0)
	r.Note("trouble: clock %v, to jump at %d by %v, credential %s, list moves at %d", u.clock.Ahead(), u.jumpAt, u.jump, u.environment["NEBULA_API_KEY"], u.moveAt)
	op.troubled = u.clock.Ahead() != 0 || u.jumpAt > 0 || u.moveAt > 0 || u.environment["NEBULA_API_KEY"] != rootSecret
}

// befall has happen what was decided, at the request of this number.
func (r *rotation) befall(n int, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	u := &r.trouble
	if n == u.jumpAt {
		u.clock.Set(u.jump)
		r.op.low, r.op.high = min(u.jump, r.op.low), max(u.jump, r.op.high)
		r.Count("clocks set under way", 1)
	}
	if u.moveAt > 0 && n >= u.moveAt && q.Method == http.MethodGet {
		u.moveAt = 0
		r.fake.Inject(rehearsal.MovedList(fakenebula.OpListKeys, 1+n%3, func(fakenebula.Request) bool { return true })...)
		r.Count("lists that move", 1)
	}
}

// isRoot tells a call with a credential that no rotation has made.
func isRoot(q fakenebula.Request) bool { return q.CredentialID == rootID || q.CredentialID == otherID }

// misbehave arms faults for a command.
func (r *rotation) misbehave() {
	if !r.Chance(55) {
		return
	}
	verify := func(q fakenebula.Request) bool { return !isRoot(q) }
	ordinary := func(q fakenebula.Request) bool { return isRoot(q) }
	for range 1 + r.IntN(2) {
		var f fakenebula.Fault
		switch r.IntN(4) {
		case 0:
			f = rehearsal.Mishap(r.Rand, rehearsal.CreateCall, fakenebula.Fault{Rewrite: fakenebula.WithoutField("key")})
			f.Operation = fakenebula.OpCreateKey
		case 1:
			f = rehearsal.Mishap(r.Rand, rehearsal.DeleteCall)
			f.Operation = fakenebula.OpDeleteKey
		case 2:
			f = rehearsal.Mishap(r.Rand, rehearsal.ListCall)
			f.Operation, f.Match = fakenebula.OpListKeys, verify
		case 3:
			f = rehearsal.Mishap(r.Rand, rehearsal.ListCall)
			f.Operation, f.Match = fakenebula.OpListKeys, ordinary
		}
		f.Times, f.Skip = rehearsal.Pick(r.Rand, 1, 1, 2, 3, 6, -1), rehearsal.Pick(r.Rand, 0, 0, 0, 1, 2)
		r.Note("fault: %+v", f)
		r.fake.Inject(f)
		r.Count("faults", 1)
	}
	if !r.hides && r.Chance(20) {
		// One list that lags is survived; two in a row are taken at their word.
		left := r.IntN(5)
		r.fake.Inject(fakenebula.Fault{Operation: fakenebula.OpListKeys, Match: ordinary, Skip: r.IntN(2), Omit: func(k fakenebula.Object) bool {
			id, err := strconv.Atoi(k.ID)
			return err == nil && id > 2 && id%5 == left
		}})
	}
}
