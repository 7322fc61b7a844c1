package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// program is the command, running.
type program struct {
	t     *testing.T
	lines *bufio.Scanner
	stop  context.CancelFunc
	done  chan error

	url, key, username, password string // what it says to paste
}

var exported = regexp.MustCompile(`^export NEBULA_API_URL=(http://127\.0\.0\.1:[0-9]+/api/v1) NEBULA_(?:API_KEY=(\S+)|USERNAME=(\S+) NEBULA_PASSWORD=(\S+))$`)

// start runs the command on a free port and reads what it prints.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	p := &program{t: t, lines: bufio.NewScanner(out), stop: stop, done: make(chan error, 1)}
	go func() {
		err := run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), in, io.Discard)
		_ = in.Close()
		p.done <- err
	}()
	t.Cleanup(stop)
	for p.password == "" && p.lines.Scan() {
		if match := exported.FindStringSubmatch(p.lines.Text()); match != nil {
			p.url, p.key, p.username, p.password = match[1], p.key+match[2], match[3], match[4]
		}
	}
	if !p.lines.Scan() || p.lines.Text() != "" {
		t.Fatalf("after what to paste comes %q", p.lines.Text())
	}
	return p
}

// call sends a request, on a connection of its own, and returns status and body.
func (p *program) call(method, path, contentType, body string) (status int, answer string, err error) {
	p.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.key)
	r.Header.Set("Content-Type", contentType)
	response, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	return response.StatusCode, string(content), err
}

// TestServesUntilStopped does what a newcomer does: start it, paste the line,
// call the API.
func TestServesUntilStopped(t *testing.T) {
	t.Parallel()
	p := start(t, "-log", "-list-route", "/keys", "-latency", "1ms")
	if len(p.key) != 46 || !strings.HasPrefix(p.key, "ak_") {
		t.Fatalf("the key is %q", p.key)
	}
	call := func(method, path, contentType, body, wantLine string) {
		t.Helper()
		answered := make(chan error, 1)
		go func() {
			_, _, err := p.call(method, path, contentType, body)
			answered <- err
		}()
		if !p.lines.Scan() || p.lines.Text() != wantLine {
			t.Errorf("log says %q, want %q", p.lines.Text(), wantLine)
		}
		if err := <-answered; err != nil {
			t.Error(err)
		}
	}
	call("POST", "/api-keys", "application/json", `{"name":"a"}`, "POST /api/v1/api-keys 200")
	call("GET", "/keys", "", "", "GET /api/v1/keys 200")
	call("GET", "/api-keys", "", "", "GET /api/v1/api-keys 405")
	call("DELETE", "/api-keys/2", "", "", "DELETE /api/v1/api-keys/2 200")
	call("POST", "/login", "application/x-www-form-urlencoded", "username="+p.username+"&password="+p.password, "POST /api/v1/login 200")

	p.stop()
	if err := <-p.done; err != nil {
		t.Error(err)
	}
	if p.lines.Scan() {
		t.Errorf("more output: %q", p.lines.Text())
	}
	if _, _, err := p.call("GET", "/keys", "", ""); err == nil {
		t.Error("still serving")
	}
}

// TestFlags starts the program with each flag and looks at what the API does.
func TestFlags(t *testing.T) {
	t.Parallel()
	create := func(p *program) (int, string, error) {
		return p.call("POST", "/api-keys", "application/json", `{"name":"a"}`)
	}
	list := func(p *program, path string) string {
		status, body, err := p.call("GET", path, "", "")
		if err != nil || status != 200 {
			p.t.Errorf("%d %s %v", status, body, err)
		}
		return body
	}
	for name, test := range map[string]struct {
		args  []string
		check func(t *testing.T, p *program)
	}{
		"2025": {[]string{"-api", "2025"}, func(t *testing.T, p *program) {
			if body := list(p, "/keys"); !strings.HasPrefix(p.key, "sk-") || !strings.Contains(body, `"created_at":`) {
				t.Error(p.key, body)
			}
			if status, body, _ := create(p); status != 404 || body != `{"detail":"Not Found"}` {
				t.Error(status, body)
			}
		}},
		"a given key": {[]string{"-api-key", "any-key-of-mine"}, func(t *testing.T, p *program) {
			if list(p, "/api-keys"); p.key != "any-key-of-mine" {
				t.Error(p.key)
			}
		}},
		"lost answer": {[]string{"-lose-answer", "create key"}, func(t *testing.T, p *program) {
			if _, _, err := create(p); err == nil {
				t.Error("the answer is not lost")
			}
			if body := list(p, "/api-keys"); strings.Count(body, `"name":"a"`) != 1 {
				t.Error(body)
			}
			if status, body, err := create(p); err != nil || status != 200 {
				t.Error("lost twice:", status, body, err)
			}
		}},
		"rate limit": {[]string{"-rate-limit", "1"}, func(t *testing.T, p *program) {
			list(p, "/api-keys")
			if status, _, err := create(p); status != http.StatusTooManyRequests {
				t.Error(status, err)
			}
		}},
		"hidden": {[]string{"-hide-new", "1h"}, func(t *testing.T, p *program) {
			if status, _, err := create(p); status != 200 {
				t.Error(status, err)
			}
			if body := list(p, "/api-keys"); strings.Contains(body, `"name":"a"`) {
				t.Error(body)
			}
		}},
		"populated": {[]string{"-populate"}, func(t *testing.T, p *program) {
			if body := list(p, "/api-keys"); strings.Count(body, `"name"`) != 6 || !strings.Contains(body, `"name":"demo"`) {
				t.Error(body)
			}
			if body := list(p, "/ssh-keys"); strings.Count(body, `"key_data":"ssh-ed25519 `) != 2 {
				t.Error(body)
			}
			if body := list(p, "/computing/instances"); strings.Count(body, `"host_name"`) != 4 || !strings.Contains(body, "Stopped") {
				t.Error(body)
			}
		}},
		"slow deploy": {[]string{"-slow-deploy", "1h"}, func(t *testing.T, p *program) {
			made := `{"instance_name":"a","product_id":"fcp66d566c43a9501001256","image_id":"fcp66d566c93a95010012","ssh_key_id":1}`
			if status, body, err := p.call("POST", "/computing/instance", "application/json", made); err != nil || status != 200 {
				t.Error(status, body, err)
			}
			if body := list(p, "/computing/instances"); !strings.Contains(body, "Deploying") {
				t.Error(body)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.check(t, start(t, test.args...))
		})
	}
}

func TestEachStartHasItsOwnKey(t *testing.T) {
	t.Parallel()
	if a, b := start(t), start(t); a.key == b.key {
		t.Error("one key opens both")
	}
}

func TestPortTaken(t *testing.T) {
	t.Parallel()
	p := start(t)
	addr := strings.TrimSuffix(strings.TrimPrefix(p.url, "http://"), "/api/v1")
	err := run(t.Context(), []string{"-addr", addr}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "another program listens on "+addr) || !strings.Contains(err.Error(), "-addr 127.0.0.1:0") {
		t.Error(err)
	}
}

func TestBadArguments(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"-list-route must be":  {"-list-route", "/nothing"},
		"-latency must not":    {"-latency", "-1s"},
		"-hide-new must not":   {"-hide-new", "-1s"},
		"-rate-limit must":     {"-rate-limit", "-1"},
		"-slow-deploy must":    {"-slow-deploy", "-1s"},
		"-lose-answer must":    {"-lose-answer", "everything"},
		"-api: \"2023\" is no": {"-api", "2023"},
		"unexpected argument":  {"serve"},
		"invalid value":        {"-latency", "soon"},
		"not defined":          {"-nothing"},
		"listen tcp":           {"-addr", "127.0.0.1:99999"},
	} {
		err := run(t.Context(), args, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", args, err)
		}
	}
	var help bytes.Buffer
	if err := run(t.Context(), []string{"-h"}, io.Discard, &help); !errors.Is(err, flag.ErrHelp) || !strings.Contains(help.String(), "-list-route route") {
		t.Errorf("%v %s", err, help.String())
	}
	s, err := parse([]string{"-latency", "20ms", "-addr", ":1"}, io.Discard)
	if err != nil || s.options.Latency != 20*time.Millisecond || s.addr != ":1" {
		t.Errorf("%+v %v", s, err)
	}
}

func TestReachable(t *testing.T) {
	t.Parallel()
	for served, want := range map[string]string{
		"http://127.0.0.1:8911/api/v1": "http://127.0.0.1:8911/api/v1",
		"http://[::]:8911/api/v1":      "http://127.0.0.1:8911/api/v1",
		"http://0.0.0.0:8911/api/v1":   "http://127.0.0.1:8911/api/v1",
		"http://[::1]:8911/api/v1":     "http://[::1]:8911/api/v1",
	} {
		if got := reachable(served); got != want {
			t.Errorf("%s becomes %s", served, got)
		}
	}
}

// TestQuote asks a real shell.
func TestQuote(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"ak_x-0", demoUsername, "", "a b", "it's", `$HOME "x" \ ;`, "a\nb"} {
		out, err := exec.CommandContext(t.Context(), "sh", "-c", "printf %s "+quote(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q becomes %q: %v", word, out, err)
		}
	}
	if quote("ak_x-0") != "ak_x-0" {
		t.Error("a key needs no quotes")
	}
}
