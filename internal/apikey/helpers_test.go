package apikey_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
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
)

func TestMain(m *testing.M) {
	if !called() {
		acctest.Main(m)
	}
}

// this is the address of the key that most tests are about.
const this = "nebula_api_key.this"

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

// expectOps checks which operations the API saw since the last look, in their
// order. Repeated lists must be named as often as they came.
func expectOps(t *testing.T, w *acctest.World, want ...fakenebula.Operation) {
	t.Helper()
	var got []fakenebula.Operation
	for _, r := range w.API.Journal() {
		got = append(got, r.Operation)
	}
	w.API.ResetJournal()
	if !slices.Equal(got, want) {
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

const (
	opCreate = fakenebula.OpCreateKey
	opList   = fakenebula.OpListKeys
	opDelete = fakenebula.OpDeleteKey
)

// createdFirst checks that of the calls so far the last create came before the
// first delete.
func createdFirst(w *acctest.World) resource.TestCheckFunc {
	return func(*terraform.State) error {
		deleted := false
		for _, r := range w.API.Journal() {
			if r.Operation == opCreate && deleted {
				return errors.New("a key was deleted before the other was made")
			}
			deleted = deleted || r.Operation == opDelete
		}
		return nil
	}
}
