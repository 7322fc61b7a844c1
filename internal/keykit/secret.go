package keykit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/sealing"
)

// Secret is what state keeps of a key's secret: the secret itself, or its
// encrypted form, and in both cases its fingerprint.
type Secret struct {
	Key          types.String
	EncryptedKey types.String
	Fingerprint  types.String
}

// NoSecret is what is kept of a key whose secret cannot be had.
func NoSecret() Secret {
	return Secret{types.StringNull(), types.StringNull(), types.StringNull()}
}

// KeepSecret decides what is kept: with recipients the secret is encrypted
// here and goes no further. An error never holds the secret.
func KeepSecret(ctx context.Context, secret string, ageRecipients types.List) (Secret, error) {
	kept := NoSecret()
	if ageRecipients.IsNull() {
		kept.Key = types.StringValue(secret)
	} else {
		var recipients []string
		// A list that cannot be read is no list of recipients, and sealing to
		// nobody is an error.
		_ = ageRecipients.ElementsAs(ctx, &recipients, false)
		sealed, err := sealing.Seal(secret, recipients)
		if err != nil {
			return NoSecret(), err
		}
		kept.EncryptedKey = types.StringValue(sealed)
	}
	kept.Fingerprint = types.StringValue(nebula.Fingerprint(secret))
	return kept, nil
}
