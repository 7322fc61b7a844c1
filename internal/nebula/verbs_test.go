package nebula

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestAt fills ids into routes, and refuses what could address another one.
func TestAt(t *testing.T) {
	t.Parallel()
	got := at("/computing/instance/{id}/reboot", "102cade84ea-e703")
	if got.err != nil || got.path != "/computing/instance/102cade84ea-e703/reboot" || got.route != "/computing/instance/{id}/reboot" {
		t.Errorf("got %+v", got)
	}
	for _, wrong := range []target{at("/things/{id}"), at("/things", "5"), at("/things/{id}", ""), at("/things/{id}", "../x"), at("/things/{id}", "a/b"), at("/things/{id", "5")} {
		if wrong.err == nil {
			t.Errorf("%+v is accepted", wrong)
		}
		l := answeringAs(t, says(`{"status":"success"}`))
		if err := l.client.do(t.Context(), reading(wrong)); err == nil || len(l.requests()) > 0 {
			t.Errorf("%+v: %v, %v", wrong, err, l.requests())
		}
	}
}

// TestVerbs are the calls that a thing is made of.
func TestVerbs(t *testing.T) {
	t.Parallel()
	l := answeringAs(t, func(w http.ResponseWriter, r *http.Request) {
		content, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if r.Header.Get("Idempotency-Key")+r.Header.Get("X-Idempotency-Key") != "" {
			t.Errorf("%s is made repeatable", r.Method)
		}
		says(fmt.Sprintf(`{"status":"success","message":"ok","data":{"id":%d}}`, len(content)))(w, r)
	})
	ctx, request := t.Context(), map[string]string{"name": "a"} // 12 bytes
	if got, err := get[thing](ctx, l.client, at("/things/{id}", "5")); err != nil || got.ID != "0" {
		t.Errorf("get: %v, %v", got, err)
	}
	if got, err := create[thing](ctx, l.client, at("/things"), func() (map[string]string, error) { return request, nil }); err != nil || got.ID != "12" {
		t.Errorf("create: %v, %v", got, err)
	}
	if got, err := change[thing](ctx, l.client, at("/things/{id}", "5"), request); err != nil || got.ID != "12" {
		t.Errorf("change: %v, %v", got, err)
	}
	if err := errors.Join(l.client.remove(ctx, at("/things/{id}", "5")), l.client.changingGet(ctx, at("/things/{id}/start", "5"))); err != nil {
		t.Error(err)
	}
	if got, want := strings.Join(l.requests(), "; "), "GET /things/5; POST /things; PUT /things/5; DELETE /things/5; GET /things/5/start"; got != want {
		t.Errorf("sent %s", got)
	}
	unprepared := errors.New("no randomness")
	if _, err := create[thing](ctx, l.client, at("/things"), func() (string, error) { return "", unprepared }); !errors.Is(err, unprepared) || len(l.requests()) != 5 {
		t.Errorf("a body that cannot be made: %v", err)
	}
}

// TestAnswersThatLackSomething are ambiguous: the type of the data says what it
// must hold.
func TestAnswersThatLackSomething(t *testing.T) {
	t.Parallel()
	for _, data := range []string{`null`, `{}`, `[]`, `5`, `{"id":null}`, `{"id":{}}`} {
		l := answeringAs(t, says(`{"status":"success","message":"ok","data":`+data+`}`))
		if got, err := get[thing](t.Context(), l.client, at("/things/{id}", "5")); !IsAmbiguous(err) || got.ID != "" {
			t.Errorf("%s: %v, %v", data, got, err)
		}
	}
}

// rawAPI answers its first request, on each connection, and breaks off at the
// second without a word. It counts requests and connections.
type rawAPI struct {
	url                   string
	requests, connections atomic.Int32
}

func newRawAPI(t *testing.T) *rawAPI {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	api := &rawAPI{url: "http://" + listener.Addr().String()}
	const content = `{"status":"success","message":"ok","data":[]}`
	answer := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(content), content)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			api.connections.Add(1)
			serving.Go(func() {
				defer func() { _ = conn.Close() }()
				buf := make([]byte, 4096)
				for {
					n, err := conn.Read(buf)
					if err != nil {
						return
					}
					if !strings.HasPrefix(string(buf[:n]), "GET /list ") {
						api.requests.Add(1)
						return
					}
					if _, err := io.WriteString(conn, answer); err != nil {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close() // ends the loop
		serving.Wait()
	})
	return api
}

// TestChangingGetIsSentOnce, although net/http resends a GET by itself when a
// connection breaks that was used before. An ordinary read shows that it does.
func TestChangingGetIsSentOnce(t *testing.T) {
	t.Parallel()
	for _, changes := range []bool{true, false} {
		api := newRawAPI(t)
		client, err := New(Config{BaseURL: api.url, Credential: APIKeyCredential("k"), MaxRetries: 0})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.CloseIdleConnections)
		if err := client.do(t.Context(), reading(at("/list"))); err != nil {
			t.Fatal(err)
		}
		call := reading(at("/things/{id}/reboot", "5"))
		if changes {
			call = changing(at("/things/{id}/reboot", "5"))
		}
		if err := client.do(t.Context(), call); !IsAmbiguous(err) {
			t.Errorf("got %v", err)
		}
		want := int32(1)
		if !changes {
			want = 2
		}
		if got := api.requests.Load(); got != want {
			t.Errorf("changing %t: sent %d times, want %d", changes, got, want)
		}
		if api.connections.Load() != 2 {
			t.Errorf("changing %t: %d connections", changes, api.connections.Load())
		}
	}
}

// TestChangingGetIsNotRetried after a fault, however many retries there are.
func TestChangingGetIsNotRetried(t *testing.T) {
	t.Parallel()
	l := answeringAs(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	l.client.maxRetries = 5
	if err := l.client.changingGet(t.Context(), at("/things/{id}/reboot", "5")); !IsAmbiguous(err) || len(l.requests()) != 1 {
		t.Errorf("%v after %v", err, l.requests())
	}
}

var pdf = fileKind{name: "a PDF file", contentTypes: []string{"application/pdf"}, magic: "%PDF-"}

// TestDownload takes a file only for what it is.
func TestDownload(t *testing.T) {
	t.Parallel()
	const file = "%PDF-1.7\nbinary \x00\xff"
	answers := func(status int, contentType, content string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, content)
		}
	}
	for _, contentType := range []string{"application/pdf", "application/pdf; charset=binary", "application/octet-stream", ""} {
		l := answeringAs(t, func(w http.ResponseWriter, r *http.Request) {
			if accept := r.Header.Get("Accept"); accept != "application/pdf, application/json" {
				t.Errorf("accepts %q", accept)
			}
			if contentType == "" {
				w.Header()["Content-Type"] = nil
			}
			answers(200, contentType, file)(w, r)
		})
		if got, err := l.client.download(t.Context(), at("/file"), pdf); err != nil || string(got) != file {
			t.Errorf("%q: %q, %v", contentType, got, err)
		}
	}
	for name, handler := range map[string]http.HandlerFunc{
		"another type":    answers(200, "text/html", file),
		"other bytes":     answers(200, "application/pdf", "<html></html>"),
		"empty":           answers(200, "application/pdf", ""),
		"JSON success":    answers(200, "application/json", `{"status":"success","message":"ok","data":{}}`),
		"JSON as a PDF":   answers(200, "application/pdf", `{"a":1}`),
		"too large":       answers(200, "application/pdf", file+strings.Repeat(" ", maxBody)),
		"a proxy's 502":   answers(502, "text/html", "<html></html>"),
		"a file with 500": answers(500, "application/pdf", file),
		"a redirect":      answers(302, "application/pdf", file),
		"a file in a 400": answers(400, "application/pdf", file),
	} {
		l := answeringAs(t, handler)
		if got, err := l.client.download(t.Context(), at("/file"), pdf); got != nil || !IsAmbiguous(err) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	for content, status := range map[string]int{
		`{"status":"failed","message":"no such invoice"}`:                        200,
		`{"status":"failed","message":"no such invoice" }`:                       404,
		`{"detail":"no such invoice"}`:                                           404,
		`{"detail":[{"loc":["path","id"],"msg":"no such invoice","input":"x"}]}`: 422,
	} {
		l := answeringAs(t, answers(status, "application/json", content))
		got, err := l.client.download(t.Context(), at("/file"), pdf)
		var e *APIError
		if got != nil || !errors.As(err, &e) || e.Class != Refused || !strings.Contains(e.Message, "no such invoice") {
			t.Errorf("%s: %v", content, err)
		}
	}
}
