package fakenebula

import (
	"cmp"
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

// The operations that belong to no thing.
const (
	// OpOther is a request that no route answers.
	OpOther Operation = "other"
	// OpAbsent is a request to a spelling that is known from another reading
	// of the API, and that this one does not have.
	OpAbsent Operation = "absent spelling"
	// OpAny matches every operation, in faults and counts.
	OpAny Operation = ""
)

// route is one line of the API.
type route struct {
	method    string
	path      string // below the base path; "{id}" stands for one segment
	operation Operation
	open      bool // needs no credential
	// changes says that the call changes something, whatever its method.
	changes bool
	// absent says that this API does not have the spelling.
	absent bool
	// absentStatus is the answer then; 404, or 405 where the path has another
	// method, when zero.
	absentStatus int
	// describe notes in the journal what the request says, nil for nothing.
	describe func(*call)
	// handle carries the request out at the given instant; the state is locked.
	handle func(c *call, at time.Time) Answer
}

// call is a request on its way through the server.
type call struct {
	route  *route // nil when none answers
	absent bool   // it went to a spelling that this API does not have
	miss   Answer // the answer when no route answers
	id     string // what stood for "{id}"
	query  url.Values
	header http.Header
	body   []byte
	entry  *Request // in the journal
	actor  Actor    // who calls, once authorized
	omit   func(Object) bool
}

// note adds a fact to the request's journal entry. It must not be a secret.
func (c *call) note(fact, value string) {
	if c.entry.Facts == nil {
		c.entry.Facts = map[string]string{}
	}
	c.entry.Facts[fact] = value
}

// find sets the call's route and the id in its path, or the answer when there
// is no route.
func (s *Server) find(r *http.Request, c *call) {
	below, inside := strings.CutPrefix(r.URL.EscapedPath(), s.base+"/")
	if !inside {
		c.miss = Answer{Status: http.StatusNotFound, ContentType: "text/plain; charset=utf-8", Body: "404 page not found\n"}
		return
	}
	status := http.StatusNotFound
	var absent *route
	for i := range s.routes {
		known := &s.routes[i]
		id, ok := matchPath(known.path, "/"+below)
		switch {
		case !ok:
		case known.method != r.Method && !known.absent:
			status = http.StatusMethodNotAllowed
		case known.method != r.Method:
		case known.absent:
			absent = known
		default:
			c.route, c.id = known, id
			return
		}
	}
	if absent != nil {
		c.absent = true
		status = cmp.Or(absent.absentStatus, status)
	}
	c.miss = s.noRoute(status)
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

func envelopeAnswer(status int, e envelope) Answer { return encoded(status, e) }

// encoded is an answer with a value as JSON.
func encoded(status int, value any) Answer {
	body, err := json.Marshal(value)
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

// readJSON reads a JSON body, which must be announced as such. A refusal has a
// status.
func (s *Server) readJSON(c *call, into any) (refusal Answer) {
	if c.mediaType() != "application/json" {
		return s.refuse(http.StatusUnsupportedMediaType, "Unsupported media type")
	}
	err := c.decode(into)
	if err == nil {
		return Answer{}
	}
	problem := FieldError{Type: "json_invalid", Loc: []string{"body"}, Msg: "Invalid JSON", Input: bodyInput(c.body)}
	var mistyped *json.UnmarshalTypeError
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		problem.Type, problem.Loc = "extra_forbidden", append(problem.Loc, strings.Trim(name, `"`))
	} else if errors.As(err, &mistyped) && mistyped.Field != "" {
		problem.Type, problem.Loc = "type_error", append(problem.Loc, mistyped.Field)
	}
	return s.refuseField(http.StatusBadRequest, problem)
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
