package fleet

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// The catalogue's entries that tests order.
const (
	aProduct = "expd0ce88325-aeb0-48d0-8216-09506b58f1dd"
	anImage  = "exoscee6e762-1d11-4f65-a7d6-8c0670b603b2"
	aPrice   = "0.697"
)

const (
	opCreate = fakenebula.OpCreateInstance
	opList   = fakenebula.OpListInstances
	opDelete = fakenebula.OpDeleteInstance
)

// fixture is a Fleet in front of a fake API. Its time is that of the test's bubble,
// which passes only while everybody waits.
type fixture struct {
	*Fleet
	t      *testing.T
	server *fakenebula.Server
}

// bubble runs a test on its own clock.
func bubble(t *testing.T, o fakenebula.Options, test func(*testing.T, *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.APIKeys = append(o.APIKeys, fakenebula.SeedKey{Name: "own", Secret: "ak_own-key-of-the-fleet-tests"})
		server := fakenebula.New(o)
		test(t, &fixture{fleetOn(server, "ak_own-key-of-the-fleet-tests", server.Transport()), t, server})
		pass(6 * time.Minute) // a list that nobody waits for any more ends by then
	})
}

// fleetOn is a process with the credential of that secret.
func fleetOn(server *fakenebula.Server, secret string, wire http.RoundTripper) *Fleet {
	client, err := nebula.New(nebula.Config{BaseURL: server.BaseURL(), Credential: nebula.APIKeyCredential(secret), Transport: wire, MaxRetries: 4})
	if err != nil {
		panic(err) // the configuration is the test's own
	}
	return New(client, clock.System())
}

// order is a create of a machine that the fake can make.
func order(name string, marked bool) Order {
	return Order{Name: name, Marked: marked, Price: func() nebula.Number { return aPrice },
		Prepare: func(context.Context) (nebula.InstanceRequest, error) {
			return nebula.InstanceRequest{ProductID: aProduct, ImageID: anImage, SSHKey: "1"}, nil
		}}
}

// within is a context with a time-out of that many minutes.
func within(t *testing.T, minutes int) context.Context {
	t.Helper()
	ctx, cancel := clock.System().WithTimeout(t.Context(), time.Duration(minutes)*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// expect checks the type of an error and what it tells.
func expect[E error](t *testing.T, err error, texts ...string) {
	t.Helper()
	if _, ok := errors.AsType[E](err); !ok {
		t.Fatalf("the error is %T: %v", err, err)
	}
	told := tell(err)
	for _, text := range texts {
		if !strings.Contains(told, text) {
			t.Errorf("the error lacks %q:\n%s", text, told)
		}
	}
}

// candidates are the machines that an undecided create names.
func candidates(err error) []nebula.Instance {
	undecided, ok := errors.AsType[*UndecidedError](err)
	if !ok {
		return nil
	}
	return undecided.Candidates
}

// tell is what people read of an error.
func tell(err error) string {
	happened := []string{err.Error()}
	var full interface {
		Happened(func(error) []string) []string
	}
	if errors.As(err, &full) {
		happened = full.Happened(func(err error) []string { return []string{err.Error()} })
	}
	var advising interface {
		Advice(func(error) string) string
	}
	if errors.As(err, &advising) {
		happened = append(happened, advising.Advice(func(err error) string { return err.Error() }))
	}
	return strings.Join(happened, "\n\n")
}

// sent checks how often the API was asked for a change.
func (r *fixture) sent(op fakenebula.Operation, want int) {
	r.t.Helper()
	if got := r.server.Count(op); got != want {
		r.t.Errorf("%q was sent %d times, want %d", op, got, want)
	}
}

// live checks the machines that exist, as "id name".
func (r *fixture) live(want ...string) {
	r.t.Helper()
	var got []string
	for _, machine := range r.server.Instances() {
		got = append(got, machine.ID+" "+machine.Name)
	}
	if !slices.Equal(got, want) {
		r.t.Errorf("the account has %q, want %q", got, want)
	}
}

// later calls a function after a while, unless the test is over.
func (r *fixture) later(d time.Duration, do func()) { time.AfterFunc(d, do) }

// pass lets time pass in a bubble of testing/synctest.
func pass(d time.Duration) {
	_ = clock.System().Sleep(context.Background(), d) // nothing ends the context
}
