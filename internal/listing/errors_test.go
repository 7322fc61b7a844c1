package listing

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func TestErrorsTellWhatIsLeft(t *testing.T) {
	t.Parallel()
	w := testWords
	cause := errors.New("DELETE /things/4: HTTP 502")
	list := errors.New("no list")
	for want, err := range map[string]error{
		"the list of things lacks thing 7":                                     &AbsentError{Words: w, ID: "7"},
		`the list of things lacks thing \u001b[31m7`:                           &AbsentError{Words: w, ID: "\x1b[31m7"},
		"no thing is named x":                                                  &AbsentError{Words: w, Sign: "is named x"},
		"more than one thing is named x: 7, \\u202e8":                          &SeveralError{Words: w, Sign: "is named x", IDs: []nebula.ID{"7", "\u202e8"}},
		cause.Error() + "; the list still shows the thing":                     &StillListedError{Words: w, Delete: cause},
		cause.Error() + "; it is not known whether the thing is gone: no list": &UnconfirmedError{Words: w, Delete: cause, List: list},
		"thing a/b cannot be deleted: its id is not valid in a request":        &UndeletableError{Words: w, ID: "a/b"},
		"the list of things does not show thing 7, but it has changed its address in this run (it answers at /other now), " +
			"so this does not prove that the thing is gone": &MovedError{Words: w, ID: "7", Source: "/other"},
		"the list of things does not show the thing that is named x, but it has changed its address in this run (it answers at /other now), " +
			"so this does not prove that the thing is gone": &MovedError{Words: w, Sign: "is named x", Source: "/other"},
	} {
		if got := err.Error(); got != want {
			t.Errorf("%T says\n%q, want\n%q", err, got, want)
		}
	}
	secret := nebula.ID("ak_WT2l5Rw8Rv8Mp7Q7fLh7dFgEDl_EMAntCsqlxhEsu")
	for _, err := range []error{&AbsentError{Words: w, ID: secret}, &UndeletableError{Words: w, ID: secret}, &SeveralError{Words: w, IDs: []nebula.ID{secret}}} {
		if strings.Contains(err.Error(), string(secret[3:])) {
			t.Errorf("%T repeats what may be a secret: %v", err, err)
		}
	}
}

func TestErrorsExplainThemselves(t *testing.T) {
	t.Parallel()
	w := testWords
	tell := func(err error) []string { return []string{"told " + err.Error()} }
	advise := func(err error) string { return "advice on " + err.Error() }
	cause, list := errors.New("cause"), errors.New("list")

	still := &StillListedError{Words: w, Delete: cause}
	if got, want := still.Happened(tell), []string{"told cause", "The list of things still shows the thing."}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	unconfirmed := &UnconfirmedError{Words: w, Delete: cause, List: list}
	if got, want := unconfirmed.Happened(tell), []string{"told cause", "It is not known whether the thing is gone:", "told list"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for err, want := range map[interface {
		error
		Advice(func(error) string) string
	}]string{
		unconfirmed: "advice on list",
		&SeveralError{Words: w, IDs: []nebula.ID{"7", "8"}}: "Find out which of the things 7, 8 are in use, delete the others, and apply again.",
		&MovedError{Words: w}:                               "Run the command again once the API answers as usual.",
		&UndeletableError{Words: w}:                         "Delete the thing elsewhere, for example at the console, or ask Nebula Block.",
	} {
		if got := err.Advice(advise); got != want {
			t.Errorf("%T advises %q", err, got)
		}
	}
	if !errors.Is(still, cause) || !errors.Is(unconfirmed, cause) || !errors.Is(unconfirmed, list) {
		t.Error("a cause is hidden")
	}
}
