// Schemajson prints the provider's schema in the format of `terraform providers
// schema -json`, from which the documentation is generated. It asks the provider
// itself, because a command line leaves out what it does not know: Terraform
// before 1.14 drops list resources and actions.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "schemajson:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	server, err := providerserver.NewProtocol6WithError(provider.New("schema")())()
	if err != nil {
		return err
	}
	// The short name is the key that the documentation generator looks for.
	schema, err := marshal(ctx, "nebula", server)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(schema)
	return err
}
