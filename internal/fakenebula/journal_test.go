package fakenebula_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

func TestJournal(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, connect func(*testing.T, *fakenebula.Server) caller) {
		fake := clock.NewFake(start)
		server := fakenebula.New(withRoot(fakenebula.Options{Clock: fake, Users: map[string]string{"u@x": "p4ssw0rd"}}))
		api := connect(t, server)
		data, _ := api.login("application/x-www-form-urlencoded", "username=u%40x&password=p4ssw0rd").data(t).(map[string]any)
		fake.Advance(time.Second)
		created := api.send(t.Context(), http.MethodPost, "/api-keys", "application/json", `{"name":"a","description":"d"}`)
		api.credential, _ = data["jwtToken"].(string)
		list := api.list()
		api.credential = "ak_nonsense"
		api.remove("2")
		api.credential = rootKey
		server.Inject(fakenebula.Fault{Drop: true, Commit: true})
		api.remove("2")
		api.send(t.Context(), http.MethodGet, "/x%2Fy", "", "")

		want := []fakenebula.Request{
			{Time: start, Operation: fakenebula.OpLogin, Method: "POST", Path: "/api/v1/login", Status: 200, CredentialKind: "none", Changes: true},
			{Time: start.Add(time.Second), Operation: fakenebula.OpCreateKey, Method: "POST", Path: "/api/v1/api-keys", Status: 200, Bytes: len(created.body), CredentialKind: "api key", CredentialID: "1", Changes: true, ObjectName: "a", ObjectID: "2", Facts: map[string]string{fakenebula.FactDescription: "d"}},
			{Operation: fakenebula.OpListKeys, Method: "GET", Path: "/api/v1/api-keys", Status: 200, Bytes: len(list.body), CredentialKind: "token", CredentialID: "u@x"},
			{Operation: fakenebula.OpDeleteKey, Method: "DELETE", Path: "/api/v1/api-keys/2", Status: 401, CredentialKind: "bad", Changes: true, ObjectID: "2"},
			{Operation: fakenebula.OpDeleteKey, Method: "DELETE", Path: "/api/v1/api-keys/2", CredentialKind: "api key", CredentialID: "1", Changes: true, ObjectID: "2"},
			{Operation: fakenebula.OpOther, Method: "GET", Path: "/api/v1/x%2Fy", Status: 404, CredentialKind: "api key", CredentialID: "1"},
		}
		got := server.Journal()
		if len(got) != len(want) {
			t.Fatalf("%d entries", len(got))
		}
		for i, entry := range got {
			w := want[i]
			if entry.Seq != i+1 || entry.Operation != w.Operation || entry.Method != w.Method || entry.Path != w.Path || entry.Status != w.Status ||
				entry.CredentialKind != w.CredentialKind || entry.CredentialID != w.CredentialID ||
				entry.Changes != w.Changes || entry.ObjectName != w.ObjectName || entry.ObjectID != w.ObjectID || !maps.Equal(entry.Facts, w.Facts) ||
				!w.Time.IsZero() && !entry.Time.Equal(w.Time) || w.Bytes != 0 && entry.Bytes != w.Bytes {
				t.Errorf("entry %d\ngot  %+v\nwant %+v", i, entry, w)
			}
		}
		if !slices.Contains(got[1].HeaderNames, "Content-Type") || got[1].ContentType != "application/json" {
			t.Errorf("%+v", got[1])
		}
		text := fmt.Sprintf("%+v", got)
		for _, secret := range append(server.Secrets(), "p4ssw0rd", "ak_nonsense") {
			if strings.Contains(text, secret) {
				t.Errorf("the journal holds %s", secret)
			}
		}
		if server.Count(fakenebula.OpDeleteKey) != 2 || server.Count(fakenebula.OpAny) != 6 {
			t.Error("miscounted")
		}
		server.ResetJournal()
		api.list()
		if got := server.Journal(); len(got) != 1 || got[0].Seq != 7 {
			t.Errorf("%+v", got)
		}
	})
}

// TestHooks lets a foreign actor work in the middle of a request.
func TestHooks(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, connect func(*testing.T, *fakenebula.Server) caller) {
		server := fakenebula.New(withRoot(fakenebula.Options{}))
		var seen []string
		server.OnRequest(func(r fakenebula.Request) {
			seen = append(seen, fmt.Sprint("before ", r.Operation, r.Status, " ", r.CredentialKind))
			if r.Operation == fakenebula.OpListKeys {
				server.AddKey("foreign", "")
			}
		})
		server.OnResponse(func(r fakenebula.Request) {
			seen = append(seen, fmt.Sprint("after ", r.Operation, r.Status, " ", r.ObjectID))
			if r.Operation == fakenebula.OpCreateKey {
				server.DeleteKey(r.ObjectID)
			}
		})
		api := connect(t, server)
		if got := api.list().names(t); got != "root foreign" {
			t.Error(got)
		}
		api.create("a").data(t)
		if got := len(server.Keys()); got != 2 {
			t.Errorf("%d keys", got)
		}
		want := []string{"before list keys0 api key", "after list keys200 ", "before create key0 api key", "after create key200 3"}
		if !slices.Equal(seen, want) {
			t.Errorf("%q", seen)
		}
	})
}

func TestLedgerAndForeignActors(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(start)
	server := fakenebula.New(withRoot(fakenebula.Options{Clock: fake, Users: map[string]string{"u@x": "p"}}))
	api := inProcess(t, server)
	data, _ := api.login("application/json", `{"username":"u@x","password":"p"}`).data(t).(map[string]any)
	id, secret := server.AddKey("foreign", "theirs")
	fake.Advance(time.Minute)
	api.create("ours").data(t)
	if !server.SetName("3", "drifted") || !server.SetDescription("3", "text") || server.SetName("9", "") {
		t.Error("drift")
	}
	if got := server.Keys()[2]; got.Name != "drifted" || got.Description != "text" {
		t.Errorf("%+v", got)
	}
	api.credential, _ = data["jwtToken"].(string)
	api.remove(id).data(t)
	fake.Advance(time.Minute)
	if !server.DeleteKey("3") || server.Valid(secret) {
		t.Error("still valid")
	}

	direct := fakenebula.Actor{Via: fakenebula.ViaDirect}
	want := []fakenebula.Key{
		{Active: true, Object: fakenebula.Object{Kind: fakenebula.KindAPIKey, ID: "1", Name: "root", CreatedAt: start, CreatedBy: direct}},
		{Active: true, Description: "theirs", Object: fakenebula.Object{Kind: fakenebula.KindAPIKey, ID: "2", Name: "foreign",
			CreatedAt: start, CreatedBy: direct, DeletedAt: start.Add(time.Minute),
			DeletedBy: fakenebula.Actor{Via: fakenebula.ViaAPI, Kind: fakenebula.CredentialToken, ID: "u@x"}}},
		{Active: true, Description: "text", Object: fakenebula.Object{Kind: fakenebula.KindAPIKey, ID: "3", Name: "drifted", CreatedAt: start.Add(time.Minute),
			CreatedBy: fakenebula.Actor{Via: fakenebula.ViaAPI, Kind: fakenebula.CredentialAPIKey, ID: "1"},
			DeletedAt: start.Add(2 * time.Minute), DeletedBy: direct}},
	}
	if got := server.Issued(); !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := server.Keys(); len(got) != 1 || got[0].ID != "1" {
		t.Errorf("%+v", got)
	}
	for i, object := range server.Ledger() {
		if object != want[i].Object {
			t.Errorf("got  %+v\nwant %+v", object, want[i].Object)
		}
	}
	if got := server.Live(fakenebula.KindAPIKey); len(got) != 1 || got[0] != want[0].Object || len(server.Live("nothing")) != 0 {
		t.Errorf("%+v", got)
	}
	if server.Secret(id) != secret || server.Secret("9") != "" {
		t.Error("a secret is remembered with its id")
	}
}

// TestManyCallers is for the race detector.
func TestManyCallers(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, connect func(*testing.T, *fakenebula.Server) caller) {
		server := fakenebula.New(withRoot(fakenebula.Options{}))
		server.OnRequest(func(r fakenebula.Request) { server.Valid(r.ObjectName) })
		server.Inject(fakenebula.Fault{Operation: fakenebula.OpDeleteKey, Times: 5, Drop: true})
		api := connect(t, server)
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				data, _ := api.create("a").data(t).(map[string]any)
				id := fmt.Sprint(data["id"])
				api.list()
				server.Journal()
				for api.remove(id).status != http.StatusOK {
				}
			})
		}
		all.Wait()
		ids := map[string]bool{}
		for _, k := range server.Issued() {
			ids[k.ID] = true
		}
		if len(ids) != 11 || len(server.Keys()) != 1 || server.Count(fakenebula.OpDeleteKey) != 15 {
			t.Errorf("%d ids, %d keys, %d deletes", len(ids), len(server.Keys()), server.Count(fakenebula.OpDeleteKey))
		}
	})
}
