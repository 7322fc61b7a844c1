package acctest_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

func TestMain(m *testing.M) { acctest.Main(m) }

func TestMainPutsTheEnvironmentInOrder(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"TF_CLI_CONFIG_FILE":        os.DevNull,
		"TF_ACC_PROVIDER_NAMESPACE": "nebulablock",
		"TF_ACC_TERRAFORM_VERSION":  "",
		"TF_REATTACH_PROVIDERS":     "",
	} {
		if got := os.Getenv(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// The checks must be able to fail.
func TestExpectations(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	if err := w.ExpectCalls(acctest.Calls{})(nil); err != nil {
		t.Error(err)
	}
	if err := w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1})(nil); err == nil {
		t.Error("a call that was not made is not missed")
	}
	if err := w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 0})(nil); err != nil {
		t.Error(err)
	}
	if err := w.NothingLeft(nil); err != nil {
		t.Error(err)
	}
	w.API.AddKey("left over", "")
	if err := w.NothingLeft(nil); err == nil {
		t.Error("a key that is left is not seen")
	}
	if err := w.ExpectLive(fakenebula.KindAPIKey, "left over")(nil); err != nil {
		t.Error(err)
	}
}

// Every request that asks for a change is seen, whatever it is about.
func TestExpectCallsSeesUnknownRoutes(t *testing.T) {
	t.Parallel()
	for method, changes := range map[string]bool{"POST": true, "PUT": true, "PATCH": true, "DELETE": true, "GET": false, "HEAD": false} {
		w := acctest.New(t, acctest.Options{})
		r, err := http.NewRequestWithContext(t.Context(), method, w.Endpoint.URL+"/nothing/here", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := new(http.Transport).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil {
			t.Error(err)
		}
		got := w.ExpectCalls(acctest.Calls{})(nil)
		if seen := got != nil; seen != changes {
			t.Errorf("%s to an unknown route: %v", method, got)
		}
		if changes && !strings.Contains(got.Error(), method+" /api/v1/nothing/here -> 404") {
			t.Errorf("the request is not named: %v", got)
		}
	}
}

// A whole life of a key, with the provider found by its source address as well.
func TestWorld(t *testing.T) {
	t.Parallel()
	for name, block := range map[string]string{
		"implicit": "",
		"explicit": "terraform {\n  required_providers {\n    nebula = {\n      source = \"nebulablock/nebula\"\n    }\n  }\n}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, acctest.Options{LiveToo: true})
			config := block + "resource \"nebula_api_key\" \"this\" {\n  name = \"" + w.Name("world") + "\"\n}\n"
			w.Test(resource.TestCase{
				CheckDestroy: w.NothingLeft,
				Steps: []resource.TestStep{
					{
						Config: config,
						Check: resource.ComposeTestCheckFunc(
							w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1}),
							w.ExpectLive(fakenebula.KindAPIKey, w.Name("world")),
						),
					},
				},
			})
			if err := w.ExpectCalls(acctest.Calls{fakenebula.OpDeleteKey: 1})(nil); err != nil {
				t.Error(err)
			}
		})
	}
}
