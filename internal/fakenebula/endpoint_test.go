package fakenebula_test

import (
	"crypto/x509"
	"errors"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStopAndResume(t *testing.T) {
	t.Parallel()
	server := fakenebula.New(withRoot(fakenebula.Options{}))
	endpoint, err := server.Start("")
	if err != nil {
		t.Fatal(err)
	}
	defer endpoint.Close()
	if !strings.HasPrefix(endpoint.URL, "http://127.0.0.1:") || !strings.HasSuffix(endpoint.URL, "/api/v1") {
		t.Fatal(endpoint.URL)
	}
	api := onEndpoint(t, endpoint)
	for range 2 {
		api.create("a").data(t)
		endpoint.Stop()
		endpoint.Stop()
		if events, got := traced(api); !errors.Is(got.err, syscall.ECONNREFUSED) || len(events) != 0 {
			t.Errorf("%v %+v", events, got)
		}
		if err := endpoint.Resume(); err != nil {
			t.Fatal(err)
		}
	}
	if err := endpoint.Resume(); err != nil {
		t.Error(err)
	}
	if got := api.list().names(t); got != "root a a" {
		t.Error(got)
	}
	endpoint.Close()
	if endpoint.Resume() == nil {
		t.Error("resumed after Close")
	}
}

// TestStopFromAHook takes the server away in the middle of a request.
func TestStopFromAHook(t *testing.T) {
	t.Parallel()
	server := fakenebula.New(withRoot(fakenebula.Options{}))
	endpoint, err := server.Start("")
	if err != nil {
		t.Fatal(err)
	}
	defer endpoint.Close()
	server.OnResponse(func(fakenebula.Request) { endpoint.Stop() })
	if got := onEndpoint(t, endpoint).create("a"); got.err == nil || len(server.Keys()) != 2 {
		t.Errorf("%+v", got)
	}
}

func TestCloseEndsHangingRequests(t *testing.T) {
	t.Parallel()
	server := fakenebula.New(withRoot(fakenebula.Options{}))
	endpoint, err := server.Start("")
	if err != nil {
		t.Fatal(err)
	}
	server.Inject(fakenebula.Fault{Hang: true})
	acted := make(chan struct{})
	server.OnResponse(func(fakenebula.Request) { close(acted) })
	done := make(chan reply)
	go func() { done <- onEndpoint(t, endpoint).list() }()
	<-acted
	endpoint.Close()
	if got := <-done; got.err == nil {
		t.Errorf("%+v", got)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	server := fakenebula.New(withRoot(fakenebula.Options{}))
	endpoint, err := server.StartTLS("")
	if err != nil {
		t.Fatal(err)
	}
	defer endpoint.Close()
	api := onEndpoint(t, endpoint)
	api.list().data(t)
	server.Inject(fakenebula.Fault{Drop: true, Reset: true})
	wasReset(t, api.list())
	server.ResetJournal()
	api.transport = &http.Transport{DisableKeepAlives: true}
	var unknown x509.UnknownAuthorityError
	if got := api.list(); !errors.As(got.err, &unknown) {
		t.Errorf("%+v", got)
	}
	if server.Count(fakenebula.OpAny) != 0 {
		t.Error("a request came through without trust")
	}
}

func TestStartFailsOnATakenPort(t *testing.T) {
	t.Parallel()
	server := fakenebula.New(fakenebula.Options{})
	endpoint, err := server.Start("")
	if err != nil {
		t.Fatal(err)
	}
	defer endpoint.Close()
	addr := strings.TrimSuffix(strings.TrimPrefix(endpoint.URL, "http://"), "/api/v1")
	if _, err := server.Start(addr); !errors.Is(err, syscall.EADDRINUSE) {
		t.Error(err)
	}
}
