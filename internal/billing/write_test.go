package billing

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestWriteIsWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "invoice.pdf")
	if err := write(file, []byte("one"), false); err != nil {
		t.Fatal(err)
	}
	if err := write(file, []byte("two"), false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("writing over a file gives %v", err)
	}
	if err := write(file, []byte("three"), true); err != nil {
		t.Error(err)
	}
	content, err := os.ReadFile(file)
	if err != nil || string(content) != "three" {
		t.Errorf("the file holds %q, %v", content, err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info, err)
	}
	if err := write(filepath.Join(folder, "missing", "invoice.pdf"), nil, false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing folder gives %v", err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}
