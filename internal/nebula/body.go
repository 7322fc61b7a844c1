package nebula

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxBody caps an answer's body; a longer one is no answer.
const maxBody = 16 << 20

// readBody reads a whole body into one buffer of its announced size.
func readBody(resp *http.Response) ([]byte, error) {
	var buf bytes.Buffer
	if resp.ContentLength > maxBody {
		return nil, fmt.Errorf("the answer is larger than %d MiB", maxBody>>20)
	}
	if resp.ContentLength > 0 {
		buf.Grow(int(resp.ContentLength) + bytes.MinRead)
	}
	n, err := buf.ReadFrom(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, errors.New("the answer did not arrive whole within the time-out")
	case err != nil:
		return nil, errors.New("the answer broke off")
	case n > maxBody:
		return nil, fmt.Errorf("the answer is larger than %d MiB", maxBody>>20)
	}
	return buf.Bytes(), nil
}

// looksLikeHTML helps to tell people that a proxy answered.
func looksLikeHTML(contentType string, body []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) || bytes.Contains([]byte(contentType), []byte("text/html"))
}
