package keyring

import (
	"math/rand/v2"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// mishap is a kind of fault; without an operation it befalls all.
type mishap struct {
	operation fakenebula.Operation
	make      func(*rand.Rand) fakenebula.Fault
}

func drawFault(kinds []mishap, operation fakenebula.Operation, r *rand.Rand) (fakenebula.Fault, bool) {
	for range 20 {
		if m := pick(r, kinds); m.operation == fakenebula.OpAny || m.operation == operation {
			return m.make(r), true
		}
	}
	return fakenebula.Fault{}, false
}

func mishaps() []mishap {
	type fault = fakenebula.Fault
	always := func(operation fakenebula.Operation, f fault) mishap {
		return mishap{operation, func(*rand.Rand) fault { return f }}
	}
	late := func(r *rand.Rand) time.Duration {
		return pick(r, []time.Duration{time.Second, 10 * time.Second, 40 * time.Second, 3 * time.Minute}) + time.Duration(r.Int64N(1e9))
	}
	answer := func(r *rand.Rand) fakenebula.Answer {
		return pick(r, []fakenebula.Answer{
			fakenebula.Failed(500, "oops"), fakenebula.HTML(502), fakenebula.Failed(503, "busy"), fakenebula.HTML(504),
			fakenebula.HTML(200), fakenebula.Redirect(302, "/elsewhere"), fakenebula.JSON(200, ""),
		})
	}
	// The real answer, secret included, as the message of an error.
	betray := func(a fakenebula.Answer) fakenebula.Answer {
		return fakenebula.Failed(500, "could not deliver "+a.Body)
	}
	return []mishap{
		always(fakenebula.OpAny, fault{NotSent: fakenebula.ConnectionRefused()}),
		always(fakenebula.OpAny, fault{NotSent: fakenebula.DialTimeout()}),
		always(fakenebula.OpAny, fault{Drop: true}),
		always(fakenebula.OpAny, fault{Drop: true, Commit: true}),
		always(fakenebula.OpCreateKey, fault{Drop: true, Commit: true}),
		always(fakenebula.OpCreateKey, fault{Drop: true, Commit: true}),
		always(fakenebula.OpAny, fault{Hang: true}),
		always(fakenebula.OpAny, fault{Hang: true, Commit: true}),
		{fakenebula.OpAny, func(r *rand.Rand) fault { return fault{Answer: answer(r)} }},
		{fakenebula.OpAny, func(r *rand.Rand) fault { return fault{Answer: answer(r), Commit: true} }},
		{fakenebula.OpCreateKey, func(r *rand.Rand) fault { return fault{Answer: answer(r), CommitAfter: late(r)} }},
		{fakenebula.OpCreateKey, func(r *rand.Rand) fault { return fault{Drop: true, CommitAfter: late(r)} }},
		{fakenebula.OpDeleteKey, func(r *rand.Rand) fault { return fault{Drop: true, CommitAfter: late(r)} }},
		{fakenebula.OpAny, func(r *rand.Rand) fault {
			return fault{Answer: fakenebula.TooManyRequests(pick(r, []string{"", "1", "5", "3600"}))}
		}},
		{fakenebula.OpAny, func(r *rand.Rand) fault {
			return fault{Answer: fakenebula.Failed(pick(r, []int{200, 401, 403, 404, 405}), "no")}
		}},
		always(fakenebula.OpDeleteKey, fault{Answer: fakenebula.Failed(409, "in use")}),
		always(fakenebula.OpDeleteKey, fault{Answer: fakenebula.Failed(200, "no"), Commit: true}),
		always(fakenebula.OpAny, fault{Rewrite: fakenebula.Cut}),
		always(fakenebula.OpAny, fault{Rewrite: fakenebula.Stall}),
		always(fakenebula.OpAny, fault{Rewrite: fakenebula.WithData("null")}),
		always(fakenebula.OpAny, fault{Rewrite: fakenebula.WithField("id", "{}")}),
		always(fakenebula.OpCreateKey, fault{Rewrite: fakenebula.WithoutField("key")}),
		always(fakenebula.OpCreateKey, fault{Rewrite: betray}),
		{fakenebula.OpAny, func(r *rand.Rand) fault { return fault{Delay: time.Duration(r.Int64N(int64(45 * time.Second)))} }},
	}
}
