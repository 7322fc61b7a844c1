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
	paint   bool // whether there are colours
	steps   []shown
}

// shown is a step for the table at the end.
type shown struct {
	title string
	// requests counts those that the provider sent, by method.
	requests map[string]int
	leftOut  string // why, if it was
}

func (n *narrator) title(title string) {
	n.steps = append(n.steps, shown{title: title, requests: map[string]int{}})
	n.printf("\n%s\n", n.bold(fmt.Sprintf("%d. %s", len(n.steps), title)))
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
func (n *narrator) calls(journal []fakenebula.Request) {
	lines := counted(transcript(journal, n.status))
	if len(lines) == 0 {
		lines = []string{"none"}
	}
	n.printf("     API calls: %s\n", strings.Join(lines, ", "))
	for _, request := range journal {
		n.steps[len(n.steps)-1].requests[request.Method]++
	}
}

// counted are lines without repetition: "GET /a -> 200 (2 times)".
func counted(lines []string) []string {
	var short []string
	for i := 0; i < len(lines); {
		times := 1
		for i+times < len(lines) && lines[i+times] == lines[i] {
			times++
		}
		if times == 1 {
			short = append(short, lines[i])
		} else {
			short = append(short, fmt.Sprintf("%s (%d times)", lines[i], times))
		}
		i += times
	}
	return short
}

// status is what a caller got, green when it is good and red when it is not.
func (n *narrator) status(code int) string {
	switch {
	case code == 0:
		return n.red("no answer")
	case code < 300:
		return n.green(fmt.Sprint(code))
	default:
		return n.red(fmt.Sprint(code))
	}
}

// leaveOut says that the step cannot be shown.
func (n *narrator) leaveOut(why error) {
	n.say("Left out: %v.", why)
	n.steps[len(n.steps)-1].leftOut = "left out"
}

// printf ignores errors: nobody is left to tell of them.
func (n *narrator) printf(format string, args ...any) { _, _ = fmt.Fprintf(n.out, format, args...) }

// end shows the table of all steps.
func (n *narrator) end(elapsed time.Duration) {
	const row = "%-66s %s\n"
	left, total := 0, map[string]int{}
	n.printf("\n%s", n.bold(fmt.Sprintf(row, "What was done", "Requests of the provider")))
	for i, s := range n.steps {
		requests := inWords(s.requests)
		if s.leftOut != "" {
			left++
			requests = s.leftOut
		}
		n.printf(row, fmt.Sprintf("%2d. %s", i+1, s.title), requests)
		for method, count := range s.requests {
			total[method] += count
		}
	}
	n.printf(row, "    Together", inWords(total))
	n.printf("\n%d steps were as told", len(n.steps)-left)
	if left > 0 {
		n.printf(", %d left out", left)
	}
	n.printf(", in %s.\n", elapsed.Round(time.Second))
}

// inWords is "2 POST, 3 GET".
func inWords(requests map[string]int) string {
	var parts []string
	for _, method := range []string{"POST", "PUT", "DELETE", "GET"} {
		if count := requests[method]; count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count, method))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// transcript makes a line of each request: "POST /api-keys -> 200".
func transcript(journal []fakenebula.Request, status func(int) string) []string {
	lines := make([]string, len(journal))
	for i, r := range journal {
		lines[i] = fmt.Sprintf("%s %s -> %s", r.Method, strings.TrimPrefix(r.Path, fakenebula.DefaultBasePath), status(r.Status))
	}
	return lines
}
