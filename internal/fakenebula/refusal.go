package fakenebula

import (
	"cmp"
	"encoding/json"
	"net/http"
)

// RefusalForm is how the API says no.
type RefusalForm int

// The forms of a refusal.
const (
	// RefusalsAsRead is EnvelopeRefusals in 2024 and DetailRefusals in 2025.
	RefusalsAsRead RefusalForm = iota
	// EnvelopeRefusals are the envelope with "failed", as a 4xx.
	EnvelopeRefusals
	// EnvelopeRefusalsAs200 are the envelope with "failed" as HTTP 200. A bad
	// credential, a wrong media type and a missing route stay a 4xx.
	EnvelopeRefusalsAs200
	// DetailRefusals are {"detail": "text"}, and a 422 with a list of details
	// when it is about a field.
	DetailRefusals
	// DetailListRefusals are a list of details, all of them.
	DetailListRefusals
	// MessageRefusals are {"message": "text"}, without a status.
	MessageRefusals
)

// FieldError is one entry of a list of details.
type FieldError struct {
	Type string `json:"type"`
	// Loc is where the mistake is, such as "body", "name".
	Loc []string `json:"loc"`
	Msg string   `json:"msg"`
	// Input is what was sent there. The API repeats it, secret or not.
	Input any `json:"input"`
}

// Failed is the API's error envelope. With status 200 it is the kind of error
// that only the body tells.
func Failed(status int, message string) Answer {
	return envelopeAnswer(status, envelope{Message: message, Status: "failed"})
}

// Detail is a refusal as {"detail": text}.
func Detail(status int, text string) Answer {
	return encoded(status, map[string]string{"detail": text})
}

// DetailList is a refusal as {"detail": [...]}, mostly a 422.
func DetailList(status int, details ...FieldError) Answer {
	return encoded(status, map[string][]FieldError{"detail": details})
}

// MessageOnly is a refusal as {"message": text}.
func MessageOnly(status int, text string) Answer {
	return encoded(status, map[string]string{"message": text})
}

// refuse is a refusal that is about no field, in the form of the options.
func (s *Server) refuse(status int, message string) Answer {
	switch s.options.Refusals {
	case DetailRefusals:
		return Detail(status, message)
	case DetailListRefusals:
		return DetailList(status, FieldError{Type: "value_error", Loc: []string{"body"}, Msg: message})
	case MessageRefusals:
		return MessageOnly(status, message)
	case EnvelopeRefusalsAs200:
		switch status {
		case http.StatusUnauthorized, http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType, http.StatusTooManyRequests:
		default:
			status = http.StatusOK
		}
		return Failed(status, message)
	default:
		return Failed(status, message)
	}
}

// refuseField refuses a request because of one field of it. status is for the
// forms that are not a list, whose status is 422; 400 when zero.
func (s *Server) refuseField(status int, problem FieldError) Answer {
	switch s.options.Refusals {
	case DetailRefusals, DetailListRefusals:
		return DetailList(http.StatusUnprocessableEntity, problem)
	default:
		return s.refuse(cmp.Or(status, http.StatusBadRequest), problem.Msg)
	}
}

// noRoute is the answer of the framework below the API.
func (s *Server) noRoute(status int) Answer {
	text := "Not Found"
	if status == http.StatusMethodNotAllowed {
		text = "Method Not Allowed"
	}
	switch s.options.Refusals {
	case DetailRefusals, DetailListRefusals:
		return Detail(status, text)
	case MessageRefusals:
		return MessageOnly(status, text)
	default:
		return Failed(status, text)
	}
}

// bodyInput is a request's body as an answer repeats it.
func bodyInput(body []byte) any {
	if json.Valid(body) {
		return json.RawMessage(body)
	}
	return string(body)
}
