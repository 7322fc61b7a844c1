package acctest

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// Beside lets commands use another provider, too, which has this source, such as
// "hashicorp/vault", and runs in the test's process.
func (c *CLI) Beside(source string, factory func() tfprotov6.ProviderServer) {
	if c.others == nil {
		c.others = map[string]func() tfprotov6.ProviderServer{}
	}
	c.others[source] = factory
}

// Only takes back what Beside has added.
func (c *CLI) Only() { c.others = nil }

// attachment is how a command finds a provider that runs already.
type attachment struct {
	Protocol        string
	ProtocolVersion int
	Pid             int
	Test            bool
	Addr            struct{ Network, String string }
}

// attach offers the providers in the test's process until stop is called. The
// first value is for TF_REATTACH_PROVIDERS.
func (c *CLI) attach() (reattach string, stop func()) {
	c.t.Helper()
	host := "registry.terraform.io/"
	if OpenTofu() {
		host = openTofuHost + "/"
	}
	own, end := serve(c.t, host+namespace+"/nebula", c.provider)
	all, ends := map[string]attachment{host + namespace + "/nebula": own, host + "hashicorp/nebula": own}, []func(){end}
	for source, factory := range c.others {
		other, end := serve(c.t, host+source, factory)
		all[host+source], ends = other, append(ends, end)
	}
	encoded, err := json.Marshal(all)
	if err != nil {
		c.t.Error(err)
	}
	return string(encoded), func() {
		for _, end := range ends {
			end()
		}
	}
}

// serve offers one provider until stop is called.
func serve(t *testing.T, address string, factory func() tfprotov6.ProviderServer) (a attachment, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	configs, closed := make(chan *plugin.ReattachConfig, 1), make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		failed <- tf6server.Serve(address, factory, tf6server.WithDebug(ctx, configs, closed),
			tf6server.WithGoPluginLogger(hclog.NewNullLogger()), tf6server.WithLoggingSink(t), tf6server.WithoutLogStderrOverride())
	}()
	var config *plugin.ReattachConfig
	select {
	case config = <-configs:
	case err := <-failed:
		cancel()
		t.Fatal("the provider does not start: ", err)
	}
	a = attachment{Protocol: string(config.Protocol), ProtocolVersion: config.ProtocolVersion, Pid: config.Pid, Test: config.Test}
	a.Addr.Network, a.Addr.String = config.Addr.Network(), config.Addr.String()
	return a, func() {
		cancel()
		<-closed
	}
}
