package nebula

import (
	"bytes"
	"context"
	"mime"
	"slices"
	"strings"
)

// fileKind is a kind of file that a download can bring.
type fileKind struct {
	// name is what people call it, as in "a PDF file".
	name         string
	contentTypes []string
	// magic is what every file of the kind begins with.
	magic string
}

// is says that a success holds such a file. Where the answer says no type, or
// that of any bytes, the first bytes decide alone.
func (k fileKind) is(a answer) bool {
	if !bytes.HasPrefix(a.body, []byte(k.magic)) {
		return false
	}
	contentType, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	return contentType == "" || contentType == "application/octet-stream" || slices.Contains(k.contentTypes, contentType)
}

// download reads a file that comes without an envelope (GET), of at most 16 MiB.
// A refusal comes as JSON, in any of its forms.
func (c *Client) download(ctx context.Context, t target, kind fileKind) ([]byte, error) {
	var content []byte
	call := reading(t)
	call.accept = strings.Join(append(slices.Clone(kind.contentTypes), "application/json"), ", ")
	call.file = &kind
	call.read = func(a answer) string {
		if !kind.is(a) {
			return "the answer is not " + kind.name
		}
		content = a.body
		return ""
	}
	if err := c.do(ctx, call); err != nil {
		return nil, err
	}
	return content, nil
}
