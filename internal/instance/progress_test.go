package instance_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// Whatever a machine is waited for, the log shows its status with each look.
func TestProgressInTheLog(t *testing.T) {
	t.Parallel()
	s := newStage(t, slow())
	for _, step := range []struct {
		power any // nil destroys
		want  []string
	}{
		{"running", []string{"deploying", "running"}}, {"stopped", []string{"stopping", "stopped"}}, {"running", []string{"starting", "running"}}, {nil, []string{"deleting"}},
	} {
		var out bytes.Buffer
		s.write(args(rehearsal.Args{"power_state": step.power}))
		if report := s.Workspace.Apply(tflogtest.RootLogger(t.Context(), &out), rehearsal.Options{Destroy: step.power == nil}); report.Failed() {
			t.Fatal(report)
		}
		lines, err := tflogtest.MultilineJSONDecode(&out)
		if err != nil {
			t.Fatal(err)
		}
		var shown []string
		for _, line := range lines {
			if status, ok := line["status"].(string); ok && line["@message"] == "waiting for instance" && line["id"] == "1" {
				shown = append(shown, status)
			}
		}
		if got := slices.Compact(shown); !slices.Equal(got, step.want) {
			t.Errorf("the log shows %q, want %q", got, step.want)
		}
	}
}
