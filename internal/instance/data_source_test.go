package instance_test

import (
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// The data sources.
const (
	one     = "nebula_instance"
	many    = "nebula_instances"
	deleted = "nebula_deleted_instances"
)

// look reads a data source. The object is nil when that failed.
func (s *stage) look(typeName string, args rehearsal.Args) (rehearsal.Object, string) {
	s.t.Helper()
	object, report := s.Data(s.t.Context(), rehearsal.DataSource{Address: typeName + ".this", Args: args})
	return object, report.String()
}

// found reads a data source, and ends the test unless that goes well.
func (s *stage) found(typeName string, args rehearsal.Args) rehearsal.Object {
	s.t.Helper()
	object, report := s.look(typeName, args)
	if object == nil || report != "" {
		s.t.Fatalf("%v: %s", args, report)
	}
	return object
}

// digits is a number as it is written; "" when it is null.
func digits(t *testing.T, v tftypes.Value) string {
	t.Helper()
	var f *big.Float
	if err := v.As(&f); err != nil {
		t.Fatal(err)
	}
	if f == nil {
		return ""
	}
	return f.Text('f', -1)
}

// rows are the elements of a list of objects.
func rows(t *testing.T, o rehearsal.Object, name string) []rehearsal.Object {
	t.Helper()
	var elements []tftypes.Value
	if err := o[name].As(&elements); err != nil {
		t.Fatal(err)
	}
	all := make([]rehearsal.Object, len(elements))
	for i, element := range elements {
		var row map[string]tftypes.Value
		if err := element.As(&row); err != nil {
			t.Fatal(err)
		}
		all[i] = row
	}
	return all
}

// A machine is found by its id or by its name without case, in both readings of
// the API, with all that the resource shows and with what it has cost.
func TestDataSource(t *testing.T) {
	t.Parallel()
	for _, reading := range fakenebula.Readings() {
		t.Run(string(reading), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{Reading: reading, Instances: fakenebula.InstanceOptions{ExposedPorts: "22:30022"}})
			s.API.AddInstance("other")
			id := s.API.AddInstance("Train-1")
			s.Clock.Advance(90 * time.Minute)
			want := map[string]string{
				"id": id, "name": "Train-1", "status": "running", "region": "CANADA", "product_type": "Virtual Machine", "gpu": "H100-80G-PCIe",
				"os": "Ubuntu Server 22.04 LTS", "public_ipv4": "203.0.113.3", "user_name": "ubuntu", "exposed_ports": "22:30022",
				"created_at": map[fakenebula.Reading]string{fakenebula.Reading2024: "", fakenebula.Reading2025: "2026-11-23T01:56:00Z"}[reading],
			}
			numbers := map[string]string{"gpu_count": "1", "cpu_cores": "28", "ram_gb": "180", "disk_size_gb": "100", "ephemeral_gb": "750",
				"price_per_hour": "2.627", "running_time_hours": "1.5", "total_cost": "3.9405"}
			for attribute, value := range map[string]string{"id": id, "name": "TRAIN-1"} {
				s.API.ResetJournal()
				machine := s.found(one, rehearsal.Args{attribute: value})
				for name, text := range want {
					if name == attribute {
						text = value
					}
					if machine.Text(name) != text || machine.Null(name) != (text == "") {
						t.Errorf("by %s: %s is %v, want %q", attribute, name, machine[name], text)
					}
				}
				for name, text := range numbers {
					if got := digits(t, machine[name]); got != text {
						t.Errorf("by %s: %s is %s, want %s", attribute, name, got, text)
					}
				}
				s.asked(map[fakenebula.Operation]int{opList: 1, opDetail: 1})
			}
		})
	}
}

// Costs and times are read whatever form their texts have.
func TestDataSourceReadsLargeNumbers(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{})
	id := s.API.AddInstance("train")
	s.API.Inject(fakenebula.Fault{Operation: opDetail, Rewrite: rehearsal.EditRows(func(rows []map[string]any) {
		rows[0]["total_cost"], rows[0]["running_time"] = "$1,961.5400", " 1,066.9070 hours"
	})})
	machine := s.found(one, rehearsal.Args{"id": id})
	if cost, hours := digits(t, machine["total_cost"]), digits(t, machine["running_time_hours"]); cost != "1961.54" || hours != "1066.907" {
		t.Errorf("it has cost %s in %s hours", cost, hours)
	}
}

// What is not one machine is an error on the argument, and names what there is.
func TestDataSourceFails(t *testing.T) {
	t.Parallel()
	type a = rehearsal.Args
	for name, test := range map[string]struct {
		args a
		want []string
	}{
		"no such id":   {a{"id": "77"}, []string{"Instance not found", "The account has no instance with id 77."}},
		"no such name": {a{"name": "serve"}, []string{`The account has no instance named "serve".`}},
		"a part":       {a{"name": "trai"}, []string{`no instance named "trai"`}},
		"twins":        {a{"name": "train"}, []string{"Several instances match", `1 ("train", running, $2.627 per hour), 2 ("TRAIN", stopped, $2.627 per hour)`}},
		"gone":         {a{"name": "gone"}, []string{`no instance named "gone"`}},
		"nothing":      {a{}, []string{"Exactly one of these attributes must be configured"}},
		"two":          {a{"id": "1", "name": "train"}, []string{"Exactly one of these attributes must be configured"}},
		"bad id":       {a{"id": "../keys/1"}, []string{"is not an id"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{ShowDeletedFor: time.Hour}})
			s.API.AddInstance("train")
			s.API.SetInstancePhase(s.API.AddInstance("TRAIN"), fakenebula.PhaseStopped)
			s.API.DeleteInstance(s.API.AddInstance("gone"))
			object, report := s.look(one, test.args)
			for _, want := range test.want {
				if object != nil || !strings.Contains(report, want) {
					t.Errorf("not told: %q\n%v\n%s", want, object, report)
				}
			}
		})
	}
}

// The list of machines by each filter, and what they cost together.
func TestListDataSource(t *testing.T) {
	t.Parallel()
	type a = rehearsal.Args
	s := newStage(t, fakenebula.Options{Reading: fakenebula.Reading2025, Instances: fakenebula.InstanceOptions{DeleteTime: time.Hour, ShowDeletedFor: time.Hour}})
	if empty := s.found(many, nil); empty.Null("ids") || len(empty.Texts("ids")) != 0 || digits(t, empty["total_price_per_hour"]) != "0" {
		t.Errorf("an account without any has %v", empty)
	}
	for _, name := range []string{"train-1", "train-2", "serve", "going"} {
		s.API.AddInstance(name)
	}
	s.API.SetInstancePhase("2", fakenebula.PhaseStopped)
	s.API.SetInstanceStatus("3", " Frobnicating ")
	s.API.DeleteInstance("4")
	s.API.AddReservedInstance("until May")
	for name, test := range map[string]struct {
		args  a
		want  []string
		price string
	}{
		"all":              {nil, []string{"1", "2", "3", "4"}, "7.881"},
		"reserved, too":    {a{"include_reserved": true}, []string{"1", "2", "3", "4", "5"}, "7.881"},
		"by name":          {a{"name_regex": "^train-"}, []string{"1", "2"}, "5.254"},
		"by status":        {a{"status": "RUNNING"}, []string{"1"}, "2.627"},
		"by an odd status": {a{"status": "frobnicating"}, []string{"3"}, "2.627"},
		"being deleted":    {a{"status": "deleting"}, []string{"4"}, "0"},
		"by region":        {a{"region": "canada", "name_regex": "2"}, []string{"2"}, "2.627"},
		"in no region":     {a{"region": "Norway"}, []string{}, "0"},
		"only reserved":    {a{"include_reserved": true, "name_regex": "May"}, []string{"5"}, "0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list := s.found(many, test.args)
			if got := list.Texts("ids"); !slices.Equal(got, test.want) {
				t.Errorf("ids %q, want %q", got, test.want)
			}
			if got := digits(t, list["total_price_per_hour"]); got != test.price {
				t.Errorf("they cost %s per hour, want %s", got, test.price)
			}
			for _, machine := range rows(t, list, "instances") {
				var reserved bool
				if err := machine["reserved"].As(&reserved); err != nil || reserved != (machine.Text("id") == "5") {
					t.Errorf("%s: reserved is %t, %v", machine.Text("id"), reserved, err)
				}
			}
		})
	}
	if _, report := s.look(many, a{"name_regex": "("}); !strings.Contains(report, "Invalid regular expression") {
		t.Error(report)
	}
}

// More machines than a page holds are all there, whatever offset means.
func TestListDataSourceInPages(t *testing.T) {
	t.Parallel()
	for name, paging := range map[string]fakenebula.Paging{
		"rows": {}, "pages from 0": {Offset: fakenebula.OffsetPagesFromZero}, "pages from 1": {Offset: fakenebula.OffsetPagesFromOne},
		"capped": {MaxLimit: 30}, "limit refused": {MaxLimit: 50, RefuseLimit: true}, "total too small": {Total: fakenebula.TotalTooSmall},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{Pages: paging})
			for range 230 {
				s.API.AddInstance("train")
			}
			if got := s.found(many, nil).Texts("ids"); len(got) != 230 {
				t.Errorf("%d machines, want 230", len(got))
			}
		})
	}
}

// Deleted machines are evidence, with their words and prices.
func TestDeletedDataSource(t *testing.T) {
	t.Parallel()
	for _, reading := range fakenebula.Readings() {
		t.Run(string(reading), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{Reading: reading})
			if none := rows(t, s.found(deleted, nil), "instances"); len(none) != 0 {
				t.Errorf("%v", none)
			}
			s.API.AddInstance("alive")
			s.API.DeleteInstance(s.API.AddInstance("gone"))
			gone := rows(t, s.found(deleted, nil), "instances")
			if len(gone) != 1 || gone[0].Text("name") != "gone" || gone[0].Text("status") != "deleted" || digits(t, gone[0]["price_per_hour"]) != "2.627" {
				t.Errorf("%v", gone)
			}
			s.API.Inject(fakenebula.Fault{Operation: fakenebula.OpListDeletedInstances, Times: -1, Answer: fakenebula.Failed(403, "not you")})
			if object, report := s.look(deleted, nil); object != nil || !strings.Contains(report, "Unable to list deleted instances") || !strings.Contains(report, "not you") {
				t.Errorf("%v\n%s", object, report)
			}
		})
	}
}

// All that a plan reads of machines comes from one list.
func TestDataSourcesShareOneList(t *testing.T) {
	t.Parallel()
	s := made(t, fakenebula.Options{}, args(nil))
	for _, name := range []string{"a", "b", "c"} {
		s.DataSources = append(s.DataSources, rehearsal.DataSource{Address: many + "." + name, Args: rehearsal.Args{"name_regex": name}})
	}
	s.Plan().Expect(0)
	s.asked(map[fakenebula.Operation]int{opList: 1})
}

// No password is in what a data source shows.
func TestDataSourcesHoldNoPassword(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]fakenebula.InstanceOptions{"in the detail": {}, "in the list": {FirstRows: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{Reading: fakenebula.Reading2024, Instances: o})
			id := s.API.AddInstance("train")
			var shown strings.Builder
			for _, object := range []rehearsal.Object{s.found(one, rehearsal.Args{"id": id}), s.found(many, nil)} {
				for _, value := range object {
					shown.WriteString(value.String())
				}
			}
			if leak := acctest.Leak(shown.String(), s.secrets()...); leak != "" {
				t.Error(leak)
			}
		})
	}
}
