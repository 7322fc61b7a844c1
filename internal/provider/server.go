package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/nebulablock/terraform-provider-nebula/internal/apikey"
	"github.com/nebulablock/terraform-provider-nebula/internal/shortcut"
)

// Server serves a provider of the given version, each call another one. It
// answers as the framework's server for New does, but the plainest calls
// sooner.
func Server(version string, options ...Option) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		p := newProvider(version, options)
		return p.shorten(providerserver.NewProtocol6(p)())
	}
}

// shorten puts the shortcuts before the framework's server.
func (p *nebulaProvider) shorten(framework tfprotov6.ProviderServer) tfprotov6.ProviderServer {
	full, ok := framework.(shortcut.FullServer)
	if !ok {
		return framework // slower, which a test notices
	}
	return shortcut.Server(full, map[string]shortcut.Resource{
		"nebula_api_key": apikey.NewShortcut(p.data.Load),
	})
}
