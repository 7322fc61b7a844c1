// Bench measures what the provider costs, next to Terraform's own cost: it runs
// a real Terraform or OpenTofu against the fake API, creates, plans and destroys
// many objects, and does the same with as many terraform_data resources, which
// never leave Terraform's own process.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfcli"
)

type settings struct {
	sizes   []int
	repeat  int
	starts  int
	latency time.Duration
	out     string
	peer    bool
	// typeName is the resource type that is measured, parallelism how many
	// objects Terraform works on at once, its default when 0.
	typeName    string
	parallelism int
}

func main() {
	if servedAsPeer() {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	var sizes string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&sizes, "n", "100,300,1000,3000", "numbers of objects, separated by commas")
	flags.StringVar(&s.typeName, "type", "nebula_api_key", "resource type to measure: "+strings.Join(subjectNames(), " or "))
	flags.IntVar(&s.parallelism, "parallelism", 0, "how many objects Terraform works on at once; its own default when 0")
	flags.IntVar(&s.repeat, "repeat", 3, "repetitions of each measurement; medians are shown")
	flags.IntVar(&s.starts, "starts", 20, "starts of the provider that are timed")
	flags.DurationVar(&s.latency, "latency", 20*time.Millisecond, "how long the API takes to answer a request")
	flags.StringVar(&s.out, "out", "", "write the tables to this file as well, as Markdown")
	flags.BoolVar(&s.peer, "peer", false, "also measure a provider with the same schema that calls nothing: what the plugin protocol and the framework cost")
	if err := flags.Parse(args); err != nil {
		return settings{}, err
	}
	if flags.NArg() > 0 {
		return settings{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	for field := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil || n < 1 {
			return settings{}, fmt.Errorf("-n: %q is not a number of objects", field)
		}
		s.sizes = append(s.sizes, n)
	}
	if _, ok := subjects()[s.typeName]; !ok {
		return settings{}, fmt.Errorf("-type: %q cannot be measured, only %s", s.typeName, strings.Join(subjectNames(), " and "))
	}
	if s.parallelism < 0 {
		return settings{}, errors.New("-parallelism must be at least 0")
	}
	if s.repeat < 1 || s.starts < 1 || s.latency < 0 {
		return settings{}, errors.New("-repeat and -starts must be at least 1, -latency at least 0")
	}
	return s, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	s, err := parse(args, stderr)
	if err != nil {
		return err
	}
	cli, err := tfcli.Find(os.Getenv, exec.LookPath)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "nebula-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	b := &bench{settings: s, path: cli, work: work, flags: releaseFlags, progress: stderr}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	result, err := b.measure(ctx)
	if err != nil {
		return err
	}
	text := result.markdown()
	if _, err := io.WriteString(stdout, text); err != nil {
		return err
	}
	if s.out == "" {
		return nil
	}
	return os.WriteFile(s.out, []byte(text), 0o644) //nolint:gosec // a report, for everybody to read
}
