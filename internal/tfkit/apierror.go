package tfkit

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// exchange tells of a call to the API.
func exchange(e *nebula.APIError) []string {
	var b strings.Builder
	route := e.Route
	if len(e.Routes) > 1 {
		route = strings.Join(e.Routes, ", ")
	}
	switch {
	case e.Status != 0:
		fmt.Fprintf(&b, "%s %s was answered with HTTP %d", e.Method, route, e.Status)
		if text := http.StatusText(e.Status); text != "" {
			b.WriteString(" " + text)
		}
	case e.Class == nebula.NotSent:
		fmt.Fprintf(&b, "%s %s was never sent", e.Method, route)
	default:
		fmt.Fprintf(&b, "%s %s got no answer", e.Method, route)
	}
	if e.Reason != "" {
		b.WriteString(": " + e.Reason)
	}
	b.WriteString(". " + classInWords(e))
	if e.Status == http.StatusTooManyRequests && e.RetryAfter > 0 {
		fmt.Fprintf(&b, " It asked to wait for %s", e.RetryAfter.Round(time.Second))
		if !e.Interrupted {
			b.WriteString(", longer than what is left of the operation's time-out")
		}
		b.WriteString(".")
	}
	if e.Tries > 1 {
		fmt.Fprintf(&b, " It was tried %d times.", e.Tries)
	}
	if e.Interrupted {
		b.WriteString(" The operation was interrupted before the next try.")
	}
	paragraphs := []string{b.String()}
	if e.Message != "" {
		paragraphs = append(paragraphs, "The API's message: "+e.Message)
	}
	return paragraphs
}

func classInWords(e *nebula.APIError) string {
	switch {
	case e.Class == nebula.NotSent:
		return "The API did not get the request and did nothing."
	case e.Class == nebula.Refused:
		return "The API refused it and did nothing."
	case e.Method == http.MethodGet:
		return "This answer cannot be used."
	default:
		return "This answer cannot be used: the API may or may not have acted."
	}
}

func answerTo(e *nebula.APIError) string {
	switch {
	case e.Certificate:
		return fmt.Sprintf("Check %s, and that this machine trusts the certificate: a company's proxy may use its own certificate authority. Add that to the system's store, or name it in SSL_CERT_FILE. The check cannot be turned off.", ArgumentAndVariable(ArgAPIURL))
	case e.Class == nebula.NotSent:
		return fmt.Sprintf("Check the network, the proxy settings (HTTPS_PROXY, NO_PROXY) and %s, then apply again.", ArgumentAndVariable(ArgAPIURL))
	}
	switch e.Status {
	case http.StatusUnauthorized:
		return newCredential(e)
	case http.StatusForbidden:
		return fmt.Sprintf("The %s is valid but not allowed to do this. Use one that is allowed to, or ask the account's administrator.", e.Credential)
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		if e.Method == http.MethodDelete {
			return fmt.Sprintf("The API knows neither this route nor what to delete: DELETE %s. If listing and creating work at this address, delete it elsewhere, for example at the console, or ask Nebula Block; if not, check %s.", e.URL, ArgumentAndVariable(ArgAPIURL))
		}
		return fmt.Sprintf("The API has no such route at %s. Check %s.", e.URL, ArgumentAndVariable(ArgAPIURL))
	case http.StatusConflict:
		if e.Method == http.MethodPost {
			return "Choose another name, or delete the object that has it."
		}
		return "Find out what still uses it, then apply again."
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return "Correct what the API complains about, then apply again."
	case http.StatusTooManyRequests:
		return fmt.Sprintf("Wait, then apply again. With a longer time-out of the operation the provider waits by itself; a lower -parallelism or %s spreads the calls.", ArgumentAndVariable(ArgMaxRequestsPerSecond))
	}
	switch {
	case e.Interrupted:
		return "Run the command again."
	case e.Class == nebula.Refused:
		return "Read the API's message, correct what it says, then apply again."
	case e.Status >= 300 && e.Status < 400:
		return fmt.Sprintf("Set %s to the address that it leads to, if you trust it.", ArgumentAndVariable(ArgAPIURL))
	default:
		return fmt.Sprintf("Try again. If that does not help, check %s and any proxy on the way, or ask Nebula Block.", ArgumentAndVariable(ArgAPIURL))
	}
}

// newCredential says which credential failed and how to set it.
func newCredential(e *nebula.APIError) string {
	var next string
	switch e.Credential {
	case nebula.KindAPIKey:
		next = fmt.Sprintf("The API key that the provider uses is not accepted. Set one that is: %s.", ArgumentAndVariable(ArgAPIKey))
	case nebula.KindAccessToken:
		next = fmt.Sprintf("The access token that the provider uses is not accepted. Tokens are valid for two hours: obtain a new one and set %s.", ArgumentAndVariable(ArgAccessToken))
	case nebula.KindPassword:
		if e.Route == "/login" {
			next = fmt.Sprintf("The user name or the password is not accepted. Set them: %s and %s. The login is not tried again in this run, so that the account is not locked.",
				ArgumentAndVariable(ArgUsername), ArgumentAndVariable(ArgPassword))
		} else {
			next = fmt.Sprintf("The API does not accept the access tokens that it issues for this user name. Ask Nebula Block, or use another credential, such as %s.", ArgumentAndVariable(ArgAPIKey))
		}
	}
	if e.AfterDelete {
		next += " A credential was revoked earlier in this run: it may have been the one that the provider uses."
	}
	if e.AfterCreate {
		next += " If this account allows one key only, an earlier create of this run may have invalidated the credential in use. " +
			"Then log in with a user name and password instead."
	}
	return next
}

// blamed names the argument that the failure is about, when there is just one
// that it can be.
func (f Failure) blamed() string {
	if e, ok := found[blaming](f.Err); ok {
		return e.Argument()
	}
	e, ok := found[*nebula.APIError](f.Err)
	if !ok || e.Class != nebula.Refused {
		return ""
	}
	var named []string
	for _, argument := range f.Arguments {
		switch {
		case nebula.IsConflict(e) && argument == "name", slices.Equal(f.pointedAt(e), []string{argument}):
			return argument
		case nebula.IsInvalid(e) && f.mentioned(e.Message, argument):
			named = append(named, argument)
		}
	}
	if len(named) == 1 {
		return named[0]
	}
	return ""
}

// pointedAt are the arguments of the fields that the API points at.
func (f Failure) pointedAt(e *nebula.APIError) []string {
	arguments := slices.Clone(e.Fields)
	for i, field := range arguments {
		if argument, ok := f.Spelled[field]; ok {
			arguments[i] = argument
		}
	}
	return arguments
}

// mentioned reports whether a message names an argument, in whatever spelling.
func (f Failure) mentioned(message, argument string) bool {
	for field, of := range f.Spelled {
		if of == argument && mentions(message, field) {
			return true
		}
	}
	return mentions(message, argument)
}

func mentions(message, word string) bool {
	ok, err := regexp.MatchString(`(?i)\b`+regexp.QuoteMeta(word)+`\b`, message)
	return err == nil && ok
}
