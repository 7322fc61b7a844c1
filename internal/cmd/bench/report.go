package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// sample is one measured command.
type sample struct {
	wall time.Duration
	// cpu is the command line's, user and system; providerCPU that of all
	// provider processes it ran.
	cpu, providerCPU time.Duration
	// peak is the highest resident memory of a provider process, in bytes.
	peak int64
	// requests are those that the API saw, by method; bytes the answers'
	// bodies; connections those on which they came.
	requests    map[string]int
	bytes       int
	connections int
}

// cell is what is measured several times.
type cell struct {
	kind  kind
	size  int
	phase string
}

// report is all that was measured.
type report struct {
	settings settings
	cli      string
	cores    int
	// load and loadAfter are the machine's load averages before and after.
	load, loadAfter string
	samples         map[cell][]sample
	starts          map[kind][]start
}

// median of an even number of values is the mean of the middle two.
func median[T cmp.Ordered](values []T, mean func(a, b T) T) T {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		var zero T
		return zero
	}
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return mean(sorted[middle-1], sorted[middle])
}

func medianOf[S any, T int | int64 | float64 | time.Duration](samples []S, of func(S) T) T {
	return median(each(samples, of), func(a, b T) T { return a + (b-a)/2 })
}

func each[S, T any](samples []S, of func(S) T) []T {
	values := make([]T, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	return values
}

// ratios compares two kinds repetition by repetition: what made the machine
// slow for a while made both slow.
func (r *report) ratios(k kind, size int, phase string) []float64 {
	ours, base := r.samples[cell{k, size, phase}], r.samples[cell{kindTerraform, size, phase}]
	var ratios []float64
	for i := range min(len(ours), len(base)) {
		ratios = append(ratios, float64(ours[i].wall)/float64(base[i].wall))
	}
	return ratios
}

// markdown is the report as tables.
func (r *report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "`%s`, %s, %d cores, %v latency per request, medians of %d repetitions, load average %s before and %s after.\n\n",
		r.settings.typeName, r.cli, r.cores, r.settings.latency, r.settings.repeat, r.load, r.loadAfter)
	b.WriteString("Ratios are to the same number of `terraform_data` resources, repetition by repetition, with the lowest and the highest. " +
		"\"Own\" is the wall time beyond that of `terraform_data`, each.\n\n")
	header(&b, "N", "phase", "requests", "answers (KiB)", "wall (s)", "terraform_data (s)", "ratio", "own (ms each)", "CPU Terraform (s)", "CPU terraform_data (s)", "CPU provider (s)", "provider peak (MiB)")
	for _, size := range r.settings.sizes {
		for _, p := range phases {
			r.row(&b, kindOurs, size, p.name)
		}
	}
	if r.settings.peer {
		b.WriteString("\nA provider with the same schema that is built on the framework and calls nothing, in the same repetitions.\n\n")
		header(&b, "N", "phase", "provider", "wall (s)", "ratio", "CPU Terraform (s)", "CPU provider (s)", "provider peak (MiB)")
		for _, size := range r.settings.sizes {
			for _, p := range phases {
				for _, k := range peerKinds {
					r.peerRow(&b, k, size, p.name)
				}
			}
		}
	}
	b.WriteString("\nStart of the provider:\n\n")
	header(&b, "provider", "launch to handshake (ms)", "launch to schema answer (ms)", "schema (KiB)", "idle peak (MiB)")
	for _, k := range append([]kind{kindOurs}, peerKinds...) {
		if starts := r.starts[k]; len(starts) > 0 {
			row(&b, string(k), millis(medianOf(starts, func(s start) time.Duration { return s.ready })),
				millis(medianOf(starts, func(s start) time.Duration { return s.schema })),
				kib(medianOf(starts, func(s start) int { return s.bytes })),
				mib(medianOf(starts, func(s start) int64 { return s.peak })))
		}
	}
	return b.String()
}

func (r *report) row(b *strings.Builder, k kind, size int, phase string) {
	ours, base := r.samples[cell{k, size, phase}], r.samples[cell{kindTerraform, size, phase}]
	if len(ours) == 0 || len(base) == 0 {
		return
	}
	own := make([]float64, min(len(ours), len(base)))
	for i := range own {
		own[i] = float64(ours[i].wall-base[i].wall) / float64(time.Millisecond) / float64(size)
	}
	row(b, fmt.Sprint(size), phase,
		requests(ours),
		kib(medianOf(ours, func(s sample) int { return s.bytes })),
		seconds(medianOf(ours, func(s sample) time.Duration { return s.wall })),
		seconds(medianOf(base, func(s sample) time.Duration { return s.wall })),
		spread(r.ratios(k, size, phase)),
		fmt.Sprintf("%.2f", medianOf(own, func(f float64) float64 { return f })),
		seconds(medianOf(ours, func(s sample) time.Duration { return s.cpu })),
		seconds(medianOf(base, func(s sample) time.Duration { return s.cpu })),
		seconds(medianOf(ours, func(s sample) time.Duration { return s.providerCPU })),
		mib(medianOf(ours, func(s sample) int64 { return s.peak })))
}

func (r *report) peerRow(b *strings.Builder, k kind, size int, phase string) {
	samples := r.samples[cell{k, size, phase}]
	row(b, fmt.Sprint(size), phase, string(k),
		seconds(medianOf(samples, func(s sample) time.Duration { return s.wall })),
		spread(r.ratios(k, size, phase)),
		seconds(medianOf(samples, func(s sample) time.Duration { return s.cpu })),
		seconds(medianOf(samples, func(s sample) time.Duration { return s.providerCPU })),
		mib(medianOf(samples, func(s sample) int64 { return s.peak })))
}

// requests counts by method and, when repetitions differ, says from which
// number to which.
func requests(samples []sample) string {
	methods := map[string]bool{}
	for _, s := range samples {
		for method := range s.requests {
			methods[method] = true
		}
	}
	var parts []string
	for method := range methods {
		counts := each(samples, func(s sample) int { return s.requests[method] })
		low, high := slices.Min(counts), slices.Max(counts)
		count := fmt.Sprint(low)
		if high != low {
			count = fmt.Sprintf("%d to %d", low, high)
		}
		parts = append(parts, count+" "+method)
	}
	if len(parts) == 0 {
		return "0"
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

func header(b *strings.Builder, names ...string) {
	row(b, names...)
	b.WriteString("|" + strings.Repeat(" --- |", len(names)) + "\n")
}

func row(b *strings.Builder, values ...string) {
	b.WriteString("| " + strings.Join(values, " | ") + " |\n")
}

func spread(values []float64) string {
	if len(values) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f (%.2f to %.2f)", medianOf(values, func(f float64) float64 { return f }), slices.Min(values), slices.Max(values))
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()) }

func millis(d time.Duration) string { return fmt.Sprintf("%.0f", float64(d)/float64(time.Millisecond)) }

func kib(n int) string { return fmt.Sprintf("%.1f", float64(n)/1024) }

// mib is "-" where memory could not be measured.
func mib(n int64) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f", float64(n)/(1<<20))
}
