package nebula

import (
	"bytes"
	"encoding/json"
)

// envelope is the frame of every answer.
type envelope struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

func (e envelope) success() bool { return e.Status == "success" }
func (e envelope) failed() bool  { return e.Status == "failed" }

// decodeEnvelope reads the frame and leaves "data" alone, whose type differs
// from call to call and does not matter when the call was refused. ok is false
// for anything that is not a documented envelope.
func decodeEnvelope(body []byte) (env envelope, ok bool) {
	if err := json.Unmarshal(body, &env); err != nil {
		return envelope{}, false
	}
	return env, env.success() || env.failed()
}

// decodeData reads "data" into a T. The body is scanned a second time rather
// than copied aside. ok is false when data is absent, null or of another type;
// the decoder's own error is dropped because it can quote the body.
func decodeData[T any](body []byte) (data T, ok bool) {
	var frame struct {
		Data *T `json:"data"`
	}
	if err := json.Unmarshal(body, &frame); err != nil || frame.Data == nil {
		return data, false
	}
	return *frame.Data, true
}

// looksLikeHTML helps to tell people that a proxy answered.
func looksLikeHTML(contentType string, body []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) || bytes.Contains([]byte(contentType), []byte("text/html"))
}
