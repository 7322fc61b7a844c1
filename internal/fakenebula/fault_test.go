package fakenebula_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// TestFaults injects each kind of fault into a create, once over a port and
// once in process: the caller must see the same, and the state must be the
// same.
func TestFaults(t *testing.T) {
	t.Parallel()
	answered := func(status int, contentType, part string) func(*testing.T, reply) {
		return func(t *testing.T, got reply) {
			t.Helper()
			if got.err != nil || got.bodyErr != nil || got.status != status ||
				got.header.Get("Content-Type") != contentType || !strings.Contains(got.body, part) {
				t.Errorf("want %d %s with %q: %+v", status, contentType, part, got)
			}
		}
	}
	const jsonType, html = "application/json", "text/html; charset=utf-8"
	tests := []struct {
		name      string
		fault     fakenebula.Fault
		committed bool
		want      func(*testing.T, reply)
	}{
		{name: "error envelope", fault: fakenebula.Fault{Answer: fakenebula.Failed(422, "odd name")},
			want: answered(422, jsonType, `"odd name"`)},
		{name: "200 failed", fault: fakenebula.Fault{Answer: fakenebula.Failed(200, "no")},
			want: answered(200, jsonType, `"status":"failed"`)},
		{name: "500 after commit", fault: fakenebula.Fault{Answer: fakenebula.Failed(500, "boom"), Commit: true}, committed: true,
			want: answered(500, jsonType, "boom")},
		{name: "HTML", fault: fakenebula.Fault{Answer: fakenebula.HTML(502)},
			want: answered(502, html, "502 Bad Gateway")},
		{name: "HTML with 200", fault: fakenebula.Fault{Answer: fakenebula.HTML(200), Commit: true}, committed: true,
			want: answered(200, html, "<html>")},
		{name: "literal JSON", fault: fakenebula.Fault{Answer: fakenebula.JSON(200, `[1]`)},
			want: answered(200, jsonType, "[1]")},
		{name: "empty body", fault: fakenebula.Fault{Answer: fakenebula.JSON(200, "")},
			want: answered(200, jsonType, "")},
		{name: "redirect", fault: fakenebula.Fault{Answer: fakenebula.Redirect(307, "/elsewhere")},
			want: func(t *testing.T, got reply) {
				answered(307, html, "")(t, got)
				if got.header.Get("Location") != "/elsewhere" {
					t.Error(got.header)
				}
			}},
		{name: "429", fault: fakenebula.Fault{Answer: fakenebula.TooManyRequests("7")},
			want: func(t *testing.T, got reply) {
				answered(429, jsonType, `"failed"`)(t, got)
				if got.header.Get("Retry-After") != "7" {
					t.Error(got.header)
				}
			}},
		{name: "429 without Retry-After", fault: fakenebula.Fault{Answer: fakenebula.TooManyRequests("")},
			want: func(t *testing.T, got reply) {
				if _, set := got.header["Retry-After"]; set || got.status != 429 {
					t.Errorf("%+v", got)
				}
			}},
		{name: "dropped before", fault: fakenebula.Fault{Drop: true}, want: dropped},
		{name: "dropped after", fault: fakenebula.Fault{Drop: true, Commit: true}, committed: true, want: dropped},
		{name: "reset before", fault: fakenebula.Fault{Drop: true, Reset: true}, want: wasReset},
		{name: "reset after", fault: fakenebula.Fault{Drop: true, Reset: true, Commit: true}, committed: true, want: wasReset},
		{name: "truncated", fault: fakenebula.Fault{Rewrite: fakenebula.Cut}, committed: true, want: truncated},
		{name: "truncated error page", fault: fakenebula.Fault{Answer: fakenebula.HTML(500), Rewrite: fakenebula.Cut}, want: truncated},
		{name: "truncated before the first byte", fault: fakenebula.Fault{Answer: fakenebula.JSON(200, "{"), Rewrite: fakenebula.Cut}, want: truncated},
		{name: "oversized", fault: fakenebula.Fault{Rewrite: fakenebula.Oversize}, committed: true,
			want: func(t *testing.T, got reply) {
				if len(got.body) <= 16<<20 || strings.TrimLeft(got.body, " ")[0] != '{' {
					t.Errorf("%d bytes", len(got.body))
				}
				got.data(t)
			}},
		{name: "data null", fault: fakenebula.Fault{Rewrite: fakenebula.WithData("null")}, committed: true,
			want: answered(200, jsonType, `"data":null`)},
		{name: "missing key", fault: fakenebula.Fault{Rewrite: fakenebula.WithoutField("key")}, committed: true,
			want: func(t *testing.T, got reply) {
				if data, _ := got.data(t).(map[string]any); data["key"] != nil || data["id"] != 2.0 {
					t.Errorf("%v", data)
				}
			}},
		{name: "odd id", fault: fakenebula.Fault{Rewrite: fakenebula.WithField("id", `{"a":1}`)}, committed: true,
			want: answered(200, jsonType, `"id":{"a":1}`)},
		{name: "delay", fault: fakenebula.Fault{Delay: time.Minute}, committed: true, want: answered(200, jsonType, "success")},
		{name: "slow", fault: fakenebula.Fault{Delay: time.Minute, ActLate: true}, committed: true, want: answered(200, jsonType, "success")},
		{name: "delayed drop", fault: fakenebula.Fault{Delay: time.Minute, Drop: true}, want: dropped},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			bothWays(t, func(t *testing.T, connect func(*testing.T, *fakenebula.Server) caller) {
				fake := clock.NewFake(start)
				server := fakenebula.New(withRoot(fakenebula.Options{Clock: fake}))
				api := connect(t, server)
				fault := test.fault
				fault.Operation = fakenebula.OpCreateKey
				server.Inject(fault)

				api.list().data(t) // another operation is spared
				test.want(t, api.create("a"))
				if got := len(server.Keys()) == 2; got != test.committed {
					t.Errorf("committed: %t", got)
				}
				if server.ArmedFaults() != 0 {
					t.Error("the fault did not strike")
				}
				if got := fake.Now().Sub(start); got != fault.Delay {
					t.Errorf("took %s", got)
				}
				api.create("b").data(t) // struck once
			})
		})
	}
}

func dropped(t *testing.T, got reply) {
	t.Helper()
	if !errors.Is(got.err, io.EOF) {
		t.Errorf("want EOF: %+v", got)
	}
}

func wasReset(t *testing.T, got reply) {
	t.Helper()
	var op *net.OpError
	if !errors.Is(got.err, syscall.ECONNRESET) || !errors.As(got.err, &op) || op.Op != "read" {
		t.Errorf("want a reset: %+v", got)
	}
}

func truncated(t *testing.T, got reply) {
	t.Helper()
	if got.err != nil || !errors.Is(got.bodyErr, io.ErrUnexpectedEOF) {
		t.Errorf("want an unexpected EOF: %+v", got)
	}
}

// TestHang lets the caller give up on an answer, or a body, that never comes.
func TestHang(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakenebula.Fault{
		"hang":        {Hang: true},
		"hang, acted": {Hang: true, Commit: true},
		"stalled":     {Rewrite: fakenebula.Stall},
		"until":       {Until: make(chan struct{})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bothWays(t, func(t *testing.T, connect func(*testing.T, *fakenebula.Server) caller) {
				server := fakenebula.New(withRoot(fakenebula.Options{}))
				server.Inject(fault)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				server.OnResponse(func(fakenebula.Request) { cancel() })
				api := connect(t, server)
				got := api.send(ctx, http.MethodPost, "/api-keys", "application/json", `{"name":"a"}`)
				if !errors.Is(got.err, context.Canceled) && !errors.Is(got.bodyErr, context.Canceled) {
					t.Errorf("%+v", got)
				}
				if got := len(server.Keys()) == 2; got != (name != "hang") {
					t.Errorf("committed: %t", got)
				}
			})
		})
	}
}

func TestUntil(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]bool{"acts at once": false, "acts late": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bothWays(t, func(t *testing.T, connect func(*testing.T, *fakenebula.Server) caller) {
				server := fakenebula.New(withRoot(fakenebula.Options{}))
				release, arrived, acted := make(chan struct{}), make(chan struct{}), make(chan struct{})
				server.OnRequest(func(fakenebula.Request) { close(arrived) })
				server.OnResponse(func(fakenebula.Request) { close(acted) })
				server.Inject(fakenebula.Fault{Until: release, ActLate: late})
				api := connect(t, server)
				done := make(chan reply)
				go func() { done <- api.create("a") }()
				<-arrived
				if !late {
					<-acted
				}
				if got := len(server.Keys()) == 2; got == late {
					t.Errorf("committed: %t", got)
				}
				close(release)
				(<-done).data(t)
				if len(server.Keys()) != 2 {
					t.Error("not committed")
				}
			})
		})
	}
}

// TestLateCommit answers nothing, or an error, and commits later.
func TestLateCommit(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakenebula.Fault{
		"drop":  {Drop: true, CommitAfter: time.Minute},
		"error": {Answer: fakenebula.HTML(504), CommitAfter: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bothWays(t, func(t *testing.T, connect func(*testing.T, *fakenebula.Server) caller) {
				fake := clock.NewFake(start)
				server := fakenebula.New(withRoot(fakenebula.Options{Clock: fake, HideNewFor: time.Second}))
				server.Inject(fault)
				api := connect(t, server)
				if got := api.create("late"); got.err == nil && got.status != 504 {
					t.Fatalf("%+v", got)
				}
				server.AddKey("between", "")
				fake.Advance(time.Minute - 1)
				if got := api.list().names(t); got != "root between" {
					t.Error(got)
				}
				// The credential counted when the request arrived.
				server.DeleteKey("1")
				fake.Advance(time.Second + 1)
				keys := server.Keys()
				if len(keys) != 2 || keys[1].Name != "late" || keys[1].Hidden || !keys[1].CreatedAt.Equal(start.Add(time.Minute)) {
					t.Fatalf("%+v", keys)
				}
				if got := server.Journal()[0]; got.ObjectID != keys[1].ID || got.Operation != fakenebula.OpCreateKey {
					t.Errorf("%+v", got)
				}
			})
		})
	}

	t.Run("refused credential", func(t *testing.T) {
		t.Parallel()
		fake := clock.NewFake(start)
		server := fakenebula.New(fakenebula.Options{Clock: fake})
		server.Inject(fakenebula.Fault{Drop: true, CommitAfter: time.Minute})
		inProcess(t, server).create("late")
		fake.Advance(time.Hour)
		if got := server.Issued(); len(got) != 0 {
			t.Errorf("%+v", got)
		}
	})
}

// TestTimeOutOnAFakeClock shows that time-outs of clock.Fake strike in process
// without waiting, at the right instant.
func TestTimeOutOnAFakeClock(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault fakenebula.Fault
		at    time.Duration // of the commit, 0 for never
	}{
		"hang":              {fakenebula.Fault{Hang: true}, 0},
		"hang, acted":       {fakenebula.Fault{Hang: true, Commit: true}, 1},
		"delay":             {fakenebula.Fault{Delay: time.Minute}, 1},
		"delay, acts late":  {fakenebula.Fault{Delay: time.Minute, ActLate: true}, time.Minute},
		"delay, drop":       {fakenebula.Fault{Delay: time.Minute, Drop: true}, 0},
		"stalled":           {fakenebula.Fault{Rewrite: fakenebula.Stall}, 1},
		"late commit, hang": {fakenebula.Fault{Hang: true, CommitAfter: 10 * time.Second}, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := clock.NewFake(start)
			server := fakenebula.New(withRoot(fakenebula.Options{Clock: fake}))
			server.Inject(test.fault)
			ctx, cancel := fake.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			got := inProcess(t, server).send(ctx, http.MethodPost, "/api-keys", "application/json", `{"name":"a"}`)
			if !errors.Is(got.err, context.DeadlineExceeded) && !errors.Is(got.bodyErr, context.DeadlineExceeded) {
				t.Errorf("%+v", got)
			}
			if took := fake.Now().Sub(start); took != 30*time.Second {
				t.Errorf("took %s", took)
			}
			if test.fault.Rewrite == nil && server.Journal()[0].Status != 0 {
				t.Error("the journal shows an answer")
			}
			fake.Advance(time.Hour)
			keys := server.Keys()
			if len(keys) == 2 != (test.at > 0) {
				t.Fatalf("%+v", keys)
			}
			if test.at > 1 && keys[1].CreatedAt.Sub(start) != test.at {
				t.Errorf("committed at %s", keys[1].CreatedAt)
			}
		})
	}
}

func TestFaultSelection(t *testing.T) {
	t.Parallel()
	server := fakenebula.New(withRoot(fakenebula.Options{}))
	api := inProcess(t, server)
	server.Inject(
		fakenebula.Fault{Operation: fakenebula.OpListKeys, Skip: 1, Times: 2, Answer: fakenebula.Failed(503, "busy")},
		fakenebula.Fault{Operation: fakenebula.OpCreateKey, Times: -1, Answer: fakenebula.Failed(400, "bad"),
			Match: func(r fakenebula.Request) bool { return r.ObjectName == "bad" }},
	)
	var statuses []int
	for range 4 {
		statuses = append(statuses, api.list().status)
	}
	for range 3 {
		statuses = append(statuses, api.create("bad").status, api.create("good").status)
	}
	want := []int{200, 503, 503, 200, 400, 200, 400, 200, 400, 200}
	for i := range want {
		if statuses[i] != want[i] {
			t.Fatalf("got %v, want %v", statuses, want)
		}
	}
	if server.ArmedFaults() != 1 {
		t.Error(server.ArmedFaults())
	}
	server.ClearFaults()
	api.create("bad").data(t)
}

func TestStaleListAndRewrittenRows(t *testing.T) {
	t.Parallel()
	server := fakenebula.New(withRoot(fakenebula.Options{}))
	api := inProcess(t, server)
	id, _ := server.AddKey("a", "")
	server.Inject(
		fakenebula.Fault{Omit: func(k fakenebula.Object) bool { return k.ID == id }},
		fakenebula.Fault{Rewrite: fakenebula.WithoutField("id")},
		fakenebula.Fault{Rewrite: fakenebula.WithField("name", "7")},
	)
	if got := api.list().names(t); got != "root" {
		t.Error(got)
	}
	if got := api.list().body; strings.Contains(got, `"id"`) || !strings.Contains(got, `"a"`) {
		t.Error(got)
	}
	if got := api.list().body; strings.Count(got, `"name":7`) != 2 {
		t.Error(got)
	}
	if got := api.list().names(t); got != "root a" {
		t.Error(got)
	}
}

func TestInjectRefusesNonsense(t *testing.T) {
	t.Parallel()
	answer := fakenebula.Failed(500, "no")
	all := func(fakenebula.Object) bool { return true }
	for name, fault := range map[string]fakenebula.Fault{
		"nothing":                  {Operation: fakenebula.OpListKeys},
		"commit of a real answer":  {Commit: true, Delay: 1},
		"commit alone":             {Commit: true},
		"two commits":              {Drop: true, Commit: true, CommitAfter: 1},
		"drop and hang":            {Drop: true, Hang: true},
		"drop and answer":          {Drop: true, Answer: answer},
		"hang and rewrite":         {Hang: true, Rewrite: fakenebula.Cut},
		"reset without drop":       {Hang: true, Reset: true},
		"not sent and answer":      {NotSent: io.EOF, Answer: answer},
		"late without delay":       {ActLate: true, Rewrite: fakenebula.Cut},
		"late without answer":      {ActLate: true, Delay: 1, Drop: true},
		"omit from nothing":        {Omit: all, Answer: answer},
		"omit from a repeated one": {Omit: all, Repeat: true},
		"answer and repeat":        {Answer: answer, Repeat: true},
		"drop and repeat":          {Drop: true, Repeat: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("accepted")
				}
			}()
			fakenebula.New(fakenebula.Options{}).Inject(fault)
		})
	}
}

// TestRepeatedAnswer is a proxy that answers a create with another's answer.
func TestRepeatedAnswer(t *testing.T) {
	t.Parallel()
	for _, commit := range []bool{false, true} {
		server := fakenebula.New(withRoot(fakenebula.Options{}))
		api := inProcess(t, server)
		server.Inject(fakenebula.Fault{Operation: fakenebula.OpCreateKey, Repeat: true, Commit: commit})
		first := api.create("a")
		if first.data(t); server.ArmedFaults() != 1 || len(server.Keys()) != 2 {
			t.Fatal("struck with nothing to repeat")
		}
		api.list().data(t)
		if second := api.create("b"); second.body != first.body || server.ArmedFaults() != 0 {
			t.Errorf("%+v", second)
		}
		if made := len(server.Keys()) - 2; made != 0 && !commit || made != 1 && commit {
			t.Errorf("%d keys made", made)
		}
		if third := api.create("c"); third.body == first.body {
			t.Error("struck twice")
		}
	}
}

// TestListsThatSayThatTheyAreIncomplete leaves rows out and says so.
func TestListsThatSayThatTheyAreIncomplete(t *testing.T) {
	t.Parallel()
	server := fakenebula.New(withRoot(fakenebula.Options{}))
	server.AddKey("a", "")
	api := inProcess(t, server)
	for _, member := range []string{`"total":2`, `"next":"/api-keys?page=2"`, `"has_more":true`} {
		name, value, _ := strings.Cut(member, ":")
		server.Inject(fakenebula.Fault{Rewrite: fakenebula.Both(fakenebula.FirstRows(1), fakenebula.WithMember(strings.Trim(name, `"`), value))})
		got := api.list()
		if got.names(t) != "root" || !strings.Contains(got.body, member) {
			t.Error(got.body)
		}
	}
	const link = `</api/v1/api-keys?page=2>; rel="next"`
	server.Inject(fakenebula.Fault{Rewrite: fakenebula.Both(fakenebula.FirstRows(0), fakenebula.WithHeader("Link", link))})
	if got := api.list(); got.names(t) != "" || got.header.Get("Link") != link {
		t.Errorf("%+v", got)
	}
	if got := api.list(); got.names(t) != "root a" || got.header.Get("Link") != "" {
		t.Errorf("%+v", got)
	}
}

// TestBytesAfterAnAnswer reads the connection itself, since net/http writes
// such bytes to the standard logger.
func TestBytesAfterAnAnswer(t *testing.T) {
	t.Parallel()
	server := fakenebula.New(withRoot(fakenebula.Options{}))
	endpoint, err := server.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(endpoint.Close)
	server.Inject(fakenebula.Fault{Operation: fakenebula.OpCreateKey, Rewrite: fakenebula.FollowedBy(func(a fakenebula.Answer) string {
		return "again: " + a.Body
	})})
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", strings.TrimSuffix(strings.TrimPrefix(endpoint.URL, "http://"), "/api/v1"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	const body = `{"name":"a"}`
	_, err = fmt.Fprintf(conn, "POST /api/v1/api-keys HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		rootKey, len(body), body)
	if err != nil {
		t.Fatal(err)
	}
	buffered := bufio.NewReader(conn)
	response, err := http.ReadResponse(buffered, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.Close || response.ContentLength != int64(len(answer)) {
		t.Fatalf("%v, %+v", err, response)
	}
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
	after := make([]byte, len("again: ")+len(answer))
	if _, err := io.ReadFull(buffered, after); err != nil || string(after) != "again: "+string(answer) {
		t.Errorf("%v: %s", err, after)
	}
	if len(server.Keys()) != 2 {
		t.Error("not carried out")
	}
}
