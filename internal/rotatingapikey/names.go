package rotatingapikey

import (
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Each generation is named <name>-<UTC time>.
const generationFormat = "20060102T150405Z"

var generationName = regexp.MustCompile(`^(?s:(.+))-[0-9]{8}T[0-9]{6}Z$`)

func nameOfGeneration(name string, at time.Time) string {
	return name + "-" + at.UTC().Format(generationFormat)
}

// baseName takes the time off a generation's name.
func baseName(keyName string) string {
	if m := generationName.FindStringSubmatch(keyName); m != nil {
		return m[1]
	}
	return keyName
}

// checkName refuses to make a key without a name. A key that was imported may
// have none.
func checkName(op *tfkit.Operation, name types.String) {
	if name.IsUnknown() || name.ValueString() != "" {
		return
	}
	op.Refuse(tfkit.Message{Title: "Invalid name", Attribute: path.Root("name"),
		What: "The name of a new key must not be empty.", State: "No key is made.", Next: "Give the key a name."})
}
