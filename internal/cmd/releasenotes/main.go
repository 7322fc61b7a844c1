// Releasenotes prints what the changelog says of one version: the text of its
// release.
//
//	go run ./internal/cmd/releasenotes v0.1.0 <CHANGELOG.md
//
// It fails when the changelog has nothing to say of the version, so that no
// release is made without notes.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "releasenotes:", err)
		os.Exit(1)
	}
}

func run(args []string, changelog io.Reader, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("usage: releasenotes VERSION <CHANGELOG.md")
	}
	text, err := io.ReadAll(changelog)
	if err != nil {
		return err
	}
	notes, err := section(string(text), strings.TrimPrefix(args[0], "v"))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, notes)
	return err
}

// section is what stands below the heading of a version, such as
// "## [0.1.0] - 2026-11-23", until the next heading of its kind or the link
// definitions at the end. The error says that there is no such text.
func section(changelog, version string) (string, error) {
	var lines []string
	found := false
	for line := range strings.Lines(changelog) {
		line = strings.TrimRight(line, "\r\n")
		switch heading, isHeading := strings.CutPrefix(line, "## "); {
		case isHeading && found, found && linkDefinition(line):
			return notes(lines, version)
		case isHeading:
			found = named(heading, version)
		case found:
			lines = append(lines, line)
		}
	}
	if !found {
		return "", fmt.Errorf("the changelog has no heading for version %s", version)
	}
	return notes(lines, version)
}

func notes(lines []string, version string) (string, error) {
	text := strings.TrimSpace(strings.Join(lines, "\n"))
	if text == "" {
		return "", fmt.Errorf("the changelog says nothing of version %s", version)
	}
	return text, nil
}

// named says whether a heading is that of a version: "[0.1.0] - 2026-11-23" or
// "0.1.0".
func named(heading, version string) bool {
	name, _, _ := strings.Cut(heading, " ")
	return strings.Trim(name, "[]") == version
}

// linkDefinition says whether a line is one such as "[0.1.0]: https://...".
func linkDefinition(line string) bool {
	name, _, ok := strings.Cut(line, "]: ")
	return ok && strings.HasPrefix(name, "[")
}
