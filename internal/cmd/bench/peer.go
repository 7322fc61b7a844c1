package main

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/apikey"
)

// The peer is a provider with the schema of nebula_api_key that calls nothing
// and remembers nothing: what is left is what the plugin protocol and the
// framework cost for this schema. It is this very program, under another name.
const (
	peerName   = "benchpeer"
	peerBinary = "terraform-provider-" + peerName
)

// servedAsPeer serves the provider when the program was started as one.
func servedAsPeer() bool {
	if strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") != peerBinary {
		return false
	}
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_PROVIDER_" + strings.ToUpper(peerName)} {
		_ = os.Setenv(name, "OFF") // as the real provider does
	}
	err := providerserver.Serve(context.Background(), func() provider.Provider { return peer{} }, providerserver.ServeOpts{
		Address: "registry.terraform.io/nebulablock/" + peerName,
	})
	if err != nil {
		os.Exit(1)
	}
	return true
}

// preparePeer puts this program where the command line looks for the peer.
func (b *bench) preparePeer(bin string) error {
	b.peerPath = filepath.Join(bin, peerBinary+exe())
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
	return os.WriteFile(b.peerPath, program, 0o700) //nolint:gosec // a program has to be executable
}

type peer struct{}

func (peer) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = peerName
}

func (peer) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (peer) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (peer) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newPeerResource}
}

func (peer) DataSources(context.Context) []func() datasource.DataSource { return nil }

// peerResource takes its schemas from nebula_api_key and nothing else.
type peerResource struct{ resource.ResourceWithIdentity }

func newPeerResource() resource.Resource {
	r, _ := apikey.NewResource().(resource.ResourceWithIdentity) // it has one
	return peerResource{r}
}

func (peerResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
	id := rand.Text()
	for _, name := range []string{"id", "key", "encrypted_key", "fingerprint", "creation_token"} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), id)...)
	}
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), id)...)
}

func (peerResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var id types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &id)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), id)...)
}

func (peerResource) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}

func (peerResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
