package billing_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

const download = `
action "nebula_invoice_download" "this" {
  config {
    id        = "ID"
    path      = "FOLDER/invoice.pdf"
    overwrite = OVERWRITE
  }
}
`

func invoke(t *testing.T, c *acctest.CLI, id, overwrite string) acctest.Result {
	t.Helper()
	c.Write("main.tf", strings.NewReplacer("FOLDER", filepath.ToSlash(c.Dir), "ID", id, "OVERWRITE", overwrite).Replace(download))
	return c.Apply("-invoke=action.nebula_invoice_download.this")
}

func TestAccInvoiceDownload(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	c := w.CLI(t)
	c.Requires(acctest.NeedsActions())
	file := filepath.Join(c.Dir, "invoice.pdf")
	content := func() string {
		t.Helper()
		b, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return string(b)
	}
	// What is no PDF is not written, and the API's sentence is shown.
	invoke(t, c, "4711", "false").Expect(1, "Invoice not found", "No file was written")
	w.API.Inject(fakenebula.Fault{Operation: fakenebula.OpDownloadInvoice, Times: -1, Answer: fakenebula.HTML(200)})
	invoke(t, c, "3688", "false").Expect(1, "HTML page", "No file was written")
	w.API.ClearFaults()
	if got := content(); got != "" {
		t.Fatalf("a file of %d bytes was written", len(got))
	}
	invoke(t, c, "3688", "false").Expect(0, "Invoice 3688 is in", "invoice.pdf")
	if got := content(); !strings.HasPrefix(got, "%PDF-") {
		t.Fatalf("the file begins with %.20q", got)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	calls := w.API.Count(fakenebula.OpDownloadInvoice)
	invoke(t, c, "3688", "false").Expect(1, "exists already", "overwrite = true")
	if got := content(); got != "mine" || w.API.Count(fakenebula.OpDownloadInvoice) != calls {
		t.Errorf("the file holds %.20q after %d calls", got, w.API.Count(fakenebula.OpDownloadInvoice)-calls)
	}
	invoke(t, c, "3688", "true").Expect(0)
	if got := content(); !strings.HasPrefix(got, "%PDF-") {
		t.Errorf("the file begins with %.20q", got)
	}
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".invoice-") {
			t.Errorf("%s is left", entry.Name())
		}
	}
}
