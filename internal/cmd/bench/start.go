package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"time"
)

// start is one start of a provider's process.
type start struct {
	// ready is the time until it listens, schema the time until it has
	// answered what its schema is.
	ready, schema time.Duration
	// bytes is the size of that answer.
	bytes int
	// peak is its peak memory after that, in bytes.
	peak int64
}

// The handshake of Terraform's plugins: a provider serves only when it finds
// this in its environment, and then prints one line that says where.
const pluginCookie = "TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"

// start starts the provider as Terraform does, asks for its schema and ends it.
// A gRPC call without a body worth the name is a plain HTTP/2 POST.
func (b *bench) start(ctx context.Context, k kind) (start, error) {
	return b.startWith(ctx, k, func(*exec.Cmd) {})
}

func (b *bench) startWith(ctx context.Context, k kind, change func(*exec.Cmd)) (s start, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.binary(k)) //nolint:gosec // the provider
	cmd.Env = append(b.environment(""), pluginCookie, "PLUGIN_PROTOCOL_VERSIONS=6")
	change(cmd)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return start{}, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return start{}, err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
	}()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return start{}, fmt.Errorf("no handshake: %w", err)
	}
	s.ready = time.Since(began)
	// core protocol, app protocol, network, address, protocol ...
	parts := strings.Split(strings.TrimSpace(line), "|")
	if len(parts) < 5 || parts[1] != "6" || parts[4] != "grpc" {
		return start{}, fmt.Errorf("not the expected handshake: %q", line)
	}
	if s.bytes, err = askSchema(ctx, parts[2], parts[3]); err != nil {
		return start{}, err
	}
	s.schema = time.Since(began)
	s.peak = peakMemory(cmd.Process.Pid)
	return s, nil
}

func askSchema(ctx context.Context, network, address string) (int, error) {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{
		Protocols: protocols,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, network, address)
		},
	}
	defer transport.CloseIdleConnections()
	// One frame: not compressed, no bytes.
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://provider/tfplugin6.Provider/GetProviderSchema", strings.NewReader("\x00\x00\x00\x00\x00"))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/grpc")
	req.Header.Set("Te", "trailers")
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil {
		return 0, err
	}
	if status := resp.Trailer.Get("Grpc-Status"); status != "0" {
		return 0, errors.New("the provider answered with gRPC status " + status)
	}
	return int(n), nil
}
