package main

import (
	"os"
	"strings"
	"testing"
)

const changelog = `# Changelog

What all versions have in common.

## [Unreleased]

## [0.2.0] - 2026-12-24

### Added

- Machines. See [the guide](https://example.com/guide).

### Fixed

- A fault.

## [0.1.1] - 2026-12-01

## 0.1.0

The first.

[0.1.0]: https://example.com/releases/v0.1.0
`

func TestSection(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"0.2.0": "### Added\n\n- Machines. See [the guide](https://example.com/guide).\n\n### Fixed\n\n- A fault.",
		"0.1.0": "The first.",
	} {
		for name, text := range map[string]string{"lf": changelog, "crlf": strings.ReplaceAll(changelog, "\n", "\r\n")} {
			got, err := section(text, version)
			if err != nil || got != want {
				t.Errorf("%s, %s: got %q and %v, want %q", version, name, got, err, want)
			}
		}
	}
}

// A release without notes is no release.
func TestSectionRefuses(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"0.1.1":      "says nothing of version 0.1.1",
		"Unreleased": "says nothing",
		"0.2":        "has no heading for version 0.2",
		"0.2.0-rc.1": "has no heading",
		"":           "has no heading",
	} {
		if got, err := section(changelog, version); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %q and %v, want %q", version, got, err, want)
		}
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run([]string{"v0.1.0"}, strings.NewReader(changelog), &out); err != nil || out.String() != "The first.\n" {
		t.Errorf("got %q and %v", out.String(), err)
	}
	for _, args := range [][]string{nil, {"v0.1.0", "more"}, {"v9.9.9"}} {
		if err := run(args, strings.NewReader(changelog), &out); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}

// The repository's own changelog can be read.
func TestOwnChangelog(t *testing.T) {
	t.Parallel()
	own, err := os.ReadFile("../../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := section(string(own), "Unreleased"); err != nil || strings.Contains(got, "\n## ") {
		t.Errorf("got %q and %v", got, err)
	}
}
