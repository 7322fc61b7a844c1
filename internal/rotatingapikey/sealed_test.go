package rotatingapikey_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/sealing"
)

// The plaintext of a sealed key is nowhere, whatever happens to it.
func TestSealed(t *testing.T) {
	t.Parallel()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	recipients := `age_recipients = ["` + identity.Recipient().String() + `"]`
	b := newBench(t, of2024(), config(`name = "ci"`, `rotate_after = "720h"`, recipients))
	b.Environment = map[string]string{"TF_LOG": "TRACE", "TF_LOG_PATH": filepath.Join(t.TempDir(), "trace.log")}
	open := func(id string) {
		t.Helper()
		sealed, _ := b.State()[key].Attributes["encrypted_key"].(string)
		secret, err := sealing.Unseal(sealed, identity.String())
		if err != nil {
			t.Fatal(err)
		}
		if secret != b.API.Secret(id) {
			t.Errorf("what is sealed is not the secret of key %s", id)
		}
		b.is(map[string]any{"id": id, "key": nil, "previous_key": nil, "fingerprint": nebula.Fingerprint(secret)})
	}
	run := func(args ...string) {
		t.Helper()
		r := b.Run(args...).Expect(0)
		if leak := acctest.Leak(r.Stdout+r.Stderr, b.API.Secrets()...); leak != "" {
			t.Errorf("%v: %s", args, leak)
		}
	}
	cycle := func() {
		t.Helper()
		run("plan", "-no-color", "-out=saved.tfplan")
		run("show", "-json", "saved.tfplan")
		run("apply", "-no-color", "saved.tfplan")
		run("show", "-json")
	}
	cycle()
	open("2")
	b.Clock.Advance(month)
	cycle()
	open("3")
	b.live("2", "3")

	// A roll-back leaves the sealed key as it was.
	b.API.Inject(fakenebula.Fault{Operation: opList, Match: isVerify, Answer: fakenebula.Failed(401, "no"), Times: -1})
	b.Clock.Advance(month)
	if r := b.Apply().Expect(1); acctest.Leak(r.Stdout+r.Stderr, b.API.Secrets()...) != "" {
		t.Error("the roll-back shows a secret")
	}
	b.API.ClearFaults()
	open("3")
	run("destroy", "-auto-approve", "-no-color")
	b.live()

	// Every file that Terraform left, the trace among them.
	for _, dir := range []string{b.Dir, filepath.Dir(b.Environment["TF_LOG_PATH"])} {
		err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			if leak := acctest.Leak(string(content), b.API.Secrets()...); leak != "" {
				t.Errorf("%s: %s", filepath.Base(path), leak)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// Sealing begins with the next key, and the old plaintext leaves the state at
// once.
func TestSealingBegins(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, rotatedBy("1"))
	s.Apply().Expect(0)
	s.rotate("2").Expect(0)
	s.rotate("2", "age_recipients", []string{ageRecipient}).Expect(0)
	s.is(map[string]any{"id": "4", "key": nil, "previous_id": "3", "previous_key": nil})
	stored := fmt.Sprint(s.Stored())
	if leak := acctest.Leak(stored, s.API.Secret("2"), s.API.Secret("3"), s.API.Secret("4")); leak != "" {
		t.Error(leak)
	}
	s.Settled()
	// And back.
	s.rotate("2").Expect(0)
	s.is(map[string]any{"id": "5", "key": s.API.Secret("5"), "encrypted_key": nil, "previous_id": "4", "previous_key": nil})
	s.Settled()
	s.ends()
}
