package tfkit

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Failure is an operation that did not succeed, and what people must be told
// besides the error.
type Failure struct {
	// To says what was tried, verb and thing: "create volume". An Operation
	// fills it in.
	To  string
	Err error
	// State says in whole sentences what state Terraform is left in.
	State string
	// Next says what to do, where the error alone does not tell.
	Next string
	// Arguments are the configuration's attributes that were sent. An answer
	// that finds fault with exactly one of them is reported on it.
	Arguments []string
	// Spelled names the fields that the API calls by another name than the
	// argument: field to argument.
	Spelled map[string]string
}

// Diagnose is the one place where an error becomes a diagnostic. The detail
// says what happened, what state Terraform is left in and what to do next.
func Diagnose(f Failure) diag.Diagnostic { return f.Explained().Error() }

// Explained is the failure as a message, for those who warn of it.
func (f Failure) Explained() Message {
	m := Message{Title: "Unable to " + f.To, What: strings.Join(happened(f.Err), "\n\n"), State: f.State, Next: f.Next}
	if m.Next == "" {
		m.Next = advice(f.Err)
	}
	if attribute := f.blamed(); attribute != "" {
		m.Attribute = path.Root(attribute)
	}
	return m
}

// An error that is more than a failed call explains itself. It is given the
// function that explains its causes.
type (
	happening interface {
		error
		// Happened tells what happened, in paragraphs.
		Happened(tell func(error) []string) []string
	}
	advising interface {
		error
		// Advice says what to do next.
		Advice(advise func(error) string) string
	}
	blaming interface {
		error
		// Argument is the configuration's attribute that the error is about.
		Argument() string
	}
)

// StepError is a failure of one step of an operation.
type StepError struct {
	// What says which step failed: "the old volume 5 could not be deleted".
	What string
	Err  error
}

func (e *StepError) Error() string { return e.What + ": " + e.Err.Error() }

// Unwrap gives the failure.
func (e *StepError) Unwrap() error { return e.Err }

// Happened tells what happened, in paragraphs.
func (e *StepError) Happened(tell func(error) []string) []string {
	return append([]string{sentence(nebula.CleanText(e.What))}, tell(e.Err)...)
}

// found gives the first error of a type in err's tree.
func found[T error](err error) (T, bool) {
	var target T
	ok := errors.As(err, &target)
	return target, ok
}

// happened tells what happened, in paragraphs.
func happened(err error) []string {
	if e, ok := found[happening](err); ok {
		return e.Happened(happened)
	}
	if e, ok := found[*nebula.APIError](err); ok {
		return exchange(e)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return []string{"The operation was interrupted before it finished."}
	case errors.Is(err, context.DeadlineExceeded):
		return []string{"The operation did not finish within its time-out."}
	default:
		return []string{sentence(nebula.CleanText(err.Error()))}
	}
}

// advice derives from the error what to do next.
func advice(err error) string {
	if e, ok := found[advising](err); ok {
		return e.Advice(advice)
	}
	if _, ok := found[*nebula.MissingSecretError](err); ok {
		return "The API no longer answers as documented: it made an object and did not show its secret. Try again. If it happens again, tell Nebula Block."
	}
	if e, ok := found[*nebula.APIError](err); ok {
		return answerTo(e)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return "Run the command again."
	case errors.Is(err, context.DeadlineExceeded):
		return "Apply again. If that is not enough, set longer timeouts."
	}
	return ""
}
