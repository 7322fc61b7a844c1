package instance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fleet"
	"github.com/nebulablock/terraform-provider-nebula/internal/machinekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

const (
	// catalogueAge is how old the catalogue may be that a create looks at just
	// before it pays.
	catalogueAge = 30 * time.Second
	// mostAlternatives is how many a message offers.
	mostAlternatives = 3
)

// order is what a create makes of the plan. What it prepares is checked against
// the catalogue just before it is sent. Product gets the one that is ordered.
func (m *model) order(s *tfkit.Services, product *nebula.Product) fleet.Order {
	return fleet.Order{
		Name: m.Name.ValueString(), Marked: !m.NamePrefix.IsNull(),
		Price: func() nebula.Number { return product.PricePerHour },
		Prepare: func(ctx context.Context) (request nebula.InstanceRequest, err error) {
			var image nebula.ID
			*product, image, err = m.preflight(ctx, s)
			return nebula.InstanceRequest{ProductID: product.ID, ImageID: image, SSHKey: nebula.ID(m.SSHKeyID.ValueString())}, err
		},
	}
}

// preflight finds the product and the image, or an *unfitError: nothing is paid
// then.
func (m *model) preflight(ctx context.Context, s *tfkit.Services) (nebula.Product, nebula.ID, error) {
	products, err := machinekit.Products(s).Within(catalogueAge).All(ctx)
	if err != nil {
		return nebula.Product{}, "", err
	}
	product, err := m.chooseProduct(products)
	if err != nil {
		return nebula.Product{}, "", err
	}
	images, err := machinekit.Images(s).Within(catalogueAge).All(ctx)
	if err != nil {
		return nebula.Product{}, "", err
	}
	image, err := m.chooseImage(images, product)
	return product, image, err
}

// checkReplacement refuses to plan a machine in the place of another where it is
// seen that it cannot be had: Terraform would destroy the old one first. What
// cannot be told yet is left to the create.
func (m *model) checkReplacement(ctx context.Context, op *tfkit.Operation) {
	if op.Services == nil || m.ProductID.IsUnknown() || m.Image.IsUnknown() || m.ImageID.IsUnknown() || m.MaxPricePerHour.IsUnknown() {
		return
	}
	ctx, cancel := op.Clock.WithTimeout(ctx, tfkit.DefaultTimeout)
	defer cancel()
	_, _, err := m.preflight(ctx, op.Services)
	if _, unfit := errors.AsType[*unfitError](err); unfit {
		op.Fail(tfkit.Failure{To: "replace instance", Err: err, State: "The instance stays as it is. To give it up all the same, destroy it first."})
	}
}

// chooseProduct finds the product that the configuration names, if it can be had
// at the price.
func (m *model) chooseProduct(products []nebula.Product) (nebula.Product, error) {
	id := m.ProductID.ValueString()
	i := slices.IndexFunc(products, func(p nebula.Product) bool { return string(p.ID) == id })
	if i < 0 {
		return nebula.Product{}, &unfitError{"product_id", fmt.Sprintf("The catalogue has no product with the id %q.", id), m.others(products, nebula.Product{})}
	}
	product := products[i]
	if !product.CanBeHad() {
		return nebula.Product{}, &unfitError{"product_id", fmt.Sprintf("Product %s is out of stock, or not available now.", machinekit.Show(product)), m.others(products, product)}
	}
	if !m.affords(product) {
		return nebula.Product{}, &unfitError{"max_price_per_hour", fmt.Sprintf("Product %s costs more than max_price_per_hour, which is %s, or its price is not known.",
			machinekit.Show(product), m.MaxPricePerHour.ValueBigFloat().Text('f', -1)), m.others(products, product)}
	}
	return product, nil
}

// affords says that a product is within the price, where there is one.
func (m *model) affords(p nebula.Product) bool {
	if m.MaxPricePerHour.IsNull() {
		return true
	}
	price := tfkit.Decimal(p.PricePerHour)
	return !price.IsNull() && price.ValueBigFloat().Cmp(m.MaxPricePerHour.ValueBigFloat()) <= 0
}

// others are products that would do instead: those with the same GPUs first, the
// cheapest first.
func (m *model) others(products []nebula.Product, instead nebula.Product) []string {
	var fitting []nebula.Product
	for _, p := range products {
		if p.CanBeHad() && m.affords(p) {
			fitting = append(fitting, p)
		}
	}
	alike := func(p nebula.Product) bool { return p.GPU == instead.GPU && p.GPUCount == instead.GPUCount }
	slices.SortFunc(fitting, func(a, b nebula.Product) int {
		switch {
		case alike(a) == alike(b):
			return machinekit.Cheaper(a, b)
		case alike(a):
			return -1
		default:
			return 1
		}
	})
	var shown []string
	for _, p := range fitting[:min(mostAlternatives, len(fitting))] {
		shown = append(shown, machinekit.Show(p))
	}
	return shown
}

// chooseImage finds the image that the configuration names in the product's
// place.
func (m *model) chooseImage(images []nebula.Image, product nebula.Product) (nebula.ID, error) {
	attribute, wanted := "image_id", m.ImageID.ValueString()
	is := func(i nebula.Image) bool { return string(i.ID) == wanted }
	if m.ImageID.IsNull() {
		attribute, wanted = "image", m.Image.ValueString()
		is = func(i nebula.Image) bool { return sameImage(string(i.OSName), wanted) }
	}
	place := fmt.Sprintf("data centre %s, %s", nebula.CleanText(string(product.DCID)), nebula.CleanText(string(product.Region)))
	var elsewhere, fitting []nebula.Image
	for _, i := range images {
		switch {
		case machinekit.Fits(i, product) && is(i):
			return i.ID, nil
		case machinekit.Fits(i, product):
			fitting = append(fitting, i)
		case is(i):
			elsewhere = append(elsewhere, i)
		}
	}
	what := fmt.Sprintf("There is no image %q in the place of product %s (%s).", wanted, machinekit.Show(product), place)
	if len(elsewhere) > 0 {
		what += fmt.Sprintf(" It is there in %s only.", showPlaces(elsewhere))
	}
	var shown []string
	for _, i := range fitting[:min(mostAlternatives, len(fitting))] {
		shown = append(shown, fmt.Sprintf("%s (%q, %s)", nebula.CleanText(string(i.ID)), nebula.CleanText(string(i.OSName)), place))
	}
	return "", &unfitError{attribute, what, shown}
}

func showPlaces(images []nebula.Image) string {
	var places []string
	for _, i := range images {
		place := fmt.Sprintf("data centre %s, %s", nebula.CleanText(string(i.DCID)), nebula.CleanText(string(i.Region)))
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	return strings.Join(places[:min(mostAlternatives, len(places))], "; ")
}

// unfitError says that the configuration asks for a machine that cannot be had.
type unfitError struct {
	attribute, what string
	// alternatives are what would do instead, for people.
	alternatives []string
}

func (e *unfitError) Error() string { return e.what }

// Argument is the attribute that the error is about.
func (e *unfitError) Argument() string { return e.attribute }

// Happened tells what happened, in paragraphs.
func (e *unfitError) Happened(func(error) []string) []string {
	return []string{e.what + " No request was sent, so nothing is billed."}
}

// Advice says what would do instead.
func (e *unfitError) Advice(func(error) string) string {
	if len(e.alternatives) == 0 {
		return "Nothing else in the catalogue fits now. Try again later, or change the arguments."
	}
	return "These fit:\n\n  " + strings.Join(e.alternatives, "\n  ")
}
