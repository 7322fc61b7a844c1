// Command fakenebula serves a fake of the Nebula Block Platform API, so that
// the provider can be tried without an account:
//
//	go run ./internal/cmd/fakenebula
//
// It prints what to paste into the shell that runs Terraform. What is made
// lives until the program ends. Flags make it misbehave as a real API can:
//
//	go run ./internal/cmd/fakenebula -lose-answer 'create key'
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "fakenebula:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parse(args, stderr)
	if err != nil {
		return err
	}
	server := fakenebula.New(s.options)
	s.apiKey = server.Secret(server.Keys()[0].ID)
	if s.populate {
		populate(server)
	}
	if s.loseAnswer != "" {
		server.Inject(fakenebula.Fault{Operation: s.loseAnswer, Drop: true, Commit: true, Reset: true})
	}
	if s.log {
		var mu sync.Mutex
		server.OnResponse(func(r fakenebula.Request) {
			mu.Lock()
			defer mu.Unlock()
			_, _ = fmt.Fprintln(stdout, r.Method, r.Path, status(r))
		})
	}
	endpoint, err := server.Start(s.addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("another program listens on %s, perhaps another fakenebula: stop it, or let this one choose a port with -addr 127.0.0.1:0", s.addr)
	}
	if err != nil {
		return err
	}
	defer endpoint.Close()
	if _, err := io.WriteString(stdout, s.instructions(endpoint.URL)); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// status is what a request got, for the log.
func status(r fakenebula.Request) string {
	if r.Status == 0 {
		return "no answer"
	}
	return fmt.Sprint(r.Status)
}

// instructions say what to paste.
func (s settings) instructions(served string) string {
	export := "export NEBULA_API_URL=" + quote(reachable(served))
	return fmt.Sprintf(`A fake Nebula Block API is running, as the sources of %s describe it. Ctrl-C
stops it and forgets what was made. Paste into the shell that runs Terraform:

%s NEBULA_API_KEY=%s

Or, in a shell without NEBULA_API_KEY, to log in instead:

%s NEBULA_USERNAME=%s NEBULA_PASSWORD=%s

`, s.options.Reading, export, quote(s.apiKey), export, quote(s.username), quote(s.password))
}

// reachable is the URL with an address that a client can use, also when the
// server listens on all addresses.
func reachable(served string) string {
	u, err := url.Parse(served)
	if err != nil {
		return served
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsUnspecified() {
		u.Host = net.JoinHostPort("127.0.0.1", u.Port())
	}
	return u.String()
}

// quote makes s one word of a POSIX shell.
func quote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./:@%+=,", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
