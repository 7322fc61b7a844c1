package rotatingapikey_test

import (
	"cmp"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
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
			want: map[string]string{"id": "5", "ids": "5", "name": "ci", "description": "for CI", "key": canary, "fingerprint": "f5",
				"creation_token": "20261101T120000Z-abcdefghijklmnop", "key_name": "ci", "created_at": "2026-11-01T12:00:00Z", "overlap": "24h", "retire_previous": "overlap"},
		},
		"from OpenTofu, with attributes to come": {
			address: "registry.opentofu.org/nebulablock/nebula",
			state:   `{"id":"5","name":"ci","description":"","later":{"than":"this"},"timeouts":{"create":"1m","delete":null}}`,
			want:    map[string]string{"id": "5", "ids": "5", "name": "ci", "description": "", "key_name": "ci", "overlap": "24h", "retire_previous": "overlap"},
		},
		"imported": {
			state: `{"id":"9a4d7961-3274-4479-a20b-10f57f9bc75a","name":"ci-20261101T120000Z","description":"","key":null,"creation_token":null}`,
			want:  map[string]string{"ids": "9a4d7961-3274-4479-a20b-10f57f9bc75a", "id": "9a4d7961-3274-4479-a20b-10f57f9bc75a", "name": "ci-20261101T120000Z", "description": "", "key_name": "ci-20261101T120000Z", "overlap": "24h", "retire_previous": "overlap"},
		},
		"sealed, with keepers": {
			state: `{"id":"5","name":"ci","description":"","key":null,"encrypted_key":"-----BEGIN","fingerprint":"f5","keepers":{"v":"1"},"age_recipients":["` + ageRecipient + `"]}`,
			want: map[string]string{"id": "5", "ids": "5", "name": "ci", "description": "", "encrypted_key": "-----BEGIN", "fingerprint": "f5", "key_name": "ci", "overlap": "24h", "retire_previous": "overlap",
				"keepers": "v=1", "age_recipients": ageRecipient},
		},
		"unresolved":              {state: `{"id":null,"name":"ci","creation_token":"20261101T120000Z-abcdefghijklmnop"}`, refusal: "It is not known yet whether the key \"ci\" was made at all"},
		"damaged":                 {state: `{"id":["` + canary + `"]}`, refusal: "The state of the nebula_api_key cannot be read."},
		"not JSON":                {state: `{"key":"` + canary, refusal: "The state of the nebula_api_key cannot be read."},
		"another resource":        {source: "nebula_other", state: `{"id":"5","name":"ci"}`, refusal: "nebula_other"},
		"another provider":        {address: "registry.terraform.io/example/other", state: `{"id":"5","name":"ci"}`, refusal: "other"},
		"a version yet to come":   {version: 1, state: `{"id":"5","name":"ci"}`, refusal: "nebula_api_key"},
		"one that looks like it ": {address: "registry.terraform.io/example/notnebula", state: `{"id":"5","name":"ci"}`, refusal: "notnebula"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, acctest.Options{}, rehearsal.Args{"name": "ci"})
			r := s.MoveFrom(t.Context(), key, &tfprotov6.MoveResourceStateRequest{SourceTypeName: cmp.Or(test.source, "nebula_api_key"), SourceSchemaVersion: test.version,
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
			state := s.state()
			for attribute, value := range state {
				got := state.Text(attribute)
				switch attribute {
				case "keepers":
					for name, value := range state.TextMap(attribute) {
						got += name + "=" + value
					}
				case "age_recipients", "ids":
					got = strings.Join(state.Texts(attribute), ",")
				case "generation", "rotation":
					continue
				}
				want, named := test.want[attribute]
				if got != want || value.IsNull() == named {
					t.Errorf("%s is %s, want %q", attribute, value, want)
				}
			}
			if s.API.Count(fakenebula.OpAny) != 0 {
				t.Error("the API was called")
			}
		})
	}
}

// plain is an ordinary key, which is moved under rotation.
const plain = "nebula_api_key.this"

// A nebula_api_key comes under rotation without being replaced, whatever the API
// made of its texts.
func TestMove(t *testing.T) {
	t.Parallel()
	for name, fake := range map[string]fakenebula.Options{
		"2024":         {},
		"2025":         {Reading: fakenebula.Reading2025},
		"escaped text": {Stored: fakenebula.HTMLEscaped},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := rehearsal.Args{"name": "ci", "description": "for CI & more", "keepers": map[string]any{"v": "1"}}
			s := newStage(t, acctest.Options{Fake: fake}, args)
			rotating := s.Resources
			s.Configure(plain, args)
			s.Apply().Expect(0)
			s.Settled()
			s.Resources = rotating
			s.went(s.Move(t.Context(), plain, key, "registry.terraform.io/nebulablock/nebula"), false)
			s.Clock.Advance(time.Hour)
			s.Settled()
			s.is(map[string]any{"id": "2", "created_at": "2026-11-23T01:56:00Z", "rotate_at": nil, "generation": 1, "previous_id": nil})
			s.args = maps.Clone(args)
			s.args["rotate_after"] = "30d"
			s.changesOf(s.planned(), "rotate_after", "rotate_at")
			s.Apply().Expect(0)
			s.Clock.Advance(month)
			s.Apply().Expect(0)
			s.is(map[string]any{"id": "3", "previous_id": "2", "generation": 2})
			s.ends()
		})
	}
}

// A key of which it is not known whether it was made has nothing to rotate.
func TestMoveRefusesAnUnresolvedKey(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, rehearsal.Args{"name": "ci"})
	s.Resources = []rehearsal.Resource{{Address: plain, Config: func(rehearsal.Known) rehearsal.Args { return s.args }}}
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
	s.Apply().Expect(1, "Unable to create API key")
	s.went(s.Move(t.Context(), plain, key, "registry.terraform.io/nebulablock/nebula"), true, "Unable to move API key under rotation", "Nothing was moved.")
}
