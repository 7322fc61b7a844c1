package keykit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

type noteSetter interface {
	SetKey(context.Context, string, []byte) diag.Diagnostics
}

// CarryTexts takes the note of what the API made of a key's texts along when
// the key moves to another type of resource.
func CarryTexts(ctx context.Context, from noteGetter, to noteSetter) diag.Diagnostics {
	note, diags := from.GetKey(ctx, textsNote)
	if len(note) > 0 {
		diags.Append(to.SetKey(ctx, textsNote, note)...)
	}
	return diags
}
