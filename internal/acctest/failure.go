package acctest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// FailedCall is a failed call as the client reports it. The id in its route is 7.
func FailedCall(method, route string, changes ...func(*nebula.APIError)) error {
	e := &nebula.APIError{Method: method, Route: route, URL: "https://api.example.com/api/v1" + strings.ReplaceAll(route, "{id}", "7"),
		RetryAfter: -1, Tries: 1, Credential: nebula.KindAPIKey}
	for _, change := range changes {
		change(e)
	}
	return e
}

// Refused makes of a failed call one that the API has refused.
func Refused(status int, message string) func(*nebula.APIError) {
	return func(e *nebula.APIError) { e.Class, e.Status, e.Message = nebula.Refused, status, message }
}

// NoAnswer makes of a failed call one that may have been carried out.
func NoAnswer(e *nebula.APIError) {
	e.Class, e.Reason = nebula.Ambiguous, "no answer within the time-out"
}

// ProxyPage makes of a failed call one that something in front of the API may
// have answered.
func ProxyPage(e *nebula.APIError) {
	e.Class, e.Status, e.Tries = nebula.Ambiguous, 502, 5
	e.Reason = "the answer is an HTML page, not the API's JSON (a proxy may have answered)"
}

// Rendered is all that a diagnostic says.
func Rendered(d diag.Diagnostic) string {
	where := ""
	if on, ok := d.(diag.DiagnosticWithPath); ok {
		where = " on " + on.Path().String()
	}
	return fmt.Sprintf("%s%s: %s\n\n%s\n", d.Severity(), where, d.Summary(), d.Detail())
}

// GoldenFailures compares what people are told of failures with
// testdata/diagnostics.
func GoldenFailures(t *testing.T, failures map[string]tfkit.Failure) {
	t.Helper()
	for name, failure := range failures {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			Golden(t, "diagnostics", name, Rendered(tfkit.Diagnose(failure)))
		})
	}
	GoldenFiles(t, "diagnostics", failures)
}
