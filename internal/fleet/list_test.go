package fleet

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
)

// listFault is a fault of a list, and a part of the error when it strikes once;
// "" says that the list is asked for again.
type listFault struct {
	fault fakenebula.Fault
	once  string
}

// listFaults is the fault matrix of a list.
func listFaults() map[string]listFault {
	type fault = fakenebula.Fault
	return map[string]listFault{
		"not sent":           {fault{NotSent: fakenebula.ConnectionRefused()}, ""},
		"bad certificate":    {fault{NotSent: fakenebula.UnknownAuthority()}, "certificate"},
		"lost":               {fault{Drop: true}, ""},
		"reset":              {fault{Drop: true, Reset: true}, ""},
		"answer never comes": {fault{Hang: true}, ""},
		"page of a proxy":    {fault{Answer: fakenebula.HTML(502)}, ""},
		"page as a success":  {fault{Answer: fakenebula.HTML(200)}, ""},
		"500":                {fault{Answer: fakenebula.Failed(500, "oops")}, ""},
		"redirect":           {fault{Answer: fakenebula.Redirect(302, "/elsewhere")}, ""},
		"truncated":          {fault{Rewrite: fakenebula.Cut}, ""},
		"stalled":            {fault{Rewrite: fakenebula.Stall}, ""},
		"oversized":          {fault{Rewrite: fakenebula.Oversize}, ""},
		"data: null":         {fault{Rewrite: fakenebula.WithData("null")}, ""},
		"data of no use":     {fault{Rewrite: fakenebula.WithData("7")}, ""},
		"id of no type":      {fault{Rewrite: fakenebula.WithData(`[{"id":{}}]`)}, ""},
		"row without id":     {fault{Rewrite: fakenebula.WithData(`[{"host_name":"train"}]`)}, ""},
		"failed in a 200":    {fault{Answer: fakenebula.Failed(200, "no")}, "no"},
		// A refusal may be about the size of the page, so a smaller one is asked for.
		"400":                {fault{Answer: fakenebula.Detail(400, "no")}, ""},
		"401":                {fault{Answer: fakenebula.Failed(401, "who")}, "401"},
		"403":                {fault{Answer: fakenebula.Failed(403, "not you")}, "403"},
		"404":                {fault{Answer: fakenebula.Failed(404, "Not Found")}, "404"},
		"405":                {fault{Answer: fakenebula.Failed(405, "Method Not Allowed")}, "405"},
		"409":                {fault{Answer: fakenebula.Failed(409, "busy")}, "409"},
		"422":                {fault{Answer: fakenebula.Detail(422, "no")}, ""},
		"429":                {fault{Answer: fakenebula.TooManyRequests("20")}, ""},
		"429 beyond the end": {fault{Answer: fakenebula.TooManyRequests("7200")}, "429"},
	}
}

// Every fault of a list, once and for ever. A list that could not be had is an
// error and never an absence, also of a machine that is gone.
func TestListMatrix(t *testing.T) {
	t.Parallel()
	for name, c := range listFaults() {
		t.Run("once: "+name, func(t *testing.T) {
			t.Parallel()
			bubble(t, fakenebula.Options{}, func(t *testing.T, r *fixture) {
				r.server.AddInstance("train")
				fault := c.fault
				fault.Operation = opList
				r.server.Inject(fault)
				row, err := r.Find(within(t, 10), r.list.ForRefresh(), Ref{ID: "1", Name: "train"})
				if c.once == "" && (err != nil || row.ID != "1") {
					t.Errorf("%s, %v", Show(row), err)
				}
				if c.once != "" {
					expect[error](t, err, c.once)
				}
			})
		})
		t.Run("for ever: "+name, func(t *testing.T) {
			t.Parallel()
			bubble(t, fakenebula.Options{}, func(t *testing.T, r *fixture) {
				r.server.DeleteInstance(r.server.AddInstance("train"))
				pass(time.Hour)
				fault := c.fault
				fault.Operation, fault.Times = opList, -1
				r.server.Inject(fault)
				_, err := r.Find(within(t, 10), r.list.ForRefresh(), Ref{ID: "1", Name: "train"})
				if err == nil || listing.IsAbsent(err) {
					t.Errorf("the error is %v", err)
				}
			})
		})
	}
}

// A list that ends too early is an error with what there is of it.
func TestListThatIsNotWhole(t *testing.T) {
	t.Parallel()
	bubble(t, fakenebula.Options{Pages: fakenebula.Paging{Total: fakenebula.TotalTooLarge}}, func(t *testing.T, r *fixture) {
		r.server.AddInstance("train")
		_, err := r.Find(within(t, 10), r.list.ForRefresh(), Ref{ID: "2", Name: "other"})
		expect[error](t, err, "got 1 of 6 rows")
		if listing.IsAbsent(err) {
			t.Error("a part of a list counts as a whole one")
		}
	})
}
