package exclusivekit

import (
	"maps"
	"slices"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	// A row is an id of one letter and a name.
	for name, test := range map[string]struct {
		named           Named
		listed          []string
		left            Named
		doomed, changed []string
	}{
		"named and there":          {Named{"a": "alice"}, []string{"z own", "a alice"}, Named{"a": "alice"}, []string{"a alice"}, nil},
		"in the order of the list": {Named{"a": "alice", "b": "bob"}, []string{"b bob", "a alice"}, Named{"a": "alice", "b": "bob"}, []string{"b bob", "a alice"}, nil},
		"not named":                {Named{}, []string{"a alice"}, Named{}, nil, nil},
		"same name, another id":    {Named{"a": "alice"}, []string{"b alice"}, Named{}, nil, nil},
		"gone":                     {Named{"a": "alice"}, nil, Named{}, nil, nil},
		"renamed":                  {Named{"a": "alice"}, []string{"a production"}, Named{"a": "alice"}, nil, []string{"a production"}},
		"spared":                   {Named{"a": "alice"}, []string{"a robot"}, Named{}, nil, nil},
		"spared as it was shown":   {Named{"a": "robot"}, []string{"a alice"}, Named{}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			left, doomed, changed := Judge(test.named, test.listed, func(row string) nebula.ID { return nebula.ID(row[:1]) },
				func(row, shown string) bool { return row[2:] == "robot" || shown == "robot" }, func(row, shown string) bool { return row[2:] == shown })
			if !maps.Equal(left, test.left) || !slices.Equal(doomed, test.doomed) || !slices.Equal(changed, test.changed) {
				t.Errorf("left %v, doomed %v, changed %v; want %v, %v and %v", left, doomed, changed, test.left, test.doomed, test.changed)
			}
		})
	}
}

func TestShow(t *testing.T) {
	t.Parallel()
	w := Words{Print: tfkit.Quoted}
	if got, want := w.Show(Named{"3": "b\u202e", "20": "ak_WT2l5Rw8Rv8Mp7Q7fLh7dFgEDl"}), `20 ("(masked)"), 3 ("b\\u202e")`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := w.Show(nil); got != "none" {
		t.Errorf("%q", got)
	}
}
