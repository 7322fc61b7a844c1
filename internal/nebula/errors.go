package nebula

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Class says whether the server may have acted on a call that failed.
type Class int

const (
	// Ambiguous: bytes were written and no well-formed answer came back. The
	// server may have acted. It is the zero value because it is the careful
	// assumption.
	Ambiguous Class = iota
	// NotSent: the request never left (name resolution, connection refused,
	// TLS handshake). Every method can be sent again.
	NotSent
	// Refused: the API answered that it will not. It did nothing.
	Refused
)

func (c Class) String() string {
	switch c {
	case NotSent:
		return "not sent"
	case Refused:
		return "refused"
	default:
		return "ambiguous"
	}
}

// APIError is a call that did not succeed. None of its texts holds a
// credential, a key or an unparsed body.
type APIError struct {
	Method string
	// Route is the template of the path, such as "/api-keys/{id}".
	Route string
	// Routes are the templates of all that were tried, where several were.
	Routes []string
	// URL is where the call went, without a query.
	URL string
	// Status is the HTTP status, 0 when no answer came.
	Status int
	Class  Class
	// Message is what the API said, escaped for a terminal, capped and with
	// secrets masked; empty when the answer had no readable envelope.
	Message string
	// Fields are the names of the fields that the API objected to, of those
	// that were sent.
	Fields []string
	// Reason says in the client's words what went wrong where the API said
	// nothing, such as "the answer is not valid JSON".
	Reason string
	// RetryAfter is what a 429 asked for; negative when it did not say.
	RetryAfter time.Duration
	// Credential is the kind of credential the call was made with.
	Credential CredentialKind
	// AfterCreate is set on a 401 that follows a create of a key by this client
	// that succeeded, or may have: an account that may hold only one key can
	// have answered it by invalidating the credential in use.
	AfterCreate bool
	// AfterDelete is set on a 401 that follows a delete of a key by this client
	// that succeeded, or may have: the key can have been the credential in use.
	AfterDelete bool
	// Tries is how often the call was sent or attempted.
	Tries int
	// Certificate is set when the server's certificate was not accepted.
	Certificate bool
	// Interrupted is set when waiting for a retry was cut short because the
	// caller's context ended.
	Interrupted bool

	cause error
}

// Error is one line: method, route, status, class and what is known.
func (e *APIError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", e.Method, e.Route)
	if e.Status != 0 {
		fmt.Fprintf(&b, ": HTTP %d", e.Status)
		if text := http.StatusText(e.Status); text != "" {
			fmt.Fprintf(&b, " %s", text)
		}
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", e.Message)
	}
	if e.Reason != "" {
		fmt.Fprintf(&b, ": %s", e.Reason)
	}
	return b.String()
}

// Unwrap gives the transport's or the context's error.
func (e *APIError) Unwrap() error { return e.cause }

func hasStatus(err error, statuses ...int) bool {
	var e *APIError
	if !errors.As(err, &e) {
		return false
	}
	return slices.Contains(statuses, e.Status)
}

// IsNotFound reports a 404 or 405. It never means that the object is gone: the
// vendor's own tools doubt that every documented route exists.
func IsNotFound(err error) bool {
	return hasStatus(err, http.StatusNotFound, http.StatusMethodNotAllowed)
}

// IsUnauthorized reports a 401.
func IsUnauthorized(err error) bool { return hasStatus(err, http.StatusUnauthorized) }

// IsForbidden reports a 403.
func IsForbidden(err error) bool { return hasStatus(err, http.StatusForbidden) }

// IsConflict reports a 409.
func IsConflict(err error) bool { return hasStatus(err, http.StatusConflict) }

// IsInvalid reports a 400 or 422.
func IsInvalid(err error) bool {
	return hasStatus(err, http.StatusBadRequest, http.StatusUnprocessableEntity)
}

// IsRateLimited reports a 429 that could not be waited out.
func IsRateLimited(err error) bool { return hasStatus(err, http.StatusTooManyRequests) }

// IsAmbiguous reports that the server may have acted although the call failed.
func IsAmbiguous(err error) bool {
	var e *APIError
	return errors.As(err, &e) && e.Class == Ambiguous
}

// IsFailedEnvelope reports an HTTP success whose envelope says "failed".
func IsFailedEnvelope(err error) bool {
	var e *APIError
	return errors.As(err, &e) && e.Class == Refused && e.Status >= 200 && e.Status < 300
}

// MissingSecretError is a create that the API called a success without giving
// the secret. An object with this id exists; the id is no proof that this
// create made it. Its secret can never be had.
type MissingSecretError struct{ ID ID }

func (e *MissingSecretError) Error() string {
	return fmt.Sprintf("the API answered with the id %s and without a secret", CleanText(string(e.ID)))
}

// CredentialError is a call that could not be made for want of a usable
// credential.
type CredentialError struct{ Reason string }

func (e *CredentialError) Error() string { return e.Reason }

// transportReason describes an error of the transport without anything that was
// sent or that the server said: net/http quotes an answer that it cannot read,
// and a broken answer may repeat what it was asked with. cause is nil for an
// error that does so.
func transportReason(err error, written bool) (reason string, cause error) {
	var network net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer within the time-out", err
	case errors.Is(err, context.Canceled):
		return "interrupted", err
	case strings.Contains(err.Error(), "invalid proxy address"):
		// The text goes on with the address, which may hold a password.
		return "the address of the proxy in the environment (HTTPS_PROXY or HTTP_PROXY) is not valid", nil
	case !written:
		return err.Error(), err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed before an answer came", err
	case errors.As(err, &network):
		return err.Error(), err
	default:
		return "the answer is not HTTP, or the connection broke", nil
	}
}
