package acctest

import (
	"os"
	"path/filepath"
	"testing"
)

// EnvUpdateGolden makes Golden write what it is given, when it is set.
const EnvUpdateGolden = "UPDATE_GOLDEN"

// Golden compares a text with testdata/folder/name.golden of the package under
// test.
func Golden(t *testing.T, folder, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", folder, name+".golden")
	if os.Getenv(EnvUpdateGolden) != "" {
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file) //nolint:gosec // the test's own file
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// GoldenFiles checks that a folder holds the files of these names and no others.
func GoldenFiles[T any](t *testing.T, folder string, names map[string]T) {
	t.Helper()
	files, err := os.ReadDir(filepath.Join("testdata", folder))
	if err != nil && os.Getenv(EnvUpdateGolden) == "" {
		t.Fatal(err)
	}
	for _, file := range files {
		name := file.Name()
		if _, ok := names[name[:len(name)-len(filepath.Ext(name))]]; !ok || filepath.Ext(name) != ".golden" {
			t.Errorf("%s belongs to no test", name)
		}
	}
}
