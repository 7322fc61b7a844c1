package instance_test

import (
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

const login = "nebula_instance_login"

// The port of the SSH server is what exposed_ports maps 22 to, in each of the
// forms that such texts have.
func TestLoginPort(t *testing.T) {
	t.Parallel()
	for exposed, want := range map[string]string{
		"": "22", "22": "22", "22/tcp": "22", "22:22": "22", "80:8080": "22", "22022": "22", "2222:2022": "22",
		"30022->22": "30022", "0.0.0.0:30022->22/tcp": "30022", "0.0.0.0:8080->80/tcp, 0.0.0.0:30022->22/tcp": "30022",
		"30022:22": "30022", "8080:80,30022:22": "30022", "203.0.113.9:30022:22": "30022",
		"22:30022": "30022", "80:8080, 22:30022": "30022", "22=30022": "30022", "22/tcp:30022": "30022",
		"22/tcp -> 0.0.0.0:30022": "30022", "22->30022": "30022",
		`{"22": 30022}`: "30022", `{"22": "30022"}`: "30022", `{"22/tcp": 30022}`: "30022", `{"80": 8080, "22": 30022}`: "30022",
		"99999->22": "22", "0:22": "22",
	} {
		t.Run(exposed, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{ExposedPorts: exposed}})
			object, result := s.Opened(login, rehearsal.Args{"instance_id": s.API.AddInstance("train")})
			result.Expect(0)
			if got := digits(t, object["port"]); got != want {
				t.Errorf("the port is %s, want %s", got, want)
			}
		})
	}
}

// A login is that of the machine that was asked for, whatever its members are
// called, and takes one request.
func TestLogin(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]fakenebula.InstanceOptions{
		"2024": {UserField: "vm_name", PasswordField: "vm_password"}, "2025": {UserField: "user_name", PasswordField: "password"}, "username": {UserField: "username", PasswordField: "password"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{Instances: o})
			id := s.API.AddInstance("train")
			object, result := s.Opened(login, rehearsal.Args{"instance_id": id})
			result.Expect(0)
			if machine := s.API.Instances()[0]; object.Text("host") != machine.Address || object.Text("user_name") != "ubuntu" || object.Text("password") != machine.Password {
				t.Errorf("%v of %v", object, machine)
			}
			s.asked(map[fakenebula.Operation]int{opDetail: 1})
		})
	}
	t.Run("of another machine", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, fakenebula.Options{})
		s.API.AddInstance("train")
		s.API.Inject(fakenebula.Fault{Operation: opDetail, Times: -1, Rewrite: rehearsal.EditRows(func(rows []map[string]any) { rows[0]["id"] = 7 })})
		if object, result := s.Opened(login, rehearsal.Args{"instance_id": "1"}); object != nil {
			t.Errorf("%v\n%s", object, result.Stderr)
		} else {
			result.Expect(1, "Unable to read login of instance", "about another instance")
		}
	})
}
