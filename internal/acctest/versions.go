package acctest

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-testing/tfversion"
)

// The checks skip a test on a command line that lacks what it is about.

// NeedsIdentityImport is for import blocks with an identity: Terraform 1.12,
// OpenTofu 1.12.
func NeedsIdentityImport() tfversion.TerraformVersionCheck {
	return tfversion.SkipBelow(tfversion.Version1_12_0)
}

// NeedsQuery is for terraform query and list blocks: Terraform 1.14.
func NeedsQuery() tfversion.TerraformVersionCheck { return terraformOnly{"terraform query"} }

// NeedsActions is for action blocks and -invoke: Terraform 1.14.
func NeedsActions() tfversion.TerraformVersionCheck { return terraformOnly{"actions"} }

// terraformOnly is what Terraform has had since 1.14 and OpenTofu has not.
type terraformOnly struct{ what string }

func (c terraformOnly) CheckTerraformVersion(ctx context.Context, req tfversion.CheckTerraformVersionRequest, resp *tfversion.CheckTerraformVersionResponse) {
	if OpenTofu() {
		resp.Skip = fmt.Sprintf("OpenTofu %s has no %s", req.TerraformVersion, c.what)
		return
	}
	tfversion.SkipBelow(tfversion.Version1_14_0).CheckTerraformVersion(ctx, req, resp)
}

// Requires skips a test that runs commands itself where the command line lacks
// what the check is about.
func (c *CLI) Requires(check tfversion.TerraformVersionCheck) {
	c.t.Helper()
	var resp tfversion.CheckTerraformVersionResponse
	check.CheckTerraformVersion(c.t.Context(), tfversion.CheckTerraformVersionRequest{TerraformVersion: cliVersion}, &resp)
	if resp.Error != nil {
		c.t.Fatal(resp.Error)
	}
	if resp.Skip != "" {
		c.t.Skip(resp.Skip)
	}
}
