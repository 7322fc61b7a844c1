package sweep

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func TestMain(m *testing.M) {
	resource.AddTestSweepers("nebula_api_key", &resource.Sweeper{Name: "nebula_api_key", F: func(string) error {
		client, err := connect(os.Getenv)
		if err != nil {
			return err
		}
		swept, err := Keys(context.Background(), keyring.New(keyring.Options{Client: client}), time.Now())
		_, _ = fmt.Fprintf(os.Stderr, "deleted the keys %q\n", swept)
		return err
	}})
	resource.AddTestSweepers("nebula_ssh_key", &resource.Sweeper{Name: "nebula_ssh_key", F: func(string) error {
		client, err := connect(os.Getenv)
		if err != nil {
			return err
		}
		swept, err := SSHKeys(context.Background(), client, time.Now())
		_, _ = fmt.Fprintf(os.Stderr, "deleted the SSH keys %q\n", swept)
		return err
	}})
	resource.TestMain(m)
}

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func token(age time.Duration) string {
	return noon().Add(-age).Format("20060102T150405Z") + "-abcdefghijklmnop"
}

func TestLeftover(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		key  keyring.Key
		want bool
	}{
		"left behind":         {keyring.Key{Name: "tf-acc-world", Token: token(3 * time.Hour)}, true},
		"just the prefix":     {keyring.Key{Name: "tf-acc-", Token: token(3 * time.Hour)}, true},
		"no marker":           {keyring.Key{Name: "tf-acc-world"}, false},
		"another name":        {keyring.Key{Name: "ci", Token: token(3 * time.Hour)}, false},
		"prefix further on":   {keyring.Key{Name: "my-tf-acc-world", Token: token(3 * time.Hour)}, false},
		"prefix in capitals":  {keyring.Key{Name: "TF-ACC-world", Token: token(3 * time.Hour)}, false},
		"may still be in use": {keyring.Key{Name: "tf-acc-world", Token: token(time.Hour)}, false},
		"made in the future":  {keyring.Key{Name: "tf-acc-world", Token: token(-time.Hour)}, false},
		"no time":             {keyring.Key{Name: "tf-acc-world", Token: "yesterday-abcdefghijklmnop"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := leftoverKey(test.key, noon()); got != test.want {
				t.Errorf("%t, want %t", got, test.want)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	const credential = "ak_key-of-the-sweeper-test"
	marked := "text [tf:" + token(3*time.Hour) + "]"
	server := fakenebula.New(fakenebula.Options{Clock: clock.NewFake(noon()), APIKeys: []fakenebula.SeedKey{
		{Name: "tf-acc-own", Secret: credential},
		{Name: "tf-acc-a", Description: marked},
		{Name: "ci", Description: marked},
		{Name: "tf-acc-locked", Description: marked},
		{Name: "tf-acc-b", Description: marked},
	}})
	server.Inject(fakenebula.Fault{Operation: fakenebula.OpDeleteKey, Answer: fakenebula.Failed(403, "no"),
		Match: func(r fakenebula.Request) bool { return r.ObjectID == "4" }})
	client, err := nebula.New(nebula.Config{BaseURL: server.BaseURL(), Credential: nebula.APIKeyCredential(credential), Transport: server.Transport(), Clock: clock.NewFake(noon())})
	if err != nil {
		t.Fatal(err)
	}
	swept, err := Keys(t.Context(), keyring.New(keyring.Options{Client: client, Clock: clock.NewFake(noon())}), noon())
	if !slices.Equal(swept, []nebula.ID{"2", "5"}) {
		t.Errorf("deleted %q, want 2 and 5", swept)
	}
	if err == nil || !strings.Contains(err.Error(), `key 4 ("tf-acc-locked")`) {
		t.Errorf("the error is %v", err)
	}
	if left := len(server.Keys()); left != 3 {
		t.Errorf("%d keys are left, want 3", left)
	}
}

func TestConnect(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environment map[string]string
		fails       bool
	}{
		"api key":     {map[string]string{"NEBULA_API_KEY": "ak_x"}, false},
		"password":    {map[string]string{"NEBULA_USERNAME": "me", "NEBULA_PASSWORD": "p"}, false},
		"no password": {map[string]string{"NEBULA_USERNAME": "me"}, true},
		"nothing":     {nil, true},
		"bad address": {map[string]string{"NEBULA_API_KEY": "ak_x", "NEBULA_API_URL": "http://example.com"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := connect(func(name string) string { return test.environment[name] }); (err != nil) != test.fails {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestSSHKeys(t *testing.T) {
	t.Parallel()
	const credential = "ak_key-of-the-sweeper-test"
	server := fakenebula.New(fakenebula.Options{Clock: clock.NewFake(noon()), APIKeys: []fakenebula.SeedKey{{Name: "own", Secret: credential}}})
	old, recent := noon().Add(-3*time.Hour).Format("20060102T150405Z"), noon().Add(-time.Hour).Format("20060102T150405Z")
	for _, name := range []string{
		"tf-acc-a-" + old + "-77", "tf-acc-b-" + recent + "-77", "tf-acc-mine", "ci-" + old + "-77", "tf-acc-c-d-" + old + "-1", "tf-acc-locked-" + old + "-1",
	} {
		server.AddSSHKey(name, "ssh-ed25519 AAAA")
	}
	server.Inject(fakenebula.Fault{Operation: fakenebula.OpDeleteSSHKey, Answer: fakenebula.Failed(403, "no"),
		Match: func(r fakenebula.Request) bool { return r.ObjectID == "6" }})
	client, err := nebula.New(nebula.Config{BaseURL: server.BaseURL(), Credential: nebula.APIKeyCredential(credential), Transport: server.Transport(), Clock: clock.NewFake(noon())})
	if err != nil {
		t.Fatal(err)
	}
	swept, err := SSHKeys(t.Context(), client, noon())
	if !slices.Equal(swept, []nebula.ID{"1", "5"}) {
		t.Errorf("deleted %q, want 1 and 5", swept)
	}
	if err == nil || !strings.Contains(err.Error(), "SSH key 6 (") {
		t.Errorf("the error is %v", err)
	}
	if left := len(server.SSHKeys()); left != 4 {
		t.Errorf("%d SSH keys are left, want 4", left)
	}
}
