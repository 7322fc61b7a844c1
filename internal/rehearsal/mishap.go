package rehearsal

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// Call is a kind of request, by what can go wrong with it.
type Call int

// The kinds.
const (
	ListCall Call = iota
	CreateCall
	DeleteCall
)

// Mishap is something that goes wrong with one request of a kind; more are
// mishaps that are possible besides. The caller says which request it hits.
func Mishap(r *rand.Rand, call Call, more ...fakenebula.Fault) fakenebula.Fault {
	type fault = fakenebula.Fault
	late := Pick(r, time.Second, 10*time.Second, 40*time.Second, 3*time.Minute) + time.Duration(r.Int64N(1e9))
	// What proves nothing, whoever sends it.
	answer := Pick(r, fakenebula.Failed(500, "oops"), fakenebula.HTML(502), fakenebula.Failed(503, "busy"), fakenebula.HTML(504),
		fakenebula.HTML(200), fakenebula.Redirect(302, "/elsewhere"), fakenebula.JSON(200, ""))
	kinds := append(more,
		fault{NotSent: fakenebula.ConnectionRefused()}, fault{NotSent: fakenebula.DialTimeout()},
		fault{Drop: true}, fault{Drop: true, Commit: true}, fault{Hang: true}, fault{Hang: true, Commit: true},
		fault{Answer: answer}, fault{Answer: answer, Commit: true},
		fault{Answer: fakenebula.TooManyRequests(Pick(r, "", "1", "5", "3600"))},
		fault{Answer: fakenebula.Failed(Pick(r, 200, 401, 403, 404, 405), "no")},
		fault{Rewrite: fakenebula.Cut}, fault{Rewrite: fakenebula.Stall},
		fault{Rewrite: fakenebula.WithData("null")}, fault{Rewrite: fakenebula.WithField("id", "{}")},
		fault{Delay: time.Duration(r.Int64N(int64(45 * time.Second)))},
	)
	switch call {
	case CreateCall:
		kinds = append(kinds,
			fault{Drop: true, Commit: true}, fault{Drop: true, Commit: true},
			fault{Answer: answer, CommitAfter: late}, fault{Drop: true, CommitAfter: late},
			fault{Rewrite: betray},
		)
	case DeleteCall:
		kinds = append(kinds,
			fault{Drop: true, CommitAfter: late},
			fault{Answer: fakenebula.Failed(409, "in use")}, fault{Answer: fakenebula.Failed(200, "no"), Commit: true},
		)
	case ListCall:
	}
	return Pick(r, kinds...)
}

// MovedList is what goes wrong with a list whose route changes under way: where
// it was it is not found, and under another spelling it answers, and is empty.
// It hits the requests that match, each spelling so many times.
func MovedList(list fakenebula.Operation, times int, match func(fakenebula.Request) bool) []fakenebula.Fault {
	elsewhere := func(q fakenebula.Request) bool { return q.Method == http.MethodGet && match(q) }
	return []fakenebula.Fault{
		{Operation: list, Match: match, Times: times, Answer: fakenebula.Failed(http.StatusNotFound, "Not Found")},
		{Operation: fakenebula.OpAbsent, Match: elsewhere, Times: times, Answer: fakenebula.JSON(http.StatusOK, `{"data":[],"message":"","status":"success"}`)},
	}
}

// EditRows is a Fault.Rewrite that changes the rows of a list. It is for tests
// of tests, which have a provider believe what is not so.
func EditRows(edit func(rows []map[string]any)) func(fakenebula.Answer) fakenebula.Answer {
	return func(a fakenebula.Answer) fakenebula.Answer {
		var envelope map[string]any
		decoder := json.NewDecoder(strings.NewReader(a.Body))
		decoder.UseNumber()
		if decoder.Decode(&envelope) != nil {
			return a
		}
		list, _ := envelope["data"].([]any)
		var rows []map[string]any
		for _, element := range list {
			if row, ok := element.(map[string]any); ok {
				rows = append(rows, row)
			}
		}
		edit(rows)
		body, err := json.Marshal(envelope)
		if err != nil {
			panic(err) // what was decoded encodes
		}
		a.Body = string(body)
		return a
	}
}

// betray makes the real answer, secrets included, the message of an error.
func betray(a fakenebula.Answer) fakenebula.Answer {
	return fakenebula.Failed(500, "could not deliver "+a.Body)
}
