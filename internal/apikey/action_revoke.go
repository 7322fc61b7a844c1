package apikey

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

const (
	revokeTimeout = 5 * time.Minute
	// lookTimeout bounds the look at a key that is to be revoked whatever its
	// name: in an incident a list that cannot be had must not hold that up.
	lookTimeout = 15 * time.Second
)

var _ action.ActionWithConfigure = (*revokeAction)(nil)

type revokeAction struct{ tfkit.Action }

// NewRevokeAction is the action nebula_api_key_revoke.
func NewRevokeAction() action.Action { return &revokeAction{} }

type revokeModel struct {
	ID   types.String `tfsdk:"id"`
	Name types.String `tfsdk:"name"`
}

func (a *revokeAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_api_key_revoke"
}

func (a *revokeAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Revokes one API key at once, whoever made it. It is meant for incidents: run it with `terraform apply -invoke=action.nebula_api_key_revoke.NAME`. " +
			"A key that a configuration manages is better destroyed or replaced there; when it is revoked here, the next plan makes another.\n\n" +
			"A key that is not there is a success with a warning. " +
			"The API does not tell which of the listed keys the provider authenticates with, so nothing keeps this action from revoking that one, unless it is the only key there is.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				MarkdownDescription: "Identifier of the key. A key that was found in the wild can be matched to its `id` by the attribute `fingerprint` of `nebula_api_key`.",
				Required:            true,
				Validators:          []validator.String{tfkit.ObjectID()},
			},
			"name": schema.StringAttribute{
				MarkdownDescription: "Name that the key must have. With another name it is not revoked.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
		},
	}
}

// Invoke looks at the key, to tell people what goes and to check its name, and
// revokes it.
func (a *revokeAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	const to = "revoke API key"
	ctx, end := a.Begin(ctx, to, &resp.Diagnostics)
	defer end()

	var m revokeModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	services, diags := a.Services(ctx)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	timed, cancel := services.Clock.WithTimeout(ctx, revokeTimeout)
	defer cancel()
	say := func(format string, args ...any) {
		resp.SendProgress(action.InvokeProgressEvent{Message: fmt.Sprintf(format, args...)})
	}

	id := m.ID.ValueString()
	say("Looking for key %s.", id)
	key, err := a.look(timed, services, m)
	switch {
	case lifecycle.IsAbsent(err):
		say("There is no key %s: it is revoked already, or never existed.", id)
		resp.Diagnostics.AddWarning("API key not found", fmt.Sprintf("The account has no API key with id %s: it is revoked already, or never existed. Nothing was called but the list.", id))
		return
	case err == nil && !m.Name.IsNull() && key.Name != m.Name.ValueString():
		resp.Diagnostics.AddAttributeError(path.Root("name"), "Unable to "+to, fmt.Sprintf("Key %s is named %s, and %s was expected.\n\nState: The key was not revoked.\n\n"+
			"Next: Look whether the id is the right one.", id, tfkit.Quoted(key.Name), tfkit.Quoted(m.Name.ValueString())))
		return
	case errors.Is(err, errOnlyKey):
		resp.Diagnostics.AddAttributeError(path.Root("id"), "Unable to "+to, fmt.Sprintf("Key %s is the only key of the account, so it is the key that the provider itself authenticates with.\n\n"+
			"State: The key was not revoked.\n\nNext: Revoke it with another credential: a user name and password, or a key made for that.", id))
		return
	case err == nil:
		say("Revoking key %s, named %s.", id, tfkit.Quoted(key.Name))
	case m.Name.IsNull():
		say("The keys cannot be listed. Revoking key %s all the same.", id)
	default:
		tfkit.Report(&resp.Diagnostics, tfkit.Failure{To: to, Err: err, State: "The key was not revoked, because its name could not be checked.", Next: "Try again; or leave the name out, if you are sure of the id."})
		return
	}
	if err := services.Keys.Delete(timed, lifecycle.Ref{ID: nebula.ID(id)}); err != nil {
		tfkit.Report(&resp.Diagnostics, tfkit.Failure{To: to, Err: err, State: fmt.Sprintf("Key %s may still be valid.", id)})
		return
	}
	say("Key %s is revoked.", id)
}

// errOnlyKey is for the only key of the account, with a key as credential.
var errOnlyKey = errors.New("it is the only key of the account")

// look finds the key in a list of now.
func (a *revokeAction) look(ctx context.Context, services *tfkit.Services, m revokeModel) (lifecycle.Key, error) {
	if m.Name.IsNull() {
		var cancel context.CancelFunc
		ctx, cancel = services.Clock.WithTimeout(ctx, lookTimeout)
		defer cancel()
	}
	key, err := services.Keys.Find(ctx, lifecycle.Ref{ID: nebula.ID(m.ID.ValueString())}, 0)
	if err != nil || services.OwnFingerprint == "" {
		return key, err
	}
	keys, err := services.Keys.List(ctx, lifecycle.ReadAge)
	if err == nil && len(keys) == 1 && keys[0].ID == key.ID {
		return key, errOnlyKey
	}
	return key, err
}
