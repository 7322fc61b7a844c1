package tfkit

import (
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Sentence makes a sentence of an error, safe to print.
func Sentence(err error) string { return sentence(nebula.CleanText(err.Error())) }

// Quoted is text of a configuration or of the API in quotes, safe to print.
func Quoted(s string) string { return strconv.Quote(nebula.CleanText(s)) }

// WarnMayAppear says that the key of an undecided create was not found, is no
// longer recorded, and may appear all the same.
func WarnMayAppear(diags *diag.Diagnostics, token string) {
	diags.AddWarning("API key may still appear", "Less than ten minutes ago an apply could not establish whether it made a key, and no list shows one with its ownership marker [tf:"+token+"].\n\n"+
		"State: It is no longer recorded.\n\nNext: Look for that marker again in a while (data source nebula_api_keys), and delete the key if it has appeared.")
}

// RefuseOwnKey refuses to revoke the key that the provider authenticates with:
// the rest of the run, and every later one, would be locked out. To names the
// operation as in Failure.
func RefuseOwnKey(services *Services, to, fingerprint, id string) diag.Diagnostics {
	if services.OwnFingerprint == "" || fingerprint != services.OwnFingerprint {
		return nil
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic("Unable to "+to, fmt.Sprintf(
		"Key %s is the key that the provider itself authenticates with. Without it neither the rest of this run nor the next one could call the API.\n\n"+
			"State: The key stays recorded and stays valid. Nothing was called.\n\n"+
			"Next: Run again with another credential, such as another key in %s; or give the key out of Terraform's hands with terraform state rm and delete it elsewhere.",
		id, ArgumentAndVariable(ArgAPIKey)))}
}
