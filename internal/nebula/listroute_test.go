package nebula_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// TestListRoute: whichever spelling the API knows is found once and remembered.
func TestListRoute(t *testing.T) {
	t.Parallel()
	for i, route := range []string{"/api-keys", "/api_keys", "/keys"} {
		for _, missing := range []int{404, 405} {
			t.Run(fmt.Sprintf("%s, others %d", route, missing), func(t *testing.T) {
				t.Parallel()
				r := overSocket(t, fakenebula.Options{Keys: fakenebula.KeyOptions{ListRoutes: []string{route}, AbsentStatus: missing}}, nil)
				for call := range 3 {
					keys, err := list(t.Context(), r.client)
					if err != nil || len(keys) != 1 || keys[0].Name != "own" {
						t.Fatalf("got %v, %v", keys, err)
					}
					r.mustCount(fakenebula.OpListKeys, 1+call)
					r.mustCount(fakenebula.OpAbsent, i)
				}
				journal := r.server.Journal()
				if last := journal[len(journal)-1].Path; last != "/api/v1"+route {
					t.Errorf("the last request went to %s", last)
				}
				// Verifying a key shares what was found.
				r.server.ResetJournal()
				if err := r.client.VerifyAPIKey(t.Context(), apiKey); err != nil {
					t.Error(err)
				}
				r.mustCount(fakenebula.OpListKeys, 1)
			})
		}
	}
}

// TestListRouteMoves: a remembered spelling is no prison.
func TestListRouteMoves(t *testing.T) {
	t.Parallel()
	r := overSocket(t, fakenebula.Options{Keys: fakenebula.KeyOptions{ListRoutes: []string{"/api_keys", "/keys"}}}, nil)
	if _, err := list(t.Context(), r.client); err != nil {
		t.Fatal(err)
	}
	r.server.Inject(fakenebula.Fault{
		Operation: fakenebula.OpListKeys, Answer: fakenebula.Failed(404, "gone"), Times: -1,
		Match: func(r fakenebula.Request) bool { return strings.HasSuffix(r.Path, "/api_keys") },
	})
	r.server.ResetJournal()
	for range 2 {
		if keys, err := list(t.Context(), r.client); err != nil || len(keys) != 1 {
			t.Fatalf("got %v, %v", keys, err)
		}
	}
	r.mustCount(fakenebula.OpListKeys, 3) // /api_keys, /keys; /keys
}

// TestListRouteUnknown: an API that knows no spelling has not an empty list.
func TestListRouteUnknown(t *testing.T) {
	t.Parallel()
	for _, status := range []int{404, 405} {
		r := overSocket(t, fakenebula.Options{Keys: fakenebula.KeyOptions{ListRoutes: fakenebula.ListSpellings()}}, nil)
		r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpListKeys, Answer: fakenebula.Failed(status, "no such route"), Times: -1})
		keys, err := list(t.Context(), r.client)
		var e *nebula.APIError
		if keys != nil || !errors.As(err, &e) || !nebula.IsNotFound(err) || e.Class != nebula.Refused {
			t.Fatalf("got %v, %v", keys, err)
		}
		for _, route := range []string{"/api-keys", "/api_keys", "/keys"} {
			if !strings.Contains(err.Error(), route) {
				t.Errorf("%q does not name %s", err, route)
			}
		}
		r.mustCount(fakenebula.OpListKeys, 3)
	}
}

// TestListRouteFaultIsNoDiscovery: anything but 404 and 405 says nothing about
// the route.
func TestListRouteFaultIsNoDiscovery(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 409, 422, 500, 502} {
		r := overSocket(t, fakenebula.Options{Keys: fakenebula.KeyOptions{ListRoutes: []string{"/api-keys", "/api_keys", "/keys"}}}, nil)
		r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpListKeys, Answer: fakenebula.Failed(status, "no"), Times: -1})
		if _, err := list(t.Context(), r.client); err == nil {
			t.Errorf("%d is no error", status)
		}
		for _, request := range r.server.Journal() {
			if request.Path != "/api/v1/api-keys" {
				t.Errorf("%d: a request to %s", status, request.Path)
			}
		}
	}
}

// TestListRouteTogether has many workers look for the route at once.
func TestListRouteTogether(t *testing.T) {
	t.Parallel()
	r := overSocket(t, fakenebula.Options{Keys: fakenebula.KeyOptions{ListRoutes: []string{"/keys"}}}, nil)
	r.together(20, func(int) {
		for range 3 {
			if keys, err := list(t.Context(), r.client); err != nil || len(keys) != 1 {
				t.Errorf("got %v, %v", keys, err)
			}
		}
	})
	if got := r.server.Count(fakenebula.OpAny); got > 20*3+2*20 {
		t.Errorf("%d requests", got)
	}
}
