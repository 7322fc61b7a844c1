package exclusivekit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Docs is what the documentation says of a resource and of its attributes.
type Docs struct {
	Resource, AllowedIDs, Unmanaged, UpdateTimeout string
	// One is the word for an object: "volume".
	One string
}

// Schema is the schema of Model.
func (d Docs) Schema(ctx context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: d.Resource,
		Attributes: map[string]schema.Attribute{
			"allowed_ids": schema.SetAttribute{
				MarkdownDescription: d.AllowedIDs,
				ElementType:         types.StringType,
				Required:            true,
				Validators:          []validator.Set{setvalidator.ValueStringsAre(tfkit.ObjectID())},
			},
			"ignore_name_regex": schema.ListAttribute{
				MarkdownDescription: "Regular expressions ([RE2 syntax](https://github.com/google/re2/wiki/Syntax)). A " + d.One + " whose name matches one of them somewhere is neither listed in `unmanaged` nor deleted; " +
					"use `^` and `$` to match all of a name.",
				ElementType: types.StringType,
				Optional:    true,
				Validators:  []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(tfkit.Regexp())},
			},
			"unmanaged": schema.MapAttribute{
				MarkdownDescription: d.Unmanaged,
				ElementType:         types.StringType,
				Computed:            true,
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Create: true, Update: true,
				CreateDescription: "How long listing the " + d.One + "s may take, as a Go duration such as `90s` or `5m`. Defaults to `5m`.",
				UpdateDescription: d.UpdateTimeout,
			}),
		},
	}
}
