package apikey_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// unvalidated lets every configuration pass, so that the provider meets values
// that it would have refused.
func unvalidated(s *acctest.Stage) {
	serve := s.Serve
	s.Serve = func(p *rehearsal.Process) tfprotov6.ProviderServer { return lenient{serve(p)} }
}

type lenient struct{ tfprotov6.ProviderServer }

func (lenient) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

// panicking is a defect: a transport that panics with a secret on some calls.
func panicking(method string, value any) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.Method == method {
				panic(value)
			}
			return next.RoundTrip(r)
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A panic in an operation is an error without the value that it panicked with,
// and costs neither the state nor the other operations.
func TestPanic(t *testing.T) {
	t.Parallel()
	const canary = "ak_CANARY-panic-0123456789"
	plan := func(s *acctest.Stage) acctest.Result { return s.Plan() }
	for name, test := range map[string]struct {
		method string
		value  any
		run    func(*acctest.Stage) acctest.Result
		want   string
	}{
		"create":  {"POST", canary, func(s *acctest.Stage) acctest.Result { return s.Apply() }, "Unable to create API key"},
		"refresh": {"GET", errors.New(canary), plan, "Unable to read API key"},
		"delete":  {"DELETE", []string{canary}, func(s *acctest.Stage) acctest.Result { return s.Destroy("-refresh=false") }, "Unable to delete API key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := settled(t, one())
			if name == "create" {
				s.Resources = append(s.Resources, keyBlock("other", one()))
			}
			s.Wrap = panicking(test.method, test.value)
			test.run(s).Fails("Error: "+test.want, "A defect in the provider stopped the operation: a panic with a value of type",
				"Please report it at https://github.com/nebulablock/terraform-provider-nebula/issues").ExpectNot("CANARY", s.OwnSecret)
			s.Wrap = nil
			if err := checkKey(s.World, stored(s), nil); err != nil {
				t.Error(err)
			}
			s.Destroy().Succeeds()
			expectNames(t, s.World)
		})
	}
}
