// Package examples holds the example configurations. The documentation shows
// these files, and the tests and the demo run them: what is shown is what was
// tested.
package examples

import "embed"

// Files are all examples, by their path below this folder, such as
// "provider/provider.tf".
//
//go:embed */* guides/rotating-keys/gitops/.sops.yaml
var Files embed.FS

// Text is the content of one example. It panics when there is no such file,
// since the files are part of the program.
func Text(path string) string {
	content, err := Files.ReadFile(path)
	if err != nil {
		panic(err)
	}
	return string(content)
}
