package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// finding is a line of the report. It holds no value of an answer.
type finding struct {
	Question   string `json:"question"`
	Answer     string `json:"answer"`
	Conclusion string `json:"conclusion"`
	// Open is what this did not show; "" for nothing.
	Open string `json:"open,omitempty"`
}

// checkTimeout bounds one question.
const checkTimeout = 20 * time.Second

type checker struct {
	services *tfkit.Services
	findings []finding
}

func newChecker(s *tfkit.Services) *checker { return &checker{services: s} }

func (c *checker) found(question, answer, conclusion, open string) {
	c.findings = append(c.findings, finding{question, answer, conclusion, open})
}

// read asks everything that changes nothing.
func (c *checker) read(ctx context.Context) {
	c.login(ctx)
	c.keys(ctx)
	c.list(ctx, "SSH keys", "/ssh-keys", true)
	c.list(ctx, "Instances", "/computing/instances", true)
	c.list(ctx, "Deleted instances", "/computing/deleted-instances", true)
	c.list(ctx, "Products", "/computing/products", false)
	c.list(ctx, "Images", "/computing/images", false)
	c.list(ctx, "Credit balance", "/users/credits", false)
	c.list(ctx, "Invoices", "/users/invoices", true)
	c.list(ctx, "Payment history", "/users/credits/history", true)
	c.list(ctx, "Models", "/serverless/models", false)
	c.unknownRoute(ctx)
}

// look asks one question.
func (c *checker) look(ctx context.Context, route string, query url.Values) (nebula.Shape, error) {
	ctx, cancel := c.services.Clock.WithTimeout(ctx, checkTimeout)
	defer cancel()
	return c.services.Client.Look(ctx, route, query)
}

// login looks whether a user name and password are accepted, where they are the
// credential.
func (c *checker) login(ctx context.Context) {
	const question = "Does the login work?"
	if c.services.Client.CredentialKind() != nebula.KindPassword {
		c.found(question, "not asked: the credential is an "+string(c.services.Client.CredentialKind()), "nothing", "How the login answers; give NEBULA_USERNAME and NEBULA_PASSWORD to see.")
		return
	}
	ctx, cancel := c.services.Clock.WithTimeout(ctx, checkTimeout)
	defer cancel()
	info, err := c.services.Client.AccessToken(ctx)
	if err != nil {
		c.found(question, refusal(err), "the user name and password cannot be used", "")
		return
	}
	left := info.ExpiresAt.Sub(c.services.Clock.Now()).Round(time.Minute)
	c.found(question, fmt.Sprintf("a token that is valid for %s", left), "the provider logs in by itself", "")
}

// keyRoutes are the spellings of the list of keys.
var keyRoutes = []string{"/api-keys", "/api_keys", "/keys"} //nolint:gochecknoglobals // a constant by nature

// keys asks each spelling of the list of keys.
func (c *checker) keys(ctx context.Context) {
	used := ""
	for _, route := range keyRoutes {
		shape, err := c.look(ctx, route, nil)
		question := "API keys: does GET " + route + " list them?"
		if err != nil {
			c.found(question, refusal(err), "this spelling is passed over", "")
			continue
		}
		conclusion := "this spelling is used"
		if used != "" {
			conclusion = "it would do; GET " + used + " is used"
		} else {
			used = route
		}
		c.found(question, describe(shape), conclusion+"\n"+markers(shape), secrets(shape))
	}
}

// markers concludes whether an ownership marker can be seen.
func markers(s nebula.Shape) string {
	switch {
	case s.Rows == 0:
		return "whether rows show descriptions cannot be told without a key"
	case s.Has("description"):
		return "rows show descriptions: ownership markers can be seen, and lost answers are resolved by them"
	default:
		return "rows show no descriptions: a lost answer to a create cannot be resolved, and candidates are named instead"
	}
}

func secrets(s nebula.Shape) string {
	if kinds := s.Kinds("key"); strings.Contains(kinds, "text") && !strings.Contains(kinds, "shortened") {
		return "Rows hold a text called key. Whether it is a whole secret cannot be told; the provider compares its SHA-256 and keeps nothing."
	}
	return ""
}

// list asks for one list, in both meanings of offset where it has pages.
func (c *checker) list(ctx context.Context, name, route string, paged bool) {
	var query url.Values
	if paged {
		query = url.Values{"limit": {"2"}, "offset": {"0"}}
	}
	first, err := c.look(ctx, route, query)
	question := name + ": how does GET " + route + " answer?"
	if err != nil {
		c.found(question, refusal(err), "the provider cannot read this", "Whether another credential may.")
		return
	}
	if !paged {
		c.found(question, describe(first), "the provider can read this", "")
		return
	}
	second, err := c.look(ctx, route, url.Values{"limit": {"2"}, "offset": {"1"}})
	answer := "limit=2&offset=0: " + describe(first)
	if err != nil {
		c.found(question, answer+"\nlimit=2&offset=1: "+refusal(err), "offsets are tried in each meaning", "What offset counts.")
		return
	}
	conclusion, open := meaning(first, second)
	c.found(question, answer+"\nlimit=2&offset=1: "+describe(second), conclusion, open)
}

// meaning concludes what offset counts.
func meaning(first, second nebula.Shape) (conclusion, open string) {
	const needs = "What offset counts: at least three rows are needed to tell."
	switch {
	case first.Rows < 2 || first.Total >= 0 && first.Total < 3:
		return "too few rows to tell what offset counts; the provider finds out when there are more than a hundred", needs
	case first.FirstRow == second.FirstRow:
		return "offset 0 and 1 are the same page: offset counts pages from 1, or is not looked at", ""
	case first.Rows > 2:
		return "limit is not looked at", needs
	default:
		return "offset 1 begins at another row: offset counts rows, or pages from 0", "Which of the two; the provider tells by the rows of the second page."
	}
}

// unknownRoute looks how a route that cannot exist is refused.
func (c *checker) unknownRoute(ctx context.Context) {
	_, err := c.look(ctx, "/no-such-route-of-the-provider", nil)
	answer := "a success"
	conclusion := "the address answers anything: it is no Nebula Block API, or a proxy answers for it"
	if err != nil {
		answer, conclusion = refusal(err), "an unknown route looks like this; the list decides whether an object is gone"
	}
	c.found("How is an unknown route refused?", answer, conclusion, "")
}

// describe tells the form of an answer.
func describe(s nebula.Shape) string {
	text := "data: " + s.Data
	if s.Rows >= 0 {
		text += fmt.Sprintf(", %s", several(s.Rows))
	}
	if s.Total >= 0 {
		text += fmt.Sprintf(", which says that there are %s", more(s.Total, s.Rows))
	}
	if len(s.Members) > 0 {
		text += "\nbeside the rows: " + strings.Join(s.Members, ", ")
	}
	if len(s.Fields) > 0 {
		text += "\nrows: " + strings.Join(s.Fields, "; ")
	}
	return text
}

// several counts rows roughly: how many objects an account has is nobody's
// business.
func several(n int) string {
	switch {
	case n == 0:
		return "no rows"
	case n < 3:
		return "one or two rows"
	default:
		return "three or more rows"
	}
}

func more(total, rows int) string {
	switch {
	case total > rows:
		return "more"
	case total == rows:
		return "as many"
	default:
		return "fewer"
	}
}

// refusal tells how a call failed, without what the API said: its sentence may
// hold a name.
func refusal(err error) string {
	var e *nebula.APIError
	switch {
	case !errors.As(err, &e):
		return "no answer: " + nebula.CleanText(err.Error())
	case e.Status == 0:
		return "no answer (" + e.Class.String() + ")"
	default:
		said := "without a sentence that the provider can read"
		if e.Message != "" {
			said = "with a sentence"
		}
		return fmt.Sprintf("HTTP %d %s, %s, %s", e.Status, http.StatusText(e.Status), e.Class, said)
	}
}
