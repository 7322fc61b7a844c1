package instance_test

import (
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// What cannot be had is refused before anything is paid, with what would do
// instead.
func TestPreflight(t *testing.T) {
	t.Parallel()
	sold := func(id, stock string, unavailable bool) func(*stage) {
		return func(s *stage) {
			s.API.SetProduct(id, func(p *fakenebula.Product) { p.Stock, p.Unavailable = stock, unavailable })
		}
	}
	for name, test := range map[string]struct {
		args rehearsal.Args
		set  func(*stage)
		want []string
	}{
		"unknown product": {args(rehearsal.Args{"product_id": "x1"}), nil,
			[]string{`The catalogue has no product with the id "x1".`, "These fit:", "expd0ce88325-aeb0-48d0-8216-09506b58f1dd (1 x RTX-A6000 in CANADA, $0.697 per hour)"}},
		"out of stock": {args(nil), sold(aProduct, "0", false),
			[]string{"out of stock, or not available now", "fcp66d566c43a9501001256 (1 x H100-80G-SXM in CANADA, $1.0 per hour)"}},
		"not available": {args(nil), sold(aProduct, "99", true), []string{"out of stock, or not available now"}},
		"too dear": {args(rehearsal.Args{"max_price_per_hour": 0.5}), nil,
			[]string{"costs more than max_price_per_hour, which is 0.5", "Nothing else in the catalogue fits now."}},
		"dearer than when it was planned": {args(rehearsal.Args{"max_price_per_hour": 1.0}), func(s *stage) {
			s.API.SetProduct(aProduct, func(p *fakenebula.Product) { p.PricePerHour = "1.01" })
		}, []string{"$1.01 per hour) costs more than", "$1.0 per hour"}},
		"image of another place": {args(rehearsal.Args{"image": nil, "image_id": "exos60da1d80-a58b-4ff3-8a33-b566b65f3e6e"}), nil,
			[]string{"There is no image", "It is there in data centre 2, NORWAY only.", imageID}},
		"image name of another place": {args(rehearsal.Args{"product_id": container}), nil, []string{"It is there in data centre 2, CANADA; data centre 2, NORWAY only.", "fcp66d566c93a95010012"}},
		"unknown image":               {args(rehearsal.Args{"image": "Windows"}), nil, []string{`There is no image "Windows"`}},
		"name taken": {exact(nil), func(s *stage) { s.API.AddInstance("Train") },
			[]string{`The account has an instance named "train" already.`, `1 ("Train", running, $2.627 per hour)`, `id = "1"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{}).write(test.args)
			if test.set != nil {
				test.set(s)
			}
			s.Apply().Expect(1, append(test.want, "Unable to create instance", "No request was sent, so nothing is billed.", "No instance was made, and nothing is in the state.")...)
			s.Changed(acctest.Calls{})
			s.HasNothing()
		})
	}
}

// A new id under the same name of an image changes nothing.
func TestImageByName(t *testing.T) {
	t.Parallel()
	s := made(t, fakenebula.Options{}, args(rehearsal.Args{"image": "ubuntu server 22.04 lts r535 cuda 12.2"}))
	images := fakenebula.DocumentedImages()
	for i := range images {
		images[i].ID += "new"
	}
	images = append(images, fakenebula.Image{ID: "plain", OSName: "Ubuntu Server 22.04 LTS", DCID: 2, Region: "CANADA"})
	s.API.SetImages(images)
	s.Plan().Expect(0)
	s.write(args(nil)).Plan().Expect(2, "update") // the spelling is recorded
	s.write(args(rehearsal.Args{"image": "Ubuntu Server 22.04 LTS"})).Plan().Expect(2, "replace")
}

// What the API refuses is reported on the argument that it is about.
func TestRefusedByTheAPI(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakenebula.Fault{
		"tier":   {Answer: fakenebula.Failed(400, "Please upgrade to Engineer Tier 3")},
		"credit": {Answer: fakenebula.Detail(402, "Please upgrade to Engineer Tier 3")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{}).write(args(nil))
			fault.Operation = opCreate
			s.API.Inject(fault)
			s.Apply().Expect(1, "Please upgrade to Engineer Tier 3", "No instance was made, and nothing is in the state.")
			s.HasNothing()
		})
	}
}
