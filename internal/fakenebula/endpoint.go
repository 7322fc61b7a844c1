package fakenebula

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
)

// Endpoint is a Server on a port.
type Endpoint struct {
	// URL is the API's URL, base path included.
	URL string
	// CertificatePEM is the self-made certificate of StartTLS, for clients
	// that are to trust it.
	CertificatePEM []byte

	addr    string
	release func()      // gives the port back
	tls     *tls.Config // nil without TLS
	handler http.Handler
	ctx     context.Context
	cancel  context.CancelFunc

	mu      sync.Mutex
	running *http.Server  // nil while stopped
	served  chan struct{} // closed when running has ended
	active  int
	idle    *sync.Cond
	closed  bool
}

// Start serves on addr, a free port of 127.0.0.1 when empty. The caller must
// Close it.
func (s *Server) Start(addr string) (*Endpoint, error) { return s.start(addr, nil, nil) }

// StartTLS is Start over TLS with a fresh certificate for 127.0.0.1 and
// localhost, which nobody trusts by default.
func (s *Server) StartTLS(addr string) (*Endpoint, error) {
	certificate, certificatePEM, err := selfSigned()
	if err != nil {
		return nil, err
	}
	return s.start(addr, certificate, certificatePEM)
}

func (s *Server) start(addr string, certificate *tls.Certificate, certificatePEM []byte) (*Endpoint, error) {
	release := func() {}
	if addr == "" {
		var err error
		if addr, release, err = reserve(); err != nil {
			return nil, err
		}
	}
	e := &Endpoint{addr: addr, release: release, handler: s, CertificatePEM: certificatePEM}
	e.idle = sync.NewCond(&e.mu)
	e.ctx, e.cancel = context.WithCancel(context.Background())
	scheme := "http"
	if certificate != nil {
		scheme = "https"
		e.tls = &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12}
	}
	if err := e.Resume(); err != nil {
		e.cancel()
		e.release()
		return nil, err
	}
	e.URL = scheme + "://" + e.addr + s.base
	return e, nil
}

// Resume serves again on the same port after Stop.
func (e *Endpoint) Resume() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed:
		return errors.New("fakenebula: the endpoint is closed")
	case e.running != nil:
		return nil
	}
	var config net.ListenConfig
	listener, err := config.Listen(e.ctx, "tcp", e.addr)
	if err != nil {
		return err
	}
	e.addr = listener.Addr().String()
	if e.tls != nil {
		listener = tls.NewListener(listener, e.tls)
	}
	server := &http.Server{
		Handler:           http.HandlerFunc(e.serve),
		BaseContext:       func(net.Listener) context.Context { return e.ctx },
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // broken connections are on purpose
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // ends with ErrServerClosed, by Stop
	}()
	e.running, e.served = server, served
	return nil
}

// serve counts the requests in work, so that Close can wait for them.
func (e *Endpoint) serve(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	e.active++
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		e.active--
		e.idle.Broadcast()
		e.mu.Unlock()
	}()
	e.handler.ServeHTTP(w, r)
}

// Stop closes the port and all connections: the next dial is refused. It may
// be called from a hook.
func (e *Endpoint) Stop() {
	e.mu.Lock()
	server, served := e.running, e.served
	e.running = nil
	e.mu.Unlock()
	if server != nil {
		_ = server.Close() // the port is gone either way
		<-served
	}
}

// Close stops for good, ends requests that hang, and waits for those in work;
// so it must not be called from a hook.
func (e *Endpoint) Close() {
	e.mu.Lock()
	again := e.closed
	e.closed = true
	e.mu.Unlock()
	e.cancel()
	e.Stop()
	if !again {
		e.release()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.active > 0 {
		e.idle.Wait()
	}
}

// selfSigned makes a certificate for this machine, valid for a day.
func selfSigned() (*tls.Certificate, []byte, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		return nil, nil, err
	}
	now := clock.System().Now() // the client's TLS looks at the machine's clock
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "fake Nebula Block API"},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true, // so that it can be its own root
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(crand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}
