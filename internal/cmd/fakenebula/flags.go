package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// The user who can log in by default.
const (
	demoUsername = "demo@example.com"
	demoPassword = "demo-password"
)

// settings are what the flags say.
type settings struct {
	addr       string
	apiKey     string // a new one when empty
	username   string
	password   string
	log        bool
	populate   bool
	loseAnswer fakenebula.Operation
	options    fakenebula.Options
}

// words are flags before they are understood.
type words struct {
	api, listRoute, loseAnswer string
	perMinute                  int
}

func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	var w words
	flags := flag.NewFlagSet("fakenebula", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.addr, "addr", "127.0.0.1:8911", "`address` to listen on")
	flags.StringVar(&w.api, "api", string(fakenebula.Readings()[0]), "the `reading` of the API: 2024 (the vendor's reference) or 2025 (the vendor's tests)")
	flags.StringVar(&s.apiKey, "api-key", "", "API `key` that the server accepts; a new one by default; never use a real one")
	flags.StringVar(&s.username, "username", demoUsername, "`name` of the user who can log in")
	flags.StringVar(&s.password, "password", demoPassword, "that user's `password`; never use a real one")
	flags.StringVar(&w.listRoute, "list-route", "", "the one `route` that lists keys: "+strings.Join(fakenebula.ListSpellings(), ", ")+"; by default that of the reading")
	flags.BoolVar(&s.populate, "populate", false, "start with API keys, SSH keys and machines in the account, to have something to look at")
	flags.BoolVar(&s.log, "log", false, "print a line per request: method, path, status")
	flags.DurationVar(&s.options.Latency, "latency", 0, "`time` that every request takes, such as 20ms")
	flags.DurationVar(&s.options.HideNewFor, "hide-new", 0, "`time` for which lists do not show a new object, such as 10s")
	flags.IntVar(&w.perMinute, "rate-limit", 0, "`requests` a minute, the rest is refused; no limit when 0")
	flags.DurationVar(&s.options.Instances.DeployTime, "slow-deploy", 0, "`time` that a new machine is deploying before it runs, such as 30s")
	flags.StringVar(&w.loseAnswer, "lose-answer", "", "carry out the first request of this `operation`, and lose the answer: "+strings.Join(operations(), ", "))
	if err := flags.Parse(args); err != nil {
		return settings{}, err
	}
	if flags.NArg() > 0 {
		return settings{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err := s.understand(w); err != nil {
		return settings{}, err
	}
	return s, nil
}

// understand checks the flags and sets the options of the server.
func (s *settings) understand(w words) error {
	reading, err := fakenebula.ParseReading(w.api)
	switch {
	case err != nil:
		return fmt.Errorf("-api: %w", err)
	case w.listRoute != "" && !slices.Contains(fakenebula.ListSpellings(), w.listRoute):
		return fmt.Errorf("-list-route must be one of %s", strings.Join(fakenebula.ListSpellings(), ", "))
	case w.loseAnswer != "" && !slices.Contains(operations(), w.loseAnswer):
		return fmt.Errorf("-lose-answer must be one of %s", strings.Join(operations(), ", "))
	case s.options.Latency < 0:
		return errors.New("-latency must not be negative")
	case s.options.HideNewFor < 0:
		return errors.New("-hide-new must not be negative")
	case s.options.Instances.DeployTime < 0:
		return errors.New("-slow-deploy must not be negative")
	case w.perMinute < 0:
		return errors.New("-rate-limit must not be negative")
	}
	s.options.Reading = reading
	s.loseAnswer = fakenebula.Operation(w.loseAnswer)
	s.options.RateLimit = fakenebula.RateLimit{Requests: w.perMinute, Window: time.Minute}
	if w.listRoute != "" {
		s.options.Keys.ListRoutes = []string{w.listRoute}
	}
	s.options.APIKeys = []fakenebula.SeedKey{{Name: "demo", Description: "The key to try the provider with", Secret: s.apiKey}}
	s.options.Users = map[string]string{s.username: s.password}
	return nil
}

// operations are what the API can be asked for.
func operations() []string {
	var names []string
	for _, operation := range fakenebula.New(fakenebula.Options{}).Operations() {
		names = append(names, string(operation))
	}
	return names
}
