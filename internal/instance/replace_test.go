package instance_test

import (
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// A plan that would replace a machine by one that cannot be had fails, so that
// the old one is not destroyed in vain.
func TestReplacementThatCannotBeHad(t *testing.T) {
	t.Parallel()
	type a = rehearsal.Args
	for name, test := range map[string]struct {
		args     a
		argument string
		want     string
	}{
		"sold out":           {args(a{"product_id": another}), "product_id", "out of stock, or not available now"},
		"unknown product":    {args(a{"product_id": "x1"}), "product_id", "The catalogue has no product"},
		"too dear":           {args(a{"product_id": container, "max_price_per_hour": 0.8}), "max_price_per_hour", "costs more than max_price_per_hour"},
		"image elsewhere":    {args(a{"product_id": container}), "image", "There is no image"},
		"image by id":        {args(a{"image": nil, "image_id": "x1"}), "image_id", "There is no image"},
		"another name, too":  {args(a{"name_prefix": "other", "product_id": another}), "product_id", "out of stock"},
		"from an exact name": {exact(a{"product_id": another}), "product_id", "out of stock"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := made(t, fakenebula.Options{}, args(nil))
			s.API.SetProduct(another, func(p *fakenebula.Product) { p.Stock = "0" })
			s.write(test.args).Apply().Expect(1, "Unable to replace instance", "with "+this+" ("+test.argument+")", test.want, "The instance stays as it is.")
			s.is(map[string]any{"id": "1", "product_id": aProduct})
			s.holds("1")
			s.Changed(acctest.Calls{})
		})
	}
}

// What a plan cannot tell yet is left to the create, and nothing that the
// catalogue says stands in the way of other changes.
func TestReplacementThatCannotBeTold(t *testing.T) {
	t.Parallel()
	type a = rehearsal.Args
	soldOut := func(s *stage) {
		for _, p := range fakenebula.DocumentedProducts() {
			s.API.SetProduct(p.ID, func(p *fakenebula.Product) { p.Stock = "0" })
		}
	}
	for name, test := range map[string]struct {
		args a
		set  func(*stage)
		want string
	}{
		"unknown product": {args(a{"product_id": rehearsal.Unknown}), soldOut, "replace"},
		"unknown image":   {args(a{"image": rehearsal.Unknown}), soldOut, "replace"},
		"unknown id":      {args(a{"image": nil, "image_id": rehearsal.Unknown}), soldOut, "replace"},
		"unknown price":   {args(a{"product_id": another, "max_price_per_hour": rehearsal.Unknown}), soldOut, "replace"},
		"no catalogue": {args(a{"product_id": another}), func(s *stage) {
			s.API.Inject(fakenebula.Fault{Operation: fakenebula.OpListProducts, Times: -1, Answer: fakenebula.Failed(403, "no")})
		}, "replace"},
		"change in place":   {args(a{"ssh_key_id": "2"}), soldOut, "update"},
		"unchanged machine": {args(nil), soldOut, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := made(t, fakenebula.Options{}, args(nil))
			test.set(s)
			code := 2
			if test.want == "" {
				code = 0
			}
			s.write(test.args).Plan().Expect(code, test.want)
		})
	}
}

// The name that the old machine has is free once it is gone, so it does not keep
// a plan from replacing it.
func TestReplacementKeepsItsName(t *testing.T) {
	t.Parallel()
	s := made(t, fakenebula.Options{}, exact(nil))
	s.write(exact(rehearsal.Args{"product_id": another})).Apply().Expect(0, "replace")
	s.is(map[string]any{"id": "2", "name": "train"})
	s.holds("2")
}
