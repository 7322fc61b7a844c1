package instance

import (
	"context"
	"regexp"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/fleet"
	"github.com/nebulablock/terraform-provider-nebula/internal/machinekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*login)(nil)

type login struct{ tfkit.EphemeralResource }

// NewLogin is the ephemeral resource nebula_instance_login.
func NewLogin() ephemeral.EphemeralResource {
	return &login{tfkit.EphemeralResource{Type: "instance_login"}}
}

type loginModel struct {
	InstanceID types.String `tfsdk:"instance_id"`
	Host       types.String `tfsdk:"host"`
	Port       types.Int64  `tfsdk:"port"`
	UserName   types.String `tfsdk:"user_name"`
	Password   types.String `tfsdk:"password"`
}

func (l *login) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "How to log in to a machine, its password included, for provisioners and providers. Neither plan nor state holds it. It takes one request, in a plan too.",
		Attributes: map[string]schema.Attribute{
			"instance_id": schema.StringAttribute{MarkdownDescription: "Identifier of the machine.", Required: true, Validators: []validator.String{tfkit.ObjectID()}},
			"host":        schema.StringAttribute{MarkdownDescription: "Public IPv4 address. It is null while the machine has none.", Computed: true},
			"port":        schema.Int64Attribute{MarkdownDescription: "Port of the SSH server: 22, unless `exposed_ports` maps it to another.", Computed: true},
			"user_name":   schema.StringAttribute{MarkdownDescription: "Name of the user to log in as.", Computed: true},
			"password":    schema.StringAttribute{MarkdownDescription: "Password. It is null for a machine that is entered with its SSH key only.", Computed: true, Sensitive: true},
		},
	}
}

// Open asks for the machine's detail.
func (l *login) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m loginModel
	l.Run(ctx, tfkit.Opening("read login of instance", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		detail, err := machinekit.Fleet(op.Services).Detail(ctx, nebula.ID(m.InstanceID.ValueString()))
		if err != nil {
			op.Fail(tfkit.Failure{Err: err})
			return
		}
		m.Host, m.Port = tfkit.StringOrNull(fleet.Address(detail.Instance)), types.Int64Value(sshPort(string(detail.ExposedPorts)))
		m.UserName, m.Password = tfkit.StringOrNull(detail.User), tfkit.StringOrNull(detail.Password)
		op.Save(ctx, &m)
	})
}

// The API documents no form of exposed_ports. The usual ones are pairs, with the
// outer port first ("0.0.0.0:30022->22/tcp", "30022:22") or the inner one
// ("22/tcp -> 0.0.0.0:30022", "22:30022", `{"22": 30022}`).
var (
	ipv4Host = regexp.MustCompile(`\d+\.\d+\.\d+\.\d+:`)
	portPair = regexp.MustCompile(`\b(\d{1,5})(?:/tcp)?"?\s*(?:->|=>|[:=])\s*"?(\d{1,5})\b`)
)

const defaultSSHPort = 22

// sshPort is the port of the SSH server, as far as the text maps it.
func sshPort(exposed string) int64 {
	for _, pair := range portPair.FindAllStringSubmatch(ipv4Host.ReplaceAllString(exposed, ""), -1) {
		first, _ := strconv.ParseInt(pair[1], 10, 64) // five digits at most
		second, _ := strconv.ParseInt(pair[2], 10, 64)
		if first == defaultSSHPort {
			first, second = second, first
		}
		if second == defaultSSHPort && first > 0 && first < 1<<16 {
			return first
		}
	}
	return defaultSSHPort
}
