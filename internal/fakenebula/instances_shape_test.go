package fakenebula_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// order is a create that the documented catalogue can serve.
const order = `{"instance_name":"%s","product_id":"fcp66d566c43a9501001256","image_id":"fcp66d566c93a95010012","ssh_key_id":2}`

// instanceVectors are those of machines.
func instanceVectors() map[string]vector {
	in2024 := fakenebula.Options{IDs: fakenebula.StringIDs}
	in2025 := fakenebula.Options{IDs: fakenebula.StringIDs, Reading: fakenebula.Reading2025}
	first := fakenebula.Options{Instances: fakenebula.InstanceOptions{FirstRows: true}}
	// withOne asks about the only machine, whose id stands for "{id}".
	withOne := func(o fakenebula.Options, method, path string, add func(*fakenebula.Server)) vector {
		return vector{o, func(_ *testing.T, api caller, _ example) reply {
			add(api.server)
			return api.sendJSON(method, strings.ReplaceAll(path, "{id}", api.server.IssuedInstances()[0].ID), "")
		}}
	}
	machine := func(s *fakenebula.Server) { s.AddInstance("demo") }
	reserved := func(s *fakenebula.Server) { s.AddReservedInstance("demo") }
	create := func(o fakenebula.Options) vector {
		return vector{o, func(_ *testing.T, api caller, e example) reply {
			if e.Request == nil {
				e.Request = json.RawMessage(fmt.Sprintf(order, "demo"))
			}
			return api.sendJSON("POST", "/computing/instance", string(e.Request))
		}}
	}
	return map[string]vector{
		"create_instance":              create(in2024),
		"create_instance_2024":         create(first),
		"list_instances":               withOne(in2024, "GET", "/computing/instances", machine),
		"list_instances_2024_int_ids":  withOne(first, "GET", "/computing/instances", machine),
		"list_instances_2025":          withOne(in2025, "GET", "/computing/instances?limit=10&offset=0", reserved),
		"list_reserved_instances_2025": withOne(in2025, "GET", "/computing/instances?limit=10&offset=0&type=1", reserved),
		"list_instances_2025_empty":    withOne(in2025, "GET", "/computing/instances?limit=10&offset=0&type=0", reserved),
		"list_deleted_instances": withOne(in2024, "GET", "/computing/deleted-instances", func(s *fakenebula.Server) {
			s.DeleteInstance(s.AddInstance("demo"))
		}),
		"instance_detail":      withOne(in2024, "GET", "/computing/instance/{id}", machine),
		"instance_detail_2025": withOne(in2025, "GET", "/computing/instance/{id}", reserved),
		"delete_instance":      withOne(in2024, "DELETE", "/computing/instance/{id}", machine),
		"start_instance":       withOne(in2024, "GET", "/computing/instance/{id}/start", machine),
		"stop_instance":        withOne(in2024, "GET", "/computing/instance/{id}/stop", machine),
		"reboot_instance":      withOne(in2024, "GET", "/computing/instance/{id}/reboot", machine),
	}
}

// machines is a fake on a clock of its own, with what a list shows.
type machines struct {
	caller
	clock *clock.Fake
}

func newMachines(t *testing.T, o fakenebula.Options) machines {
	t.Helper()
	c := clock.NewFake(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))
	o.Clock = c
	return machines{inProcess(t, fakenebula.New(withRoot(o))), c}
}

// shows checks what the list shows, as "name: status address".
func (m machines) shows(want ...string) {
	m.t.Helper()
	var answer struct {
		Data []struct {
			Name    string `json:"host_name"`
			Status  string `json:"status"`
			Address string `json:"public_ipv4"`
		} `json:"data"`
	}
	body := m.sendJSON("GET", "/computing/instances?limit=100&offset=0", "").body
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		m.t.Fatal(err)
	}
	got := []string{}
	for _, row := range answer.Data {
		got = append(got, strings.TrimSpace(row.Name+": "+row.Status+" "+row.Address))
	}
	if !slices.Equal(got, want) {
		m.t.Errorf("the list shows %q, want %q", got, want)
	}
}

// A machine's life takes its time, and the ledger says what it cost.
func TestLifeOfAMachine(t *testing.T) {
	t.Parallel()
	m := newMachines(t, fakenebula.Options{HideNewFor: 5 * time.Second, Instances: fakenebula.InstanceOptions{
		DeployTime: 3 * time.Minute, StopTime: time.Minute, StartTime: time.Minute, DeleteTime: time.Minute, AddressAfter: 30 * time.Second,
	}})
	const product = "expd0ce88325-aeb0-48d0-8216-09506b58f1dd"
	m.sendJSON("POST", "/computing/instance", `{"instance_name":"GPU","product_id":"`+product+`","image_id":"exoscee6e762-1d11-4f65-a7d6-8c0670b603b2","ssh_key_id":2}`).data(t)
	m.shows()
	m.clock.Advance(5 * time.Second)
	m.shows("GPU: Deploying")
	m.clock.Advance(3 * time.Minute)
	m.shows("GPU: Running")
	m.clock.Advance(30 * time.Second)
	m.shows("GPU: Running 203.0.113.2")
	for _, step := range []struct{ call, during, after string }{
		{"stop", "Stopping", "Stopped"}, {"start", "Starting", "Running"},
	} {
		m.sendJSON("GET", "/computing/instance/1/"+step.call, "").data(t)
		m.shows("GPU: " + step.during + " 203.0.113.2")
		m.clock.Advance(time.Minute)
		m.shows("GPU: " + step.after + " 203.0.113.2")
	}
	m.server.SetProduct(product, func(p *fakenebula.Product) { p.PricePerHour = "9" })
	m.sendJSON("DELETE", "/computing/instance/1", "").data(t)
	m.shows("GPU: Deleting 203.0.113.2")
	m.clock.Advance(time.Minute)
	m.shows()
	m.clock.Advance(time.Hour)
	line := m.server.IssuedInstances()[0]
	lived := line.DeletedAt.Sub(line.CreatedAt)
	if want := 5*time.Second + 3*time.Minute + 30*time.Second + 3*time.Minute; lived != want {
		t.Errorf("it lived for %v, want %v", lived, want)
	}
	if got := line.Cost.FloatString(6); got != "0.076476" {
		t.Errorf("it cost %s", got)
	}
	if line.CreatedBy.Via != fakenebula.ViaAPI || line.DeletedBy.ID != "1" || line.ProductID != product || line.SSHKeyID != "2" || line.PricePerHour != "0.697" {
		t.Errorf("%+v", line)
	}
	if deleted := m.sendJSON("GET", "/computing/deleted-instances", "").body; !strings.Contains(deleted, `"status":"Deleted"`) {
		t.Error(deleted)
	}
}

// The ends of a deployment, and words that nobody has seen.
func TestDeployments(t *testing.T) {
	t.Parallel()
	m := newMachines(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{
		DeployTime: time.Minute, ShowDeletedFor: time.Minute,
		Words: map[fakenebula.Phase]string{fakenebula.PhaseRunning: "ACTIVE", fakenebula.PhaseDeleted: "Terminated"},
		Deployments: func(name string) fakenebula.Deployment {
			return map[string]fakenebula.Deployment{"bad": fakenebula.DeployFails, "slow": fakenebula.DeployHangs}[name]
		},
	}})
	for _, name := range []string{"good", "bad", "slow"} {
		m.sendJSON("POST", "/computing/instance", fmt.Sprintf(order, name)).data(t)
	}
	m.clock.Advance(time.Hour)
	m.shows("good: ACTIVE", "bad: Error", "slow: Deploying")
	m.server.SetInstanceStatus("3", "Migrating")
	m.server.DeleteInstance("1")
	m.shows("good: Terminated", "bad: Error", "slow: Migrating")
	m.server.SetInstancePhase("3", fakenebula.PhaseStopped)
	m.clock.Advance(time.Minute)
	m.shows("bad: Error", "slow: Stopped")
}

// A create is refused for what the catalogue says, and nothing is made.
func TestRefusedMachines(t *testing.T) {
	t.Parallel()
	m := newMachines(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{KnownSSHKeys: true}})
	m.server.AddSSHKey("mine", "ssh-ed25519 AAAA")
	ask := func(product, image, key string) string {
		return m.sendJSON("POST", "/computing/instance",
			fmt.Sprintf(`{"instance_name":"a","product_id":%q,"image_id":%q,"ssh_key_id":%s}`, product, image, key)).body
	}
	const product, image, other = "fcp66d566c43a9501001256", "fcp66d566c93a95010012", "exos63884cc9-2119-43db-b6d5-093fb4036586"
	for want, got := range map[string]string{
		"Product not found":      ask("x", image, "1"),
		"Image not found":        ask(product, "x", "1"),
		"not available for this": ask(product, other, "1"),
		"SSH key not found":      ask(product, image, "9"),
		"of the wrong type":      ask(product, image, `"1"`),
		"ssh_key_id is required": ask(product, image, `""`),
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %q", got, want)
		}
	}
	m.server.SetProduct(product, func(p *fakenebula.Product) { p.Stock = "1" })
	ask(product, image, "1")
	if got := ask(product, image, "1"); !strings.Contains(got, "out of stock") || len(m.server.Instances()) != 1 {
		t.Errorf("%s, and there are %v", got, m.server.Instances())
	}
	m.server.DeleteInstance("1")
	if got := ask(product, image, "1"); !strings.Contains(got, "success") {
		t.Error(got)
	}
}
