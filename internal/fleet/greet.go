package fleet

import (
	"context"
	"net"
	"strings"
	"time"
)

const (
	// greetPause is how long to wait between two tries to reach a machine.
	greetPause = 5 * time.Second
	// greetTimeout bounds one try. It is about a socket, so it runs on the
	// machine's clock.
	greetTimeout = 10 * time.Second
)

// greet waits until port 22 answers with the banner of an SSH server.
func (f *Fleet) greet(ctx context.Context, w *wait) error {
	w.silent = true
	address := net.JoinHostPort(Address(w.machine), "22")
	for !f.greets(ctx, address) {
		if err := f.clock.Sleep(ctx, greetPause); err != nil {
			return err
		}
	}
	return nil
}

// greets says whether an address answers with a banner (RFC 4253, 4.2).
func (f *Fleet) greets(ctx context.Context, address string) bool {
	ctx, cancel := f.clock.WithTimeout(ctx, greetTimeout)
	defer cancel()
	conn, err := f.dial(ctx, "tcp", address)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	banner := make([]byte, len("SSH-"))
	for n := 0; n < len(banner); {
		read, err := conn.Read(banner[n:])
		if err != nil {
			return false
		}
		n += read
	}
	return strings.HasPrefix(string(banner), "SSH-")
}
