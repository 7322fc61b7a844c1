package keyring

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func TestKeyHiddenAfterItsCreateIsNotGone(t *testing.T) {
	t.Parallel()
	for _, hidden := range []time.Duration{time.Second, 4 * time.Second, 9900 * time.Millisecond} {
		t.Run(hidden.String(), func(t *testing.T) {
			t.Parallel()
			bubble(t, fixtureOptions{fake: fakenebula.Options{HideNewFor: hidden}}, func(t *testing.T, r *fixture) {
				time.Sleep(800 * time.Millisecond)
				created, err := r.keys.Create(t.Context(), Spec{Name: "n"})
				if err != nil {
					t.Fatal(err)
				}
				// The next process reads what this one created a moment ago.
				next := r.another(fixtureOptions{})
				for _, ref := range []Ref{{ID: created.ID, Token: created.Token}, {Token: created.Token}} {
					if key, err := next.ForRefresh().Find(t.Context(), ref); err != nil || key.ID != created.ID {
						t.Errorf("Find(%+v) = %v, %v", ref, key, err)
					}
				}
			})
		})
	}
}

func TestFaultIsNeverAbsence(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakenebula.Fault{
		"401":                {Answer: fakenebula.Failed(401, "no")},
		"403":                {Answer: fakenebula.Failed(403, "no")},
		"404":                {Answer: fakenebula.Failed(404, "no")},
		"429 for an hour":    {Answer: fakenebula.TooManyRequests("3600")},
		"500":                {Answer: fakenebula.Failed(500, "no")},
		"page of a proxy":    {Answer: fakenebula.HTML(502)},
		"success in HTML":    {Answer: fakenebula.HTML(200)},
		"redirect":           {Answer: fakenebula.Redirect(302, "/elsewhere")},
		"200 with failed":    {Answer: fakenebula.Failed(200, "no")},
		"no body":            {Answer: fakenebula.JSON(200, "")},
		"not JSON":           {Answer: fakenebula.JSON(200, "{")},
		"another envelope":   {Answer: fakenebula.JSON(200, `{"data":[]}`)},
		"no data":            {Answer: fakenebula.JSON(200, `{"status":"success","message":"m"}`)},
		"data: null":         {Rewrite: fakenebula.WithData("null")},
		"data: {}":           {Rewrite: fakenebula.WithData("{}")},
		"row without id":     {Rewrite: fakenebula.WithoutField("id")},
		"id of wrong type":   {Rewrite: fakenebula.WithField("id", "{}")},
		"name of wrong type": {Rewrite: fakenebula.WithField("name", "1")},
		"truncated":          {Rewrite: fakenebula.Cut},
		"stalled":            {Rewrite: fakenebula.Stall},
		"oversized":          {Rewrite: fakenebula.Oversize},
		"connection closed":  {Drop: true},
		"no answer":          {Hang: true},
		"not sent":           {NotSent: fakenebula.ConnectionRefused()},
		"bad certificate":    {NotSent: fakenebula.UnknownAuthority()},
	} {
		for _, second := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, in second list: %v", name, second), func(t *testing.T) {
				t.Parallel()
				o := fixtureOptions{}
				if name == "oversized" {
					o.retries = -1 // once is slow enough
				}
				bubble(t, o, func(t *testing.T, r *fixture) {
					fault := fault
					fault.Operation, fault.Times = fakenebula.OpListKeys, -1
					if second {
						fault.Skip = 1
					}
					r.server.Inject(fault)
					key, err := r.keys.ForRefresh().Find(t.Context(), Ref{ID: "77", Token: r.token(time.Hour)})
					if err == nil || listing.IsAbsent(err) {
						t.Errorf("Find = %v, %v", key, err)
					}
					if _, ok := errors.AsType[*nebula.APIError](err); !ok {
						t.Errorf("error is %T, want *nebula.APIError", err)
					}
					r.noSecrets(err)
				})
			})
		}
	}
}

func TestFaultsAreRiddenOut(t *testing.T) {
	t.Parallel()
	bubble(t, fixtureOptions{}, func(t *testing.T, r *fixture) {
		id, _ := r.server.AddKey("n", "text")
		r.server.Inject(
			fakenebula.Fault{Operation: fakenebula.OpListKeys, Rewrite: fakenebula.WithData("null")},
			fakenebula.Fault{Operation: fakenebula.OpListKeys, Answer: fakenebula.HTML(503)},
			fakenebula.Fault{Operation: fakenebula.OpListKeys, Answer: fakenebula.TooManyRequests("5")},
			fakenebula.Fault{Operation: fakenebula.OpListKeys, Drop: true},
			fakenebula.Fault{Operation: fakenebula.OpListKeys, Rewrite: fakenebula.Cut},
		)
		key, err := r.keys.ForRefresh().Find(t.Context(), Ref{ID: nebula.ID(id)})
		wantKey(t, key, err, nebula.ID(id), "n", "text", "")
		r.wantCounts(counts{get: 6})
	})
}

func TestFindByToken(t *testing.T) {
	t.Parallel()
	bubble(t, fixtureOptions{}, func(t *testing.T, r *fixture) {
		token := r.token(time.Hour)
		id, _ := r.server.AddKey("n", "text [tf:"+token+"]")
		r.server.AddKey("n", "text")
		r.server.AddKey("n", "text ["+token+"]")
		key, err := r.keys.ForRefresh().Find(t.Context(), Ref{Token: token})
		wantKey(t, key, err, nebula.ID(id), "n", "text", token)
		time.Sleep(time.Millisecond) // or that list is still fresh
		second, _ := r.server.AddKey("m", "[tf:"+token+"]")
		_, err = r.keys.Now().Find(t.Context(), Ref{Token: token})
		var several *listing.SeveralError
		if !errors.As(err, &several) || len(several.IDs) != 2 || !strings.Contains(err.Error(), token) ||
			!strings.Contains(err.Error(), id) || !strings.Contains(err.Error(), second) {
			t.Errorf("with two: %v", err)
		}
		// The id decides where it is known, whatever other keys carry.
		if key, err := r.keys.Now().Find(t.Context(), Ref{ID: nebula.ID(second), Token: token}); err != nil || key.Name != "m" {
			t.Errorf("by id: %+v, %v", key, err)
		}
	})
}

func TestNothingIsNotAbsent(t *testing.T) {
	t.Parallel()
	bubble(t, fixtureOptions{}, func(t *testing.T, r *fixture) {
		if _, err := r.keys.Now().Find(t.Context(), Ref{}); err == nil || listing.IsAbsent(err) {
			t.Errorf("Find: %v", err)
		}
		if _, err := r.delete(t.Context(), Ref{}); err == nil {
			t.Error("Delete succeeded")
		}
		r.wantCounts(counts{})
	})
}
