// Command demo shows the life of API keys, SSH keys and machines: created, found
// unchanged, lost and created again, rotated, sealed, and gone; and what becomes
// of them when an answer is lost.
//
//	go run ./internal/cmd/demo
//
// It builds the provider into a temporary folder, starts a fake API in its own
// process, and runs a real Terraform or OpenTofu on the repository's examples.
// Each step names the API calls that it caused, and fails the demo when they
// are not the expected ones. Nothing leaves this machine, and nothing is left
// on it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		os.Exit(1)
	}
}

// run shows every step, and stops at the first that is not as told.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	verbose := flags.Bool("v", false, "show all that the command line prints")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}

	tell := &narrator{out: stdout, verbose: *verbose, paint: onTerminal(stdout, os.Getenv)}
	d, err := newDemo(ctx, tell)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()

	start := time.Now()
	for _, s := range steps {
		tell.title(s.title)
		err := s.show(ctx, d)
		if _, ok := errors.AsType[*leftOutError](err); ok {
			tell.leaveOut(err)
			continue
		}
		if err != nil {
			return fmt.Errorf("step %d (%s): %w", len(tell.steps), s.title, err)
		}
	}
	tell.end(time.Since(start))
	return nil
}
