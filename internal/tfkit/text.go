package tfkit

import (
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Sentence makes a sentence of an error, safe to print.
func Sentence(err error) string { return sentence(nebula.CleanText(err.Error())) }

// Printable makes text of several lines safe to print.
func Printable(s string) string { return nebula.Printable(s) }

// longestQuoted is how many characters of a text are quoted.
const longestQuoted = 512

// Quoted is text of a configuration or of the API in quotes, safe to print, with
// the white space around it and its line breaks as escapes.
func Quoted(s string) string {
	runes := []rune(nebula.Printable(s))
	if len(runes) > longestQuoted {
		return strconv.Quote(string(runes[:longestQuoted]) + "...")
	}
	return strconv.Quote(string(runes))
}

// sentence begins with a capital and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return Capital(s)
}

// Capital makes the first letter of a text a capital.
func Capital(s string) string {
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}

// Named says which object is meant, because Terraform does not when it destroys
// one: `Volume 5 ("data")`. Thing is what people call it; an id that is not known
// is left out.
func Named(thing string, id, name types.String) string {
	switch {
	case id.ValueString() == "":
		return thing + " " + Quoted(name.ValueString())
	case name.ValueString() == "":
		return thing + " " + nebula.Printable(id.ValueString())
	default:
		return thing + " " + nebula.Printable(id.ValueString()) + " (" + Quoted(name.ValueString()) + ")"
	}
}

// StringOrNull is null for the empty string.
func StringOrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}
