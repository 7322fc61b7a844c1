package sshkey_test

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// data reads a data source, and fails the test unless that goes well.
func (s *stage) data(typeName string, args rehearsal.Args) rehearsal.Object {
	s.t.Helper()
	object, report := s.Data(s.t.Context(), rehearsal.DataSource{Address: typeName + ".this", Args: args})
	if report.Failed() {
		s.t.Fatal(report)
	}
	return object
}

// An SSH key is found by each of its marks, in both readings of the API.
func TestDataSource(t *testing.T) {
	t.Parallel()
	for _, reading := range fakenebula.Readings() {
		t.Run(string(reading), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{Reading: reading})
			s.API.AddSSHKey("first", line(1))
			s.API.AddSSHKey("second", line(2, "me"))
			for attribute, value := range map[string]string{"id": "2", "name": "second", "fingerprint": fingerprint(2), "public_key": line(2, "another") + "\n"} {
				got := s.data("nebula_ssh_key", rehearsal.Args{attribute: value})
				want := map[string]string{"id": "2", "name": "second", "fingerprint": fingerprint(2), "public_key": line(2, "me")}
				want[attribute] = value
				for name, text := range want {
					if got.Text(name) != text {
						t.Errorf("by %s: %s is %q, want %q", attribute, name, got.Text(name), text)
					}
				}
				if wantNull := reading == fakenebula.Reading2024; got.Null("created_at") != wantNull {
					t.Errorf("created_at is %v", got["created_at"])
				}
			}
		})
	}
}

func TestDataSourceFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		masked bool
		args   rehearsal.Args
		want   []string
	}{
		"no such id":          {false, rehearsal.Args{"id": "9"}, []string{"SSH key not found", "The account has no SSH key with id 9."}},
		"no such name":        {false, rehearsal.Args{"name": "x"}, []string{`no SSH key named "x"`}},
		"no such fingerprint": {false, rehearsal.Args{"fingerprint": fingerprint(9)}, []string{"no SSH key with the fingerprint " + fingerprint(9)}},
		"no such public key":  {false, rehearsal.Args{"public_key": line(9)}, []string{"no SSH key with this public key (" + fingerprint(9) + ")"}},
		"several":             {false, rehearsal.Args{"name": "twin"}, []string{"Several SSH keys match", "their ids are 1, 2"}},
		"in part":             {true, rehearsal.Args{"fingerprint": fingerprint(1)}, []string{"it shows some in part only: 1, 2, 3."}},
		"nothing":             {false, rehearsal.Args{}, []string{"Exactly one of these attributes must be configured"}},
		"two":                 {false, rehearsal.Args{"id": "1", "name": "twin"}, []string{"Exactly one of these attributes must be configured"}},
		"bad fingerprint":     {false, rehearsal.Args{"fingerprint": "MD5:00"}, []string{"as ssh-keygen -l shows it"}},
		"bad public key":      {false, rehearsal.Args{"public_key": "no-pty " + line(1)}, []string{"SSH public key with options"}},
		"bad id":              {false, rehearsal.Args{"id": "a/b"}, []string{"Invalid id"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{SSHKeys: fakenebula.SSHKeyOptions{Masked: test.masked}})
			s.API.AddSSHKey("twin", line(1))
			s.API.AddSSHKey("twin", line(2))
			s.API.AddSSHKey("other", line(3))
			object, report := s.Data(t.Context(), rehearsal.DataSource{Address: "nebula_ssh_key.this", Args: test.args})
			if object != nil {
				t.Errorf("found %v", object)
			}
			for _, want := range test.want {
				if count(report.String(), want) == 0 {
					t.Errorf("not told: %q\n%s", want, report)
				}
			}
		})
	}
}

func TestListDataSource(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{})
	if got := s.data("nebula_ssh_keys", nil); got.Null("ids") || len(got.Texts("ids")) != 0 {
		t.Errorf("an account without any has %v", got["ids"])
	}
	s.API.AddSSHKey("ci-1", line(1))
	s.API.AddSSHKey("ci-2", "ssh-rsa AAAA...")
	s.API.AddSSHKey("laptop", line(3))
	for expression, want := range map[string][]string{"": {"1", "2", "3"}, "^ci-": {"1", "2"}, "top$": {"3"}, "none": {}} {
		args := rehearsal.Args{}
		if expression != "" {
			args["name_regex"] = expression
		}
		if got := s.data("nebula_ssh_keys", args).Texts("ids"); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", expression, got, want)
		}
	}
	var rows []tftypes.Value
	if err := s.data("nebula_ssh_keys", nil)["ssh_keys"].As(&rows); err != nil || len(rows) != 3 {
		t.Fatal(rows, err)
	}
	var second map[string]tftypes.Value
	if err := rows[1].As(&second); err != nil || !second["public_key"].IsNull() || !second["fingerprint"].IsNull() {
		t.Errorf("a part of a public key is shown as one: %v", second)
	}
	_, report := s.Data(t.Context(), rehearsal.DataSource{Address: "nebula_ssh_keys.this", Args: rehearsal.Args{"name_regex": "("}})
	if count(report.String(), "Invalid regular expression") == 0 {
		t.Error(report)
	}
}
