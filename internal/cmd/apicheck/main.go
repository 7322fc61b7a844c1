// Apicheck asks a real account how the API answers where its documents
// contradict each other, and prints what the provider concludes from it. It is
// for owners of an account:
//
//	NEBULA_API_KEY=... make apicheck
//
// It takes the provider's environment variables and calls only what reads. With
// -write it also makes one API key, looks at it, and revokes it. What it prints
// holds no secret, no name, no id and no e-mail address, so it can be pasted
// into a bug report.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"text/tabwriter"

	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
)

func main() {
	asJSON := flag.Bool("json", false, "print JSON for machines")
	write := flag.Bool("write", false, "also make one API key, look at it, and revoke it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *asJSON, *write); err != nil {
		fmt.Fprintln(os.Stderr, "apicheck:", err)
		stop()
		os.Exit(1)
	}
}

// run checks the API and prints the findings. Options are the provider's, for
// tests.
func run(ctx context.Context, out io.Writer, asJSON, write bool, options ...provider.Option) error {
	services, err := provider.ServicesFromEnvironment("apicheck", options...)
	if err != nil {
		return err
	}
	c := newChecker(services)
	c.read(ctx)
	if write {
		c.write(ctx)
	}
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(c.findings)
	}
	return printTable(out, c.findings)
}

// printTable prints a block for each question: the columns would be too wide
// for a terminal.
func printTable(out io.Writer, findings []finding) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, f := range findings {
		open := f.Open
		if open == "" {
			open = "nothing"
		}
		for i, row := range [][2]string{{"Question", f.Question}, {"The API answers", f.Answer}, {"The provider concludes", f.Conclusion}, {"What stays open", open}} {
			lines := strings.Split(row[1], "\n")
			_, _ = fmt.Fprintf(table, "%s\t%s\n", row[0], lines[0])
			for _, line := range lines[1:] {
				_, _ = fmt.Fprintf(table, "\t%s\n", line)
			}
			if i == 3 {
				_, _ = fmt.Fprintln(table, "\t")
			}
		}
	}
	return table.Flush()
}
