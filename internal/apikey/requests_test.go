package apikey_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

func manyKeys(n int) string {
	return fmt.Sprintf("resource \"nebula_api_key\" \"this\" {\n  count = %d\n  name  = \"key-${count.index}\"\n}\n", n)
}

// expectRequests checks how often each operation was asked for since the last
// look. Spellings that this API does not have are left out.
func expectRequests(t *testing.T, w *acctest.World, want map[fakenebula.Operation]int) {
	t.Helper()
	got := map[fakenebula.Operation]int{}
	for _, r := range w.API.Journal() {
		if r.Operation != fakenebula.OpAbsent {
			got[r.Operation]++
		}
	}
	w.API.ResetJournal()
	if !maps.Equal(got, want) {
		t.Errorf("the API saw %v, want %v", got, want)
	}
}

// Refreshing costs one list however many keys there are. Creating costs a
// request a key and no read-back, and so does deleting, after one refresh. As
// many connections as there are workers serve all of them.
func TestOneListForAnyNumberOfKeys(t *testing.T) {
	t.Parallel()
	const n, parallelism = 25, 10 // Terraform's own default
	w := acctest.New(t, acctest.Options{Fake: of2024()})
	cli := w.CLI(t)
	cli.Write("main.tf", manyKeys(n))
	cli.Apply().Expect(0)
	connections := map[string]bool{}
	for _, r := range w.API.Journal() {
		connections[r.RemoteAddr] = true
	}
	if len(connections) > parallelism {
		t.Errorf("%d requests took %d connections, with %d workers", n, len(connections), parallelism)
	}
	expectRequests(t, w, map[fakenebula.Operation]int{opCreate: n})
	cli.Plan().Expect(0)
	expectRequests(t, w, map[fakenebula.Operation]int{opList: 1})
	cli.Plan("-refresh=false").Expect(0)
	expectRequests(t, w, map[fakenebula.Operation]int{})
	cli.Destroy().Expect(0)
	expectRequests(t, w, map[fakenebula.Operation]int{opList: 1, opDelete: n})
	expectNames(t, w)
}

// That is so whatever the ids are.
func TestRequestsForIDsOfAnyKind(t *testing.T) {
	t.Parallel()
	for name, fake := range map[string]fakenebula.Options{
		"numbers":      {},
		"long numbers": {FirstID: 1<<53 + 1},
		"UUIDs":        {IDs: fakenebula.StringIDs},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake.Reading = fakenebula.Reading2024
			s := acctest.NewStage(t, acctest.Options{Fake: fake}).With(keyBlock("a", one()), keyBlock("b", one()), keyBlock("c", one()))
			s.Apply().Succeeds()
			expectOps(t, s.World, opCreate, opCreate, opCreate)
			s.Plan().Succeeds().DoesNothing()
			expectOps(t, s.World, opList)
			s.Apply("-refresh=false").Succeeds()
			expectOps(t, s.World)
			s.Destroy().Succeeds()
			expectOps(t, s.World, opList, opDelete, opDelete, opDelete)
			expectNames(t, s.World)
		})
	}
}

// Where the API knows another spelling of the routes, finding it out costs a
// request of each kind, and not one per key.
func TestRequestsWhereRoutesAreSpelledOtherwise(t *testing.T) {
	t.Parallel()
	const n = 20
	s := acctest.NewStage(t, acctest.Options{Fake: of2025()})
	for i := range n {
		s.Resources = append(s.Resources, keyBlock(fmt.Sprintf("k%d", i), one()))
	}
	s.Apply().Succeeds()
	s.Changed(acctest.Calls{opCreate: n})
	s.Plan().Succeeds().DoesNothing()
	expectRequests(t, s.World, map[fakenebula.Operation]int{opList: 1})
	s.Destroy().Succeeds()
	if lists := s.API.Count(opList); lists > n {
		t.Errorf("%d lists for %d deletes", lists, n)
	}
	s.Changed(acctest.Calls{opDelete: n})
	expectNames(t, s.World)
}

// All that can be read shares the list: resources of each kind, data sources,
// and the exclusive resource.
func TestAllReadersShareOneList(t *testing.T) {
	t.Parallel()
	const n = 15
	w := acctest.New(t, acctest.Options{})
	w.API.AddKey("by-hand", "")
	cli := w.CLI(t)
	config := manyKeys(n) + `
resource "nebula_rotating_api_key" "this" {
  name         = "rotating"
  rotate_after = "720h"
}

data "nebula_api_key" "by_id" {
  count = 10
  id    = "1"
}

data "nebula_api_key" "by_name" {
  count = 10
  name  = "by-hand"
}

data "nebula_api_keys" "all" {}

data "nebula_api_keys" "managed" {
  terraform_managed = true
}

data "nebula_api_keys" "named" {
  name_regex = "^key-"
}

resource "nebula_api_keys_exclusive" "this" {
  allowed_ids       = concat(["1", nebula_rotating_api_key.this.id], nebula_api_key.this[*].id)
  ignore_name_regex = ["^by-hand$"]
}
`
	cli.Write("main.tf", config)
	cli.Apply().Expect(0)
	// What the data sources show has changed with the apply; this records it.
	cli.Apply().Expect(0)
	w.API.ResetJournal()
	cli.Plan().Expect(0)
	expectRequests(t, w, map[fakenebula.Operation]int{opList: 1})
}

// A hundred keys that are gone wait for their second list together, and are told
// of in one warning.
func TestHundredKeysGoneTakeTwoLists(t *testing.T) {
	t.Parallel()
	const n = 100
	s := acctest.NewStage(t, acctest.Options{})
	for i := range n {
		s.Resources = append(s.Resources, keyBlock(fmt.Sprintf("k%d", i), one()))
	}
	s.Apply().Succeeds()
	s.Clock.Advance(time.Hour)
	for _, key := range s.API.Keys() {
		if key.Name != acctest.OwnKey {
			s.API.DeleteKey(key.ID)
		}
	}
	s.API.ResetJournal()
	elapsed(t, s.World, 2*time.Second, 3*time.Second, func() {
		told := s.Plan().Succeeds(noneFound)
		if changes, warnings := len(told.Planned.Changes), len(told.Diagnostics); changes != n || warnings != 1 {
			t.Errorf("%d changes, %d warnings", changes, warnings)
		}
	})
	expectRequests(t, s.World, map[fakenebula.Operation]int{opList: 2})
}

// In an apply, what a local-exec changed is seen by what waits for it, although
// the plan had refreshed a key a moment before.
func TestDataSourceSeesWhatALocalExecDid(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	// The local-exec is over when it was answered, which is when the key is
	// there and time has passed.
	outside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		w.API.AddKey("outside", "")
		w.Clock.Advance(4 * time.Second)
	}))
	t.Cleanup(outside.Close)
	cli := w.CLI(t)
	const key = "resource \"nebula_api_key\" \"k\" {\n  name = \"k\"\n}\n"
	cli.Write("main.tf", key)
	cli.Apply().Expect(0)
	cli.Write("main.tf", key+`
resource "terraform_data" "first" {
  depends_on = [nebula_api_key.k]
}
data "nebula_api_keys" "before" {
  depends_on = [terraform_data.first]
}
resource "terraform_data" "exec" {
  depends_on = [data.nebula_api_keys.before]
  provisioner "local-exec" {
    interpreter = ["`+os.Args[0]+`"]
    command     = "-test.run=^$"
    environment = { `+callVariable+` = "`+outside.URL+`" }
  }
}
data "nebula_api_keys" "after" {
  depends_on = [terraform_data.exec]
}
output "seen" {
  value = "${length(data.nebula_api_keys.before.ids)} then ${length(data.nebula_api_keys.after.ids)}"
}
`)
	cli.Apply().Expect(0, `seen = "2 then 3"`)
}

// callVariable makes the test's program what a local-exec runs: it calls the
// address in the variable, and does nothing else.
const callVariable = "NEBULA_TEST_CALL"

func called() bool {
	address := os.Getenv(callVariable)
	if address == "" {
		return false
	}
	resp, err := http.Get(address) //nolint:forbidigo // a test's own server
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_ = resp.Body.Close()
	return true
}
