package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfcli"
)

// bench is one run of the program.
type bench struct {
	settings

	path     string // of the command line to measure with
	work     string
	flags    []string // for go build
	progress io.Writer

	cli    *tfcli.CLI
	bin    string // where the providers' binaries are
	config string // path of the command line's configuration
}

// kind is what is created, planned and destroyed.
type kind string

const (
	kindOurs      kind = "nebula" // the provider, with the type that was chosen
	kindTerraform kind = "terraform_data"
	kindFramework kind = "framework"
)

var peerKinds = []kind{kindFramework} //nolint:gochecknoglobals // a constant by nature

// phases are the commands of one repetition, in their order.
var phases = []phase{
	{"apply", []string{"apply", "-auto-approve", "-input=false", "-no-color"}},
	// Exit code 2 would be a plan with changes.
	{"plan", []string{"plan", "-detailed-exitcode", "-input=false", "-no-color"}},
	{"destroy", []string{"destroy", "-auto-approve", "-input=false", "-no-color"}},
}

// args are those of a phase's command.
func (s settings) args(p phase) []string {
	if s.parallelism == 0 {
		return p.args
	}
	return append(slices.Clone(p.args), fmt.Sprintf("-parallelism=%d", s.parallelism))
}

type phase struct {
	name string
	args []string
}

const ownKey = "ak_bench-own-key-0123456789"

// releaseFlags build the provider as it is released, without cgo.
var releaseFlags = []string{"-trimpath", "-tags", "netgo,osusergo", "-ldflags", "-s -w -X main.version=0.0.0-bench"} //nolint:gochecknoglobals // a constant by nature

// prepare builds the provider and writes the command line's configuration.
func (b *bench) prepare(ctx context.Context) error {
	b.bin = filepath.Join(b.work, "bin")
	if _, err := tfcli.Build(ctx, b.bin, b.flags...); err != nil {
		return err
	}
	if err := b.preparePeers(); err != nil {
		return err
	}
	b.config = filepath.Join(b.work, "cli.tfrc")
	sources := []string{"nebulablock/nebula"}
	for _, k := range peerKinds {
		sources = append(sources, "nebulablock/"+peerName(k))
	}
	if err := os.WriteFile(b.config, []byte(tfcli.Overrides(b.bin, sources...)), 0o600); err != nil {
		return err
	}
	var err error
	b.cli, err = tfcli.Use(ctx, b.path, b.config)
	return err
}

func (b *bench) kinds() []kind {
	kinds := []kind{kindOurs, kindTerraform}
	if b.peer {
		kinds = append(kinds, peerKinds...)
	}
	return kinds
}

// measure takes all measurements.
func (b *bench) measure(ctx context.Context) (*report, error) {
	r := &report{
		cli: b.cli.Version(), cores: runtime.NumCPU(), settings: b.settings, load: loadAverage(),
		samples: map[cell][]sample{}, starts: map[kind][]start{},
	}
	for n := range b.starts {
		_, _ = fmt.Fprintf(b.progress, "\rstart %d of %d ", n+1, b.starts)
		for _, k := range b.kinds() {
			if k == kindTerraform {
				continue
			}
			s, err := b.start(ctx, k)
			if err != nil {
				return nil, fmt.Errorf("starting the provider: %w", err)
			}
			r.starts[k] = append(r.starts[k], s)
		}
	}
	for _, size := range b.sizes {
		for repetition := range b.repeat {
			// Whoever is first finds other caches than whoever is last, so they
			// take turns.
			kinds := b.kinds()
			if repetition%2 == 1 {
				slices.Reverse(kinds)
			}
			for _, k := range kinds {
				_, _ = fmt.Fprintf(b.progress, "\rN = %d, repetition %d of %d, %s          ", size, repetition+1, b.repeat, k)
				if err := b.repetition(ctx, r, k, size); err != nil {
					return nil, fmt.Errorf("%s, N = %d: %w", k, size, err)
				}
			}
		}
	}
	_, _ = fmt.Fprint(b.progress, "\r                                                    \r")
	r.loadAfter = loadAverage()
	return r, nil
}

// configuration declares size objects of a kind.
func (s settings) configuration(k kind, size int) string {
	name := "nebula"
	switch k {
	case kindTerraform:
		return fmt.Sprintf(`resource "terraform_data" "this" {
  count = %d
  input = "bench-${count.index}"
}
`, size)
	case kindOurs:
	case kindFramework:
		name = peerName(k)
	}
	return fmt.Sprintf(`terraform {
  required_providers {
    %[1]s = {
      source = "nebulablock/%[1]s"
    }
  }
}

resource "%[1]s_%[2]s" "this" {
  count = %[3]d
  %[4]s
}
`, name, subjects()[s.typeName].suffix, size, subjects()[s.typeName].arguments)
}

// repetition runs all phases once, on an account and in a folder of their own.
func (b *bench) repetition(ctx context.Context, r *report, k kind, size int) (err error) {
	api := fakenebula.New(fakenebula.Options{
		APIKeys: []fakenebula.SeedKey{{Name: "bench", Secret: ownKey}},
		Latency: b.latency,
	})
	endpoint, err := api.Start("")
	if err != nil {
		return err
	}
	defer endpoint.Close()
	dir, err := os.MkdirTemp(b.work, "run-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // the whole work folder goes at the end
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(b.configuration(k, size)), 0o600); err != nil {
		return err
	}
	for _, p := range phases {
		api.ResetJournal()
		s, err := b.command(ctx, dir, endpoint.URL, k, b.args(p))
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		journal := api.Journal()
		s.requests = map[string]int{}
		connections := map[string]bool{}
		for _, request := range journal {
			s.requests[request.Method]++
			s.bytes += request.Bytes
			connections[request.RemoteAddr] = true
		}
		s.connections = len(connections)
		r.samples[cell{k, size, p.name}] = append(r.samples[cell{k, size, p.name}], s)
	}
	return nil
}

// environment is what the command line and the provider see: nothing of the
// user's own settings, and above all none of Terraform's log variables.
func (b *bench) environment(apiURL string) []string {
	return tfcli.Environment(b.config, "NEBULA_API_URL="+apiURL, "NEBULA_API_KEY="+ownKey, "HOME="+b.work)
}

// command runs the command line and measures it.
func (b *bench) command(ctx context.Context, dir, apiURL string, k kind, args []string) (sample, error) {
	var out bytes.Buffer
	cmd := b.cli.Command(ctx, dir, args...)
	cmd.Env = b.environment(apiURL)
	cmd.Stdout, cmd.Stderr = &out, &out

	watched := newWatch(b.binary(k))
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return sample{}, err
	}
	watched.begin(cmd.Process.Pid)
	provider := awaitExit(cmd.Process.Pid)
	s := sample{wall: time.Since(began)}
	err := cmd.Wait()
	s.peak = watched.end()
	if err != nil {
		return sample{}, fmt.Errorf("%w\n%s", err, tail(out.String(), 2000))
	}
	s.providerCPU = provider
	s.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime() - provider
	return s, nil
}

// binary is the path of the provider that a kind needs, empty for none.
func (b *bench) binary(k kind) string {
	switch k {
	case kindOurs:
		return tfcli.Binary(b.bin, "nebula")
	case kindFramework:
		return tfcli.Binary(b.bin, peerName(k))
	case kindTerraform:
	}
	return ""
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// loadAverage is how busy the machine was in the last minute, as far as it
// tells.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
