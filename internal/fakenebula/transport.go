package fakenebula

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"syscall"
)

// inProcessHost is where Transport finds the server. The name cannot exist.
const inProcessHost = "fakenebula.invalid"

// BaseURL is the API's URL for requests through Transport.
func (s *Server) BaseURL() string { return "https://" + inProcessHost + s.base }

// Transport reaches the server without sockets, with the errors and
// httptrace events that net/http would give: WroteHeaders and WroteRequest
// are called for a request that the server got, and not for one that a
// Fault.NotSent stopped. Hosts other than that of BaseURL do not exist.
//
// Delays and time-outs pass on the server's clock: with clock.Fake, a time-out
// that its WithTimeout put on the request's context strikes at once and moves
// the clock to that instant. Unlike net/http it never resends a request.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ server *Server }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	ctx := r.Context()
	if err := t.server.left(ctx); err != nil {
		return nil, err
	}
	if r.URL.Host != inProcessHost {
		return nil, NoSuchHost(r.URL.Hostname())
	}
	c, err := t.server.receive(r)
	if err != nil {
		return nil, err
	}
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.GetConn != nil {
		trace.GetConn(inProcessHost + ":443")
	}
	if err := t.server.notSent(c); err != nil {
		return nil, err
	}
	wrote(trace)
	answer, err := t.server.exchange(ctx, c)
	if err == nil {
		err = t.server.left(ctx) // the answer comes too late
	}
	if err != nil {
		t.server.unanswered(c)
		return nil, lost(err)
	}
	if trace != nil && trace.GotFirstResponseByte != nil {
		trace.GotFirstResponseByte()
	}
	return t.response(r, answer), nil
}

// lost is the error as net/http reports it.
func lost(err error) error {
	var drop droppedError
	switch {
	case !errors.As(err, &drop):
		return err
	case drop.reset:
		return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	default:
		return io.EOF
	}
}

// wrote tells the trace that the whole request is on the wire.
func wrote(trace *httptrace.ClientTrace) {
	if trace == nil {
		return
	}
	if trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	if trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
	if trace.WroteRequest != nil {
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
}

func (t transport) response(r *http.Request, a Answer) *http.Response {
	ctx := r.Context()
	body := a.content()
	switch {
	case a.Stall:
		body = io.MultiReader(body, failing(func() error { return t.server.wait(ctx, forever) }))
	case a.Cut:
		body = io.MultiReader(body, failing(func() error { return io.ErrUnexpectedEOF }))
	}
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", a.Status, http.StatusText(a.Status)),
		StatusCode: a.Status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.headers(), ContentLength: a.contentLength(),
		Body: io.NopCloser(body), Request: r,
	}
}

// failing is a reader that ends with an error.
type failing func() error

func (f failing) Read([]byte) (int, error) { return 0, f() }

// left is the reason why the caller does not wait any more, nil if it does.
func (s *Server) left(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if left, bounded := s.clock.Remaining(ctx); bounded && left <= 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// notSent is the error of a Fault that hits the request before sending.
func (s *Server) notSent(c *call) error {
	s.enter()
	defer s.mu.Unlock()
	return s.takeFault(*c.entry, true).NotSent
}

// ConnectionRefused is the error of a dial that nobody answers.
func ConnectionRefused() error {
	return &net.OpError{Op: "dial", Net: "tcp",
		Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443},
		Err:  os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}

// NoSuchHost is the error of a failed name resolution.
func NoSuchHost(host string) error {
	return &net.OpError{Op: "dial", Net: "tcp",
		Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
}

// DialTimeout is the error of a connection that could not be made in time.
func DialTimeout() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
}

// UnknownAuthority is the error of a certificate that nobody vouches for.
func UnknownAuthority() error {
	return &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
}
