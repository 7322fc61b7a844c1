package rehearsal

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Diagnostic is what a provider told people.
type Diagnostic struct {
	Address         string // of the block it is about, or "provider"
	Argument        string // the argument that it points at, if it does
	IsError         bool
	Summary, Detail string
}

// Report is how a command went.
type Report struct {
	// Diagnostics are what the provider said, in the order it came in.
	Diagnostics []Diagnostic
	// Defects are the rules that the provider broke. Terraform would call each
	// of them a bug in the provider.
	Defects []string
	// Killed says that the process was killed meanwhile.
	Killed bool
	// Interrupted says that something was not begun because of an interrupt.
	Interrupted bool
	// Refused says why Terraform itself did not do what it was asked to.
	Refused string

	mu sync.Mutex
}

func (r *Report) add(d Diagnostic) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Diagnostics = append(r.Diagnostics, d)
}

func (r *Report) defect(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Defects = append(r.Defects, text)
}

func (r *Report) killed() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Killed = true
}

// Failed says whether the command ended with an error.
func (r *Report) Failed() bool {
	return r.Killed || r.Interrupted || r.Refused != "" || len(r.Defects) > 0 || slices.ContainsFunc(r.Diagnostics, func(d Diagnostic) bool { return d.IsError })
}

// String is the report for people, a paragraph for each thing.
func (r *Report) String() string {
	var b strings.Builder
	for _, d := range r.Diagnostics {
		kind := "warning"
		if d.IsError {
			kind = "error"
		}
		fmt.Fprintf(&b, "%s: %s: %s: %s\n", d.Address, kind, d.Summary, d.Detail)
	}
	for _, defect := range r.Defects {
		b.WriteString("defect: " + defect + "\n")
	}
	if r.Killed {
		b.WriteString("killed\n")
	}
	return b.String() + r.Refused
}

func (r *Report) interrupted() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Interrupted = true
}

// With is a report with what a later one says.
func (r *Report) With(later *Report) *Report {
	return &Report{
		Diagnostics: append(r.Diagnostics, later.Diagnostics...), Defects: append(r.Defects, later.Defects...),
		Killed: r.Killed || later.Killed, Interrupted: r.Interrupted || later.Interrupted, Refused: r.Refused + later.Refused,
	}
}
