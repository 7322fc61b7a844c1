package main

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// testdata/lab.json is what Terraform 1.16.0 printed for the lab provider with
// `terraform providers schema -json`, under the short name of the provider. Both
// sides are read as the documentation generator reads them, which knows of no
// deprecation messages but those of functions.
func TestMarshalPrintsWhatTerraformPrints(t *testing.T) {
	t.Parallel()

	want, err := os.ReadFile("testdata/lab.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := marshal(t.Context(), "lab", providerserver.NewProtocol6(lab{})())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(decode(t, got), decode(t, want)) {
		t.Errorf("the schema differs from Terraform's; it is now:\n%s", got)
	}
}

func TestMarshalIsTheSameEveryTime(t *testing.T) {
	t.Parallel()

	first, err := marshal(t.Context(), "lab", providerserver.NewProtocol6(lab{})())
	if err != nil {
		t.Fatal(err)
	}
	second, err := marshal(t.Context(), "lab", providerserver.NewProtocol6(lab{})())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("two runs differ")
	}
}

func TestFirstErrorSkipsWarnings(t *testing.T) {
	t.Parallel()

	warning := &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityWarning, Summary: "careful"}
	broken := &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError, Summary: "broken", Detail: "badly"}
	if err := firstError([]*tfprotov6.Diagnostic{warning}); err != nil {
		t.Errorf("a warning became the error %q", err)
	}
	if err := firstError([]*tfprotov6.Diagnostic{warning, broken}); err == nil || err.Error() != "broken: badly" {
		t.Errorf("got %v, want the error", err)
	}
}

func decode(t *testing.T, data []byte) tfjson.ProviderSchemas {
	t.Helper()
	var out tfjson.ProviderSchemas
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
