package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// narrator writes what the audience reads.
type narrator struct {
	out     io.Writer
	verbose bool
	steps   int
}

func (n *narrator) title(title string) {
	n.steps++
	n.printf("\n%d. %s\n", n.steps, title)
}

// say tells one thing in a sentence.
func (n *narrator) say(format string, args ...any) { n.printf("   "+format+"\n", args...) }

// command shows what is run in a folder, and of its output what matters.
func (n *narrator) command(folder, command, output string) {
	n.printf("   %s$ %s\n", folder, command)
	lines := highlights(output)
	if n.verbose {
		lines = strings.Split(strings.TrimSpace(output), "\n")
	}
	for _, line := range lines {
		n.printf("     %s\n", line)
	}
}

// calls lists what the API was asked.
func (n *narrator) calls(calls []string) {
	if len(calls) == 0 {
		n.printf("     API calls: none\n")
		return
	}
	n.printf("     API calls: %s\n", strings.Join(calls, ", "))
}

func (n *narrator) end(elapsed time.Duration) {
	n.printf("\nAll %d steps were as told, in %s.\n", n.steps, elapsed.Round(100*time.Millisecond))
}

// printf ignores errors: nobody is left to tell of them.
func (n *narrator) printf(format string, args ...any) { _, _ = fmt.Fprintf(n.out, format, args...) }

// highlights are the lines of a plan or an apply that say what happens.
func highlights(output string) []string {
	var lines []string
	for line := range strings.Lines(output) {
		// Boxes are drawn around warnings and errors.
		line = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "│╷╵"))
		switch {
		case strings.HasPrefix(line, "Warning: Provider development overrides"):
			// True of every command of the demo, and no news.
		case strings.HasPrefix(line, "# nebula_"),
			strings.HasPrefix(line, `- "`) && strings.HasSuffix(line, "-> null"),
			strings.HasPrefix(line, "list.nebula_"),
			strings.HasSuffix(line, "# forces replacement"),
			strings.HasPrefix(line, "Plan: "),
			strings.HasPrefix(line, "No changes."),
			strings.HasPrefix(line, "Apply complete!"),
			strings.HasPrefix(line, "Warning: "),
			strings.HasPrefix(line, "Error: "):
			lines = append(lines, line)
		}
	}
	return lines
}

// transcript makes a line of each request: "POST /api-keys -> 200".
func transcript(journal []fakenebula.Request) []string {
	lines := make([]string, len(journal))
	for i, r := range journal {
		lines[i] = fmt.Sprintf("%s %s -> %d", r.Method, strings.TrimPrefix(r.Path, fakenebula.DefaultBasePath), r.Status)
	}
	return lines
}
