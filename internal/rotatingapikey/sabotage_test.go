package rotatingapikey_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rotatingapikey"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// before is the state file of the operation that is going on.
func (s *schedule) before() rotatingapikey.View {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.op.before
}

// revoke deletes a key as the provider would.
func (s *schedule) revoke(next http.RoundTripper, like *http.Request, id string) error {
	if id == "" {
		return nil
	}
	r, err := http.NewRequestWithContext(like.Context(), http.MethodDelete, s.fake.BaseURL()+"/api-keys/"+id, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+rootSecret)
	resp, err := next.RoundTrip(r)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

var markerInBody = regexp.MustCompile(` ?\[tf:[^\]]+\]`)

// The random test of the rotation must fail when a rule is broken. Each of
// these providers breaks one.
func TestRandomSchedulesNoticeBrokenRules(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sabotage saboteur
		noticed  string
	}{
		"the old key goes before the new one is proven": {func(s *schedule, next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				resp, err := next.RoundTrip(r)
				if r.Method == http.MethodPost && err == nil && resp.StatusCode == http.StatusOK {
					_ = s.revoke(next, r, s.before().ID)
				}
				return resp, err
			})
		}, "is deleted too early"},
		"the previous key goes as soon as it is seen": {func(s *schedule, next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodGet {
					_ = s.revoke(next, r, s.before().PreviousID)
				}
				return next.RoundTrip(r)
			})
		}, "is deleted by a refresh"},
		"a key goes with whatever else has its name": {func(s *schedule, next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodDelete {
					for _, k := range s.fake.Keys() {
						if k.CreatedBy.Via == fakenebula.ViaDirect && strings.HasPrefix(k.Name, "ci-") && !s.adopted[k.ID] {
							s.mu.Lock()
							s.op.kind = "destroy" // the judge looks away, the books do not
							s.mu.Unlock()
							_ = s.revoke(next, r, k.ID)
						}
					}
				}
				return next.RoundTrip(r)
			})
		}, "foreign key"},
		"keys carry no marker": {func(_ *schedule, next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodPost {
					body, err := io.ReadAll(r.Body)
					if err != nil {
						return nil, err
					}
					body = markerInBody.ReplaceAll(body, nil)
					r = r.Clone(r.Context())
					r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
				}
				return next.RoundTrip(r)
			})
		}, "is an orphan"},
		"a delete is only believed": {func(s *schedule, next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodDelete {
					return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
						Body: io.NopCloser(strings.NewReader(`{"data":{},"message":"API key successfully deleted","status":"success"}`))}, nil
				}
				return next.RoundTrip(r)
			})
		}, "is an orphan"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sum totals
			noticed := 0
			for seed := range uint64(200) {
				broken, _ := play(t, seed, &sum, directly, test.sabotage)
				if strings.Contains(strings.Join(broken, "\n"), test.noticed) {
					noticed++
				}
			}
			t.Logf("noticed in %d of 200 schedules", noticed)
			if noticed == 0 {
				t.Error("no schedule notices it")
			}
		})
	}
}
