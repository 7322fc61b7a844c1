package tfkit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Shorter strings would mask parts of ordinary words.
const shortestMasked = 4

// MaskLogs masks secrets in everything that is logged with the returned
// context. It has to be called for each request: what is masked in a context
// does not reach another. It does nothing while nobody asked for logs.
func MaskLogs(ctx context.Context, secrets []string) context.Context {
	if !tflog.IsError(ctx) {
		return ctx
	}
	var known []string
	for _, secret := range secrets {
		if len(secret) >= shortestMasked {
			known = append(known, secret)
		}
	}
	ctx = tflog.MaskMessageStrings(ctx, known...)
	ctx = tflog.MaskAllFieldValuesStrings(ctx, known...)
	// Nothing that is logged holds a secret; this is the second line.
	ctx = tflog.MaskMessageRegexes(ctx, nebula.SecretPatterns()...)
	return tflog.MaskAllFieldValuesRegexes(ctx, nebula.SecretPatterns()...)
}

// LogExchange writes what may be known of an exchange with the API, at debug
// level: metadata, never a body and never a header. It is for nebula.Config's
// Observe.
func LogExchange(secrets []string) func(context.Context, nebula.Exchange) {
	return func(ctx context.Context, e nebula.Exchange) {
		if !tflog.IsDebug(ctx) {
			return
		}
		fields := map[string]any{
			"method":      e.Method,
			"route":       e.Route,
			"status":      e.Status,
			"duration_ms": e.Duration.Milliseconds(),
			"bytes":       e.Bytes,
			"try":         e.Try,
		}
		if e.Err != "" {
			fields["error"] = e.Err
		}
		tflog.Debug(MaskLogs(ctx, secrets), "API call", fields)
	}
}
