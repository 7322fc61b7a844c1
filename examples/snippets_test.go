package examples_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/examples"
	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
)

var (
	variable    = regexp.MustCompile(`(?m)^variable "([^"]+)"`)
	importBlock = regexp.MustCompile(`(?ms)^import \{\n.*?^\}\n`)
	importTo    = regexp.MustCompile(`(?m)^(\s+to\s+= )`)
	noLetters   = regexp.MustCompile(`[^a-z0-9]+`)
)

// Every configuration that the documentation shows is valid. All of them are
// modules of one configuration, so that one command looks at all.
func TestExamplesAreValid(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	cli := w.CLI(t)
	version := acctest.Minor()
	var root strings.Builder
	modules := 0
	for _, file := range files(t, ".tf") {
		if other, ok := otherProviders[file]; ok {
			if !strings.Contains(examples.Text(file), `"`+other+`"`) {
				t.Errorf("%s does not name %s", file, other)
			}
			continue
		}
		if reason := tooOld(file, version); reason != "" {
			t.Logf("%s is left out: %s", file, reason)
			continue
		}
		modules++
		root.WriteString(module(t, cli, file))
	}
	for file := range otherProviders {
		examples.Text(file) // panics when the file is gone
	}
	if modules < 40 {
		t.Errorf("only %d examples were found", modules)
	}
	cli.Write("main.tf", root.String())
	cli.Run("get", "-no-color").Expect(0)
	cli.Run("validate", "-no-color").Expect(0, "The configuration is valid")
	w.ExpectSilence()
}

// module writes an example into a folder, and returns the blocks that make it a
// module of the configuration. Only a root module can import, so its import
// blocks are among them.
func module(t *testing.T, cli *acctest.CLI, file string) string {
	t.Helper()
	name := "example_" + noLetters.ReplaceAllString(strings.TrimSuffix(file, ".tf"), "_")
	if err := os.Mkdir(filepath.Join(cli.Dir, name), 0o700); err != nil {
		t.Fatal(err)
	}
	var imports, variables strings.Builder
	arguments := fmt.Sprintf("  source = \"./%s\"\n", name)
	for inside, content := range configuration(file) {
		for _, block := range importBlock.FindAllString(content, -1) {
			block = strings.ReplaceAll(block, "var.", "var."+name+"_")
			imports.WriteString(importTo.ReplaceAllString(block, "${1}module."+name+"."))
		}
		for _, match := range variable.FindAllStringSubmatch(content, -1) {
			// While validating, the value of a variable without a default is unknown.
			arguments += fmt.Sprintf("  %s = var.%s_%s\n", match[1], name, match[1])
			fmt.Fprintf(&variables, "variable %q {\n  type = any\n}\n", name+"_"+match[1])
		}
		cli.Write(path.Join(name, inside), importBlock.ReplaceAllString(content, ""))
	}
	return fmt.Sprintf("module %q {\n%s}\n", name, arguments) + variables.String() + imports.String()
}

// tooOld says why a command line of this minor version cannot read an example.
func tooOld(file string, version int) string {
	switch {
	case path.Base(file) == "import-by-identity.tf" && version < 12:
		return fmt.Sprintf("import by identity needs Terraform or OpenTofu 1.12, and this is 1.%d", version)
	case strings.HasPrefix(file, "actions/") && (acctest.OpenTofu() || version < 14):
		return "actions need Terraform 1.14 or later"
	}
	return ""
}

var (
	snippet   = regexp.MustCompile(`\{\{ tffile "([^"]+)" \}\}`)
	ownFolder = regexp.MustCompile(`(?i)empty folder|configuration of its own|folder of its own`)
)

// A snippet that a page has people put into an empty folder must work alone:
// without required_providers Terraform looks for hashicorp/nebula.
func TestSnippetsForEmptyFolders(t *testing.T) {
	t.Parallel()
	var pages []string
	for _, pattern := range []string{"../templates/*.tmpl", "../templates/*/*.tmpl"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, found...)
	}
	alone := 0
	for _, page := range pages {
		content, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		paragraphs := strings.Split(string(content), "\n\n")
		for i, paragraph := range paragraphs {
			match := snippet.FindStringSubmatch(paragraph)
			if match == nil || i == 0 || !ownFolder.MatchString(paragraphs[i-1]) {
				continue
			}
			file := strings.TrimPrefix(match[1], "examples/")
			if alone++; !strings.Contains(examples.Text(file), "nebulablock/nebula") {
				t.Errorf("%s has people put %s into an empty folder, and it has no required_providers", page, file)
			}
		}
	}
	if alone == 0 {
		t.Error("no page has a snippet for an empty folder")
	}
}
