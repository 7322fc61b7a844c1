// Terraform-provider-nebula manages Nebula Block from Terraform and OpenTofu.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"strings"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"google.golang.org/grpc/grpclog"

	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
)

// version is set by the linker (-X main.version=...).
var version = "dev" //nolint:gochecknoglobals // the linker can set nothing else

func main() {
	debug := flag.Bool("debug", false, "keep running, for debuggers: prints what to set TF_REATTACH_PROVIDERS to")
	showVersion := flag.Bool("version", false, "print the version and exit")
	flag.Parse()
	if *showVersion {
		_, _ = fmt.Fprintln(os.Stdout, version)
		return
	}
	silenceLibraries()
	server := provider.Server(version)
	// go-plugin's logger writes to standard error, too.
	options := []tf6server.ServeOpt{tf6server.WithGoPluginLogger(hclog.NewNullLogger())}
	switch {
	case *debug:
		// The logs go to the terminal of whoever asked for it.
		options = append(options, tf6server.WithManagedDebug())
	case !wantsLogs(os.Environ()):
		silenceLogs(os.Setenv)
		logged := server
		server = func() tfprotov6.ProviderServer { return provider.Unlogged(logged()) }
	}
	if err := tf6server.Serve(provider.Address, server, options...); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// silenceLibraries discards what libraries print with Go's own loggers and with
// gRPC's, which writes errors to standard error, and more when the environment
// asks for it (GRPC_GO_LOG_SEVERITY_LEVEL).
//
// Whatever a plugin writes to its standard error ends up in Terraform's log,
// around the masking of the logging context. net/http prints bytes that follow
// an answer on a kept connection, and those can be another answer, with the
// secret of a key in it.
func silenceLibraries() {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	log.SetOutput(io.Discard)
	grpclog.SetLoggerV2(grpclog.NewLoggerV2(io.Discard, io.Discard, io.Discard))
}

// wantsLogs reports whether anything in the environment asks for logs. The
// provider inherits Terraform's environment, so Terraform's variables are all
// there.
func wantsLogs(environ []string) bool {
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if value != "" && (strings.HasPrefix(name, "TF_LOG") || name == "TF_TEMP_LOG_PATH") {
			return true
		}
	}
	return false
}

// silenceLogs turns the logging subsystems off. They log at trace level unless
// told otherwise and leave it to Terraform to discard the lines: 13,146 of them
// for a plan of 100 keys, which take as much CPU time as all the rest.
// The levels are read from the environment for each request. Each subsystem is
// named, because one that has no level of its own does the work before it asks
// its parent.
func silenceLogs(setenv func(name, value string) error) {
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_PROVIDER_NEBULA"} {
		// With the variable not set, there are only needless logs.
		_ = setenv(name, "OFF")
	}
}
