package provider

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// config is the provider block.
type config struct {
	APIURL               types.String         `tfsdk:"api_url"`
	APIKey               types.String         `tfsdk:"api_key"`
	AccessToken          types.String         `tfsdk:"access_token"`
	Username             types.String         `tfsdk:"username"`
	Password             types.String         `tfsdk:"password"`
	RequestTimeout       timetypes.GoDuration `tfsdk:"request_timeout"`
	MaxRetries           types.Int64          `tfsdk:"max_retries"`
	MaxRequestsPerSecond types.Float64        `tfsdk:"max_requests_per_second"`
	OwnershipMarker      types.Bool           `tfsdk:"ownership_marker"`
}

const exactlyOne = "Exactly one credential is needed: `api_key`, `access_token`, or `username` with `password`."

func providerSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Manages API keys, SSH keys and GPU machines of [Nebula Block](https://www.nebulablock.com).",
		Attributes: map[string]schema.Attribute{
			tfkit.ArgAPIURL: schema.StringAttribute{
				Optional: true,
				MarkdownDescription: describe(tfkit.ArgAPIURL, "`"+nebula.DefaultBaseURL+"`",
					"Address of the Platform API.",
					"It must begin with `https://`; plain `http://` is accepted for this machine (`localhost`) only.",
					"It must not hold a user name, a query or a fragment."),
			},
			tfkit.ArgAPIKey: schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: describe(tfkit.ArgAPIKey, "",
					"API key (`ak_...` or `sk-...`) to authenticate with.",
					exactlyOne),
			},
			tfkit.ArgAccessToken: schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: describe(tfkit.ArgAccessToken, "",
					"Access token to authenticate with, obtained outside of Terraform.",
					"The API issues tokens that are valid for two hours.",
					exactlyOne),
			},
			tfkit.ArgUsername: schema.StringAttribute{
				Optional: true,
				MarkdownDescription: describe(tfkit.ArgUsername, "",
					"User name (an e-mail address) to log in with, together with `password`.",
					"The provider logs in when something is first needed of the API, once, and again when the access token expires.",
					exactlyOne),
			},
			tfkit.ArgPassword: schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: describe(tfkit.ArgPassword, "",
					"Password that belongs to `username`."),
			},
			tfkit.ArgRequestTimeout: schema.StringAttribute{
				Optional:   true,
				CustomType: timetypes.GoDurationType{},
				MarkdownDescription: describe(tfkit.ArgRequestTimeout, fmt.Sprintf("`%ds`", int(defaultRequestTimeout.Seconds())),
					"How long a single try of a request may take, as a [Go duration](https://pkg.go.dev/time#ParseDuration) such as `45s`.",
					"The time-out of a whole operation, tries and waits included, is in the `timeouts` block of a resource."),
			},
			tfkit.ArgMaxRetries: schema.Int64Attribute{
				Optional:   true,
				CustomType: tfkit.WholeNumber{},
				MarkdownDescription: describe(tfkit.ArgMaxRetries, fmt.Sprintf("`%d`", defaultMaxRetries),
					"How often a request is sent again after a fault, when that is safe.",
					fmt.Sprintf("`0` turns retries off, `%d` is the most.", mostRetries),
					"Waiting until a rate limit is over is not counted."),
			},
			tfkit.ArgMaxRequestsPerSecond: schema.Float64Attribute{
				Optional: true,
				MarkdownDescription: describe(tfkit.ArgMaxRequestsPerSecond, "",
					"How many requests per second all operations together may send, for accounts with a tight rate limit.",
					"By default there is no limit.",
					"Whether it is set or not, all operations wait when the API answers any of them that there were too many."),
			},
			tfkit.ArgOwnershipMarker: schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: describe(tfkit.ArgOwnershipMarker, fmt.Sprintf("`%t`", defaultOwnershipMarker),
					"Whether the description of a new key ends with a marker such as `[tf:...]`, which Terraform does not show.",
					"With it a key can be traced even when the answer to its creation was lost; without it such a key has to be found by hand."),
			},
		},
	}
}

// describe adds to the sentences about an argument where else its value can
// come from.
func describe(argument, fallback string, sentences ...string) string {
	sentences = append(sentences, fmt.Sprintf("It can also be set with the environment variable `%s`.", tfkit.EnvironmentVariable(argument)))
	if fallback != "" {
		sentences = append(sentences, fmt.Sprintf("The default is %s.", fallback))
	}
	return strings.Join(sentences, " ")
}
