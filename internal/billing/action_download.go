package billing

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var _ action.ActionWithConfigure = (*downloadAction)(nil)

type downloadAction struct{ tfkit.Action }

// NewInvoiceDownloadAction is the action nebula_invoice_download.
func NewInvoiceDownloadAction() action.Action {
	return &downloadAction{tfkit.Action{Type: "invoice_download"}}
}

type downloadModel struct {
	ID        types.String `tfsdk:"id"`
	Path      types.String `tfsdk:"path"`
	Overwrite types.Bool   `tfsdk:"overwrite"`
}

func (a *downloadAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Downloads an invoice as a PDF file. The file is written whole or not at all, and only its owner can read it (mode 0600). " +
			"Run it with `terraform apply -invoke=action.nebula_invoice_download.NAME`.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				MarkdownDescription: "Identifier of the invoice, which is `id` and not `number` of a row of `nebula_invoices`.",
				Required:            true,
				Validators:          []validator.String{tfkit.ObjectID()},
			},
			"path": schema.StringAttribute{
				MarkdownDescription: "Path of the file to write. Its folder must exist. A relative path is relative to the folder in which Terraform runs.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"overwrite": schema.BoolAttribute{
				MarkdownDescription: "Whether a file that exists already may be replaced. Defaults to `false`.",
				Optional:            true,
			},
		},
	}
}

// Invoke downloads first and looks for the file's place then, so that nothing
// is touched by a download that fails.
func (a *downloadAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m downloadModel
	a.Run(ctx, tfkit.Invoking("download invoice", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		file := m.Path.ValueString()
		if _, err := os.Lstat(file); err == nil && !m.Overwrite.ValueBool() {
			op.Refuse(fileExists(file))
			return
		}
		content, err := op.Client.DownloadInvoice(ctx, nebula.ID(m.ID.ValueString()))
		if err != nil {
			op.Fail(tfkit.Failure{Err: err, State: "No file was written."})
			return
		}
		switch err := write(file, content, m.Overwrite.ValueBool()); {
		case errors.Is(err, fs.ErrExist):
			op.Refuse(fileExists(file))
		case err != nil:
			op.Refuse(tfkit.Message{Attribute: path.Root("path"), What: "The file cannot be written: " + tfkit.Sentence(err),
				State: "No file was written.", Next: "Check that the folder exists and that you may write there."})
		default:
			op.Say(fmt.Sprintf("Invoice %s is in %s (%d bytes).", m.ID.ValueString(), absolute(file), len(content)))
		}
	})
}

func fileExists(file string) tfkit.Message {
	return tfkit.Message{Attribute: path.Root("path"), What: fmt.Sprintf("The file %s exists already.", tfkit.Quoted(file)),
		State: "The file was not changed.", Next: "Give another path, or set overwrite = true."}
}

// write puts the content into a new file beside the place it is for, and moves
// it there once it is whole. Without overwrite the move is a link, which fails
// when the place is taken meanwhile.
func write(file string, content []byte, overwrite bool) (err error) {
	beside, err := os.CreateTemp(filepath.Dir(file), ".invoice-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(beside.Name()) }()
	_, err = beside.Write(content)
	if err == nil {
		err = beside.Sync()
	}
	if closeErr := beside.Close(); err == nil {
		err = closeErr
	}
	switch {
	case err != nil:
		return err
	case overwrite:
		return os.Rename(beside.Name(), file)
	}
	return os.Link(beside.Name(), file)
}

func absolute(file string) string {
	if full, err := filepath.Abs(file); err == nil {
		return full
	}
	return file
}
