package nebula_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func gzipped(t *testing.T, s string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// TestNoRedirects: wherever a redirect points, nothing goes there.
func TestNoRedirects(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		var elsewhere atomic.Int32
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { elsewhere.Add(1) }))
		t.Cleanup(other.Close)
		for _, location := range []string{other.URL, other.URL + "/api/v1/api-keys", "//" + strings.TrimPrefix(other.URL, "http://"), "http://[bad", "/api/v1/x"} {
			for _, op := range []fakenebula.Operation{fakenebula.OpCreateKey, fakenebula.OpListKeys, fakenebula.OpDeleteKey, fakenebula.OpLogin} {
				var here atomic.Int32
				err := callLiterally(t, op, func(w http.ResponseWriter, _ *http.Request) {
					here.Add(1)
					w.Header().Set("Location", location)
					w.WriteHeader(status)
				})
				if !nebula.IsAmbiguous(err) || here.Load() != 1 {
					t.Errorf("%s, %d to %s: %v after %d requests", op, status, location, err, here.Load())
				}
			}
		}
		if elsewhere.Load() != 0 {
			t.Errorf("%d: %d requests followed", status, elsewhere.Load())
		}
	}
}

// connections is the number of connections that the journal shows.
func (r *fixture) connections() int {
	seen := map[string]bool{}
	for _, request := range r.server.Journal() {
		seen[request.RemoteAddr] = true
	}
	return len(seen)
}

func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	r := overSocket(t, fakenebula.Options{}, nil)
	for i := range 10 {
		created, err := r.client.CreateAPIKey(t.Context(), asking(nebula.APIKeyRequest{Name: fmt.Sprint(i)}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := list(t.Context(), r.client); err != nil {
			t.Fatal(err)
		}
		if err := remove(t.Context(), r.client, created.ID); err != nil {
			t.Fatal(err)
		}
	}
	// Neither an error nor a page of a proxy costs a connection.
	r.server.Inject(fakenebula.Fault{Answer: fakenebula.HTML(403)}, fakenebula.Fault{Answer: fakenebula.Failed(422, "no")})
	for range 2 {
		if _, err := list(t.Context(), r.client); err == nil {
			t.Error("no error")
		}
	}
	if got := r.connections(); got != 1 {
		t.Errorf("%d connections for %d requests one after the other", got, r.server.Count(fakenebula.OpAny))
	}
}

// TestConnectionsOfManyWorkers has ten workers call at the same time, again and
// again: they share ten connections. Go keeps two unless told otherwise, and
// would dial eight again for each round.
func TestConnectionsOfManyWorkers(t *testing.T) {
	t.Parallel()
	const workers, rounds = 10, 5
	var (
		mu          sync.Mutex
		connections = map[string]bool{}
		together    sync.WaitGroup
	)
	client := answering(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		connections[r.RemoteAddr] = true
		mu.Unlock()
		together.Done()
		together.Wait()
		body(200, emptyList)(w, r)
	}, nil)
	for range rounds {
		together.Add(workers)
		(&fixture{t: t}).together(workers, func(int) {
			if _, err := list(t.Context(), client); err != nil {
				t.Error(err)
			}
		})
	}
	// On a busy machine a connection may be given up in a while.
	if got := len(connections); got > 2*workers {
		t.Errorf("%d connections of %d workers", got, workers)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	r := overSocket(t, matrixOptions(), asPassword)
	for _, op := range []fakenebula.Operation{fakenebula.OpCreateKey, fakenebula.OpListKeys, fakenebula.OpDeleteKey} {
		if err := r.call(t.Context(), op); err != nil {
			t.Fatal(err)
		}
	}
	for _, request := range r.server.Journal() {
		want := []string{"Accept", "Accept-Encoding", "User-Agent"}
		if request.Operation != fakenebula.OpLogin {
			want = append(want, "Authorization")
		}
		if request.Method == http.MethodPost {
			want = append(want, "Content-Length", "Content-Type")
		}
		slices.Sort(want)
		if !slices.Equal(request.HeaderNames, want) || request.UserAgent != "tests/1" {
			t.Errorf("%s: headers %v, user agent %q", request.Operation, request.HeaderNames, request.UserAgent)
		}
	}
}

// rawServer counts whole requests by method and hands each connection to a
// script, which answers or breaks off.
type rawServer struct {
	url string

	mu       sync.Mutex
	requests map[string]int
}

func (s *rawServer) count(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[method]
}

// newRawServer lets script decide what to write for the nth request, counting
// from 1 over all connections; false closes the connection.
func newRawServer(t *testing.T, script func(n int, r *http.Request) (answer string, keep bool)) *rawServer {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &rawServer{url: "http://" + listener.Addr().String() + "/api/v1", requests: map[string]int{}}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { s.serve(conn, script) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close() // ends the loop
		serving.Wait()
	})
	return s
}

func (s *rawServer) serve(conn net.Conn, script func(int, *http.Request) (string, bool)) {
	defer func() { _ = conn.Close() }()
	reader := bufio.NewReader(conn)
	for {
		r, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		s.mu.Lock()
		s.requests[r.Method]++
		n := 0
		for _, count := range s.requests {
			n += count
		}
		s.mu.Unlock()
		answer, keep := script(n, r)
		if _, err := io.WriteString(conn, answer); err != nil || !keep {
			return
		}
	}
}

func rawAnswer(content string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(content), content)
}

const emptyList = `{"data":[],"message":"ok","status":"success"}`

// TestNoSilentResend: when a reused connection breaks under a request that
// changes things, the transport must not send it a second time by itself.
func TestNoSilentResend(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]func(n int, r *http.Request) (string, bool){
		"closed without a word": func(n int, _ *http.Request) (string, bool) {
			return rawAnswer(emptyList), n == 1
		},
		"broken answer": func(n int, _ *http.Request) (string, bool) {
			if n == 1 {
				return rawAnswer(emptyList), true
			}
			return "HTTP/1.1 200 OK\r\nContent-Le", false
		},
	} {
		for method, op := range map[string]fakenebula.Operation{http.MethodPost: fakenebula.OpCreateKey, http.MethodDelete: fakenebula.OpDeleteKey} {
			t.Run(name+"/"+method, func(t *testing.T) {
				t.Parallel()
				server := newRawServer(t, func(n int, r *http.Request) (string, bool) {
					answer, keep := script(n, r)
					if name == "closed without a word" && n > 1 {
						answer = ""
					}
					return answer, keep
				})
				r := &fixture{t: t}
				r.connect(nebula.Config{BaseURL: server.url}, func(cfg *nebula.Config) { cfg.MaxRetries = 0 })
				if err := r.call(t.Context(), fakenebula.OpListKeys); err != nil {
					t.Fatal(err)
				}
				ambiguous(0, 0).mustBe(t, r.call(t.Context(), op))
				if got := server.count(method); got != 1 || r.tries(op) != 1 {
					t.Errorf("%d requests for %d tries", got, r.tries(op))
				}
			})
		}
	}
}

// TestResentOnlyByTheClient: a delete that broke off is sent again, and the
// client knows each time.
func TestResentOnlyByTheClient(t *testing.T) {
	t.Parallel()
	server := newRawServer(t, func(n int, _ *http.Request) (string, bool) {
		if n == 1 || n == 4 {
			return rawAnswer(emptyList), true
		}
		return "", false
	})
	r := &fixture{t: t}
	r.connect(nebula.Config{BaseURL: server.url, Clock: fakeClock()}, nil)
	if err := errors.Join(r.call(t.Context(), fakenebula.OpListKeys), r.call(t.Context(), fakenebula.OpDeleteKey)); err != nil {
		t.Fatal(err)
	}
	if got := server.count(http.MethodDelete); got != 3 || r.tries(fakenebula.OpDeleteKey) != 3 {
		t.Errorf("%d requests for %d tries", got, r.tries(fakenebula.OpDeleteKey))
	}
}

// TestUnreadableAnswersAreNotQuoted: net/http quotes what it cannot read.
func TestUnreadableAnswersAreNotQuoted(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		"LEAKED LEAKED\r\n\r\n",
		"HTTP/1.1 LEAKED\r\n\r\n",
		"HTTP/9.LEAKED 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nLEAKED\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: LEAKED\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: LEAKED\r\n\r\n",
		"HTTP/1.1 302 Found\r\nLocation: http://LEAKED:LEAKED/\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 999 LEAKED\r\nContent-Length: 6\r\n\r\nLEAKED",
		"HTTP/1.1 101 LEAKED\r\nConnection: upgrade\r\nUpgrade: LEAKED\r\n\r\n",
	} {
		server := newRawServer(t, func(int, *http.Request) (string, bool) { return answer, false })
		r := &fixture{t: t}
		r.connect(nebula.Config{BaseURL: server.url}, func(cfg *nebula.Config) { cfg.MaxRetries = 0 })
		err := r.call(t.Context(), fakenebula.OpCreateKey)
		if !nebula.IsAmbiguous(err) || strings.Contains(err.Error(), "LEAKED") {
			t.Errorf("%q gives %v", answer, err)
		}
		if got := server.count(http.MethodPost); got != 1 {
			t.Errorf("%q: %d requests", answer, got)
		}
	}
}

// TestBadCredentialCharacters: a credential that cannot stand in a header is
// not sent, and not shown.
func TestBadCredentialCharacters(t *testing.T) {
	t.Parallel()
	r := overSocket(t, fakenebula.Options{}, func(cfg *nebula.Config) { cfg.Credential = nebula.APIKeyCredential("canary\nX-Injected: canary") })
	err := r.call(t.Context(), fakenebula.OpCreateKey)
	outcome{class: nebula.NotSent}.mustBe(t, err)
	if strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v", err)
	}
	r.mustCount(fakenebula.OpAny, 0)
}

// TestOldTLSIsRefused: a server that cannot do TLS 1.2 gets nothing.
func TestOldTLSIsRefused(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	t.Cleanup(server.Close)
	r := &fixture{t: t}
	r.connect(nebula.Config{BaseURL: server.URL}, func(cfg *nebula.Config) { cfg.MaxRetries = 0 })
	err := r.call(t.Context(), fakenebula.OpCreateKey)
	outcome{class: nebula.NotSent}.mustBe(t, err)
	if !strings.Contains(err.Error(), "protocol version") || requests.Load() != 0 {
		t.Errorf("got %v after %d requests", err, requests.Load())
	}
}

// TestObserve: metadata of every try, and nothing else.
func TestObserve(t *testing.T) {
	t.Parallel()
	r := overSocket(t, matrixOptions(), nil)
	r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpDeleteKey, Answer: fakenebula.Failed(503, "later "+apiKey)})
	if err := r.call(context.WithoutCancel(t.Context()), fakenebula.OpDeleteKey); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.exchanges) != 2 {
		t.Fatalf("%d exchanges", len(r.exchanges))
	}
	first, second := r.exchanges[0], r.exchanges[1]
	if first.Method != http.MethodDelete || first.Route != "/api-keys/{id}" || first.Status != 503 || first.Try != 1 || first.Bytes == 0 ||
		first.Err == "" || strings.Contains(first.Err, "canary") {
		t.Errorf("first %+v", first)
	}
	if second.Status != 200 || second.Try != 2 || second.Err != "" || second.Bytes == 0 || second.Duration < 0 {
		t.Errorf("second %+v", second)
	}
}
