package tfkit

import (
	"fmt"
	"regexp"
	"sync"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// told remembers what a run has told people already, so that what concerns many
// resources alike is told in full once.
type told struct {
	mu   sync.Mutex
	said map[string]bool
}

// first reports whether something is told for the first time.
func (t *told) first(what string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.said[what] {
		return false
	}
	t.said[what] = true
	return true
}

func toldSoFar(s *Services) *told {
	return Shared(s, func(*Services) *told { return &told{said: map[string]bool{}} })
}

// WarnOnce warns of what concerns every operation of its kind in the run alike:
// the first one warns, the others keep quiet. Messages are told apart by their
// titles.
func (op *Operation) WarnOnce(m Message) {
	if op.Services == nil || toldSoFar(op.Services).first("warning "+m.Title) {
		op.Warn(m)
	}
}

// abridged leaves of a warning what is this resource's own.
func (op *Operation) abridged(m Message) Message {
	if m.Brief == "" || op.Services == nil || toldSoFar(op.Services).first("warning in full "+m.Title) {
		return m
	}
	return Message{Title: m.Title, Attribute: m.Attribute, What: m.Brief + " Another warning of this run tells more about the same."}
}

// whole is an error that is never shortened: it tells what nothing else tells,
// such as what may have been made and is paid for.
type whole interface {
	error
	ToldInFull()
}

// shortened leaves of a failure that another resource of this run has reported
// in full what is this resource's own. A failure that is about an argument is
// always told in full.
func (op *Operation) shortened(f Failure) Failure {
	e, ok := found[*nebula.APIError](f.Err)
	if !ok || op.Services == nil || f.blamed() != "" {
		return f
	}
	if _, ok := found[whole](f.Err); ok {
		return f
	}
	if toldSoFar(op.Services).first(causeOf(f.Err, e)) {
		return f
	}
	f.Err = &repeated{f.Err}
	return f
}

// varying are the parts of a message that differ although the cause is one:
// names in quotes, and whatever has a digit, such as an id, a count, the number
// of a request or the time.
var varying = regexp.MustCompile(`"[^"]*"|'[^']*'|\S*[0-9]\S*`)

// causeOf is the same for failures that one thing caused: calls of one kind
// that failed in one way, in errors of one type.
func causeOf(err error, e *nebula.APIError) string {
	fixed := func(text string) string { return varying.ReplaceAllString(text, "#") }
	return fmt.Sprintf("failure %T %s %s %d %s %q %q", err, e.Method, e.Route, e.Status, e.Class, fixed(e.Message), fixed(e.Reason))
}

// repeated is a failure whose cause another error of the run explains.
type repeated struct{ err error }

func (e *repeated) Error() string { return e.err.Error() }

// Unwrap gives the failure.
func (e *repeated) Unwrap() error { return e.err }

// Happened is one line, and says where more is to be read.
func (e *repeated) Happened(func(error) []string) []string {
	return []string{sentence(nebula.CleanText(e.err.Error())) + " Another error of this run tells more about the same failure."}
}

// Advice is left to the other error.
func (e *repeated) Advice(func(error) string) string { return "" }
