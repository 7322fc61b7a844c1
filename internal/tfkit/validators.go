package tfkit

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/sealing"
)

// check is a validator of a string that is known and not null.
type check struct {
	description string
	summary     string
	fault       func(string) error
}

func (c check) Description(context.Context) string         { return c.description }
func (c check) MarkdownDescription(context.Context) string { return c.description }

func (c check) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := c.fault(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, c.summary, Sentence(err))
	}
}

// AgeRecipient accepts what a key can be encrypted to.
func AgeRecipient() validator.String {
	return check{"must be an age recipient or an SSH public key", "Invalid age recipient", func(s string) error {
		_, err := sealing.ParseRecipient(s)
		if err != nil {
			return fmt.Errorf("this recipient cannot be used: %w", err)
		}
		return nil
	}}
}

// NoOwnershipMarker refuses a text that ends like an ownership marker: such a
// key could be taken for another one, and be deleted in its place.
func NoOwnershipMarker() validator.String {
	return check{"must not end with an ownership marker", "Invalid description", func(s string) error {
		if _, token := lifecycle.SplitMarker(s); token != "" {
			return fmt.Errorf("the description must not end with an ownership marker ([tf:%s]): the provider adds one of its own", token)
		}
		return nil
	}}
}

// CheckRecipientsTogether reports recipients that are each in order but cannot
// be used for one file. Nothing is reported while one of them is not known.
func CheckRecipientsTogether(ctx context.Context, list types.List) diag.Diagnostics {
	if list.IsNull() || list.IsUnknown() {
		return nil
	}
	var values []types.String
	if list.ElementsAs(ctx, &values, false).HasError() {
		return nil
	}
	recipients := make([]string, len(values))
	for i, value := range values {
		if value.IsNull() {
			// Validators of elements are not asked about it.
			return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("age_recipients").AtListIndex(i), "Invalid age recipient",
				"This recipient cannot be used: it is null.")}
		}
		if value.IsUnknown() {
			return nil
		}
		if _, err := sealing.ParseRecipient(value.ValueString()); err != nil {
			// The element's own validator says so.
			return nil
		}
		recipients[i] = value.ValueString()
	}
	if len(recipients) == 0 {
		return nil
	}
	if err := sealing.CheckTogether(recipients); err != nil {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("age_recipients"), "Invalid age recipients", Sentence(err))}
	}
	return nil
}

// CheckTimeouts reports time-outs that leave no time. That they are durations
// at all is checked by their type.
func CheckTimeouts(timeouts types.Object) diag.Diagnostics {
	var diags diag.Diagnostics
	for name, value := range timeouts.Attributes() {
		s, ok := value.(types.String)
		if !ok || s.IsNull() || s.IsUnknown() {
			continue
		}
		if d, err := time.ParseDuration(s.ValueString()); err == nil && d <= 0 {
			diags.AddAttributeError(path.Root("timeouts").AtName(name), "Invalid time-out",
				fmt.Sprintf("The time-out %q leaves no time for the operation. Give a positive duration such as \"90s\" or \"5m\".", s.ValueString()))
		}
	}
	return diags
}

// ObjectID accepts what can be the id of an object of the API.
func ObjectID() validator.String {
	return check{"must be an id", "Invalid id", func(s string) error {
		_, err := nebula.ParseID(s)
		return err
	}}
}

// Regexp accepts a regular expression in RE2 syntax.
func Regexp() validator.String {
	return check{"must be a regular expression", "Invalid regular expression", func(s string) error {
		if _, err := regexp.Compile(s); err != nil {
			return fmt.Errorf("it is not a regular expression in RE2 syntax: %w", err)
		}
		return nil
	}}
}
