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

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// lookTimeout bounds the look at a key that is to be revoked whatever its name:
// in an incident a list that cannot be had must not hold that up.
const lookTimeout = 15 * time.Second

var _ action.ActionWithConfigure = (*revokeAction)(nil)

type revokeAction struct{ tfkit.Action }

// NewRevokeAction is the action nebula_api_key_revoke.
func NewRevokeAction() action.Action { return &revokeAction{tfkit.Action{Type: "api_key_revoke"}} }

type revokeModel struct {
	ID   types.String `tfsdk:"id"`
	Name types.String `tfsdk:"name"`
}

func (a *revokeAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Revokes one API key at once, whoever made it. It is meant for incidents: run it with `terraform apply -invoke=action.nebula_api_key_revoke.NAME`. " +
			"A key that a configuration manages is better destroyed or replaced there; when it is revoked here, the next plan makes another.\n\n" +
			"A key that is not there is a success with a warning. " +
			"The key that the provider itself authenticates with is not revoked. Where the list does not show which one that is, it is known only when it is the only key there is.",
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
	var m revokeModel
	a.Run(ctx, tfkit.Invoking("revoke API key", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		id := m.ID.ValueString()
		op.Say("Looking for key " + id + ".")
		if !a.agreed(ctx, op, m) {
			return
		}
		deletion, err := keykit.Keys(op.Services).Delete(ctx, keyring.Ref{ID: nebula.ID(id)})
		switch {
		case err != nil:
			op.Fail(tfkit.Failure{Err: err, State: "Key " + id + " may still be valid."})
		case deletion.Absent != nil:
			op.Say("Key " + id + " is not in the list any more.")
			unconfirmed := keykit.AbsentAtDelete(op.Services, deletion.Absent)
			unconfirmed.State = ""
			op.Warn(unconfirmed)
		default:
			op.Say("Key " + id + " is revoked.")
		}
	})
}

// agreed looks whether there is a key to revoke and whether it is the one that
// is meant. In an incident a list that cannot be had must not hold up the
// revocation, unless there is a name to check.
func (a *revokeAction) agreed(ctx context.Context, op *tfkit.Operation, m revokeModel) bool {
	id := m.ID.ValueString()
	key, err := a.look(ctx, op.Services, m)
	switch {
	case listing.IsAbsent(err):
		op.Say("There is no key " + id + ": it is revoked already, or never existed.")
		op.Warn(tfkit.Message{Title: "API key not found",
			What: fmt.Sprintf("The account has no API key with id %s: it is revoked already, or never existed. Only the list was called.", id)})
		return false
	case err == nil && !m.Name.IsNull() && !tfkit.SameText(key.Name, m.Name.ValueString()):
		op.Refuse(tfkit.Message{Attribute: path.Root("name"),
			What:  fmt.Sprintf("Key %s is named %s, and %s was expected.", id, tfkit.Quoted(key.Name), tfkit.Quoted(m.Name.ValueString())),
			State: "The key was not revoked.", Next: "Check that the id is the right one."})
		return false
	case errors.Is(err, errOwnKey):
		op.Refuse(tfkit.Message{Attribute: path.Root("id"),
			What:  fmt.Sprintf("Key %s is the key that the provider itself authenticates with.", id),
			State: "The key was not revoked.", Next: "Revoke it with another credential: a user name and password, or a key made for that."})
		return false
	case err == nil:
		op.Say(fmt.Sprintf("Revoking key %s, named %s.", id, tfkit.Quoted(key.Name)))
	case m.Name.IsNull():
		op.Say("The keys cannot be listed. Revoking key " + id + " anyway.")
	default:
		op.Fail(tfkit.Failure{Err: err, State: "The key was not revoked, because its name could not be checked.", Next: "Try again; or leave the name out, if you are sure of the id."})
		return false
	}
	return true
}

// errOwnKey is for the key that the provider authenticates with.
var errOwnKey = errors.New("it is the provider's own key")

// look finds the key in a list of now. Where the list does not show which key
// the credential is, the only key of the account is certainly the one.
func (a *revokeAction) look(ctx context.Context, s *tfkit.Services, m revokeModel) (keyring.Key, error) {
	if m.Name.IsNull() {
		var cancel context.CancelFunc
		ctx, cancel = s.Clock.WithTimeout(ctx, lookTimeout)
		defer cancel()
	}
	keys := keykit.Keys(s)
	key, err := keys.Now().Find(ctx, keyring.Ref{ID: nebula.ID(m.ID.ValueString())})
	if err != nil || s.CredentialFingerprint == "" {
		return key, err
	}
	all, err := keys.ForRead().All(ctx)
	if err == nil && (keykit.ManagedKeys(s).OwnID(all) == key.ID || len(all) == 1 && all[0].ID == key.ID) {
		return key, errOwnKey
	}
	return key, err
}
