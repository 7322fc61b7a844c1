package fakenebula

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// Answer is a raw HTTP answer.
type Answer struct {
	Status      int
	ContentType string      // application/json when empty
	Header      http.Header // besides
	Body        string
	// Pad is the number of spaces sent before Body. They keep JSON valid: only
	// a client that counts notices.
	Pad int64
	// Cut sends half of Body, then closes the connection.
	Cut bool
	// Stall sends half of Body, then nothing until the caller gives up.
	Stall bool
	// After is sent after the answer, on the same connection. Only a port has
	// connections: in process it is dropped.
	After string
}

// JSON is an answer with a literal JSON body.
func JSON(status int, body string) Answer { return Answer{Status: status, Body: body} }

// HTML is the error page of a proxy in front of the API.
func HTML(status int) Answer {
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	return Answer{Status: status, ContentType: "text/html; charset=utf-8",
		Body: "<html><head><title>" + title + "</title></head><body><h1>" + title + "</h1></body></html>\n"}
}

// Redirect is a 3xx answer to location.
func Redirect(status int, location string) Answer {
	a := HTML(status)
	a.Header = http.Header{"Location": {location}}
	return a
}

// TooManyRequests is a 429 with the given Retry-After header, without one when
// empty.
func TooManyRequests(retryAfter string) Answer {
	a := Failed(http.StatusTooManyRequests, "Too many requests")
	if retryAfter != "" {
		a.Header = http.Header{"Retry-After": {retryAfter}}
	}
	return a
}

// FollowedBy is a Fault.Rewrite that sends bytes after the answer on the same
// connection, which stays open. text makes them of the answer.
func FollowedBy(text func(Answer) string) func(Answer) Answer {
	return func(a Answer) Answer {
		a.After = text(a)
		return a
	}
}

// WithHeader is a Fault.Rewrite that sets a header field of the answer.
func WithHeader(name, value string) func(Answer) Answer {
	return func(a Answer) Answer {
		a.Header = maps.Clone(a.Header)
		if a.Header == nil {
			a.Header = http.Header{}
		}
		a.Header.Set(name, value)
		return a
	}
}

// Cut is a Fault.Rewrite that breaks the connection in the middle of the body.
func Cut(a Answer) Answer {
	a.Cut = true
	return a
}

// Stall is a Fault.Rewrite that stops in the middle of the body.
func Stall(a Answer) Answer {
	a.Stall = true
	return a
}

// Oversize is a Fault.Rewrite that makes the body larger than 16 MiB, still
// valid JSON.
func Oversize(a Answer) Answer {
	a.Pad = 16 << 20
	return a
}

// WithData is a Fault.Rewrite that replaces the envelope's data by literal
// JSON.
func WithData(data string) func(Answer) Answer {
	return rewriteObject(func(envelope map[string]json.RawMessage) {
		envelope["data"] = json.RawMessage(data)
	})
}

// WithMember is a Fault.Rewrite that puts a member beside the envelope's data,
// such as a total or a link to the next page, as literal JSON.
func WithMember(name, value string) func(Answer) Answer {
	return rewriteObject(func(envelope map[string]json.RawMessage) { envelope[name] = json.RawMessage(value) })
}

// FirstRows is a Fault.Rewrite that leaves only the first n rows of data, which
// must be an array.
func FirstRows(n int) func(Answer) Answer {
	return rewriteObject(func(envelope map[string]json.RawMessage) {
		var rows []json.RawMessage
		if json.Unmarshal(envelope["data"], &rows) == nil {
			envelope["data"] = marshal(rows[:min(n, len(rows))])
		}
	})
}

// Both is a Fault.Rewrite that makes one change after the other.
func Both(first, second func(Answer) Answer) func(Answer) Answer {
	return func(a Answer) Answer { return second(first(a)) }
}

// WithField is a Fault.Rewrite that replaces one field of data, in every
// element where data is an array, by literal JSON.
func WithField(field, value string) func(Answer) Answer {
	return rewriteData(func(object map[string]json.RawMessage) { object[field] = json.RawMessage(value) })
}

// WithoutField is a Fault.Rewrite that removes one field of data, from every
// element where data is an array.
func WithoutField(field string) func(Answer) Answer {
	return rewriteData(func(object map[string]json.RawMessage) { delete(object, field) })
}

func rewriteData(edit func(map[string]json.RawMessage)) func(Answer) Answer {
	return rewriteObject(func(envelope map[string]json.RawMessage) {
		var rows []map[string]json.RawMessage
		if json.Unmarshal(envelope["data"], &rows) == nil {
			for _, row := range rows {
				edit(row)
			}
			envelope["data"] = marshal(rows)
			return
		}
		var object map[string]json.RawMessage
		if json.Unmarshal(envelope["data"], &object) == nil && object != nil {
			edit(object)
			envelope["data"] = marshal(object)
		}
	})
}

// rewriteObject edits a JSON body; another body stays as it is.
func rewriteObject(edit func(map[string]json.RawMessage)) func(Answer) Answer {
	return func(a Answer) Answer {
		var object map[string]json.RawMessage
		if json.Unmarshal([]byte(a.Body), &object) == nil && object != nil {
			edit(object)
			a.Body = string(marshal(object))
		}
		return a
	}
}

func marshal(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("fakenebula: the literal given to a Rewrite is not JSON: " + err.Error())
	}
	return b
}

// succeeds reports whether an answer of the API's own says "success".
func (a Answer) succeeds() bool { return strings.Contains(a.Body, `"status":"success"`) }

// size is the length of the body as sent.
func (a Answer) size() int { return int(a.Pad) + len(a.sent()) }

// sent is what gets through of Body.
func (a Answer) sent() string {
	if a.Cut || a.Stall {
		return a.Body[:len(a.Body)/2]
	}
	return a.Body
}

// headers are the answer's header fields. A body that does not end well
// announces more than comes, so that the caller can tell.
func (a Answer) headers() http.Header {
	h := http.Header{"Content-Type": {"application/json"}}
	if a.ContentType != "" {
		h.Set("Content-Type", a.ContentType)
	}
	h.Set("Content-Length", strconv.FormatInt(a.contentLength(), 10))
	maps.Copy(h, a.Header)
	return h
}

// contentLength is what is announced: more than comes of a body that breaks off.
func (a Answer) contentLength() int64 {
	length := a.Pad + int64(len(a.Body))
	if a.Cut || a.Stall {
		length++
	}
	return length
}

// content is the body up to where it ends or breaks off.
func (a Answer) content() io.Reader {
	return io.MultiReader(io.LimitReader(spaces{}, a.Pad), strings.NewReader(a.sent()))
}

// write sends the answer over a real connection.
func (a Answer) write(ctx context.Context, w http.ResponseWriter) {
	if a.After != "" {
		a.writeMore(ctx, w)
		return
	}
	maps.Copy(w.Header(), a.headers())
	w.WriteHeader(a.Status)
	if _, err := io.Copy(w, a.content()); err != nil {
		panic(http.ErrAbortHandler)
	}
	if !a.Cut && !a.Stall {
		return
	}
	if err := http.NewResponseController(w).Flush(); err != nil {
		panic(http.ErrAbortHandler)
	}
	if a.Stall {
		<-ctx.Done()
	}
	panic(http.ErrAbortHandler)
}

// writeMore sends the answer and the bytes after it, and keeps the connection
// until the caller closes it or the server ends.
func (a Answer) writeMore(ctx context.Context, w http.ResponseWriter) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	response := http.Response{StatusCode: a.Status, ProtoMajor: 1, ProtoMinor: 1, Header: a.headers(),
		ContentLength: a.contentLength(), Body: io.NopCloser(a.content())}
	if response.Write(buffered) != nil {
		return
	}
	if _, err := buffered.WriteString(a.After); err != nil || buffered.Flush() != nil {
		return
	}
	_, _ = io.Copy(io.Discard, conn)
}

// spaces is an endless run of them.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for n := copy(p, " "); n > 0 && n < len(p); n *= 2 {
		copy(p[n:], p[:n])
	}
	return len(p), nil
}
