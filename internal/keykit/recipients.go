package keykit

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/sealing"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// AgeRecipient accepts what a key can be encrypted to.
func AgeRecipient() validator.String {
	return tfkit.Check("must be an age recipient or an SSH public key", "Invalid age recipient", func(s string) error {
		_, err := sealing.ParseRecipient(s)
		if err != nil {
			return fmt.Errorf("this recipient cannot be used: %w", err)
		}
		return nil
	})
}

// CheckRecipientsTogether reports recipients that are each in order but stand
// there twice or cannot be used for one file. Nothing is reported while one of
// them is not known. A recipient is named by its place: a private key pasted
// here is not repeated.
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
		if first := slices.Index(recipients[:i], value.ValueString()); first >= 0 {
			return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("age_recipients").AtListIndex(i), "Invalid age recipient",
				fmt.Sprintf("This recipient and that at index %d are the same. Give each once.", first))}
		}
		recipients[i] = value.ValueString()
	}
	if len(recipients) == 0 {
		return nil
	}
	if err := sealing.CheckTogether(recipients); err != nil {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("age_recipients"), "Invalid age recipients", tfkit.Sentence(err))}
	}
	return nil
}
