package rotatingapikey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
)

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
	b := newBench(t, acctest.Options{Fake: fakenebula.Options{Keys: fakenebula.KeyOptions{OneKey: true}, Users: map[string]string{"u": "p"}},
		Environment: map[string]string{"NEBULA_API_KEY": "", "NEBULA_USERNAME": "u", "NEBULA_PASSWORD": "p"}}, rotatedBy("1"))
	b.Apply().Expect(0)
	b.rotate("2").Expect(0)
	b.is(map[string]any{"id": "3"})
	b.live("3")
	b.settled()
	b.is(map[string]any{"id": "3"})
	b.ends()
}
