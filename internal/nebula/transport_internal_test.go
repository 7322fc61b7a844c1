package nebula

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"reflect"
	"testing"
	"time"
)

// TestTransport holds what cannot be seen from outside: the environment's
// proxy is asked, and verification is on.
func TestTransport(t *testing.T) {
	t.Parallel()
	transport := newTransport()
	if reflect.ValueOf(transport.Proxy).Pointer() != reflect.ValueOf(http.ProxyFromEnvironment).Pointer() {
		t.Error("the proxy of the environment is not asked")
	}
	if c := transport.TLSClientConfig; c.InsecureSkipVerify || c.MinVersion != tls.VersionTLS12 {
		t.Errorf("TLS from %x, unverified %t", c.MinVersion, c.InsecureSkipVerify)
	}
	if transport.DisableKeepAlives || transport.MaxIdleConnsPerHost < 100 || transport.MaxConnsPerHost != 0 {
		t.Error("the transport does not keep as many connections as there can be workers")
	}
}

// TestTransportSpeaksHTTP1 to a server that offers more.
func TestTransportSpeaksHTTP1(t *testing.T) {
	t.Parallel()
	protocols := make(chan string, 1)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocols <- r.Proto
		_, _ = w.Write([]byte(`{"data":[],"message":"ok","status":"success"}`))
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	transport := newTransport()
	transport.TLSClientConfig.RootCAs = x509.NewCertPool()
	transport.TLSClientConfig.RootCAs.AddCert(server.Certificate())
	client, err := New(Config{BaseURL: server.URL, Credential: APIKeyCredential("ak_key"), Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	if _, _, err := client.ListAPIKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := <-protocols; got != "HTTP/1.1" {
		t.Errorf("spoke %s", got)
	}
}

// scripted is a transport that goes through what net/http goes through.
type scripted func(*httptrace.ClientTrace) error

func (s scripted) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, s(httptrace.ContextClientTrace(r.Context()))
}

// TestWrittenOrNot: what decides is the last connection that was tried. The
// transport takes another one by itself only when nothing was written.
func TestWrittenOrNot(t *testing.T) {
	t.Parallel()
	const address = "api.example:443"
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		script scripted
		want   Class
	}{
		"no connection": {func(trace *httptrace.ClientTrace) error { trace.GetConn(address); return broken }, NotSent},
		"written": {func(trace *httptrace.ClientTrace) error {
			trace.GetConn(address)
			trace.WroteHeaders()
			return broken
		}, Ambiguous},
		"idle connection was dead, no new one": {func(trace *httptrace.ClientTrace) error {
			trace.GetConn(address)
			trace.WroteHeaders()
			trace.GetConn(address)
			return broken
		}, NotSent},
		"idle connection was dead, written to a new one": {func(trace *httptrace.ClientTrace) error {
			trace.GetConn(address)
			trace.WroteHeaders()
			trace.GetConn(address)
			trace.WroteHeaders()
			return broken
		}, Ambiguous},
	} {
		client, err := New(Config{BaseURL: DefaultBaseURL, Credential: APIKeyCredential("ak_key"), Transport: test.script})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.CreateAPIKey(t.Context(), func() (APIKeyRequest, error) { return APIKeyRequest{Name: "n"}, nil })
		var e *APIError
		if !errors.As(err, &e) || e.Class != test.want {
			t.Errorf("%s: %v is not %s", name, err, test.want)
		}
	}
}

// TestFullJitter looks at many draws of each pause.
func TestFullJitter(t *testing.T) {
	t.Parallel()
	const draws = 500
	bounds := []int{1, 2, 4, 8, 16, 30, 30, 30, 30, 30}
	longest := make([]time.Duration, len(bounds))
	sum := make([]time.Duration, len(bounds))
	for range draws {
		b := fullJitter()
		for i, seconds := range bounds {
			d := b.NextBackOff()
			if d < 0 || d > time.Duration(seconds)*time.Second {
				t.Fatalf("pause %d is %s", i+1, d)
			}
			longest[i] = max(longest[i], d)
			sum[i] += d
		}
	}
	for i, seconds := range bounds {
		bound := time.Duration(seconds) * time.Second
		mean := sum[i] / draws
		if longest[i] < bound*9/10 || (mean-bound/2).Abs() > bound/10 {
			t.Errorf("pause %d: up to %s, %s in the mean", i+1, longest[i], mean)
		}
	}
}
