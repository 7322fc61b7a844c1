package rotatingapikey_test

import (
	"cmp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
)

// What becomes of a recorded nebula_api_key, attribute by attribute; what is
// not named is null.
func TestMovedState(t *testing.T) {
	t.Parallel()
	const canary = "ak_canary-0123456789abcdef"
	for name, test := range map[string]struct {
		state   string
		address string // of the provider
		source  string // type of the resource
		version int64
		want    map[string]string
		refusal string
	}{
		"made by the provider": {
			state: `{"id":"5","name":"ci","description":"for CI","key":"` + canary + `","encrypted_key":null,"fingerprint":"f5","creation_token":"20261101T120000Z-abcdefghijklmnop","keepers":null,"age_recipients":null,"timeouts":null}`,
			want: map[string]string{"id": "5", "name": "ci", "description": "for CI", "key": canary, "fingerprint": "f5",
				"creation_token": "20261101T120000Z-abcdefghijklmnop", "key_name": "ci", "created_at": "2026-11-01T12:00:00Z", "overlap": "24h"},
		},
		"from OpenTofu, with attributes to come": {
			address: "registry.opentofu.org/nebulablock/nebula",
			state:   `{"id":"5","name":"ci","description":"","later":{"than":"this"},"timeouts":{"create":"1m","delete":null}}`,
			want:    map[string]string{"id": "5", "name": "ci", "description": "", "key_name": "ci", "overlap": "24h"},
		},
		"imported": {
			state: `{"id":"9a4d7961-3274-4479-a20b-10f57f9bc75a","name":"ci-20261101T120000Z","description":"","key":null,"creation_token":null}`,
			want:  map[string]string{"id": "9a4d7961-3274-4479-a20b-10f57f9bc75a", "name": "ci-20261101T120000Z", "description": "", "key_name": "ci-20261101T120000Z", "overlap": "24h"},
		},
		"sealed, with keepers": {
			state: `{"id":"5","name":"ci","description":"","key":null,"encrypted_key":"-----BEGIN","fingerprint":"f5","keepers":{"v":"1"},"age_recipients":["` + recipient + `"]}`,
			want: map[string]string{"id": "5", "name": "ci", "description": "", "encrypted_key": "-----BEGIN", "fingerprint": "f5", "key_name": "ci", "overlap": "24h",
				"keepers": "v=1", "age_recipients": recipient},
		},
		"unresolved":              {state: `{"id":null,"name":"ci","creation_token":"20261101T120000Z-abcdefghijklmnop"}`, refusal: "It is not known yet whether the key \"ci\" was made at all"},
		"damaged":                 {state: `{"id":["` + canary + `"]}`, refusal: "The recorded state of the nebula_api_key cannot be read."},
		"not JSON":                {state: `{"key":"` + canary, refusal: "The recorded state of the nebula_api_key cannot be read."},
		"another resource":        {source: "nebula_other", state: `{"id":"5","name":"ci"}`, refusal: "nebula_other"},
		"another provider":        {address: "registry.terraform.io/example/other", state: `{"id":"5","name":"ci"}`, refusal: "other"},
		"a version yet to come":   {version: 1, state: `{"id":"5","name":"ci"}`, refusal: "nebula_api_key"},
		"one that looks like it ": {address: "registry.terraform.io/example/notnebula", state: `{"id":"5","name":"ci"}`, refusal: "notnebula"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := acctest.NewStage(t, acctest.Options{})
			r := s.MoveFrom(t.Context(), rotating, &tfprotov6.MoveResourceStateRequest{SourceTypeName: cmp.Or(test.source, "nebula_api_key"), SourceSchemaVersion: test.version,
				SourceProviderAddress: cmp.Or(test.address, "registry.terraform.io/nebulablock/nebula"), SourceState: &tfprotov6.RawState{JSON: []byte(test.state)}})
			if test.refusal != "" {
				if said := r.String(); !r.Failed() || !strings.Contains(said, test.refusal) || strings.Contains(said, canary) {
					t.Errorf("the diagnostics are:\n%s", said)
				}
				return
			}
			if len(r.Diagnostics) > 0 || r.Failed() {
				t.Fatal(r)
			}
			state := s.State(rotating).Object
			for attribute, value := range state {
				got := state.Text(attribute)
				switch attribute {
				case "keepers":
					for key, value := range state.TextMap(attribute) {
						got += key + "=" + value
					}
				case "age_recipients":
					got = strings.Join(state.Texts(attribute), ",")
				}
				want, named := test.want[attribute]
				if got != want || value.IsNull() == named {
					t.Errorf("%s is %s, want %q", attribute, value, want)
				}
			}
			s.ExpectSilence()
		})
	}
}
