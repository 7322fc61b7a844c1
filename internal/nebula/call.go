package nebula

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync/atomic"
)

// call is one operation of the API, which may take several tries. It says
// itself what it is: nothing is guessed from the method, because some GETs of
// this API change things.
type call struct {
	method string
	target target
	// resends says which failures may be answered by sending the call again.
	resends resends
	// body makes what is sent, again for each try; nil sends nothing.
	body        func() ([]byte, error)
	contentType string
	// accept is the Accept header; "" means JSON.
	accept string
	// anonymous calls carry no credential; bearer overrides the client's.
	anonymous bool
	bearer    string
	// finish lets a try that has begun come to its end when the caller is
	// interrupted: breaking off a call that changes things would only make
	// its outcome unknown. Waits between tries still end at once.
	finish bool
	// ownConnection keeps the call off connections that were used before.
	// net/http sends a GET a second time, silently, when such a connection
	// breaks under it.
	ownConnection bool
	// maxFaults lowers the client's MaxRetries where it is positive.
	maxFaults int
	// effect is set once a try succeeded or may have been acted on.
	effect *atomic.Bool
	// file is what a download expects instead of JSON.
	file *fileKind
	// read takes what it needs from a success and returns what is wrong with
	// it, or "". A success that lacks what it must have is ambiguous.
	read func(answer) (wrong string)
}

// reading is a call that changes nothing (GET).
func reading(t target) call {
	return call{method: http.MethodGet, target: t, resends: resendsReads}
}

// posting is a call that makes something (POST). body is made for each try,
// because a try can follow long after the call began.
func posting(t target, body func() ([]byte, error)) call {
	return call{method: http.MethodPost, target: t, resends: resendsUnsent, body: body, contentType: "application/json", finish: true}
}

// putting is a call that changes something (PUT).
func putting(t target, body func() ([]byte, error)) call {
	call := posting(t, body)
	call.method = http.MethodPut
	return call
}

// deleting is a call that removes something (DELETE). It may be sent again
// after faults, because deleting twice is deleting once.
func deleting(t target) call {
	return call{method: http.MethodDelete, target: t, resends: resendsDeletes, finish: true}
}

// changing is a GET that changes something, such as the start of a machine. It
// goes out on a connection of its own and is never sent again once it may have
// arrived.
func changing(t target) call {
	return call{method: http.MethodGet, target: t, resends: resendsUnsent, finish: true, ownConnection: true}
}

// jsonBody makes the body of each try from what prepare returns.
func jsonBody[T any](prepare func() (T, error)) func() ([]byte, error) {
	return func() ([]byte, error) {
		value, err := prepare()
		if err != nil {
			return nil, err
		}
		return encodeJSON(value)
	}
}

// encodeJSON leaves <, > and & as they are: they are text here, not HTML.
func encodeJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}
