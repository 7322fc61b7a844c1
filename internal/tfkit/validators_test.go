package tfkit_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

func faultOf(t *testing.T, v validator.String, value types.String) string {
	t.Helper()
	var resp validator.StringResponse
	v.ValidateString(t.Context(), validator.StringRequest{Path: path.Root("a"), ConfigValue: value}, &resp)
	if len(resp.Diagnostics) == 0 {
		return ""
	}
	return acctest.Rendered(resp.Diagnostics[0])
}

// A check is asked about values only, its words are cleaned, and it points at no
// line that shows a secret.
func TestCheck(t *testing.T) {
	t.Parallel()
	check := tfkit.Check("must be good", "Bad value", func(s string) error {
		if s == "good" {
			return nil
		}
		return errors.New("it is " + s)
	})
	for _, value := range []types.String{types.StringNull(), types.StringUnknown(), types.StringValue("good")} {
		if fault := faultOf(t, check, value); fault != "" {
			t.Errorf("%s: %s", value, fault)
		}
	}
	for value, want := range map[string]string{
		"\x1b bad":       "Error on a: Bad value\n\nIt is \\u001b bad.\n",
		"\x1b " + canary: "Error: Bad value\n\nAbout a: It is \\u001b (masked).\n",
	} {
		if got := faultOf(t, check, types.StringValue(value)); got != want {
			t.Errorf("got %q", got)
		}
	}
	if check.Description(t.Context()) != "must be good" || check.MarkdownDescription(t.Context()) != "must be good" {
		t.Error("the description is lost")
	}
}

func TestObjectIDRefusesSecretsWithoutRepeatingThem(t *testing.T) {
	t.Parallel()
	if fault := faultOf(t, tfkit.ObjectID(), types.StringValue("9a4d7961-3274")); fault != "" {
		t.Error(fault)
	}
	for id, where := range map[string]string{canary: "Error: ", "sk-0123456789abcdefghij": "Error: ", "../x": "Error on a: ", "": "Error on a: ", "a b": "Error on a: "} {
		if fault := faultOf(t, tfkit.ObjectID(), types.StringValue(id)); !strings.HasPrefix(fault, where+"Invalid id") || len(id) > 10 && strings.Contains(fault, id) {
			t.Errorf("%q: %s", id, fault)
		}
	}
}

func TestRegexp(t *testing.T) {
	t.Parallel()
	if fault := faultOf(t, tfkit.Regexp(), types.StringValue("^a|b$")); fault != "" {
		t.Error(fault)
	}
	if fault := faultOf(t, tfkit.Regexp(), types.StringValue("(")); !strings.Contains(fault, "RE2 syntax") {
		t.Error(fault)
	}
}

func TestCheckTimeouts(t *testing.T) {
	t.Parallel()
	limits := func(create attr.Value) types.Object {
		return types.ObjectValueMust(map[string]attr.Type{"create": types.StringType}, map[string]attr.Value{"create": create})
	}
	for _, value := range []types.String{types.StringNull(), types.StringUnknown(), types.StringValue("90s"), types.StringValue("no duration")} {
		if diags := tfkit.CheckTimeouts(limits(value)); len(diags) != 0 {
			t.Errorf("%s: %v", value, diags)
		}
	}
	for _, value := range []string{"0s", "-1s"} {
		if diags := tfkit.CheckTimeouts(limits(types.StringValue(value))); len(diags) != 1 || acctest.Rendered(diags[0]) == "" {
			t.Errorf("%s: %v", value, diags)
		}
	}
}
