package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfcli"
)

func TestMain(m *testing.M) {
	// The test's program stands in for the peer too.
	if servedAsPeer() {
		return
	}
	code := m.Run()
	if work != "" {
		_ = os.RemoveAll(work)
	}
	os.Exit(code)
}

// work is where prepared works; TestMain removes it.
var work string

// prepared is a bench with its programs, the same for all tests.
var prepared = sync.OnceValues(func() (*bench, error) {
	cli, err := tfcli.Find(os.Getenv, exec.LookPath)
	if err != nil {
		return nil, err
	}
	if work, err = os.MkdirTemp("", "nebula-bench"); err != nil {
		return nil, err
	}
	b := &bench{settings: settings{repeat: 1, starts: 1, peer: true}, path: cli, work: work, flags: []string{"-ldflags=-s -w"}, progress: io.Discard}
	return b, b.prepare(context.Background())
})

// newBench skips the test without a command line.
func newBench(t *testing.T) bench {
	t.Helper()
	if _, err := tfcli.Find(os.Getenv, exec.LookPath); err != nil {
		t.Skip(err)
	}
	b, err := prepared()
	if err != nil {
		t.Fatal(err)
	}
	return *b
}

func TestMedian(t *testing.T) {
	t.Parallel()
	number := func(f float64) float64 { return f }
	for _, test := range []struct {
		values []float64
		want   float64
	}{
		{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1}, 5}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5},
	} {
		given := slices.Clone(test.values)
		if got := medianOf(test.values, number); got != test.want {
			t.Errorf("median of %v is %v, want %v", test.values, got, test.want)
		}
		if !slices.Equal(given, test.values) {
			t.Errorf("%v was sorted in place", given)
		}
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		samples []map[string]int
		want    string
	}{
		{[]map[string]int{{}, {}}, "0"},
		{[]map[string]int{{"GET": 1, "DELETE": 3}, {"GET": 1, "DELETE": 3}}, "1 GET, 3 DELETE"},
		{[]map[string]int{{"GET": 1}, {"GET": 4}, {"GET": 2}}, "1 to 4 GET"},
		{[]map[string]int{{"GET": 1}, {}}, "0 to 1 GET"},
	} {
		samples := each(test.samples, func(r map[string]int) sample { return sample{requests: r} })
		if got := requests(samples); got != test.want {
			t.Errorf("%v: %q, want %q", test.samples, got, test.want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	second := func(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
	r := &report{
		settings: settings{typeName: "nebula_api_key", sizes: []int{100}, repeat: 2, latency: 20 * time.Millisecond}, cli: "Terraform v0", cores: 2, load: "0.10", loadAfter: "0.20",
		samples: map[cell][]sample{
			{kindOurs, 100, "plan"}: {
				{wall: second(3), cpu: second(1), providerCPU: second(0.5), peak: 40 << 20, bytes: 2048, requests: map[string]int{"GET": 1}},
				{wall: second(2), cpu: second(2), providerCPU: second(0.7), peak: 42 << 20, bytes: 2048, requests: map[string]int{"GET": 1}},
			},
			{kindTerraform, 100, "plan"}: {{wall: second(1), cpu: second(1)}, {wall: second(2), cpu: second(1)}},
		},
		starts: map[kind][]start{kindOurs: {{ready: 9 * time.Millisecond, schema: 15 * time.Millisecond, bytes: 1024}}},
	}
	got := r.markdown()
	for _, want := range []string{
		"`nebula_api_key`, Terraform v0, 2 cores, 20ms latency per request, medians of 2 repetitions, load average 0.10 before and 0.20 after.",
		"| 100 | plan | 1 GET | 2.0 | 2.50 | 1.50 | 2.00 (1.00 to 3.00) | 10.00 | 1.50 | 1.00 | 0.60 | 41 |\n",
		"| nebula | 9 | 15 | 1.0 | - |\n", // memory was not measured
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the report lacks %q:\n%s", want, got)
		}
	}
	for _, not := range []string{"| apply |", "calls nothing"} {
		if strings.Contains(got, not) {
			t.Errorf("the report has %q, which was not measured", not)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	s, err := parse([]string{"-n", "3, 40", "-repeat", "2", "-latency", "5ms", "-out", "f", "-peer", "-type", "nebula_instance", "-parallelism", "50"}, t.Output())
	if err != nil || !slices.Equal(s.sizes, []int{3, 40}) || s.repeat != 2 || s.latency != 5*time.Millisecond || s.out != "f" || !s.peer || s.typeName != "nebula_instance" || s.parallelism != 50 {
		t.Errorf("%+v, %v", s, err)
	}
	for _, args := range [][]string{{"-n", "0"}, {"-n", "x"}, {"-n", ""}, {"-repeat", "0"}, {"-latency", "-1s"}, {"-type", "nebula_ssh_key"}, {"-parallelism", "-1"}, {"extra"}} {
		if _, err := parse(args, t.Output()); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}

// Everything is measured once, with a real command line and the real provider:
// what they ask of the API is exact, what time they take is not looked at.
func TestBench(t *testing.T) {
	t.Parallel()
	type requests map[string]int
	for typeName, want := range map[string]struct {
		size                 int
		apply, plan, destroy requests
	}{
		"nebula_api_key": {3, requests{"POST": 3}, requests{"GET": 1}, requests{"GET": 1, "DELETE": 3}},
		// Products, images, the list that shows the machine, its detail; then the
		// lists that prove that it is gone.
		"nebula_instance": {1, requests{"POST": 1, "GET": 4}, requests{"GET": 1}, requests{"GET": 4, "DELETE": 1}},
	} {
		t.Run(typeName, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.typeName, b.sizes = typeName, []int{want.size}
			r, err := b.measure(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for phase, requests := range map[string]requests{"apply": want.apply, "plan": want.plan, "destroy": want.destroy} {
				samples := r.samples[cell{kindOurs, want.size, phase}]
				if len(samples) != 1 || !maps.Equal(samples[0].requests, requests) || samples[0].bytes == 0 {
					t.Errorf("%s: %+v, want %v", phase, samples, requests)
				}
				for _, k := range append([]kind{kindTerraform}, peerKinds...) {
					if samples := r.samples[cell{k, want.size, phase}]; len(samples) != 1 || len(samples[0].requests) != 0 || samples[0].wall <= 0 {
						t.Errorf("%s of %s: %+v", phase, k, samples)
					}
				}
			}
			for _, k := range append([]kind{kindOurs}, peerKinds...) {
				if starts := r.starts[k]; len(starts) != 1 || starts[0].bytes == 0 || starts[0].schema < starts[0].ready {
					t.Errorf("starts of %s: %+v", k, starts)
				}
			}
			if text := r.markdown(); strings.Count(text, fmt.Sprintf("\n| %d |", want.size)) != (1+len(peerKinds))*len(phases) {
				t.Errorf("not all rows are there:\n%s", text)
			}
		})
	}
}

// With none of Terraform's log variables set the provider logs nothing, and
// with one it does: what Terraform gets to see of it is in its log.
func TestNothingIsLoggedUnasked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, test := range map[string]struct {
		environment []string
		least, most int
	}{
		// go-plugin itself writes two lines as it starts, before it knows any
		// level.
		"silent": {nil, 0, 2},
		"trace":  {[]string{"TF_LOG=TRACE"}, 20, 1 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines := b.stderrOfStart(t, test.environment)
			if len(lines) < test.least || len(lines) > test.most {
				t.Errorf("%d lines, want %d to %d:\n%s", len(lines), test.least, test.most, strings.Join(lines, "\n"))
			}
		})
	}
}

// stderrOfStart is what a provider process writes to its standard error while
// it starts and answers what its schema is.
func (b *bench) stderrOfStart(t *testing.T, environment []string) []string {
	t.Helper()
	stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stderr.Close() }()
	_, err = b.startWith(t.Context(), kindOurs, func(cmd *exec.Cmd) {
		cmd.Env = append(cmd.Env, environment...)
		cmd.Stderr = stderr
	})
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(stderr.Name())
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
}
