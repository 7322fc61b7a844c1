package nebula

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// envelope is the frame of a documented answer.
type envelope struct{ status, message string }

func (e envelope) success() bool { return e.status == "success" }
func (e envelope) failed() bool  { return e.status == "failed" }

// envelopeOf reads the frame and leaves "data" alone, whose type differs from
// call to call. ok is false for anything that is not a documented envelope.
func envelopeOf(o object) (env envelope, ok bool) {
	status, isText := o.text("status")
	message, readable := o.text("message")
	if _, present := o.present("message"); present && !readable || !isText {
		return envelope{}, false
	}
	env = envelope{status, message}
	return env, env.success() || env.failed()
}

// saying is what the API has to say about a call that did not succeed.
type saying struct {
	// refuses says that the API did nothing.
	refuses bool
	message string
	// fields are the last parts of what the API says of where the fault is.
	fields []string
}

// sayingOf recognises the three forms of a refusal (see the package comment). A
// 5xx and an answer that says "success" refuse nothing, but their text is worth
// reading all the same.
func sayingOf(a answer) saying {
	rejected := a.status >= 400 && a.status < 500
	env, enveloped := envelopeOf(a.members)
	if enveloped {
		return saying{refuses: env.failed() && (rejected || a.success()), message: env.message}
	}
	if detail, ok := a.members.present("detail"); ok {
		s, known := sayingOfDetail(detail)
		s.refuses = known && rejected
		return s
	}
	message, isText := a.members.text("message")
	_, hasStatus := a.members["status"]
	return saying{refuses: rejected && isText && !hasStatus, message: message}
}

// fault is an entry of the list that FastAPI answers a 422 with. Its "input"
// repeats what was sent, secrets included, and is not read.
type fault struct {
	Message *string `json:"msg"`
	Place   []any   `json:"loc"`
}

// sayingOfDetail reads a text, or a list of faults.
func sayingOfDetail(detail json.RawMessage) (s saying, known bool) {
	if json.Unmarshal(detail, &s.message) == nil {
		return s, true
	}
	var faults []fault
	if json.Unmarshal(detail, &faults) != nil {
		return saying{}, false
	}
	var sentences []string
	for _, f := range faults {
		if f.Message == nil {
			return saying{}, false
		}
		sentence := *f.Message
		if len(f.Place) > 0 {
			if name, ok := f.Place[len(f.Place)-1].(string); ok {
				sentence = name + ": " + sentence
				s.fields = append(s.fields, name)
			}
		}
		sentences = append(sentences, sentence)
	}
	s.message = strings.Join(sentences, "; ")
	return s, true
}

// among gives the fields that were sent, each once: an error can be put on
// those only.
func (s saying) among(sent []string) []string {
	var fields []string
	for _, field := range s.fields {
		if slices.Contains(sent, field) && !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
	}
	return fields
}

// sentFields are the names that a request held, in its query or body.
func sentFields(call call, content []byte) []string {
	var names []string
	for name := range call.target.query {
		names = append(names, name)
	}
	if form, err := url.ParseQuery(string(content)); err == nil && strings.Contains(call.contentType, "form") {
		for name := range form {
			names = append(names, name)
		}
		return names
	}
	members, _ := parseObject(content)
	for name := range members {
		names = append(names, name)
	}
	return names
}
