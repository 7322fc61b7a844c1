package rotatingapikey_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// saboteur breaks a rule on behalf of the provider, to show that it would be
// noticed.
type saboteur func(r *rotation, next http.RoundTripper) http.RoundTripper

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// revoke deletes a key as the provider would.
func (r *rotation) revoke(next http.RoundTripper, like *http.Request, id string) {
	if id != "" {
		rehearsal.Mimic(next, like, http.MethodDelete, r.fake.BaseURL()+"/api-keys/"+id)
	}
}

// before is what was in state when the operation that goes on began.
func (r *rotation) before(attribute string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.op.before.Object.Text(attribute)
}

var markerInBody = regexp.MustCompile(` ?\[tf:[^\]]+\]`)

// The random test of the rotation must fail when a rule is broken. Each of
// these providers breaks one.
func TestRandomSchedulesNoticeBrokenRules(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sabotage func(r *rotation, next http.RoundTripper, q *http.Request) (*http.Response, error)
		noticed  string
	}{
		"the old key goes before the new one is proven": {func(r *rotation, next http.RoundTripper, q *http.Request) (*http.Response, error) {
			resp, err := next.RoundTrip(q)
			if q.Method == http.MethodPost && err == nil && resp.StatusCode == http.StatusOK {
				r.revoke(next, q, r.before("id"))
			}
			return resp, err
		}, "is deleted too early"},
		"the previous key goes as soon as it is seen": {func(r *rotation, next http.RoundTripper, q *http.Request) (*http.Response, error) {
			if q.Method == http.MethodGet {
				r.revoke(next, q, r.before("previous_id"))
			}
			return next.RoundTrip(q)
		}, "is deleted by a plan"},
		"a key goes with whatever else has its name": {func(r *rotation, next http.RoundTripper, q *http.Request) (*http.Response, error) {
			if q.Method == http.MethodDelete {
				for _, k := range r.fake.Keys() {
					if k.CreatedBy.Via == fakenebula.ViaDirect && strings.HasPrefix(k.Name, "ci-") && !r.adopted[k.ID] {
						r.mu.Lock()
						r.op.kind = "destroy" // checkRequest looks away, check does not
						r.mu.Unlock()
						r.revoke(next, q, k.ID)
					}
				}
			}
			return next.RoundTrip(q)
		}, "foreign key"},
		"keys carry no marker": {func(_ *rotation, next http.RoundTripper, q *http.Request) (*http.Response, error) {
			if q.Method == http.MethodPost {
				body, err := io.ReadAll(q.Body)
				if err != nil {
					return nil, err
				}
				body = markerInBody.ReplaceAll(body, nil)
				q = q.Clone(q.Context())
				q.Body, q.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			}
			return next.RoundTrip(q)
		}, "is an orphan"},
		"a delete is only believed": {func(_ *rotation, next http.RoundTripper, q *http.Request) (*http.Response, error) {
			if q.Method == http.MethodDelete {
				return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: q,
					Body: io.NopCloser(strings.NewReader(`{"data":{},"message":"API key successfully deleted","status":"success"}`))}, nil
			}
			return next.RoundTrip(q)
		}, "is an orphan"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rotations(func(r *rotation, next http.RoundTripper) http.RoundTripper {
				return roundTripper(func(q *http.Request) (*http.Response, error) { return test.sabotage(r, next, q) })
			}).Catch(t, test.noticed)
		})
	}
}
