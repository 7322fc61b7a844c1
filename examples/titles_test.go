package examples_test

import (
	"go/ast"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// titleArgument says which argument of the framework's functions that make a
// diagnostic is the title.
var titleArgument = map[string]int{
	"AddError": 0, "AddWarning": 0, "AddAttributeError": 1, "AddAttributeWarning": 1,
	"NewErrorDiagnostic": 0, "NewWarningDiagnostic": 0, "NewAttributeErrorDiagnostic": 1, "NewAttributeWarningDiagnostic": 1,
}

// titlesOf are the titles of all errors and warnings that a package, and what it
// imports, can report.
func titlesOf(t *testing.T, root, name string) []string {
	t.Helper()
	code, err := readSource(root, name)
	if err != nil {
		t.Fatal(err)
	}
	trace := newTracer(code, map[string]func(string) string{
		// Cleaning changes no title that is written in the code.
		"Printable": func(s string) string { return s },
		"Capital":   func(s string) string { return strings.ToUpper(s[:1]) + s[1:] },
	})
	var titles []string
	for _, file := range code.syntax {
		ast.Inspect(file, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			selector, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if at, ok := titleArgument[selector.Sel.Name]; ok && at < len(call.Args) {
				texts, err := trace.texts(call.Args[at])
				if err != nil {
					t.Error(err)
				}
				titles = append(titles, texts...)
			}
			return true
		})
	}
	slices.Sort(titles)
	return slices.Compact(titles)
}

// Each title of an error or a warning has a row in the guide, and each row's
// titles can be reported.
func TestEveryTitleIsExplained(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../templates/guides/when-an-apply-goes-wrong.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(guide), "\n## The errors and warnings, one by one\n")
	if !ok {
		t.Fatal("the guide has no such section")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	explained, isTitle := map[string]bool{}, false
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) < 3 {
			isTitle = false
			continue
		}
		if isTitle = isTitle || strings.TrimSpace(cells[1]) == "Title"; !isTitle {
			continue
		}
		for _, title := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[1], -1) {
			if explained[title[1]] {
				t.Errorf("two rows are about %q", title[1])
			}
			explained[title[1]] = true
		}
	}
	titles := titlesOf(t, "..", "internal/provider")
	for _, title := range titles {
		if !explained[title] {
			t.Errorf("no row explains %q", title)
		}
		delete(explained, title)
	}
	for title := range explained {
		t.Errorf("a row explains %q, which nothing reports", title)
	}
}
