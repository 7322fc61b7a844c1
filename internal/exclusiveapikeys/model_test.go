package exclusiveapikeys

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func keys(idsAndNames ...string) []keyring.Key {
	var all []keyring.Key
	for i := 0; i < len(idsAndNames); i += 2 {
		all = append(all, keyring.Key{ID: nebula.ID(idsAndNames[i]), Name: idsAndNames[i+1]})
	}
	return all
}

func allowing(ids ...nebula.ID) policy {
	p := policy{allowed: map[nebula.ID]bool{}, ignored: []*regexp.Regexp{regexp.MustCompile("^robot-")}}
	for _, id := range ids {
		p.allowed[id] = true
	}
	return p
}

func TestObserve(t *testing.T) {
	t.Parallel()
	got := observe(keys("1", "own", "2", "alice", "3", "alice", "4", "robot-1", "5", "my robot-1"), allowing("1", "9"))
	if want := (names{"2": "alice", "3": "alice", "5": "my robot-1"}); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := observe(nil, allowing()); got == nil || len(got) != 0 {
		t.Errorf("%#v, want an empty map", got)
	}
}

func TestLeaving(t *testing.T) {
	t.Parallel()
	with := func(held names) *model {
		m := &model{}
		m.setUnmanaged(held)
		return m
	}
	both := names{"2": "alice", "3": "bob"}
	for name, test := range map[string]struct {
		state, plan *model
		want        names
	}{
		"all":              {with(both), with(nil), both},
		"one":              {with(both), with(names{"3": "bob"}), names{"2": "alice"}},
		"none":             {with(both), with(both), names{}},
		"not in state":     {with(nil), with(both), names{}},
		"plan leaves open": {with(both), &model{Unmanaged: types.MapUnknown(types.StringType)}, names{}},
		"nothing recorded": {&model{Unmanaged: types.MapNull(types.StringType)}, with(nil), names{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := leaving(test.state, test.plan); !maps.Equal(got, test.want) {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		named           names
		listed          []keyring.Key
		doomed, renamed []keyring.Key
	}{
		"named and there":            {names{"2": "alice"}, keys("1", "own", "2", "alice"), keys("2", "alice"), nil},
		"in the order of the list":   {names{"2": "a", "3": "b"}, keys("3", "b", "2", "a"), keys("3", "b", "2", "a"), nil},
		"not named":                  {names{}, keys("2", "alice"), nil, nil},
		"same name, another id":      {names{"2": "alice"}, keys("3", "alice"), nil, nil},
		"gone":                       {names{"2": "alice"}, nil, nil, nil},
		"allowed":                    {names{"1": "own"}, keys("1", "own"), nil, nil},
		"allowed and renamed":        {names{"1": "own"}, keys("1", "new"), nil, nil},
		"ignored":                    {names{"2": "robot-1"}, keys("2", "robot-1"), nil, nil},
		"renamed":                    {names{"2": "alice"}, keys("2", "production"), nil, keys("2", "production")},
		"renamed to be ignored":      {names{"2": "alice"}, keys("2", "robot-1"), nil, nil},
		"was ignored and is renamed": {names{"2": "robot-1"}, keys("2", "alice"), nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doomed, renamed := toDelete(test.named, test.listed, allowing("1"))
			if !slices.Equal(doomed, test.doomed) || !slices.Equal(renamed, test.renamed) {
				t.Errorf("doomed %v, renamed %v; want %v and %v", doomed, renamed, test.doomed, test.renamed)
			}
		})
	}
}

func TestShow(t *testing.T) {
	t.Parallel()
	if got, want := show(names{"3": "b\u202e", "20": "ak_WT2l5Rw8Rv8Mp7Q7fLh7dFgEDl"}), `20 ("(masked)"), 3 ("b\\u202e")`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := show(nil); got != "none" {
		t.Errorf("%q", got)
	}
}
