package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
)

const (
	ownSecret = "ak_apicheck-own-key-0123456789"
	canary    = "canary-name-of-a-colleague"
)

// check runs the program against a fake and gives what it prints.
func check(t *testing.T, o fakenebula.Options, asJSON, write bool) (string, *fakenebula.Server) {
	t.Helper()
	now := clock.NewFake(time.Date(2026, 11, 23, 1, 56, 0, 0, time.UTC))
	o.Clock = now
	o.APIKeys = []fakenebula.SeedKey{{Name: "own", Secret: ownSecret}, {Name: canary, Description: canary}}
	api := fakenebula.New(o)
	environment := map[string]string{"NEBULA_API_URL": api.BaseURL(), "NEBULA_API_KEY": ownSecret}
	var out bytes.Buffer
	err := run(t.Context(), &out, asJSON, write, provider.WithClock(now), provider.WithTransport(api.Transport()),
		provider.WithEnvironment(func(name string) (string, bool) { v, ok := environment[name]; return v, ok }))
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), api
}

func TestCheckReadsOnly(t *testing.T) {
	t.Parallel()
	for _, reading := range []fakenebula.Reading{fakenebula.Reading2024, fakenebula.Reading2025} {
		t.Run(string(reading), func(t *testing.T) {
			t.Parallel()
			text, api := check(t, fakenebula.Options{Reading: reading}, false, false)
			for _, request := range api.Journal() {
				if request.Changes {
					t.Errorf("%s %s changes something", request.Method, request.Path)
				}
			}
			markers := map[fakenebula.Reading]string{
				fakenebula.Reading2024: "ownership markers can be seen",
				fakenebula.Reading2025: "a lost answer to a create cannot be resolved",
			}
			for _, want := range []string{"GET /api-keys", "GET /api_keys", "GET /keys", "this spelling is used", markers[reading], "How is an unknown route refused?"} {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not printed:\n%s", want, text)
				}
			}
		})
	}
}

func TestCheckPrintsNothingPrivate(t *testing.T) {
	t.Parallel()
	for _, reading := range []fakenebula.Reading{fakenebula.Reading2024, fakenebula.Reading2025} {
		for _, asJSON := range []bool{false, true} {
			text, api := check(t, fakenebula.Options{Reading: reading, FirstID: 7654321}, asJSON, true)
			if leak := acctest.Leak(text, append(api.Secrets(), canary, "7654321", "7654322", "7654323")...); leak != "" {
				t.Errorf("%s: %s", reading, leak)
			}
		}
	}
}

func TestCheckWritesAndRevokesOneKey(t *testing.T) {
	t.Parallel()
	for _, reading := range []fakenebula.Reading{fakenebula.Reading2024, fakenebula.Reading2025} {
		text, api := check(t, fakenebula.Options{Reading: reading}, false, true)
		if made, left := api.Count(fakenebula.OpCreateKey), len(api.Keys()); made != 1 || left != 2 {
			t.Errorf("%s: %d creates, %d keys left, want 1 and 2", reading, made, left)
		}
		if !strings.Contains(text, "the API says so") {
			t.Errorf("%s: the revocation is not told:\n%s", reading, text)
		}
	}
}

func TestCheckPrintsJSON(t *testing.T) {
	t.Parallel()
	text, _ := check(t, fakenebula.Options{}, true, false)
	var findings []finding
	if err := json.Unmarshal([]byte(text), &findings); err != nil || len(findings) < 10 {
		t.Errorf("%d findings, %v", len(findings), err)
	}
}
