package apikey_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

func TestMain(m *testing.M) {
	if !called() {
		acctest.Main(m)
	}
}

// this is the address of the key that most tests are about.
const this = "nebula_api_key.this"

const (
	opCreate = fakenebula.OpCreateKey
	opList   = fakenebula.OpListKeys
	opDelete = fakenebula.OpDeleteKey

	someToken  = "20251123T015600Z-abcdefghijklmnop"
	someMarker = "[tf:" + someToken + "]"
)

// keyBlock is a key in a configuration.
func keyBlock(name string, args rehearsal.Args) rehearsal.Resource {
	return rehearsal.Block("nebula_api_key."+name, args)
}

// one are the arguments of most keys, and more.
func one(more ...rehearsal.Args) rehearsal.Args {
	args := rehearsal.Args{"name": "one", "description": "text"}
	for _, m := range more {
		maps.Copy(args, m)
	}
	return args
}

// stageOf is a stage with one key in its configuration, in front of an API of
// any reading.
func stageOf(t *testing.T, args rehearsal.Args, fake ...fakenebula.Options) *acctest.Stage {
	t.Helper()
	var o acctest.Options
	if len(fake) > 0 {
		o.Fake = fake[0]
	}
	return acctest.NewStage(t, o).With(keyBlock("this", args))
}

// configure gives the key other arguments.
func configure(s *acctest.Stage, args rehearsal.Args) {
	s.Resources = []rehearsal.Resource{keyBlock("this", args)}
}

// settled is a stage whose key was applied, with the journal at its begin and
// the key of a respectable age. Lists have shown the key.
func settled(t *testing.T, args rehearsal.Args, fake ...fakenebula.Options) *acctest.Stage {
	t.Helper()
	s := stageOf(t, args, fake...)
	s.Apply().Succeeds()
	s.Clock.Advance(time.Hour)
	s.Apply().Succeeds()
	s.API.ResetJournal()
	return s
}

// of2024 and of2025 are the APIs of tests that are about one reading.
func of2024() fakenebula.Options { return fakenebula.Options{Reading: fakenebula.Reading2024} }
func of2025() fakenebula.Options { return fakenebula.Options{Reading: fakenebula.Reading2025} }

func newIdentity(t *testing.T) *age.X25519Identity {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

// unseal decrypts with the age library alone, as anybody could.
func unseal(sealed string, identity age.Identity) (string, error) {
	opened, err := age.Decrypt(armor.NewReader(strings.NewReader(sealed)), identity)
	if err != nil {
		return "", err
	}
	secret, err := io.ReadAll(opened)
	return string(secret), err
}

// liveKey is the key with this id as the API has it.
func liveKey(w *acctest.World, id string) (fakenebula.Key, error) {
	for _, key := range w.API.Keys() {
		if key.ID == id {
			return key, nil
		}
	}
	return fakenebula.Key{}, fmt.Errorf("the account has no key %q", id)
}

// checkKey compares the attributes of a key in state with the API. With an
// identity the key is sealed for it.
func checkKey(w *acctest.World, attributes map[string]string, identity age.Identity) error {
	id := attributes["id"]
	key, err := liveKey(w, id)
	if err != nil {
		return err
	}
	secret := w.API.Secret(id)
	sum := sha256.Sum256([]byte(secret))
	description := strings.TrimPrefix(attributes["description"]+" [tf:"+attributes["creation_token"]+"]", " ")
	switch {
	case key.Name != attributes["name"]:
		err = fmt.Errorf("name %q, in the API %q", attributes["name"], key.Name)
	case key.Description != description:
		err = fmt.Errorf("description %q with token %q, in the API %q", attributes["description"], attributes["creation_token"], key.Description)
	case attributes["fingerprint"] != hex.EncodeToString(sum[:]):
		err = fmt.Errorf("fingerprint %q is not that of the secret", attributes["fingerprint"])
	case !around(attributes["created_at"], key.CreatedAt):
		err = fmt.Errorf("created_at %q, in the API %s", attributes["created_at"], key.CreatedAt)
	case !w.API.Valid(secret):
		err = errors.New("the secret does not authenticate")
	case identity == nil && attributes["key"] != secret:
		err = errors.New("key is not the secret that the API issued")
	case identity == nil && attributes["encrypted_key"] != "":
		err = errors.New("encrypted_key is set")
	case identity != nil && attributes["key"] != "":
		err = errors.New("key is set although it is sealed")
	case identity != nil:
		var opened string
		if opened, err = unseal(attributes["encrypted_key"], identity); err == nil && opened != secret {
			err = errors.New("encrypted_key holds something else")
		}
	}
	return err
}

// around says that a recorded time is one that another clock may have shown.
func around(recorded string, at time.Time) bool {
	t, err := time.Parse(time.RFC3339, recorded)
	return err == nil && t.Sub(at).Abs() < 10*time.Minute
}

// matchesAPI checks the key at an address of the state.
func matchesAPI(w *acctest.World, address string, identity age.Identity) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		r := s.RootModule().Resources[address]
		if r == nil {
			return fmt.Errorf("the state has no %s", address)
		}
		if w.Live() {
			return nil
		}
		return checkKey(w, r.Primary.Attributes, identity)
	}
}

// stored are the strings among the attributes of the key in a stage's state;
// what is null is left out.
func stored(s *acctest.Stage) map[string]string {
	all := map[string]string{}
	object := s.Workspace.State(this).Object
	for name := range object {
		if text := object.Text(name); text != "" {
			all[name] = text
		}
	}
	return all
}

// attributes are the strings among the attributes of an instance in the state
// file; what is null is left out.
func attributes(i acctest.Instance) map[string]string {
	all := map[string]string{}
	for name, value := range i.Attributes {
		if s, ok := value.(string); ok {
			all[name] = s
		}
	}
	return all
}

func idOf(c *acctest.CLI, address string) string {
	id, _ := c.State()[address].Attributes["id"].(string)
	return id
}

// expectWhole checks that the state has a whole key, valid and untainted, and
// that the account has no other key but the provider's and foreign ones.
func expectWhole(t *testing.T, s *acctest.Stage, foreign ...string) {
	t.Helper()
	expectNames(t, s.World, append(foreign, "one")...)
	if len(s.Stored()) != 1 || s.Workspace.State(this).Tainted {
		t.Errorf("the state holds %+v", s.Stored())
	}
	if err := checkKey(s.World, stored(s), nil); err != nil {
		t.Error(err)
	}
}

// expectOps checks which operations the API saw since the last look, in their
// order. Spellings that this API does not have are left out.
func expectOps(t *testing.T, w *acctest.World, want ...fakenebula.Operation) {
	t.Helper()
	if got := w.Asked(); !slices.Equal(got, want) {
		t.Errorf("the API saw %q, want %q", got, want)
	}
}

// expectNames checks the names of the keys in the account besides the
// provider's.
func expectNames(t *testing.T, w *acctest.World, names ...string) {
	t.Helper()
	if err := w.ExpectLive(fakenebula.KindAPIKey, names...)(nil); err != nil {
		t.Error(err)
	}
}

// expectForeignUntouched checks that the provider deleted no key that somebody
// else made.
func expectForeignUntouched(t *testing.T, w *acctest.World) {
	t.Helper()
	for _, key := range w.API.Issued() {
		if key.CreatedBy.Via == fakenebula.ViaDirect && key.DeletedBy.Via == fakenebula.ViaAPI {
			t.Errorf("the foreign key %s (%s) was deleted", key.ID, key.Name)
		}
	}
}

// elapsed checks that the clock moved on by at least and at most so much
// during f.
func elapsed(t *testing.T, w *acctest.World, least, most time.Duration, f func()) {
	t.Helper()
	began := w.Clock.Now()
	f()
	if d := w.Clock.Now().Sub(began); d < least || d > most {
		t.Errorf("it took %s, want %s to %s", d, least, most)
	}
}
