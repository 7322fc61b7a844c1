package nebula

import "net/http"

// answer is a complete answer of the server.
type answer struct {
	status int
	header http.Header
	body   []byte
	// members are those of the body, where it is a JSON object.
	members object
}

func (a answer) success() bool { return a.status >= 200 && a.status < 300 }

// accept tells whether an answer is the success that the call wants. Otherwise
// it fills in fail.
func (c *Client) accept(call call, a answer, content []byte, bearer string, fail *APIError) bool {
	if call.file != nil && a.success() && call.file.is(a) {
		return c.take(call, a, fail)
	}
	members, wrong := parseObject(a.body)
	a.members = members
	env, enveloped := envelopeOf(members)
	if a.success() && enveloped && env.success() {
		return c.take(call, a, fail)
	}
	said := sayingOf(a)
	fail.Message = c.clean(said.message, bearer)
	switch {
	case !said.refuses:
		fail.Reason = reasonOf(a, wrong, enveloped)
	case a.success():
		fail.Reason = `the answer's status is "failed"`
	default:
		fail.Fields = said.among(sentFields(call, content))
	}
	c.classify(fail, a.header, said.refuses)
	return false
}

// take lets the call read a success.
func (*Client) take(call call, a answer, fail *APIError) bool {
	if call.read == nil {
		return true
	}
	fail.Reason = call.read(a)
	return fail.Reason == ""
}

// reasonOf says in the client's words why an answer is neither success nor
// refusal.
func reasonOf(a answer, wrong string, enveloped bool) string {
	switch {
	case wrong != "" && looksLikeHTML(a.header.Get("Content-Type"), a.body):
		return "the answer is an HTML page, not the API's JSON (a proxy may have answered)"
	case wrong != "":
		return wrong
	case !enveloped:
		return "the answer is not the API's JSON"
	default:
		return ""
	}
}

// classify decides the class of an answer that is no success.
//
// 401, 403, 404, 405 and 429 mean by their definition that the request was
// turned away at the door, whoever says so. Any other 4xx is believed only in
// one of the API's forms of a refusal. A 5xx proves nothing whatever its body
// says, and neither does a redirect.
func (c *Client) classify(fail *APIError, header http.Header, refused bool) {
	fail.Class = Ambiguous
	switch status := fail.Status; {
	case refused, status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound,
		status == http.StatusMethodNotAllowed, status == http.StatusTooManyRequests:
		fail.Class = Refused
	case status >= 300 && status < 400:
		fail.Reason = "the answer is a redirect, and redirects are not followed because they would carry the credential elsewhere"
	}
	if fail.Status == http.StatusTooManyRequests {
		// A date is one of the API's clock, which tells the time beside it.
		now, err := http.ParseTime(header.Get("Date"))
		if err != nil {
			now = c.clock.Now()
		}
		if delay, ok := ParseRetryAfter(header.Get("Retry-After"), now); ok {
			fail.RetryAfter = delay
		}
	}
}
