package nebula_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func success(data string) string { return `{"status":"success","message":"ok","data":` + data + `}` }

// TestKeyRows: what a row lacks, or writes in another way, says nothing.
func TestKeyRows(t *testing.T) {
	t.Parallel()
	at := time.Unix(1751620391, 0).UTC()
	for row, want := range map[string]nebula.APIKey{
		`{"id":5}`:                               {ID: "5"},
		`{"id":"a","name":"n","description":""}`: {ID: "a", Name: "n", Description: new("")},
		`{"id":5,"name":null,"description":null,"key":null,"status":null,"team":null,"created_at":null}`: {ID: "5"},
		`{"id":5,"status":1}`:                           {ID: "5", Active: new(true)},
		`{"id":5,"status":"2"}`:                         {ID: "5", Active: new(false)},
		`{"id":5,"status":3}`:                           {ID: "5"},
		`{"id":5,"status":"running"}`:                   {ID: "5"},
		`{"id":5,"created_at":1751620391}`:              {ID: "5", CreatedAt: at},
		`{"id":5,"created_at":"1751620391"}`:            {ID: "5", CreatedAt: at},
		`{"id":5,"created_at":1751620391.0}`:            {ID: "5", CreatedAt: at},
		`{"id":5,"created_at":"EST 2024-10-23"}`:        {ID: "5"},
		`{"id":5,"team":{"id":8,"name":"t"}}`:           {ID: "5", Team: &nebula.Team{ID: "8", Name: "t"}},
		`{"id":5,"team":{"id":"8"}}`:                    {ID: "5", Team: &nebula.Team{ID: "8"}},
		`{"id":5,"team":8}`:                             {ID: "5"},
		`{"id":5,"key":"sk-whole"}`:                     {ID: "5", Fingerprint: sha256Hex("sk-whole")},
		`{"id":5,"key":7}`:                              {ID: "5"},
		`{"id":5,"key":"","partial_key_data":"ak_..."}`: {ID: "5"},
		// Such a row stays in the list, where absence would be worse than an odd id.
		`{"id":"key:41001","name":"odd"}`:   {ID: "key:41001", Name: "odd"},
		`{"id":"../../admin","name":"odd"}`: {ID: "../../admin", Name: "odd"},
		`{"id":-1,"name":"odd"}`:            {ID: "-1", Name: "odd"},
		`{"id":"５","name":"odd"}`:           {ID: "５", Name: "odd"},
		`{"id":"%35","name":"odd"}`:         {ID: "%35", Name: "odd"},
	} {
		client := answering(t, body(200, success("["+row+"]")), nil)
		if got, err := list(t.Context(), client); err != nil || !reflect.DeepEqual(got, []nebula.APIKey{want}) {
			t.Errorf("%s gives %+v, %v", row, got, err)
		}
	}
}

// TestListKeepsNoSecrets: whole keys of all colleagues leave nothing but
// fingerprints.
func TestListKeepsNoSecrets(t *testing.T) {
	t.Parallel()
	client := answering(t, body(200, success(`[{"id":1,"name":"a","key":"sk-CANARY0"},{"id":2,"key":"CANARY without a form"}]`)), nil)
	keys, err := list(t.Context(), client)
	if shown := fmt.Sprintf("%+v %#v", keys, keys); err != nil || len(keys) != 2 || strings.Contains(shown, "CANARY") {
		t.Errorf("got %s, %v", shown, err)
	}
	for _, broken := range []string{`[{"id":1,"key":"CANARY"},{}]`, `[{"id":1,"key":"CANARY","key":"CANARY"}]`, `[{"id":{"CANARY":1},"key":"CANARY"}]`} {
		_, err := list(t.Context(), answering(t, body(200, success(broken)), nil))
		if err == nil || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("got %v", err)
		}
	}
}

// TestCreatedKeys: what an answer to a create can be.
func TestCreatedKeys(t *testing.T) {
	t.Parallel()
	const secret = "sk-0123456789abcdef"
	for data, want := range map[string]nebula.CreatedAPIKey{
		`{"id":5,"key":"` + secret + `"}`: {ID: "5", Secret: secret},
		`{"id":"a-b","key":"` + secret + `","name":"n","description":"d","created_at":1751620391}`: {ID: "a-b", Secret: secret, Name: new("n"), Description: new("d"), CreatedAt: time.Unix(1751620391, 0).UTC()},
		`{"id":5,"key":"` + secret + `","name":null,"description":null}`:                           {ID: "5", Secret: secret},
	} {
		client := answering(t, body(200, success(data)), nil)
		if got, err := client.CreateAPIKey(t.Context(), asking(nebula.APIKeyRequest{Name: "n"})); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s gives %+v, %v", data, got, err)
		}
	}
	for _, shown := range []string{``, `ak_****`, `ak_WT2l...`, `sk-**********abcd`, `two words`} {
		client := answering(t, body(200, success(`{"id":5,"key":"`+shown+`"}`)), nil)
		_, err := client.CreateAPIKey(t.Context(), asking(nebula.APIKeyRequest{Name: "n"}))
		var missing *nebula.MissingSecretError
		if !errors.As(err, &missing) || missing.ID != "5" {
			t.Errorf("the key %q: %v", shown, err)
		}
	}
	for _, id := range []string{`"key:41001"`, `"../../admin"`, `"a b"`, `"\u202e5"`, `"sk-0123456789abcdef"`, `""`, `-1`, `"-1"`, `"."`, `".."`, `"%35"`, `"５"`, `" 5"`,
		`"5/"`, `"5?a=b"`, `"5;"`, `"5\u0000"`, `"` + strings.Repeat("9", 65) + `"`, `"unresolved:x"`} {
		client := answering(t, body(200, success(`{"id":`+id+`,"key":"`+secret+`"}`)), nil)
		if _, err := client.CreateAPIKey(t.Context(), asking(nebula.APIKeyRequest{Name: "n"})); !nebula.IsAmbiguous(err) || strings.Contains(err.Error(), secret) {
			t.Errorf("the id %s: %v", id, err)
		}
	}
}

// TestCreateRoute: a route that does not exist made nothing, so the other
// spelling is tried at once, with a request of its own, and remembered.
func TestCreateRoute(t *testing.T) {
	t.Parallel()
	for _, missing := range []int{404, 405} {
		r := overSocket(t, fakenebula.Options{Keys: fakenebula.KeyOptions{CreateRoutes: []string{"/keys"}, AbsentStatus: missing}}, nil)
		prepared := 0
		prepare := func() (nebula.APIKeyRequest, error) {
			prepared++
			return nebula.APIKeyRequest{Name: fmt.Sprint(prepared)}, nil
		}
		for want := 2; want <= 3; want++ {
			got, err := r.client.CreateAPIKey(t.Context(), prepare)
			if err != nil || got.Name == nil || *got.Name != fmt.Sprint(want) {
				t.Errorf("got %+v, %v", got, err)
			}
		}
		r.mustCount(fakenebula.OpCreateKey, 2)
		r.mustCount(fakenebula.OpAbsent, 1)
		// Each kind of call is remembered by itself.
		r.server.ResetJournal()
		if _, route, err := r.client.ListAPIKeys(t.Context()); err != nil || route != "/api-keys" {
			t.Errorf("the list answers at %q, %v", route, err)
		}
		r.mustCount(fakenebula.OpAny, 1)
	}
}

// TestCreateIsNotSentElsewhereAfterAnythingElse than a route that does not
// exist.
func TestCreateIsNotSentElsewhereAfterAnythingElse(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 302, 400, 401, 403, 409, 422, 500, 502} {
		r := overSocket(t, fakenebula.Options{Keys: everySpelling()}, nil)
		r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpCreateKey, Answer: fakenebula.Failed(status, "no"), Times: -1})
		if err := r.call(t.Context(), fakenebula.OpCreateKey); err == nil {
			t.Errorf("%d is no error", status)
		}
		r.mustCount(fakenebula.OpAny, 1)
	}
}

// TestUnknownRoutesAreNamed, all that were tried.
func TestUnknownRoutesAreNamed(t *testing.T) {
	t.Parallel()
	client := answering(t, body(404, `{"detail":"Not Found"}`), nil)
	for want, call := range map[string]func() error{
		"/api-keys, /keys": func() error {
			_, err := client.CreateAPIKey(t.Context(), asking(nebula.APIKeyRequest{Name: "n"}))
			return err
		},
		"/api-keys, /api_keys, /keys":  func() error { _, err := list(t.Context(), client); return err },
		"/api-keys, /api_keys, /keys ": func() error { return client.VerifyAPIKey(t.Context(), "another-key") },
	} {
		err := call()
		var e *nebula.APIError
		if !errors.As(err, &e) || e.Class != nebula.Refused || !slices.Equal(e.Routes, strings.Split(strings.TrimSpace(want), ", ")) || !strings.Contains(err.Error(), strings.TrimSpace(want)) {
			t.Errorf("want %s, got %+v", want, e)
		}
	}
}

// TestDeleteRoute: the documented way comes first until another has worked.
func TestDeleteRoute(t *testing.T) {
	t.Parallel()
	r := overSocket(t, fakenebula.Options{APIKeys: []fakenebula.SeedKey{{Name: "a"}, {Name: "b"}}, Keys: fakenebula.KeyOptions{DeleteRoutes: []string{"/keys"}}}, nil)
	ways := r.client.DeleteAPIKey("2")
	if err := ways[0](t.Context()); len(ways) != 2 || !nebula.IsNotFound(err) || !strings.Contains(err.Error(), "/api-keys/{id}") {
		t.Errorf("%d ways, the first: %v", len(ways), err)
	}
	// That a route does not exist is nothing to remember: the key may be unknown.
	if err := r.client.DeleteAPIKey("2")[0](t.Context()); !strings.Contains(err.Error(), "/api-keys/{id}") {
		t.Errorf("the first way of another delete: %v", err)
	}
	if err := ways[1](t.Context()); err != nil {
		t.Error(err)
	}
	if err := r.client.DeleteAPIKey("3")[0](t.Context()); err != nil {
		t.Errorf("the way that worked does not come first: %v", err)
	}
	if len(r.server.Keys()) != 1 {
		t.Errorf("left: %v", r.server.Keys())
	}
}

// TestVerifyReadsNoRows: a success is the proof, whatever the rows are, and the
// spelling that the list has shown is used.
func TestVerifyReadsNoRows(t *testing.T) {
	t.Parallel()
	for _, data := range []string{`[]`, `null`, `[{"odd":true}]`, `{"keys":5}`} {
		client := answering(t, body(200, success(data)), nil)
		if err := client.VerifyAPIKey(t.Context(), "another-key"); err != nil {
			t.Errorf("%s: %v", data, err)
		}
	}
	r := overSocket(t, fakenebula.Options{Reading: fakenebula.Reading2025}, nil)
	if _, err := list(t.Context(), r.client); err != nil {
		t.Fatal(err)
	}
	r.server.ResetJournal()
	if err := r.client.VerifyAPIKey(t.Context(), apiKey); err != nil {
		t.Error(err)
	}
	r.mustCount(fakenebula.OpAny, 1)
	if err := r.client.VerifyAPIKey(t.Context(), "unknown-key"); !nebula.IsUnauthorized(err) {
		t.Errorf("got %v", err)
	}
}

// TestUnauthorizedAfterDelete: the key that was deleted may have been the
// credential.
func TestUnauthorizedAfterDelete(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		r := overSocket(t, fakenebula.Options{}, func(cfg *nebula.Config) { cfg.MaxRetries = 0 })
		err := r.client.VerifyAPIKey(t.Context(), "unknown-key")
		var e *nebula.APIError
		if !errors.As(err, &e) || e.AfterDelete || e.AfterCreate {
			t.Errorf("got %+v", e)
		}
		if lost {
			r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpDeleteKey, Drop: true, Commit: true})
		}
		if err := remove(t.Context(), r.client, "1"); (err != nil) != lost {
			t.Fatal(err)
		}
		_, err = list(t.Context(), r.client)
		if !errors.As(err, &e) || !nebula.IsUnauthorized(err) || !e.AfterDelete || e.AfterCreate {
			t.Errorf("lost %t: %+v", lost, e)
		}
	}
}

// TestEachTryIsPreparedAnew: also after a rate limit, and after a connection
// that could not be made.
func TestEachTryIsPreparedAnew(t *testing.T) {
	t.Parallel()
	r := inProcess(t, fakenebula.Options{}, func(cfg *nebula.Config) { cfg.Clock = fakeClock() })
	r.server.Inject(
		fakenebula.Fault{Operation: fakenebula.OpCreateKey, Answer: fakenebula.TooManyRequests("1")},
		fakenebula.Fault{Operation: fakenebula.OpCreateKey, NotSent: fakenebula.ConnectionRefused()},
	)
	prepared := 0
	got, err := r.client.CreateAPIKey(t.Context(), func() (nebula.APIKeyRequest, error) {
		prepared++
		return nebula.APIKeyRequest{Name: fmt.Sprint("try ", prepared)}, nil
	})
	if err != nil || prepared != 3 || *got.Name != "try 3" {
		t.Errorf("got %+v after %d tries, %v", got, prepared, err)
	}
}

// TestBothReadings is a key's life under each.
func TestBothReadings(t *testing.T) {
	t.Parallel()
	for _, reading := range fakenebula.Readings() {
		t.Run(string(reading), func(t *testing.T) {
			t.Parallel()
			r := overSocket(t, fakenebula.Options{Reading: reading}, nil)
			created, err := r.client.CreateAPIKey(t.Context(), asking(nebula.APIKeyRequest{Name: "n", Description: "d"}))
			if err != nil || created.Secret == "" {
				t.Fatalf("got %v, %v", created, err)
			}
			keys, err := list(t.Context(), r.client)
			if err != nil || len(keys) != 2 {
				t.Fatalf("got %v, %v", keys, err)
			}
			key := keys[slices.IndexFunc(keys, func(k nebula.APIKey) bool { return k.ID == created.ID })]
			if reading == fakenebula.Reading2025 {
				if key.Description != nil || key.Active == nil || key.CreatedAt.IsZero() || key.Fingerprint != sha256Hex(created.Secret) {
					t.Errorf("got %+v", key)
				}
			} else if key.Description == nil || *key.Description != "d" || key.Active != nil || key.Fingerprint != "" {
				t.Errorf("got %+v", key)
			}
			if err := r.client.VerifyAPIKey(t.Context(), created.Secret); err != nil {
				t.Error(err)
			}
			if err := deleteAny(t.Context(), r.client, created.ID); err != nil {
				t.Error(err)
			}
			if left := r.server.Keys(); len(left) != 1 {
				t.Errorf("left: %v", left)
			}
			refusal := r.client.DeleteAPIKey("4711")[0](t.Context())
			var e *nebula.APIError
			if !errors.As(refusal, &e) || e.Class != nebula.Refused || e.Message == "" || e.Status != http.StatusNotFound {
				t.Errorf("got %+v", e)
			}
		})
	}
}

// deleteAny tries each way.
func deleteAny(ctx context.Context, client *nebula.Client, id nebula.ID) (err error) {
	for _, way := range client.DeleteAPIKey(id) {
		if err = way(ctx); !nebula.IsNotFound(err) {
			return err
		}
	}
	return err
}
