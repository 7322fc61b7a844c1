package fakenebula

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Operation names what a request asks for, whatever the spelling of its path.
type Operation string

// The operations of the API.
const (
	OpLogin     Operation = "login"
	OpCreateKey Operation = "create key"
	OpListKeys  Operation = "list keys"
	OpDeleteKey Operation = "delete key"
	// OpOther is a request that no route answers.
	OpOther Operation = "other"
	// OpAny matches every operation, in faults and counts.
	OpAny Operation = ""
)

// route is one line of the API. A new kind of thing brings a file with its
// routes, and a line in New.
type route struct {
	method    string
	path      string // below the base path; "{id}" stands for one segment
	operation Operation
	open      bool // needs no credential
	// describe notes in the journal what the request says, nil for nothing.
	describe func(*call)
	// handle carries the request out at the given instant; the state is locked.
	handle func(s *Server, c *call, at time.Time) Answer
}

// call is a request on its way through the server.
type call struct {
	route  *route // nil when none answers
	miss   Answer // the answer then
	id     string // what stood for "{id}"
	header http.Header
	body   []byte
	entry  *Request // in the journal
	actor  Actor    // who calls, once authorized
	omit   func(Key) bool
}

// find is the route of a request, the id in its path, and the answer when
// there is no route.
func (s *Server) find(r *http.Request) (found *route, id string, miss Answer) {
	below, inside := strings.CutPrefix(r.URL.EscapedPath(), s.base+"/")
	if !inside {
		return nil, "", Answer{Status: http.StatusNotFound, ContentType: "text/plain; charset=utf-8", Body: "404 page not found\n"}
	}
	miss = Failed(http.StatusNotFound, "Not Found")
	for i := range s.routes {
		id, ok := matchPath(s.routes[i].path, "/"+below)
		if !ok {
			continue
		}
		if s.routes[i].method == r.Method {
			return &s.routes[i], id, Answer{}
		}
		miss = Failed(http.StatusMethodNotAllowed, "Method Not Allowed")
	}
	return nil, "", miss
}

// matchPath compares an escaped path with a pattern, segment by segment, so
// that an escaped slash stays inside its segment.
func matchPath(pattern, path string) (id string, ok bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return "", false
	}
	for i := range want {
		segment, err := url.PathUnescape(have[i])
		switch {
		case err != nil:
			return "", false
		case want[i] == "{id}" && segment != "":
			id = segment
		case want[i] != segment:
			return "", false
		}
	}
	return id, true
}

// envelope is what every answer of the API is wrapped in.
type envelope struct {
	Data    any    `json:"data,omitempty"`
	Message string `json:"message"`
	Status  string `json:"status"`
}

// succeeded is the documented answer of a call that worked.
func succeeded(message string, data any) Answer {
	return envelopeAnswer(http.StatusOK, envelope{Data: data, Message: message, Status: "success"})
}

func envelopeAnswer(status int, e envelope) Answer {
	body, err := json.Marshal(e)
	if err != nil {
		return Answer{Status: http.StatusInternalServerError, ContentType: "text/plain", Body: "the fake cannot encode its answer"}
	}
	return JSON(status, string(body))
}

// mediaType is the request's Content-Type without parameters.
func (c *call) mediaType() string {
	media, _, err := mime.ParseMediaType(c.header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return media
}

// decode reads a JSON object strictly: an unknown field is an error, so that a
// client's spelling mistake shows.
func (c *call) decode(into any) error {
	decoder := json.NewDecoder(strings.NewReader(string(c.body)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("data after the JSON object")
	}
	return nil
}
