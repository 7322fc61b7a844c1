package keyring

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func TestErrorsTellWhatIsLeft(t *testing.T) {
	t.Parallel()
	cause := errors.New("POST /api-keys: HTTP 502")
	resolve := errors.New("no list")
	for want, err := range map[string]error{
		"POST /api-keys: HTTP 502; whether it made a key is not known yet":                                                                                     &UndecidedError{Token: someToken, Create: cause},
		"POST /api-keys: HTTP 502; whether it made a key is not known yet: no list":                                                                            &UndecidedError{Token: someToken, Create: cause, Resolve: resolve},
		"POST /api-keys: HTTP 502; key 7 was made but could not be deleted: no list":                                                                           &UndecidedError{ID: "7", Create: cause, Resolve: resolve},
		"POST /api-keys: HTTP 502; it may have made one of the keys 7, 8":                                                                                      &UndecidedError{Candidates: []nebula.ID{"7", "8"}, Create: cause},
		"POST /api-keys: HTTP 502; key 7, which the answer names, may be somebody else's and was not deleted":                                                  &UndecidedError{Named: "7", Create: cause},
		"POST /api-keys: HTTP 502; key 7, which the answer names, may be somebody else's and was not deleted; it may have made one of the keys 8":              &UndecidedError{Named: "7", Candidates: []nebula.ID{"8"}, Create: cause},
		"POST /api-keys: HTTP 502; key 7, which the answer names, may be somebody else's and was not deleted; whether it made a key is not known yet: no list": &UndecidedError{Named: "7", Create: cause, Resolve: resolve},
		"POST /api-keys: HTTP 502; the key that it made was deleted again, because its secret never arrived":                                                   &SecretLostError{Create: cause},
		"the create was answered with key 7, but the answer is about a key of another name":                                                                    &ForeignAnswerError{ID: "7", Reason: "is about a key of another name"},
		"key 7 was not deleted, because no list shows it with the ownership marker of this create, so it may be somebody else's":                               &UnprovenError{ID: "7"},
		"key 7 was not deleted, because no list shows it with the ownership marker of this create, so it may be somebody else's: no list":                      &UnprovenError{ID: "7", Cause: resolve},
		"the list of keys shows no descriptions, so the ownership marker [tf:" + someToken + "] cannot be seen":                                                &HiddenMarkerError{Token: someToken},
	} {
		if got := err.Error(); got != want {
			t.Errorf("%T says\n%q, want\n%q", err, got, want)
		}
	}
	if u := (&UndecidedError{Create: cause, Resolve: resolve}); !errors.Is(u, cause) || !errors.Is(u, resolve) {
		t.Error("an UndecidedError hides its causes")
	}
	if u := (&UndecidedError{Create: cause}); len(u.Unwrap()) != 1 {
		t.Error("a cause that is none")
	}
	if !errors.Is(&UnprovenError{Cause: resolve}, resolve) || !errors.Is(&SecretLostError{Create: cause}, cause) {
		t.Error("a cause is hidden")
	}
}

// postFailed is a create that got no usable answer.
func postFailed() *nebula.APIError {
	return &nebula.APIError{Method: "POST", Route: "/keys", URL: "https://api.example.com/v1/keys", Status: 502}
}

func TestUndecidedErrorExplainsItself(t *testing.T) {
	t.Parallel()
	const (
		again    = "Apply again. The provider looks for the key by its ownership marker [tf:" + someToken + "], deletes it if it finds it, and makes another."
		by       = " By hand:\n\n  curl -H \"Authorization: Bearer $NEBULA_API_KEY\" https://api.example.com/v1/keys\n  curl -X DELETE -H \"Authorization: Bearer $NEBULA_API_KEY\" https://api.example.com/v1/keys/"
		whose    = "Find out whose key 7 is, and delete it only if it is a leftover of this create. The API may have answered with an existing key of the same name: choose another name, then apply again."
		proofs   = ", so it may be somebody else's."
		noMarker = "Key 7 was not deleted: no list shows it with the ownership marker [tf:" + someToken + "] of this create" + proofs
	)
	foreign := &ForeignAnswerError{ID: "7", Reason: "is about a key of another name"}
	for name, c := range map[string]struct {
		err  UndecidedError
		told []string
		next string
	}{
		"nothing found": {UndecidedError{Token: someToken, Create: postFailed()}, []string{"No list has shown a new key, but one may still appear."}, again + by + "ID"},
		"no list":       {UndecidedError{Token: someToken, Create: postFailed(), Resolve: errors.New("no list")}, []string{"It is not known whether a key was made:", "told: no list"}, again + by + "ID"},
		"not deleted":   {UndecidedError{Token: someToken, ID: "7", Create: postFailed(), Resolve: errors.New("no")}, []string{"Key 7 was made, and could not be deleted again:", "told: no"}, "Apply again. The provider deletes key 7 before it makes another." + by + "7"},
		"one candidate": {UndecidedError{Candidates: []nebula.ID{"7"}, Create: postFailed()}, []string{"It may have made one of these keys, and it is not known which: 7."}, "Check whether that key is yours, and delete it if it is." + by + "7"},
		"candidates":    {UndecidedError{Token: someToken, Candidates: []nebula.ID{"7", "8"}, Create: postFailed()}, []string{"It may have made one of these keys, and it is not known which: 7, 8."}, "Check whether this create made one of the keys, and delete it if so." + by + "ID"},
		"hostile id":    {UndecidedError{Candidates: []nebula.ID{"7; rm -r"}, Create: postFailed()}, []string{"It may have made one of these keys, and it is not known which: 7; rm -r."}, "Check whether that key is yours, and delete it if it is." + by + "ID"},
		"no marker":     {UndecidedError{Create: postFailed()}, []string{"No list has shown a new key, but one may still appear."}, "Check whether this create made one of the keys, and delete it if so." + by + "ID"},
		"hidden":        {UndecidedError{Token: someToken, Hidden: true, Create: postFailed()}, []string{"No list has shown a new key, but one may still appear."}, "Check whether this create made one of the keys, and delete it if so." + by + "ID"},

		"named":             {UndecidedError{Token: someToken, Named: "7", Create: foreign}, []string{noMarker}, again + " Leave key 7 alone unless you know that it is a leftover of this create. If it has the name of this key, choose another name."},
		"named, no list":    {UndecidedError{Token: someToken, Named: "7", Create: foreign, Resolve: errors.New("no list")}, []string{noMarker, "It is not known whether a key was made:", "told: no list"}, again + " Leave key 7 alone unless you know that it is a leftover of this create. If it has the name of this key, choose another name."},
		"named, no marker":  {UndecidedError{Named: "7", Create: foreign}, []string{"Key 7 was not deleted: without an ownership marker nothing proves that this create made it" + proofs}, whose},
		"named, hidden":     {UndecidedError{Token: someToken, Hidden: true, Named: "7", Create: foreign}, []string{"Key 7 was not deleted: the list of keys shows no descriptions, so no ownership marker proves that this create made it" + proofs}, whose},
		"named, candidates": {UndecidedError{Token: someToken, Hidden: true, Named: "7", Candidates: []nebula.ID{"8"}, Create: foreign}, []string{"Key 7 was not deleted: the list of keys shows no descriptions, so no ownership marker proves that this create made it" + proofs, "It may have made one of these keys, and it is not known which: 8."}, whose},
	} {
		told := c.err.Happened(func(err error) []string { return []string{"told: " + err.Error()} })
		if want := append([]string{"told: " + c.err.Create.Error()}, c.told...); !slices.Equal(told, want) {
			t.Errorf("%s tells\n%s\nwant\n%s", name, strings.Join(told, "\n"), strings.Join(want, "\n"))
		}
		if next := c.err.Advice(nil); next != c.next {
			t.Errorf("%s advises\n%s\nwant\n%s", name, next, c.next)
		}
	}
	if (&HiddenMarkerError{}).Advice(nil) == "" || foreign.Advice(nil) == "" {
		t.Error("no advice")
	}
	if got := (&SecretLostError{Create: foreign}).Happened(func(error) []string { return []string{"told"} }); !slices.Equal(got, []string{"told", "The key that it made was deleted again, because its secret never arrived."}) {
		t.Errorf("tells %q", got)
	}
}

// Ids come from the API and end up on a terminal.
func TestIDsInErrorsAreCleaned(t *testing.T) {
	t.Parallel()
	const id = nebula.ID("\x1b[31m7\u202e")
	for _, err := range []error{
		&UndecidedError{ID: id, Create: postFailed()}, &UndecidedError{Named: id, Create: postFailed()}, &UndecidedError{Candidates: []nebula.ID{id}, Create: postFailed()},
		&ForeignAnswerError{ID: id}, &UnprovenError{ID: id}, &NotAcceptedError{ID: id, Last: postFailed()},
	} {
		texts := []string{err.Error()}
		if e, ok := err.(interface {
			Happened(func(error) []string) []string
			Advice(func(error) string) string
		}); ok {
			texts = append(texts, e.Advice(nil))
			texts = append(texts, e.Happened(func(error) []string { return nil })...)
		}
		for _, text := range append(texts, fmt.Sprint(Created{ID: id})) {
			if strings.ContainsAny(text, "\x1b\u202e") {
				t.Errorf("%T says %q", err, text)
			}
		}
	}
}
