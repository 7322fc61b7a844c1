package main

import "strings"

// highlights are the lines of a plan or an apply that say what happens.
func highlights(output string) []string {
	var lines []string
	for line := range strings.Lines(output) {
		// Boxes are drawn around warnings and errors.
		line = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "│╷╵"))
		if matters(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// beginnings are those of the lines that matter.
var beginnings = []string{
	"# nebula_", "list.nebula_", "Plan: ", "No changes.", "Apply complete!", "Destroy complete!", "Warning: ", "Error: ",
	"+ credit_", "+ price_", "+ hours_", "Next: ",
}

func matters(line string) bool {
	if strings.HasPrefix(line, "Warning: Provider development overrides") || strings.HasSuffix(line, "= (known after apply)") {
		return false // The one is true of every command of the demo, the other says nothing.
	}
	for _, beginning := range beginnings {
		if strings.HasPrefix(line, beginning) {
			return true
		}
	}
	return strings.HasPrefix(line, `- "`) && strings.HasSuffix(line, "-> null") || strings.HasSuffix(line, "# forces replacement")
}
