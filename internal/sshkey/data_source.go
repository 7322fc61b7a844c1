package sshkey

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var (
	_ datasource.DataSourceWithConfigure        = (*keyDataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*keyDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig   = (*keyDataSource)(nil)
)

type keyDataSource struct{ tfkit.DataSource }

// NewDataSource is the data source nebula_ssh_key: one SSH key by id, name,
// fingerprint or public key.
func NewDataSource() datasource.DataSource { return &keyDataSource{tfkit.DataSource{Type: "ssh_key"}} }

// listedModel is an SSH key as the list shows it.
type listedModel struct {
	ID          types.String `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	PublicKey   types.String `tfsdk:"public_key"`
	Fingerprint types.String `tfsdk:"fingerprint"`
	CreatedAt   types.String `tfsdk:"created_at"`
}

func listed(e entry) listedModel {
	m := listedModel{
		ID: types.StringValue(string(e.ID)), Name: tfkit.StringOrNull(e.Name),
		Fingerprint: tfkit.StringOrNull(e.Fingerprint), PublicKey: types.StringNull(), CreatedAt: tfkit.Time(e.CreatedAt),
	}
	if e.Fingerprint != "" {
		m.PublicKey = types.StringValue(e.PublicKey)
	}
	return m
}

// search finds SSH keys for data sources.
func search(s *tfkit.Services) tfkit.Search[entry] {
	return tfkit.SearchList(registryOf(s).list, thing, things, func(e entry) string { return e.Name })
}

// sharedListNote states how old the shared list may be: see listing.ForRead, and
// more in a plan.
const sharedListNote = "\n\nAll that a run reads of SSH keys comes from one list, which is asked for again when it is too old: " +
	"what a data source shows is at most 3 seconds old during an apply, and at most 30 seconds during a plan. Changes that the run itself makes are always in it."

const (
	listedPublicKey   = "The public key, as the API shows it. It is null where the API shows it in part only."
	listedFingerprint = "Fingerprint of the public key, as `ssh-keygen -l` shows it: `SHA256:...`. It is null where the API shows the public key in part only."
	listedCreatedAt   = "When the SSH key was made (RFC 3339, UTC). It is null where the list does not say."
)

func (d *keyDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	fingerprint := regexp.MustCompile(`^SHA256:[A-Za-z0-9+/]{43}$`)
	resp.Schema = schema.Schema{
		MarkdownDescription: "Looks up one SSH key of the account by `id`, `name`, `fingerprint` or `public_key`. Give exactly one of them. " +
			"When several SSH keys match, the error lists their ids." + sharedListNote,
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				MarkdownDescription: "Identifier of the SSH key.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{tfkit.ObjectID()},
			},
			"name": schema.StringAttribute{
				MarkdownDescription: "Name of the SSH key. Names need not be unique.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"fingerprint": schema.StringAttribute{
				MarkdownDescription: listedFingerprint,
				Optional:            true,
				Computed:            true,
				Validators: []validator.String{stringvalidator.RegexMatches(fingerprint,
					`must be "SHA256:" and 43 characters, as ssh-keygen -l shows it`)},
			},
			"public_key": schema.StringAttribute{
				MarkdownDescription: listedPublicKey + " As an argument, whatever its comment and white space.",
				Optional:            true,
				Computed:            true,
			},
			"created_at": schema.StringAttribute{MarkdownDescription: listedCreatedAt, Computed: true},
		},
	}
}

func (d *keyDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(
		path.MatchRoot("id"), path.MatchRoot("name"), path.MatchRoot("fingerprint"), path.MatchRoot("public_key"))}
}

// ValidateConfig checks the public key here for the same reason as the
// resource's.
func (d *keyDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var text types.String
	load := func(ctx context.Context) diag.Diagnostics {
		return req.Config.GetAttribute(ctx, path.Root("public_key"), &text)
	}
	d.RunOffline(ctx, tfkit.Doing("validate SSH key", &resp.Diagnostics, load), func(_ context.Context, op *tfkit.Operation) {
		if !text.IsNull() && !text.IsUnknown() {
			checkPublicKey(op, text)
		}
	})
}

func (d *keyDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m listedModel
	d.Run(ctx, tfkit.Looking("read SSH key", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		criterion, ok := m.criterion(op)
		if !ok {
			return
		}
		found, ok := search(op.Services).One(ctx, op, criterion)
		if !ok {
			return
		}
		given := m.PublicKey
		m = listed(found)
		if !given.IsNull() {
			m.PublicKey = given
		}
		op.Save(ctx, &m)
	})
}

// criterion is what the configuration looks for.
func (m *listedModel) criterion(op *tfkit.Operation) (tfkit.Criterion[entry], bool) {
	fingerprint := m.Fingerprint.ValueString()
	attribute, words := "fingerprint", "with the fingerprint "+fingerprint
	switch {
	case !m.ID.IsNull(), !m.Name.IsNull():
		return search(op.Services).ByIDOrName(m.ID, m.Name), true
	case !m.PublicKey.IsNull():
		key, ok := checkPublicKey(op, m.PublicKey)
		if !ok {
			return tfkit.Criterion[entry]{}, false
		}
		attribute, words, fingerprint = "public_key", "with this public key ("+key.fingerprint+")", key.fingerprint
	}
	return tfkit.Criterion[entry]{Attribute: attribute, Words: words,
		Match: func(e entry) bool { return e.Fingerprint == fingerprint },
		Blind: func(e entry) bool { return e.Fingerprint == "" }}, true
}
