package fakenebula_test

import (
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// sshKeyVectors are those of SSH keys. They have ids of their own.
func sshKeyVectors() map[string]vector {
	const first = `{"key_name":"first","key_data":"ssh-ed25519 AAAA one"}`
	in2024 := fakenebula.Options{}
	register := func(t *testing.T, api caller) { t.Helper(); api.sendJSON("POST", "/ssh-keys", first).data(t) }
	return map[string]vector{
		"create_ssh_key": {in2024, func(_ *testing.T, api caller, e example) reply {
			return api.sendJSON("POST", "/ssh-keys", string(e.Request))
		}},
		"list_ssh_keys": {in2024, func(t *testing.T, api caller, _ example) reply {
			register(t, api)
			return api.sendJSON("GET", "/ssh-keys?limit=100&offset=0", "")
		}},
		"rename_ssh_key": {in2024, func(t *testing.T, api caller, e example) reply {
			register(t, api)
			return api.sendJSON("PUT", "/ssh-keys/1", string(e.Request))
		}},
		"delete_ssh_key": {in2024, func(t *testing.T, api caller, _ example) reply {
			register(t, api)
			return api.sendJSON("DELETE", "/ssh-keys/1", "")
		}},
		"ssh_key_duplicate": {in2024, func(t *testing.T, api caller, e example) reply {
			register(t, api)
			refusal := api.sendJSON("POST", "/ssh-keys", `{"key_name":"second","key_data":"ssh-ed25519 AAAA another comment"}`)
			if refusal.status != 400 || !strings.Contains(refusal.body, e.Text) {
				t.Errorf("%d %s lacks %q", refusal.status, refusal.body, e.Text)
			}
			return api.sendJSON("GET", "/ssh-keys", "")
		}},
	}
}

// The knobs of SSH keys, by what a list of one key shows and what a create takes.
func TestSSHKeyKnobs(t *testing.T) {
	t.Parallel()
	const line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI comment"
	for name, test := range map[string]struct {
		options fakenebula.Options
		create  string
		want    string
	}{
		"2024": {fakenebula.Options{}, `{"key_name":"a","key_data":"` + line + `"}`,
			`"data":{"total_ssh_keys":1,"ssh_keys":[{"create_time":"EST 2026-`},
		"2025": {fakenebula.Options{Reading: fakenebula.Reading2025}, `{"name":"a","public_key":"` + line + `"}`,
			`"data":[{"create_time":"17`},
		"masked": {fakenebula.Options{SSHKeys: fakenebula.SSHKeyOptions{Masked: true}}, `{"key_name":"a","key_data":"` + line + `"}`,
			`"key_data":"ssh-ed255...NTE5AAAAI"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := inProcess(t, fakenebula.New(withRoot(test.options)))
			api.sendJSON("POST", "/ssh-keys", test.create).data(t)
			if got := api.sendJSON("GET", "/ssh-keys", ""); !strings.Contains(got.body, test.want) {
				t.Errorf("%s lacks %s", got.body, test.want)
			}
			for _, wrong := range []string{`{"key_name":"b","public_key":"x y"}`, `{"key_name":""}`, `{}`} {
				if got := api.sendJSON("POST", "/ssh-keys", wrong); got.status < 400 {
					t.Errorf("%s was taken: %s", wrong, got.body)
				}
			}
		})
	}
}
