package nebula

import (
	"errors"
	"regexp"
	"slices"
)

// forms are the ways in which the sources write one and the same request. A
// refusal with 400 or 422 did nothing, so an API that does not know the first
// form can be asked in the next. What it has taken is remembered.
type forms struct {
	// kind tells this kind of call from others: each is remembered by itself.
	kind string
	// fields are the names of the fields that are spelled in several ways, form
	// by form.
	fields [][]string
}

// firstTaken sends a request in one form after the other until the API takes it.
// Send gets the names of the fields. When no form is taken, the error is the
// refusal that is about something else than the form.
func firstTaken[T any](c *Client, f forms, send func(fields []string) (T, error)) (T, error) {
	if known, ok := c.known.form(f.kind); ok {
		return send(f.fields[known])
	}
	var refusals []error
	for i, fields := range f.fields {
		result, err := send(fields)
		if err == nil {
			c.known.setForm(f.kind, i)
			return result, nil
		}
		refusals = append(refusals, err)
		if !refusesContent(err) {
			var none T
			return none, err
		}
	}
	var none T
	return none, f.telling(refusals)
}

// refusesContent reports an answer that finds fault with what was sent.
func refusesContent(err error) bool {
	return IsInvalid(err) && !IsAmbiguous(err) || IsFailedEnvelope(err)
}

// telling is the refusal that tells most. One that speaks of no field which is
// spelled in several ways is about the matter and not about the form; one that
// asks for the fields of another form is about the form.
func (f forms) telling(refusals []error) error {
	best, least := refusals[0], f.aboutForm(refusals[0], 0)
	for i, err := range refusals {
		if about := f.aboutForm(err, i); about < least {
			best, least = err, about
		}
	}
	return best
}

// aboutForm weighs how likely the refusal of a form is about the form: 2 where
// it asks for fields of another, 1 where it names some of its own, else 0.
func (f forms) aboutForm(err error, form int) (weight int) {
	var e *APIError
	if !errors.As(err, &e) {
		return 0
	}
	for _, fields := range f.fields {
		for _, field := range fields {
			switch {
			case !hasWord(e.Message, field):
			case slices.Contains(f.fields[form], field):
				weight = max(weight, 1)
			default:
				weight = 2
			}
		}
	}
	return weight
}

func hasWord(message, word string) bool {
	ok, err := regexp.MatchString(`\b`+regexp.QuoteMeta(word)+`\b`, message)
	return err == nil && ok
}
