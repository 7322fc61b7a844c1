package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfcli"
)

// Peers are providers with the schemas of the real one's resources that call
// nothing and remember nothing, and so tell what is not the real one's cost.
// They are this very program, under other names.
//
// The peer is built on the framework, as providers usually are.
func peerName(k kind) string { return "bench" + string(k) }

// servedAsPeer serves a provider when the program was started as one.
func servedAsPeer() bool {
	folder, program := filepath.Split(os.Args[0])
	i := slices.IndexFunc(peerKinds, func(k kind) bool { return folder+program == tfcli.Binary(folder, peerName(k)) })
	if i < 0 {
		return false
	}
	name := peerName(peerKinds[i])
	for _, variable := range []string{"TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_PROVIDER_" + strings.ToUpper(name)} {
		_ = os.Setenv(variable, "OFF") // as the real provider does
	}
	server := providerserver.NewProtocol6(peer{name})
	if err := tf6server.Serve("registry.terraform.io/nebulablock/"+name, server); err != nil {
		os.Exit(1)
	}
	return true
}

// preparePeers puts this program where the command line looks for the peers.
func (b *bench) preparePeers() error {
	if !b.peer {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	program, err := os.ReadFile(self) //nolint:gosec // this program
	if err != nil {
		return err
	}
	for _, k := range peerKinds {
		if err := os.WriteFile(b.binary(k), program, 0o700); err != nil { //nolint:gosec // a program has to be executable
			return err
		}
	}
	return nil
}

type peer struct{ name string }

func (p peer) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = p.name
}

func (peer) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (peer) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (peer) Resources(context.Context) []func() resource.Resource {
	var all []func() resource.Resource
	for _, s := range subjects() {
		all = append(all, func() resource.Resource {
			r, _ := s.resource().(resource.ResourceWithIdentity) // each subject has one
			return peerResource{r, s}
		})
	}
	return all
}

func (peer) DataSources(context.Context) []func() datasource.DataSource { return nil }

// peerResource takes its schemas from a subject's resource and nothing else.
type peerResource struct {
	resource.ResourceWithIdentity

	subject subject
}

func (r peerResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.subject.suffix
}

// Create makes up what is not known.
func (r peerResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
	for name, attribute := range req.Plan.Schema.GetAttributes() {
		var planned attr.Value
		resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root(name), &planned)...)
		if planned == nil || !planned.IsUnknown() {
			continue
		}
		value := r.subject.makeUp(name, attribute.GetType())
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
		if name == "id" {
			resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root(name), value)...)
		}
	}
}

func (peerResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var id types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &id)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), id)...)
}

func (peerResource) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}

func (peerResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
