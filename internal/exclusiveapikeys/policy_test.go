package exclusiveapikeys

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/exclusivekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

func keys(idsAndNames ...string) []keyring.Key {
	var all []keyring.Key
	for i := 0; i < len(idsAndNames); i += 2 {
		all = append(all, keyring.Key{ID: nebula.ID(idsAndNames[i]), Name: idsAndNames[i+1]})
	}
	return all
}

// allowingOne permits the key 1, and robots.
func allowingOne(t *testing.T) policy {
	t.Helper()
	one := func(s string) []attr.Value { return []attr.Value{types.StringValue(s)} }
	m := &model{AllowedIDs: types.SetValueMust(types.StringType, one("1")), IgnoreNameRegex: types.ListValueMust(types.StringType, one("^robot-"))}
	return policyOf(t.Context(), tfkit.Doing("read the arguments", &diag.Diagnostics{}, nil), m)
}

// What is named and what is gone is TestJudge of exclusivekit.
func TestToDelete(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		shown           string
		listed          []keyring.Key
		doomed, renamed []keyring.Key
	}{
		"in another Unicode form":    {"caf\u00e9", keys("2", "cafe\u0301"), keys("2", "cafe\u0301"), nil},
		"renamed":                    {"alice", keys("2", "production"), nil, keys("2", "production")},
		"allowed and renamed":        {"own", keys("1", "new"), nil, nil},
		"ignored":                    {"robot-1", keys("2", "robot-1"), nil, nil},
		"renamed to be ignored":      {"alice", keys("2", "robot-1"), nil, nil},
		"was ignored and is renamed": {"robot-1", keys("2", "alice"), nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, doomed, renamed := toDelete(exclusivekit.Named{"1": test.shown, "2": test.shown}, test.listed, allowingOne(t))
			if !slices.Equal(doomed, test.doomed) || !slices.Equal(renamed, test.renamed) {
				t.Errorf("doomed %v, renamed %v; want %v and %v", doomed, renamed, test.doomed, test.renamed)
			}
		})
	}
}
