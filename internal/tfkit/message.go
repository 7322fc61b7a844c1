package tfkit

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Message is what people are told, error or warning: what happened, what state
// Terraform is left in, and what to do next.
type Message struct {
	// Title is the summary, such as "Volume not found".
	Title string
	// What tells what happened, in whole sentences; paragraphs are separated
	// by empty lines.
	What string
	// Brief is what is left of a warning once another one of its title was given
	// in full in this run: a sentence that says which object it is about. Empty
	// for a warning that is always given in full.
	Brief string
	// State says what Terraform has in its state now; Next what to do. Both
	// may be empty.
	State, Next string
	// Attribute is the argument that the message is about; empty for none.
	Attribute path.Path
}

// detail is the message below its title, safe to print: no secret is in it,
// and nothing that a terminal would act on.
func (m Message) detail() string {
	paragraphs := make([]string, 0, 3)
	if m.What != "" {
		paragraphs = append(paragraphs, m.What)
	}
	if m.State != "" {
		paragraphs = append(paragraphs, "State: "+m.State)
	}
	if m.Next != "" {
		paragraphs = append(paragraphs, "Next: "+m.Next)
	}
	return nebula.Printable(strings.Join(paragraphs, "\n\n"))
}

// Error makes an error of the message.
func (m Message) Error() diag.Diagnostic {
	if len(m.Attribute.Steps()) > 0 {
		return diag.NewAttributeErrorDiagnostic(m.Attribute, nebula.Printable(m.Title), m.detail())
	}
	return diag.NewErrorDiagnostic(nebula.Printable(m.Title), m.detail())
}

// Warning makes a warning of the message.
func (m Message) Warning() diag.Diagnostic {
	if len(m.Attribute.Steps()) > 0 {
		return diag.NewAttributeWarningDiagnostic(m.Attribute, nebula.Printable(m.Title), m.detail())
	}
	return diag.NewWarningDiagnostic(nebula.Printable(m.Title), m.detail())
}
