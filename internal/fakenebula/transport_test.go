package fakenebula_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// traced sends a create and lists the events up to the answer that tell
// whether the request was written.
func traced(api caller) (events []string, got reply) {
	ctx := httptrace.WithClientTrace(api.t.Context(), &httptrace.ClientTrace{
		GotConn:              func(httptrace.GotConnInfo) { events = append(events, "connected") },
		WroteHeaders:         func() { events = append(events, "headers") },
		WroteRequest:         func(httptrace.WroteRequestInfo) { events = append(events, "request") },
		GotFirstResponseByte: func() { events = append(events, "answer") },
	})
	got = api.send(ctx, http.MethodPost, "/api-keys", "application/json", `{"name":"a"}`)
	return events, got
}

func TestTraceEvents(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, connect func(*testing.T, *fakenebula.Server) caller) {
		server := fakenebula.New(withRoot(fakenebula.Options{}))
		api := connect(t, server)
		if events, got := traced(api); !slices.Equal(events, []string{"connected", "headers", "request", "answer"}) {
			t.Errorf("%v %+v", events, got)
		}
		server.Inject(fakenebula.Fault{Drop: true})
		if events, got := traced(api); !slices.Equal(events, []string{"connected", "headers", "request"}) {
			t.Errorf("%v %+v", events, got)
		}
	})
}

func TestNotSent(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err error
		is  func(error) bool
	}{
		"refused": {fakenebula.ConnectionRefused(), func(err error) bool {
			var op *net.OpError
			return errors.As(err, &op) && op.Op == "dial" && errors.Is(err, syscall.ECONNREFUSED)
		}},
		"no such host": {fakenebula.NoSuchHost("x.test"), func(err error) bool {
			var dns *net.DNSError
			return errors.As(err, &dns) && dns.IsNotFound && dns.Name == "x.test"
		}},
		"dial time-out": {fakenebula.DialTimeout(), func(err error) bool {
			var timeout net.Error
			return errors.As(err, &timeout) && timeout.Timeout()
		}},
		"certificate": {fakenebula.UnknownAuthority(), func(err error) bool {
			var unknown x509.UnknownAuthorityError
			return errors.As(err, &unknown)
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := fakenebula.New(withRoot(fakenebula.Options{}))
			server.OnRequest(func(r fakenebula.Request) {
				if r.ObjectName == "a" {
					t.Error("a hook saw a request that was not sent")
				}
			})
			server.Inject(fakenebula.Fault{Operation: fakenebula.OpCreateKey, NotSent: test.err})
			api := inProcess(t, server)
			api.list().data(t)
			events, got := traced(api)
			if !test.is(got.err) || got.err.Error() == "" || len(events) != 0 {
				t.Errorf("%v %+v", events, got)
			}
			if len(server.Keys()) != 1 || server.Count(fakenebula.OpAny) != 1 {
				t.Error("the request arrived")
			}
			api.create("b").data(t)
		})
	}

	t.Run("other host", func(t *testing.T) {
		t.Parallel()
		server := fakenebula.New(withRoot(fakenebula.Options{}))
		api := inProcess(t, server)
		api.base = "https://evil.test/api/v1"
		var dns *net.DNSError
		if got := api.list(); !errors.As(got.err, &dns) || server.Count(fakenebula.OpAny) != 0 {
			t.Errorf("%+v", got)
		}
	})

	t.Run("spares requests over a port", func(t *testing.T) {
		t.Parallel()
		server := fakenebula.New(withRoot(fakenebula.Options{}))
		server.Inject(fakenebula.Fault{NotSent: fakenebula.ConnectionRefused()})
		overPort(t, server).list().data(t)
		if server.ArmedFaults() != 1 {
			t.Error("the fault is gone")
		}
	})
}

// TestInterrupt cancels the caller before and after the server acts.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, connect func(*testing.T, *fakenebula.Server) caller) {
		server := fakenebula.New(withRoot(fakenebula.Options{}))
		api := connect(t, server)
		ctx, cancel := context.WithCancel(t.Context())
		release := make(chan struct{})
		server.Inject(fakenebula.Fault{Operation: fakenebula.OpCreateKey, Until: release})
		server.OnResponse(func(fakenebula.Request) { cancel() })
		got := api.send(ctx, http.MethodPost, "/api-keys", "application/json", `{"name":"a"}`)
		close(release)
		if !errors.Is(got.err, context.Canceled) || len(server.Keys()) != 2 {
			t.Errorf("%+v", got)
		}
		got = api.send(ctx, http.MethodPost, "/api-keys", "application/json", `{"name":"b"}`)
		if !errors.Is(got.err, context.Canceled) || len(server.Keys()) != 2 || server.Count(fakenebula.OpAny) != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// TestInterruptDuringLatency shows that a request which has arrived is carried
// out even when nobody waits for the answer.
func TestInterruptDuringLatency(t *testing.T) {
	t.Parallel()
	for name, latency := range map[string]time.Duration{"none": 0, "a month": 30 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := fakenebula.New(withRoot(fakenebula.Options{Latency: latency}))
			ctx, cancel := context.WithCancel(t.Context())
			server.OnRequest(func(fakenebula.Request) { cancel() })
			got := inProcess(t, server).send(ctx, http.MethodPost, "/api-keys", "application/json", `{"name":"a"}`)
			if !errors.Is(got.err, context.Canceled) || len(server.Keys()) != 2 || server.Journal()[0].Status != 0 {
				t.Errorf("%+v %+v", got, server.Journal())
			}
		})
	}
}

// TestUnderSynctest runs the machine's clock in a bubble: latency, a delay and
// a time-out pass in no time and at the right instants.
func TestUnderSynctest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		server := fakenebula.New(withRoot(fakenebula.Options{Latency: time.Second}))
		impatient := &http.Client{Transport: server.Transport(), Timeout: time.Second / 2}
		if response, err := impatient.Get(server.BaseURL() + "/api-keys"); err == nil {
			_ = response.Body.Close()
			t.Error("an answer before the latency is over")
		}
		if took := time.Since(began); took != time.Second/2 {
			t.Errorf("took %s", took)
		}
		began = time.Now()
		client := &http.Client{Transport: server.Transport(), Timeout: 30 * time.Second}
		server.Inject(fakenebula.Fault{Delay: 10 * time.Second}, fakenebula.Fault{Hang: true},
			fakenebula.Fault{Delay: time.Minute, ActLate: true})
		post := func() (*http.Response, error) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.BaseURL()+"/api-keys", strings.NewReader(`{"name":"a"}`))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+rootKey)
			return client.Do(r)
		}
		response, err := post()
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatal(response, err)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			t.Error(err)
		}
		_ = response.Body.Close()
		if took := time.Since(began); took != 11*time.Second {
			t.Errorf("took %s", took)
		}
		for _, wantKeys := range []int{2, 2} {
			response, err := post()
			if err == nil {
				_ = response.Body.Close()
			}
			var timeout net.Error
			if !errors.As(err, &timeout) || !timeout.Timeout() || len(server.Keys()) != wantKeys {
				t.Errorf("%v, %d keys", err, len(server.Keys()))
			}
		}
		if took := time.Since(began); took != 71*time.Second {
			t.Errorf("took %s", took)
		}
		time.Sleep(time.Minute)
		if len(server.Keys()) != 3 {
			t.Error("the slow create was forgotten")
		}
	})
}
