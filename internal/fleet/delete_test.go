package fleet

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Every fault of a delete. What is said to be gone is gone, and what may be
// there stays known.
func TestDeleteMatrix(t *testing.T) {
	t.Parallel()
	type fault = fakenebula.Fault
	const still = "The list of instances still shows the instance."
	for name, c := range map[string]struct {
		fault fault
		// want is a part of the error, "" for success.
		want    string
		deletes int
	}{
		"no fault":               {fault{Operation: opList, Delay: time.Second}, "", 1},
		"not sent":               {fault{NotSent: fakenebula.ConnectionRefused()}, "", 1},
		"bad certificate":        {fault{NotSent: fakenebula.UnknownAuthority(), Times: -1}, "certificate", 0},
		"request lost":           {fault{Drop: true}, "", 2},
		"answer lost":            {fault{Drop: true, Commit: true}, "", 2},
		"lost for ever":          {fault{Drop: true, Times: -1}, still, 5},
		"page of a proxy":        {fault{Answer: fakenebula.HTML(502), Times: -1}, still, 5},
		"success, unreadable":    {fault{Answer: fakenebula.HTML(200), Commit: true}, "", 1},
		"failed in a 200":        {fault{Answer: fakenebula.Failed(200, "no")}, still, 1},
		"failed, and done":       {fault{Answer: fakenebula.Failed(200, "no"), Commit: true}, "", 1},
		"400":                    {fault{Answer: fakenebula.Failed(400, "no")}, still, 1},
		"401":                    {fault{Answer: fakenebula.Failed(401, "who")}, "401", 1},
		"403":                    {fault{Answer: fakenebula.Failed(403, "not you")}, "403", 1},
		"401, and gone":          {fault{Answer: fakenebula.Failed(401, "who"), Commit: true}, "401", 1},
		"403, and gone":          {fault{Answer: fakenebula.Failed(403, "not you"), Commit: true}, "403", 1},
		"list refused":           {fault{Operation: opList, Skip: 1, Times: -1, Answer: fakenebula.Failed(403, "not you")}, "The list could not be read:", 1},
		"404":                    {fault{Answer: fakenebula.Failed(404, "Not Found")}, still, 1},
		"404, and done":          {fault{Answer: fakenebula.Failed(404, "Not Found"), Commit: true}, "", 1},
		"405":                    {fault{Answer: fakenebula.Failed(405, "Method Not Allowed")}, still, 1},
		"422":                    {fault{Answer: fakenebula.Detail(422, "no")}, still, 1},
		"reset":                  {fault{Drop: true, Reset: true, Commit: true}, "", 2},
		"answer never comes":     {fault{Hang: true, Commit: true}, "", 2},
		"500, and done":          {fault{Answer: fakenebula.Failed(500, "oops"), Commit: true}, "", 2},
		"redirect":               {fault{Answer: fakenebula.Redirect(302, "/elsewhere"), Times: -1}, still, 5},
		"truncated":              {fault{Rewrite: fakenebula.Cut}, "", 1},
		"data of no use":         {fault{Rewrite: fakenebula.WithMember("data", "7")}, "", 1},
		"409 for ever":           {fault{Answer: fakenebula.Failed(409, "busy"), Times: -1}, "busy", -1},
		"429 beyond the end":     {fault{Answer: fakenebula.TooManyRequests("7200")}, "429", 1},
		"409":                    {fault{Answer: fakenebula.Failed(409, "busy"), Times: 3}, "", 4},
		"429":                    {fault{Answer: fakenebula.TooManyRequests("20")}, "", 2},
		"success, and not begun": {fault{Answer: fakenebula.JSON(200, `{"status":"success","message":"ok"}`)}, "may still be billed", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{DeleteTime: 3 * time.Minute}}, func(t *testing.T, r *fixture) {
				r.server.AddInstance("train")
				if c.fault.Operation == "" {
					c.fault.Operation = opDelete
				}
				r.server.Inject(c.fault)
				deletion, err := r.Delete(within(t, 20), Ref{ID: "1", Name: "train"}, nil)
				if c.deletes >= 0 { // else as often as there is time for
					r.sent(opDelete, c.deletes)
				}
				if c.want == "" {
					if err != nil || deletion.Absent != nil {
						t.Errorf("%v, %v", deletion, err)
					}
					r.live()
					return
				}
				expect[error](t, err, c.want)
				if len(r.server.Instances()) != 1 {
					t.Error("it is gone all the same")
				}
			})
		})
	}
}

// How it is proven that a machine is gone.
func TestDeleteIsProven(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options fakenebula.InstanceOptions
		faults  []fakenebula.Fault
		// lists are the requests for a list that the proof takes.
		lists, deletedLists int
	}{
		"at once":                {fakenebula.InstanceOptions{}, nil, 2, 1},
		"deleted list refused":   {fakenebula.InstanceOptions{}, []fakenebula.Fault{{Operation: fakenebula.OpListDeletedInstances, Times: -1, Answer: fakenebula.Failed(404, "no")}}, 3, 1},
		"deleted list is silent": {fakenebula.InstanceOptions{}, []fakenebula.Fault{{Operation: fakenebula.OpListDeletedInstances, Times: -1, Omit: func(fakenebula.Object) bool { return true }}}, 3, 1},
		"word":                   {fakenebula.InstanceOptions{ShowDeletedFor: time.Hour}, nil, 2, 0},
		"supplier's word": {fakenebula.InstanceOptions{ShowDeletedFor: time.Hour, DeleteTime: 10 * time.Second,
			Words: map[fakenebula.Phase]string{fakenebula.PhaseDeleting: "Terminating", fakenebula.PhaseDeleted: " TERMINATED"}}, nil, 4, 0},
		"a minute": {fakenebula.InstanceOptions{DeleteTime: time.Minute}, nil, 8, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, fakenebula.Options{Instances: c.options}, func(t *testing.T, r *fixture) {
				r.server.AddInstance("train")
				r.server.Inject(c.faults...)
				if _, err := r.Delete(within(t, 20), Ref{ID: "1"}, nil); err != nil {
					t.Fatal(err)
				}
				r.live()
				r.sent(opList, c.lists)
				r.sent(fakenebula.OpListDeletedInstances, c.deletedLists)
			})
		})
	}
}

// A list that lacks a machine once proves nothing, however often that happens.
func TestDeleteIsNotBelievedTooSoon(t *testing.T) {
	t.Parallel()
	bubble(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{DeleteTime: time.Hour}}, func(t *testing.T, r *fixture) {
		r.server.AddInstance("train")
		all := func(fakenebula.Object) bool { return true }
		r.server.Inject(fakenebula.Fault{Operation: opList, Skip: 2, Omit: all}, fakenebula.Fault{Operation: opList, Skip: 4, Omit: all})
		_, err := r.Delete(within(t, 20), Ref{ID: "1"}, nil)
		expect[*NotGoneError](t, err, `1 ("train", deleting, $2.627 per hour)`, "may still be billed", "20 minutes")
	})
}

// A machine that somebody else deleted meanwhile is a success that is told; so
// it is with one that never was in this account.
func TestDeleteOfWhatIsGone(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"400": 400, "404": 404, "422": 422} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{UnknownIDStatus: status}}, func(t *testing.T, r *fixture) {
				deletion, err := r.Delete(within(t, 20), Ref{ID: "7"}, nil)
				if err != nil || deletion.Absent == nil {
					t.Errorf("%v, %v", deletion, err)
				}
			})
		})
	}
}

// A reserved machine is never touched, and neither is what no request can name.
func TestUntouchable(t *testing.T) {
	t.Parallel()
	bubble(t, fakenebula.Options{Reading: fakenebula.Reading2025}, func(t *testing.T, r *fixture) {
		reserved := nebula.ID(r.server.AddReservedInstance("ours until May"))
		_, err := r.Delete(within(t, 20), Ref{ID: reserved}, nil)
		expect[*ReservedError](t, err, "ours until May")
		_, err = r.Stop(within(t, 20), reserved, nil)
		expect[*ReservedError](t, err)
		_, err = r.Reboot(within(t, 20), reserved)
		expect[*ReservedError](t, err)
		_, err = r.Delete(within(t, 20), Ref{ID: "../keys/1"}, nil)
		expect[*listing.UndeletableError](t, err)
		for _, q := range r.server.Journal() {
			if q.Changes {
				t.Errorf("%s %s was sent", q.Method, q.Path)
			}
		}
	})
}

// An interrupt before the request stops it.
func TestDeleteInterruptedBefore(t *testing.T) {
	t.Parallel()
	bubble(t, fakenebula.Options{}, func(t *testing.T, r *fixture) {
		r.server.AddInstance("train")
		ctx, cancel := context.WithCancel(within(t, 20))
		r.server.OnRequest(func(fakenebula.Request) { cancel() })
		if _, err := r.Delete(ctx, Ref{ID: "1"}, nil); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		r.sent(opDelete, 0)
	})
}

// After the first Ctrl-C a delete that was taken on is followed for a minute.
func TestInterruptedDelete(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		takes time.Duration
		gone  bool
	}{"short": {30 * time.Second, true}, "long": {10 * time.Minute, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{DeleteTime: c.takes}}, func(t *testing.T, r *fixture) {
				r.server.AddInstance("train")
				ctx, cancel := context.WithCancel(within(t, 20))
				r.server.OnRequest(func(q fakenebula.Request) {
					if q.Operation == opDelete {
						cancel()
					}
				})
				begun := time.Now()
				_, err := r.Delete(ctx, Ref{ID: "1"}, nil)
				if (err == nil) != c.gone || time.Since(begun) > 90*time.Second {
					t.Errorf("%v after %v", err, time.Since(begun))
				}
				if !c.gone {
					expect[*NotGoneError](t, err, "may still be billed")
				}
			})
		})
	}
}
