package machinekit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Price accepts a number above 0 as the highest price per hour.
func Price() validator.Number { return price{} }

type price struct{}

func (price) Description(context.Context) string         { return "must be above 0" }
func (price) MarkdownDescription(context.Context) string { return "must be above 0" }

func (price) ValidateNumber(_ context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	if n := req.ConfigValue; !n.IsNull() && !n.IsUnknown() && n.ValueBigFloat().Sign() <= 0 {
		resp.Diagnostics.Append(tfkit.Message{Title: "Invalid price", Attribute: req.Path,
			What: "A highest price of " + n.ValueBigFloat().Text('f', -1) + " per hour excludes everything. Give a number above 0, or leave it out."}.Error())
	}
}
