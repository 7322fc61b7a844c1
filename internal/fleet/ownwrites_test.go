package fleet

import (
	"slices"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// Whoever reads in the same process sees what it has done, however recent the
// last list is, and whatever a server shows that lags behind.
func TestOwnWritesAreSeen(t *testing.T) {
	t.Parallel()
	const old = `{"status":"success","message":"ok","total_instance":1,"data":[{"id":1,"host_name":"train","status":"Running"}]}`
	const later = 40 * time.Second // when no list of before is shown any more
	type fault = fakenebula.Fault
	lags := fault{Operation: opList, Times: -1, Answer: fakenebula.JSON(200, old)}
	for name, c := range map[string]struct {
		machines []string // that there are
		do       func(*testing.T, *fixture)
		after    time.Duration
		want     []string // ids and states that a reader sees then
	}{
		"create under way": {nil, func(t *testing.T, r *fixture) {
			go func() { _, _ = r.Create(within(t, 30), order("train", false)) }()
		}, time.Second, []string{"1 deploying"}},
		"created, and hidden": {nil, func(t *testing.T, r *fixture) {
			_, _ = r.Create(within(t, 30), order(NewName("train"), true))
			r.server.Inject(fault{Operation: opList, Times: -1, Omit: func(fakenebula.Object) bool { return true }})
		}, later, []string{"1 deploying"}},
		"stop under way": {[]string{"train"}, func(t *testing.T, r *fixture) {
			go func() { _, _ = r.Stop(within(t, 30), "1", nil) }()
		}, time.Second, []string{"1 stopping"}},
		"reboot": {[]string{"train"}, func(t *testing.T, r *fixture) { _, _ = r.Reboot(within(t, 30), "1") }, time.Second, []string{"1 rebooting"}},
		"deleted, and still shown": {[]string{"train"}, func(t *testing.T, r *fixture) {
			_, _ = r.Delete(within(t, 30), Ref{ID: "1"}, nil)
			r.server.Inject(lags)
		}, later, nil},
		"absent, and still shown": {[]string{"train"}, func(t *testing.T, r *fixture) {
			r.server.Inject(fault{Operation: opDelete, Answer: fakenebula.Failed(404, "Not Found"), Commit: true})
			_, _ = r.Delete(within(t, 30), Ref{ID: "1"}, nil)
			r.server.Inject(lags)
		}, later, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := fakenebula.InstanceOptions{DeployTime: 10 * time.Minute, StopTime: 5 * time.Minute, RebootTime: time.Minute}
			bubble(t, fakenebula.Options{Instances: o}, func(t *testing.T, r *fixture) {
				for _, name := range c.machines {
					r.server.AddInstance(name)
				}
				c.do(t, r)
				pass(c.after)
				rows, err := r.ForRead().All(within(t, 5))
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, row := range rows {
					got = append(got, string(row.ID)+" "+Status(row))
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("a reader sees %q, want %q", got, c.want)
				}
				pass(30 * time.Minute) // what is under way ends
			})
		})
	}
}
