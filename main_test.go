package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/grpclog"
)

func TestWantsLogs(t *testing.T) {
	t.Parallel()
	for variable, want := range map[string]bool{
		"TF_LOG=TRACE":                  true,
		"TF_LOG=json":                   true,
		"TF_LOG_CORE=debug":             true,
		"TF_LOG_PROVIDER=WARN":          true,
		"TF_LOG_PROVIDER_NEBULA=debug":  true,
		"TF_LOG_SDK=trace":              true,
		"TF_LOG_SDK_PROTO=trace":        true,
		"TF_LOG_SDK_FRAMEWORK=trace":    true,
		"TF_LOG_SDK_PROTO_DATA_DIR=/d":  true,
		"TF_LOG_PATH=/tmp/terraform":    true,
		"TF_TEMP_LOG_PATH=/tmp/x":       true,
		"TF_LOG=":                       false,
		"TF_LOG_PROVIDER=":              false,
		"TF_DATA_DIR=/d":                false,
		"NEBULA_API_KEY=TF_LOG=TRACE":   false,
		"MY_TF_LOG=TRACE":               false,
		"TF_LOG":                        false,
		"TF_CLI_ARGS_plan=-parallelism": false,
	} {
		if got := wantsLogs([]string{"PATH=/bin", variable, "HOME=/"}); got != want {
			t.Errorf("%s: %t", variable, got)
		}
	}
	if wantsLogs(nil) {
		t.Error("an empty environment asks for nothing")
	}
}

func TestSilenceLogs(t *testing.T) {
	t.Parallel()
	set := map[string]string{}
	silenceLogs(func(name, value string) error {
		set[name] = value
		return errors.New("must not matter")
	})
	want := []string{"TF_LOG_PROVIDER_NEBULA", "TF_LOG_SDK", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_SDK_PROTO"}
	if got := slices.Sorted(maps.Keys(set)); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	for name, level := range set {
		if level != "OFF" {
			t.Errorf("%s is %s", name, level)
		}
	}
}

// chatter is set where this test binary is to print what libraries print.
const chatter = "NEBULA_TEST_CHATTER"

// TestLibrariesDoNotWriteToStderr runs this binary again, once as the provider
// starts and once as Go starts, against a server that sends more than it was
// asked for.
func TestLibrariesDoNotWriteToStderr(t *testing.T) {
	t.Parallel()
	if mode := os.Getenv(chatter); mode != "" {
		if mode == "silenced" {
			silenceLibraries()
		}
		letLibrariesChatter(t)
		return
	}
	for mode, silent := range map[string]bool{"silenced": true, "as Go starts": false} {
		self := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLibrariesDoNotWriteToStderr$", "-test.v")
		self.Env = append(os.Environ(), chatter+"="+mode, "GRPC_GO_LOG_SEVERITY_LEVEL=info", "GRPC_GO_LOG_VERBOSITY_LEVEL=99")
		var stderr bytes.Buffer
		self.Stderr = &stderr
		if output, err := self.Output(); err != nil {
			t.Fatalf("%v\n%s%s", err, output, &stderr)
		}
		for _, canary := range []string{"ak_CANARY", "through log", "through slog", "through gRPC"} {
			if got := strings.Contains(stderr.String(), canary); got == silent {
				t.Errorf("%s: %q on standard error is %t:\n%s", mode, canary, got, &stderr)
			}
		}
	}
}

// letLibrariesChatter uses Go's loggers, directly and through a transport whose
// server sends two answers to one request.
func letLibrariesChatter(t *testing.T) {
	t.Helper()
	log.Print("through log") //nolint:forbidigo // what a library may do
	slog.Error("through slog")
	grpclog.Info("through gRPC")

	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	more, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = conn.Read(make([]byte, 4096)) // the request
		_, _ = fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
		<-more
		_, _ = fmt.Fprint(conn, `{"key":"ak_CANARY"}`)
		_, _ = conn.Read(make([]byte, 1)) // until the client hangs up, which it does after printing
	}()
	transport := &http.Transport{}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listener.Addr().String(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close() // the connection waits for the next request
	close(more)
	<-ended
}
