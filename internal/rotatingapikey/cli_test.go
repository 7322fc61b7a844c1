package rotatingapikey_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
	"github.com/nebulablock/terraform-provider-nebula/internal/sealing"
)

// bench is a rotating key in a directory, and what the API did.
type bench struct {
	*acctest.World
	*acctest.CLI
	t *testing.T
}

func newBench(t *testing.T, o acctest.Options, body string, options ...provider.Option) *bench {
	t.Helper()
	w := acctest.New(t, o)
	b := &bench{World: w, CLI: w.CLI(t, options...), t: t}
	b.Write("main.tf", body)
	return b
}

// is checks an attribute in the state file; nil is null.
func (b *bench) is(want map[string]any) {
	b.t.Helper()
	have := b.State()[address].Attributes
	for name, value := range want {
		if list, ok := have[name].([]any); ok {
			texts := make([]string, len(list))
			for i, v := range list {
				texts[i], _ = v.(string)
			}
			if wanted, ok := value.([]string); !ok || !slices.Equal(texts, wanted) {
				b.t.Errorf("%s is %v, want %v", name, list, value)
			}
			continue
		}
		if have[name] != value {
			b.t.Errorf("%s is %v, want %v", name, have[name], value)
		}
	}
}

// live checks which keys exist besides the provider's own.
func (b *bench) live(ids ...string) {
	b.t.Helper()
	var got []string
	for _, k := range b.API.Keys() {
		if k.Name != acctest.OwnKey {
			got = append(got, k.ID)
		}
	}
	if !slices.Equal(got, ids) {
		b.t.Errorf("the keys %v exist, want %v", got, ids)
	}
}

// recorded is what the state file holds of the key, the provider's private notes
// included.
func (b *bench) recorded() string {
	b.t.Helper()
	content, err := os.ReadFile(filepath.Join(b.Dir, "terraform.tfstate"))
	if err != nil {
		b.t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Instances []struct {
				Attributes json.RawMessage
				Private    string
			}
		}
	}
	if err := json.Unmarshal(content, &state); err != nil {
		b.t.Fatal(err)
	}
	return fmt.Sprintf("%s", state)
}

// settled checks that nothing is left to do.
func (b *bench) settled() {
	b.t.Helper()
	b.Plan().Expect(0, "No changes")
}

func (b *bench) ends() {
	b.t.Helper()
	b.Destroy().Expect(0)
	b.live()
}

var rotatedBy = func(v string, more ...string) string {
	return config(append([]string{`name = "ci"`, `keepers = { v = "` + v + `" }`}, more...)...)
}

// rotate changes the keepers and applies.
func (b *bench) rotate(v string, more ...string) acctest.Result {
	b.t.Helper()
	b.Clock.Advance(time.Hour)
	b.Write("main.tf", rotatedBy(v, more...))
	return b.Apply()
}

func isVerify(r fakenebula.Request) bool {
	return r.CredentialKind == fakenebula.CredentialAPIKey && r.CredentialID != "1"
}

const (
	opCreate = fakenebula.OpCreateKey
	opDelete = fakenebula.OpDeleteKey
	opList   = fakenebula.OpListKeys
)

// A new key that the API does not accept goes, and the old one stays current.
func TestRollBack(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults []fakenebula.Fault
		texts  []string
		left   []string // leftover_ids
	}{
		"not accepted": {[]fakenebula.Fault{{Operation: opList, Match: isVerify, Answer: fakenebula.Failed(401, "no such key"), Times: -1}},
			[]string{"The new key 3 was made, but did not prove to work", "HTTP 401", "The current key stays current. The new one was deleted again."}, nil},
		"no answer": {[]fakenebula.Fault{{Operation: opList, Match: isVerify, Drop: true, Times: -1}},
			[]string{"did not prove to work", "The new one was deleted again"}, nil},
		"not accepted, not deleted": {[]fakenebula.Fault{
			{Operation: opList, Match: isVerify, Answer: fakenebula.Failed(401, "no such key"), Times: -1},
			{Operation: opDelete, Answer: fakenebula.Failed(403, "no")}},
			[]string{"The new key 3 could not be deleted; it is recorded in leftover_ids, and the next apply tries again."}, []string{"3"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, acctest.Options{}, rotatedBy("1"))
			b.Apply().Expect(0)
			before := b.State()[address].Attributes
			b.API.Inject(test.faults...)
			b.rotate("2").Expect(1, append(test.texts, "Unable to rotate API key")...)
			after := b.State()[address].Attributes
			for name, value := range before {
				if name != "leftover_ids" && name != "keepers" && name != "age_recipients" && name != "timeouts" && after[name] != value {
					t.Errorf("%s was %v and is %v", name, value, after[name])
				}
			}
			if test.left == nil {
				b.is(map[string]any{"leftover_ids": nil})
				b.live("2")
			} else {
				b.is(map[string]any{"leftover_ids": test.left})
				b.live(append([]string{"2"}, test.left...)...)
			}
			// Once the API is itself again the rotation takes place.
			b.API.ClearFaults()
			b.Plan().Expect(2, "will be updated in-place")
			b.Apply().Expect(0)
			b.is(map[string]any{"id": "4", "previous_id": "2", "leftover_ids": nil})
			b.live("2", "4")
			b.settled()
			b.ends()
		})
	}
}

// A key that is slow to be known everywhere is waited for.
func TestNewKeyIsAcceptedLate(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{}, rotatedBy("1"))
	b.Apply().Expect(0)
	b.API.Inject(fakenebula.Fault{Operation: opList, Match: isVerify, Answer: fakenebula.Failed(401, "no such key"), Times: 3})
	b.rotate("2").Expect(0)
	b.is(map[string]any{"id": "3", "previous_id": "2"})
	b.settled()
	b.ends()
}

// A previous key that cannot be deleted is kept in state and tried again.
func TestPreviousKeyIsNotForgotten(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{}, rotatedBy("1"))
	b.Apply().Expect(0)
	b.rotate("2").Expect(0)
	b.Clock.Advance(24 * time.Hour)
	b.API.Inject(fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "no")})
	b.Apply().Expect(1, "The previous key 2 could not be deleted", "Key 2 stays recorded as the previous key: it may still be valid. The next apply tries again.")
	b.is(map[string]any{"id": "3", "previous_id": "2"})
	b.live("2", "3")
	b.Plan().Expect(2, `- previous_id = "2" -> null`)
	b.Apply().Expect(0)
	b.is(map[string]any{"id": "3", "previous_id": nil, "previous_key": nil})
	b.live("3")
	b.settled()
	b.ends()
}

// The same without an overlap, and for a key that a rotation evicts.
func TestEvictedKeyIsNotForgotten(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{}, rotatedBy("1"))
	b.Apply().Expect(0)
	b.rotate("2").Expect(0)
	b.API.Inject(fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "no"), Times: 2})
	b.rotate("3").Expect(1, "The superseded key 2 could not be deleted", "leftover_ids")
	b.is(map[string]any{"id": "4", "previous_id": "3", "leftover_ids": []string{"2"}})
	b.live("2", "3", "4")
	b.Apply().Expect(1, "The superseded key 2 could not be deleted")
	b.Plan().Expect(2, "leftover_ids", "will be updated in-place")
	b.Apply().Expect(0)
	b.is(map[string]any{"id": "4", "previous_id": "3", "leftover_ids": nil})
	b.settled()

	// In an incident: all that is old goes, and what does not is kept in mind.
	b.API.Inject(fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "no"), Times: 2})
	b.rotate("4", `overlap = "0s"`).Expect(1, "The previous key 4 could not be deleted", "The superseded key 3 could not be deleted")
	b.is(map[string]any{"id": "5", "previous_id": "4", "leftover_ids": []string{"3"}})
	b.Plan().Expect(2, "will be updated in-place")
	b.Apply().Expect(0)
	b.live("5")
	b.settled()
	b.ends()
}

// A key that no list shows yet is not taken for deleted when the answer to its
// deletion is lost.
func TestHiddenKeyIsNotForgotten(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{Fake: fakenebula.Options{HideNewFor: 8 * time.Second}, Environment: map[string]string{"NEBULA_MAX_RETRIES": "0"}}, rotatedBy("1"))
	b.Apply().Expect(0)
	b.API.Inject(fakenebula.Fault{Operation: opDelete, Drop: true})
	b.Write("main.tf", rotatedBy("2", `overlap = "0s"`))
	b.Apply("-refresh=false").Expect(1, "Key 2 stays recorded as the previous key", "The list of keys still shows the key.")
	b.is(map[string]any{"id": "3", "previous_id": "2"})
	b.live("2", "3")
	b.Apply().Expect(0)
	b.live("3")
	b.settled()
	b.ends()
}

// Destroying takes every key, and keeps those in state that stay.
func TestDestroyForgetsNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{}, rotatedBy("1"))
	b.Apply().Expect(0)
	b.rotate("2").Expect(0)
	refuse := func(id string) fakenebula.Fault {
		return fakenebula.Fault{Operation: opDelete, Match: func(r fakenebula.Request) bool { return r.KeyID == id }, Answer: fakenebula.Failed(403, "no")}
	}
	b.API.Inject(refuse("2"))
	b.rotate("3").Expect(1)
	b.live("2", "3", "4")
	b.API.Inject(refuse("2"), refuse("3"))
	b.Destroy().Expect(1, "The superseded key 2 could not be deleted", "The previous key 3 could not be deleted")
	b.is(map[string]any{"id": nil, "previous_id": "3", "leftover_ids": []string{"2"}})
	b.live("2", "3")
	b.API.Inject(refuse("3"))
	b.Destroy().Expect(1)
	b.live("3")
	b.ends()
	if len(b.State()) != 0 {
		t.Errorf("the state holds %v", b.State())
	}
}

// A create that is lost in the middle of a rotation.
func TestAmbiguousRotation(t *testing.T) {
	t.Parallel()
	t.Run("made", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, acctest.Options{}, rotatedBy("1"))
		b.Apply().Expect(0)
		b.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true})
		b.rotate("2").Expect(0)
		b.is(map[string]any{"id": "4", "previous_id": "2"})
		b.live("2", "4")
		b.settled()
		b.ends()
	})
	t.Run("made late", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, acctest.Options{}, rotatedBy("1"))
		b.Apply().Expect(0)
		b.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, CommitAfter: 3 * time.Minute})
		b.rotate("2").Expect(1, "No list has shown a new key, but one may still appear.", "The current key stays current")
		tokens, ok := b.State()[address].Attributes["unresolved_creation_tokens"].([]any)
		if !ok || len(tokens) != 1 {
			t.Fatalf("unresolved_creation_tokens is %v", tokens)
		}
		b.is(map[string]any{"id": "2", "previous_id": nil})
		// The next apply need not wait for it.
		b.Apply().Expect(0)
		b.is(map[string]any{"id": "3", "previous_id": "2", "unresolved_creation_tokens": []string{tokens[0].(string)}})
		b.settled()
		b.Clock.Advance(4 * time.Minute)
		b.live("2", "3", "4")
		b.Plan().Expect(2, "leftover_ids", `- "4"`)
		b.Apply().Expect(0)
		b.live("2", "3")
		b.is(map[string]any{"leftover_ids": nil, "unresolved_creation_tokens": nil})
		b.settled()
		b.ends()
	})
	t.Run("never made", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, acctest.Options{}, rotatedBy("1"))
		b.Apply().Expect(0)
		b.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		b.rotate("2").Expect(1)
		b.Clock.Advance(10 * time.Minute)
		b.Apply().Expect(0)
		b.is(map[string]any{"id": "3", "previous_id": "2", "unresolved_creation_tokens": nil})
		b.settled()
		b.ends()
	})
	t.Run("destroyed before it is known", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, acctest.Options{}, rotatedBy("1"))
		b.Apply().Expect(0)
		b.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		b.rotate("2").Expect(1)
		b.Destroy().Expect(0, "API key may still appear", "no list shows one with its ownership marker [tf:")
		b.live()
	})
	t.Run("without a marker", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, acctest.Options{Environment: map[string]string{"NEBULA_OWNERSHIP_MARKER": "false"}}, rotatedBy("1"))
		b.Apply().Expect(0)
		b.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true})
		b.rotate("2").Expect(1, "It may have made one of these keys, but which one could not be established: 3.",
			"carries no ownership marker (ownership_marker is false), so it is not recorded")
		b.is(map[string]any{"id": "2", "previous_id": nil, "leftover_ids": nil, "unresolved_creation_tokens": nil})
		b.API.DeleteKey("3")
		b.Apply().Expect(0)
		b.is(map[string]any{"id": "4", "previous_id": "2"})
		b.settled()
		b.ends()
	})
	t.Run("several", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, acctest.Options{}, rotatedBy("1"))
		b.Apply().Expect(0)
		b.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		b.rotate("2").Expect(1)
		token := b.State()[address].Attributes["unresolved_creation_tokens"].([]any)[0].(string)
		b.API.AddKey("a copy", "[tf:"+token+"]")
		b.API.AddKey("another copy", "[tf:"+token+"]")
		b.Apply().Expect(0, "Several API keys with one ownership marker", "The keys 3, 4 all carry the ownership marker")
		b.live("2", "3", "4", "5")
		b.is(map[string]any{"id": "5", "previous_id": "2", "unresolved_creation_tokens": []string{token}})
		b.Destroy().Expect(1, "Find out which of the keys 3, 4 are in use")
		b.API.SetDescription("3", "mine")
		b.API.SetDescription("4", "mine too")
		b.Clock.Advance(time.Hour)
		b.Destroy().Expect(0)
		b.live("3", "4")
	})
}

// The very first create is lost.
func TestAmbiguousFirstKey(t *testing.T) {
	t.Parallel()
	t.Run("made late", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, acctest.Options{}, rotatedBy("1"))
		b.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, CommitAfter: 3 * time.Minute})
		b.Apply().Expect(1, "The key is recorded as tainted")
		b.Plan().Expect(2, "API key not found yet", "must be replaced")
		b.Clock.Advance(3 * time.Minute)
		b.Apply().Expect(0)
		b.live("3")
		b.settled()
		b.ends()
	})
	t.Run("never made", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, acctest.Options{}, rotatedBy("1"))
		b.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		b.Apply().Expect(1)
		b.Clock.Advance(10 * time.Minute)
		b.Plan().Expect(2, "will be created")
		b.Apply().Expect(0)
		b.settled()
		b.ends()
	})
	t.Run("without a marker", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, acctest.Options{Environment: map[string]string{"NEBULA_OWNERSHIP_MARKER": "false"}}, rotatedBy("1"))
		b.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		b.Apply().Expect(1)
		b.is(map[string]any{"id": nil, "creation_token": nil, "key_name": generation("ci", 0)})
		b.Plan().Expect(2, "API key without id", generation("ci", 0), "must be replaced")
		b.Apply().Expect(0, "API key without id forgotten")
		b.settled()
		b.ends()
	})
	t.Run("several", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, acctest.Options{}, rotatedBy("1"))
		b.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		b.Apply().Expect(1)
		token, _ := b.State()[address].Attributes["creation_token"].(string)
		b.API.AddKey("a copy", "[tf:"+token+"]")
		b.API.AddKey("another copy", "[tf:"+token+"]")
		b.Plan().Expect(2, "Several API keys with one ownership marker")
		b.Apply().Expect(1, "Find out which of the keys 2, 3 are in use")
		b.live("2", "3")
		b.API.SetDescription("2", "mine")
		b.API.SetDescription("3", "mine too")
		b.Clock.Advance(time.Hour)
		b.Apply().Expect(0)
		b.live("2", "3", "4")
	})
}

// Rotation by age, with the flags that change what Terraform reads.
func TestRefreshModes(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{}, config(`name = "ci"`, `rotate_after = "720h"`))
	b.Apply().Expect(0)
	// While nothing is due no command changes the state, whatever time it is.
	// Terraform 1.11 records in random order which attributes are sensitive,
	// and takes another order for a change.
	old := strings.Contains(b.Run("version").Text(), "Terraform v1.11.")
	idle := b.recorded()
	for range 3 {
		b.Clock.Advance(100 * time.Hour)
		b.Apply().Expect(0, "No changes")
		b.Plan().Expect(0)
		if r := b.Plan("-refresh-only"); !old {
			r.Expect(0)
		}
	}
	if now := b.recorded(); now != idle {
		t.Errorf("a refresh without news has written the state:\n%s\n%s", idle, now)
	}

	b.Clock.Advance(500 * time.Hour)
	b.Plan("-refresh=false").Expect(0, "No changes")
	b.Apply("-refresh=false").Expect(0, "No changes")
	b.Plan().Expect(2, "will be updated in-place")
	b.Plan("-refresh=false").Expect(0, "No changes") // a plan records nothing
	b.live("2")

	// Refresh-only records that the key is due, and rotates nothing; from then
	// on it is known without a refresh too.
	b.Apply("-refresh-only").Expect(0)
	b.live("2")
	b.Plan("-refresh=false").Expect(2, "will be updated in-place")
	b.Apply("-refresh=false").Expect(0)
	b.is(map[string]any{"id": "3", "previous_id": "2"})
	b.settled()

	b.Clock.Advance(24 * time.Hour)
	b.Apply("-refresh=false").Expect(0, "No changes")
	b.Apply("-refresh-only").Expect(0)
	b.live("2", "3")
	b.Apply("-refresh=false").Expect(0)
	b.live("3")
	b.settled()
	b.ends()
}

// A plan is carried out as it was made, however much later.
func TestSavedPlan(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{}, config(`name = "ci"`, `rotate_after = "720h"`))
	b.Apply().Expect(0)

	// Made before the key is due: it does not rotate, though it is due by then.
	b.Write("main.tf", config(`name = "ci"`, `rotate_after = "720h"`, `overlap = "48h"`))
	b.Plan("-out=early.tfplan").Expect(2, `~ overlap = "24h" -> "48h"`)
	b.Clock.Advance(month + time.Hour)
	b.Run("apply", "-no-color", "early.tfplan").Expect(0, "API key is due for rotation", "Apply again")
	b.is(map[string]any{"id": "2", "overlap": "48h"})
	b.live("2")

	// Made when it is due, applied a day later.
	b.Plan("-out=late.tfplan").Expect(2, `~ id = "2" -> (known after apply)`, "~ key = (sensitive value)")
	b.Clock.Advance(24 * time.Hour)
	b.Run("apply", "-no-color", "late.tfplan").Expect(0)
	made := acctest.Start().Add(month + 25*time.Hour)
	b.is(map[string]any{"id": "3", "previous_id": "2", "created_at": made.Format(time.RFC3339),
		"rotate_at": made.Add(month).Format(time.RFC3339), "previous_retire_at": made.Add(48 * time.Hour).Format(time.RFC3339)})
	b.settled()

	// The end of the previous key, planned and applied a day later.
	b.Clock.Advance(48 * time.Hour)
	b.Plan("-out=retire.tfplan").Expect(2, `- previous_id = "2" -> null`)
	b.Clock.Advance(24 * time.Hour)
	b.Run("apply", "-no-color", "retire.tfplan").Expect(0)
	b.live("3")
	b.settled()

	// A plan whose key somebody else deletes in the meantime.
	b.Clock.Advance(month)
	b.Plan("-out=gone.tfplan").Expect(2)
	b.API.DeleteKey("3")
	b.Run("apply", "-no-color", "gone.tfplan").Expect(0)
	b.is(map[string]any{"id": "4", "previous_id": "3"})
	b.settled() // the previous key is forgotten without a word
	b.ends()
}

// A shorter period is recorded first.
func TestShorterPeriod(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{}, config(`name = "ci"`, `rotate_after = "720h"`))
	b.Apply().Expect(0)
	b.Clock.Advance(100 * time.Hour)
	b.Write("main.tf", config(`name = "ci"`, `rotate_after = "48h"`))
	b.Apply().Expect(0, "API key is due for rotation", "Next: Apply again")
	b.live("2")
	b.Apply().Expect(0)
	b.live("2", "3")
	b.settled()
	b.ends()
}

// The plaintext of a sealed key is nowhere, whatever happens to it.
func TestSealed(t *testing.T) {
	t.Parallel()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	recipients := `age_recipients = ["` + identity.Recipient().String() + `"]`
	b := newBench(t, acctest.Options{}, config(`name = "ci"`, `rotate_after = "720h"`, recipients))
	b.Environment = map[string]string{"TF_LOG": "TRACE", "TF_LOG_PATH": filepath.Join(t.TempDir(), "trace.log")}
	open := func(id string) {
		t.Helper()
		sealed, _ := b.State()[address].Attributes["encrypted_key"].(string)
		secret, err := sealing.Unseal(sealed, identity.String())
		if err != nil {
			t.Fatal(err)
		}
		if secret != b.API.Secret(id) {
			t.Errorf("what is sealed is not the secret of key %s", id)
		}
		b.is(map[string]any{"id": id, "key": nil, "previous_key": nil, "fingerprint": lifecycle.Fingerprint(secret)})
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
	b.Clock.Advance(24 * time.Hour)
	cycle()
	open("3")

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
	b := newBench(t, acctest.Options{}, rotatedBy("1"))
	b.Apply().Expect(0)
	b.rotate("2").Expect(0)
	b.rotate("2", `age_recipients = ["`+recipient+`"]`).Expect(0)
	b.is(map[string]any{"id": "4", "key": nil, "previous_id": "3", "previous_key": nil})
	content, err := os.ReadFile(filepath.Join(b.Dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	if leak := acctest.Leak(string(content), b.API.Secret("2"), b.API.Secret("3"), b.API.Secret("4")); leak != "" {
		t.Error(leak)
	}
	b.settled()
	// And back.
	b.rotate("2").Expect(0)
	b.is(map[string]any{"id": "5", "key": b.API.Secret("5"), "encrypted_key": nil, "previous_id": "4", "previous_key": nil})
	b.settled()
	b.ends()
}

// The key that the provider authenticates with is not deleted by it.
func TestOwnKey(t *testing.T) {
	t.Parallel()
	credential := map[string]string{}
	getenv := func(b **bench) func(string) (string, bool) {
		return func(name string) (string, bool) {
			switch {
			case name == "NEBULA_API_URL":
				return (*b).Endpoint.URL, true
			case name == "NEBULA_API_KEY" && credential[name] != "":
				return credential[name], true
			case name == "NEBULA_API_KEY":
				return (*b).OwnSecret, true
			}
			return "", false
		}
	}
	var b *bench
	b = newBench(t, acctest.Options{}, rotatedBy("1"), provider.WithEnvironment(getenv(&b)))
	use := func(id string) {
		credential["NEBULA_API_KEY"] = b.API.Secret(id)
		b.API.ResetJournal()
	}
	const refused = "is the key that the provider itself authenticates with"
	writes := func(creates, deletes int) {
		t.Helper()
		if c, d := b.API.Count(opCreate), b.API.Count(opDelete); c != creates || d != deletes {
			t.Errorf("%d creates and %d deletes, want %d and %d", c, d, creates, deletes)
		}
	}
	b.Apply().Expect(0)

	use("2")
	b.Destroy().Expect(1, "Key 2 "+refused)
	writes(0, 0)
	b.rotate("2", `overlap = "0s"`).Expect(1, "Key 2 "+refused)
	writes(0, 0)
	// With an overlap the key only becomes the previous one.
	b.rotate("2").Expect(0)
	writes(1, 0)
	b.is(map[string]any{"id": "3", "previous_id": "2"})
	b.settled()

	b.rotate("3").Expect(1, "Key 2 "+refused) // it would be evicted
	writes(1, 0)
	b.Destroy().Expect(1, "Key 2 "+refused)
	b.Write("main.tf", rotatedBy("2"))
	b.Clock.Advance(48 * time.Hour)
	b.Apply().Expect(1, "Key 2 "+refused) // its time is over
	writes(1, 0)
	b.is(map[string]any{"id": "3", "previous_id": "2"})

	// The current key is deleted elsewhere: a new one takes nobody's place.
	b.API.DeleteKey("3")
	b.Write("main.tf", rotatedBy("2", `overlap = "72h"`))
	b.Apply().Expect(1, "Key 2 "+refused)
	writes(2, 0)
	b.is(map[string]any{"id": "4", "previous_id": "2"})

	use("4")
	b.Apply().Expect(0)
	writes(0, 1)
	b.live("4")
	use("1")
	b.settled()
	b.ends()
}

// An account that may hold one key only answers a create by invalidating all
// others: the new key is what is left, and it is not lost.
func TestOneKeyAccount(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{Fake: fakenebula.Options{OneKey: true, Users: map[string]string{"u": "p"}},
		Environment: map[string]string{"NEBULA_API_KEY": "", "NEBULA_USERNAME": "u", "NEBULA_PASSWORD": "p"}}, rotatedBy("1"))
	b.Apply().Expect(0)
	b.rotate("2").Expect(0)
	b.is(map[string]any{"id": "3"})
	b.live("3")
	b.settled()
	b.is(map[string]any{"id": "3"})
	b.ends()
}

// What Terraform shows of a rotation.
func TestWordsOfAPlan(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{}, config(`name = "ci"`, `rotate_after = "720h"`))
	r := b.Plan().Expect(2, "+ id = (known after apply)", "+ key = (sensitive value)")
	for _, noise := range []string{"previous_", "leftover_ids", "unresolved_creation_tokens", "encrypted_key"} {
		if strings.Contains(r.Stdout, noise) {
			t.Errorf("the plan of a new key speaks of %s:\n%s", noise, r.Stdout)
		}
	}
	b.Apply().Expect(0)
	b.Clock.Advance(month)
	b.Plan().Expect(2, `~ id = "2" -> (known after apply)`, "~ key = (sensitive value)", `+ previous_id = "2"`, "+ previous_retire_at = (known after apply)", "Plan: 0 to add, 1 to change, 0 to destroy")
	b.Apply().Expect(0)
	b.Clock.Advance(24 * time.Hour)
	b.Plan().Expect(2, `- previous_id = "2" -> null`, "- previous_key = (sensitive value)").ExpectNot(" key_name", "created_at =")
	b.ends()
}
