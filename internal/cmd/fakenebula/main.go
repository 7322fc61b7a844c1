// Command fakenebula serves a fake of the Nebula Block Platform API, so that
// the provider can be tried without an account:
//
//	go run ./internal/cmd/fakenebula
//
// It prints what to paste into the shell that runs Terraform. Keys live until
// the program ends.
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
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// What the server accepts by default. It looks like a key and opens nothing.
const (
	demoKey      = "ak_demo-key-of-the-fake-server-opens-nothing-0"
	demoUsername = "demo@example.com"
	demoPassword = "demo-password"
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

// settings are the values of the flags.
type settings struct {
	addr     string
	apiKey   string
	username string
	password string
	log      bool
	options  fakenebula.Options
}

func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	var listRoute string
	flags := flag.NewFlagSet("fakenebula", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.addr, "addr", "127.0.0.1:8911", "`address` to listen on")
	flags.StringVar(&s.apiKey, "api-key", demoKey, "API `key` that the server accepts; never use a real one")
	flags.StringVar(&s.username, "username", demoUsername, "`name` of the user who can log in")
	flags.StringVar(&s.password, "password", demoPassword, "that user's `password`; never use a real one")
	flags.StringVar(&listRoute, "list-route", fakenebula.ListSpellings()[0],
		"the one `route` that lists keys: "+strings.Join(fakenebula.ListSpellings(), ", "))
	flags.BoolVar(&s.log, "log", false, "print a line per request: method, path, status")
	flags.DurationVar(&s.options.Latency, "latency", 0, "`time` that every request takes, such as 20ms")
	if err := flags.Parse(args); err != nil {
		return settings{}, err
	}
	switch {
	case flags.NArg() > 0:
		return settings{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case s.apiKey == "":
		return settings{}, errors.New("-api-key must not be empty")
	case !slices.Contains(fakenebula.ListSpellings(), listRoute):
		return settings{}, fmt.Errorf("-list-route must be one of %s", strings.Join(fakenebula.ListSpellings(), ", "))
	case s.options.Latency < 0:
		return settings{}, errors.New("-latency must not be negative")
	}
	s.options.Keys.ListRoutes = []string{listRoute}
	s.options.APIKeys = []fakenebula.SeedKey{{Name: "demo", Description: "The key to try the provider with", Secret: s.apiKey}}
	s.options.Users = map[string]string{s.username: s.password}
	return s, nil
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parse(args, stderr)
	if err != nil {
		return err
	}
	server := fakenebula.New(s.options)
	if s.log {
		var mu sync.Mutex
		server.OnResponse(func(r fakenebula.Request) {
			mu.Lock()
			defer mu.Unlock()
			_, _ = fmt.Fprintln(stdout, r.Method, r.Path, r.Status)
		})
	}
	endpoint, err := server.Start(s.addr)
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

// instructions say what to paste.
func (s settings) instructions(served string) string {
	export := "export NEBULA_API_URL=" + quote(reachable(served))
	return fmt.Sprintf(`A fake Nebula Block API is running. Ctrl-C stops it and forgets its keys.
Paste into the shell that runs Terraform:

%s NEBULA_API_KEY=%s

Or, in a shell without NEBULA_API_KEY, to log in instead:

%s NEBULA_USERNAME=%s NEBULA_PASSWORD=%s

`, export, quote(s.apiKey), export, quote(s.username), quote(s.password))
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
