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

// TestServesUntilStopped does what a newcomer does: start it, paste the line,
// call the API.
func TestServesUntilStopped(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-addr", "127.0.0.1:0", "-log", "-list-route", "/keys", "-latency", "1ms"}, in, io.Discard)
		_ = in.Close()
		done <- err
	}()
	lines := bufio.NewScanner(out)
	exported := regexp.MustCompile(`^export NEBULA_API_URL=(http://127\.0\.0\.1:[0-9]+/api/v1) NEBULA_(?:API_KEY=(\S+)|USERNAME=(\S+) NEBULA_PASSWORD=(\S+))$`)
	var url, key, username, password string
	for password == "" && lines.Scan() {
		if match := exported.FindStringSubmatch(lines.Text()); match != nil {
			url, key, username, password = match[1], key+match[2], match[3], match[4]
		}
	}
	if len(key) != 46 || !strings.HasPrefix(key, "ak_demo") {
		t.Fatalf("the demo key is %q", key)
	}

	if !lines.Scan() || lines.Text() != "" {
		t.Fatalf("after what to paste comes %q", lines.Text())
	}

	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	call := func(method, path, contentType, body, wantLine string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Content-Type", contentType)
		answered := make(chan error, 1)
		go func() {
			response, err := client.Do(r)
			if err == nil {
				err = response.Body.Close()
			}
			answered <- err
		}()
		if !lines.Scan() || lines.Text() != wantLine {
			t.Errorf("log says %q, want %q", lines.Text(), wantLine)
		}
		if err := <-answered; err != nil {
			t.Error(err)
		}
	}
	call("POST", "/api-keys", "application/json", `{"name":"a"}`, "POST /api/v1/api-keys 200")
	call("GET", "/keys", "", "", "GET /api/v1/keys 200")
	call("GET", "/api-keys", "", "", "GET /api/v1/api-keys 405")
	call("DELETE", "/api-keys/2", "", "", "DELETE /api/v1/api-keys/2 200")
	call("POST", "/login", "application/x-www-form-urlencoded", "username="+username+"&password="+password, "POST /api/v1/login 200")

	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if lines.Scan() {
		t.Errorf("more output: %q", lines.Text())
	}
	if response, err := client.Get(url + "/keys"); err == nil {
		_ = response.Body.Close()
		t.Error("still serving")
	}
}

func TestBadArguments(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"-list-route must be": {"-list-route", "/nothing"},
		"-latency must not":   {"-latency", "-1s"},
		"-api-key must not":   {"-api-key", ""},
		"unexpected argument": {"serve"},
		"invalid value":       {"-latency", "soon"},
		"not defined":         {"-nothing"},
		"listen tcp":          {"-addr", "127.0.0.1:99999"},
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
	for _, word := range []string{demoKey, demoUsername, "", "a b", "it's", `$HOME "x" \ ;`, "a\nb"} {
		out, err := exec.CommandContext(t.Context(), "sh", "-c", "printf %s "+quote(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q becomes %q: %v", word, out, err)
		}
	}
	if quote(demoKey) != demoKey {
		t.Error("the demo key needs no quotes")
	}
}
