package provider

import (
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// ServicesFromEnvironment makes what operations work with of the provider's
// environment variables alone, for programs beside the provider. Options are
// those of New. It calls nothing.
func ServicesFromEnvironment(version string, options ...Option) (*tfkit.Services, error) {
	p := newProvider(version, options)
	s, diags := resolve(config{}, p.getenv)
	if !diags.HasError() {
		services, more := p.connect(s, "")
		if !more.HasError() {
			return services, nil
		}
		diags = more
	}
	return nil, errors.New(inText(diags))
}

// inText is what diagnostics say.
func inText(diags diag.Diagnostics) string {
	var texts []string
	for _, d := range diags {
		texts = append(texts, d.Summary()+": "+d.Detail())
	}
	return strings.Join(texts, "\n\n")
}
