package nebula_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The credentials of the tests. They are searched for in what must not show
// them.
const (
	apiKey   = "ak_canary-key-of-the-tests-0123456789"
	username = "ann@example.com"
	password = "canary pass&word/ü"
)

// start is when the tests' clocks begin.
func start() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) }

// fixture is a client, the fake API that it calls, and what its Observe saw.
type fixture struct {
	t      *testing.T
	clock  clock.Clock
	server *fakenebula.Server
	// endpoint is nil without sockets.
	endpoint *fakenebula.Endpoint
	client   *nebula.Client

	mu        sync.Mutex
	exchanges []nebula.Exchange
}

// options are the fake's options with the credentials of the tests; the key
// has the id 1.
func options(o fakenebula.Options) fakenebula.Options {
	o.APIKeys = append([]fakenebula.SeedKey{{Name: "own", Secret: apiKey}}, o.APIKeys...)
	o.Users = map[string]string{username: password}
	o.Seed = 1
	return o
}

// overSocket connects a client to a fake on a port, both on one fake clock.
func overSocket(t *testing.T, o fakenebula.Options, edit func(*nebula.Config)) *fixture {
	t.Helper()
	return dial(t, o, edit, (*fakenebula.Server).Start)
}

func dial(t *testing.T, o fakenebula.Options, edit func(*nebula.Config), listen func(*fakenebula.Server, string) (*fakenebula.Endpoint, error)) *fixture {
	t.Helper()
	fake := clock.NewFake(start())
	o.Clock = fake
	r := &fixture{t: t, clock: fake, server: fakenebula.New(options(o))}
	endpoint, err := listen(r.server, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(endpoint.Close)
	r.endpoint = endpoint
	r.connect(nebula.Config{BaseURL: endpoint.URL, Clock: fake}, edit)
	return r
}

// inProcess connects a client to a fake without sockets. Both are on the
// machine's clock, which is the bubble's inside synctest.Test.
func inProcess(t *testing.T, o fakenebula.Options, edit func(*nebula.Config)) *fixture {
	t.Helper()
	r := &fixture{t: t, clock: clock.System(), server: fakenebula.New(options(o))}
	r.connect(nebula.Config{BaseURL: r.server.BaseURL(), Transport: r.server.Transport()}, edit)
	return r
}

func (r *fixture) connect(cfg nebula.Config, edit func(*nebula.Config)) {
	r.t.Helper()
	cfg.Credential = nebula.APIKeyCredential(apiKey)
	cfg.UserAgent = "tests/1"
	cfg.MaxRetries = maxRetries
	cfg.Observe = func(_ context.Context, e nebula.Exchange) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.exchanges = append(r.exchanges, e)
	}
	if edit != nil {
		edit(&cfg)
	}
	client, err := nebula.New(cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(client.CloseIdleConnections)
	r.client = client
}

// maxRetries differs from the number of tries of a login.
const maxRetries = 3

// tries is the number of tries of an operation that the client reported.
func (r *fixture) tries(operation fakenebula.Operation) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, e := range r.exchanges {
		if operationOf(e) == operation {
			n++
		}
	}
	return n
}

func operationOf(e nebula.Exchange) fakenebula.Operation {
	switch {
	case e.Route == "/login":
		return fakenebula.OpLogin
	case e.Method == http.MethodGet:
		return fakenebula.OpListKeys
	case e.Method == http.MethodPost:
		return fakenebula.OpCreateKey
	default:
		return fakenebula.OpDeleteKey
	}
}

// mustCount checks how many requests of an operation reached the server.
func (r *fixture) mustCount(operation fakenebula.Operation, want int) {
	r.t.Helper()
	if got := r.server.Count(operation); got != want {
		r.t.Errorf("the server got %d requests of kind %q, want %d", got, operation, want)
	}
}

func asPassword(cfg *nebula.Config) { cfg.Credential = nebula.Password(username, password) }

// answering connects a client to a handler that answers literally, mounted
// below the documented base path.
func answering(t *testing.T, handler http.HandlerFunc, edit func(*nebula.Config)) *nebula.Client {
	t.Helper()
	server := httptest.NewServer(http.StripPrefix("/api/v1", handler))
	t.Cleanup(server.Close)
	cfg := nebula.Config{BaseURL: server.URL + "/api/v1/", Credential: nebula.APIKeyCredential(apiKey), Clock: clock.NewFake(start())}
	if edit != nil {
		edit(&cfg)
	}
	client, err := nebula.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// body answers every request with one status and body.
func body(status int, content string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(content)) // the client may hang up on purpose
	}
}

func fakeClock() clock.Clock { return clock.NewFake(start()) }

// asking makes every try of a create ask for the same key.
func asking(request nebula.APIKeyRequest) func() (nebula.APIKeyRequest, error) {
	return func() (nebula.APIKeyRequest, error) { return request, nil }
}

// list lists without looking at the route.
func list(ctx context.Context, client *nebula.Client) ([]nebula.APIKey, error) {
	keys, _, err := client.ListAPIKeys(ctx)
	return keys, err
}

// remove deletes a key in the likeliest way only.
func remove(ctx context.Context, client *nebula.Client, id nebula.ID) error {
	return client.DeleteAPIKey(id)[0](ctx)
}
