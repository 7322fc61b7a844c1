package tfkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Failure is an operation that did not succeed, and what people must be told
// besides the error.
type Failure struct {
	// To says what was tried, verb and thing: "create API key".
	To  string
	Err error
	// State says in whole sentences what state Terraform is left in.
	State string
	// Next says what to do, where the error alone does not tell.
	Next string
	// Arguments are the configuration's attributes that were sent. An answer
	// that finds fault with exactly one of them is reported on it.
	Arguments []string
}

// Report adds the diagnostic of a failure.
func Report(diags *diag.Diagnostics, f Failure) { diags.Append(Diagnose(f)) }

// Diagnose is the one place where an error becomes a diagnostic. The detail
// says what happened, what state Terraform is left in and what to do next. It
// holds no secret, and from outside only text that a terminal prints as it is.
func Diagnose(f Failure) diag.Diagnostic {
	paragraphs := happened(f.Err)
	if f.State != "" {
		paragraphs = append(paragraphs, "State: "+f.State)
	}
	next := f.Next
	if next == "" {
		next = whatNext(f.Err)
	}
	if next != "" {
		paragraphs = append(paragraphs, "Next: "+next)
	}
	summary, detail := "Unable to "+f.To, strings.Join(paragraphs, "\n\n")
	if attribute := blamed(f.Err, f.Arguments); attribute != "" {
		return diag.NewAttributeErrorDiagnostic(path.Root(attribute), summary, detail)
	}
	return diag.NewErrorDiagnostic(summary, detail)
}

// found gives the first error of a type in err's tree.
func found[T error](err error) (T, bool) {
	var target T
	ok := errors.As(err, &target)
	return target, ok
}

// happened tells what happened, in paragraphs. The errors of package lifecycle
// come first because they wrap those of the client.
func happened(err error) []string {
	if e, ok := found[*lifecycle.UndecidedError](err); ok {
		return undecided(e)
	}
	if e, ok := found[*lifecycle.SecretLostError](err); ok {
		return append(happened(e.Create), "The key that it made was deleted again, because its secret never arrived.")
	}
	if e, ok := found[*lifecycle.StillListedError](err); ok {
		return append(happened(e.Delete), "The list of keys still shows the key.")
	}
	if e, ok := found[*lifecycle.UnconfirmedError](err); ok {
		return append(append(happened(e.Delete), "Whether the key is gone could not be established:"), happened(e.List)...)
	}
	if e, ok := found[*nebula.APIError](err); ok {
		paragraphs := exchange(e)
		// What a caller wrapped around the error says which step failed.
		if step := strings.TrimSuffix(strings.TrimSuffix(err.Error(), e.Error()), ": "); step != "" && step != err.Error() {
			paragraphs = append([]string{sentence(nebula.CleanText(step))}, paragraphs...)
		}
		return paragraphs
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return []string{"The operation was interrupted before it was done."}
	case errors.Is(err, context.DeadlineExceeded):
		return []string{"The operation was not done within its time-out."}
	default:
		return []string{sentence(nebula.CleanText(err.Error()))}
	}
}

func undecided(e *lifecycle.UndecidedError) []string {
	paragraphs := happened(e.Create)
	switch {
	case e.ID != "":
		paragraphs = append(paragraphs, fmt.Sprintf("Key %s was made, and could not be deleted again:", ids([]nebula.ID{e.ID})))
	case len(e.Candidates) > 0:
		paragraphs = append(paragraphs, fmt.Sprintf("It may have made one of these keys, but which one could not be established: %s.", ids(e.Candidates)))
	case e.Resolve != nil:
		paragraphs = append(paragraphs, "Whether it made a key could not be established:")
	default:
		paragraphs = append(paragraphs, "No list has shown a new key, but one may still appear.")
	}
	if e.Resolve != nil {
		paragraphs = append(paragraphs, happened(e.Resolve)...)
	}
	return paragraphs
}

// exchange tells of a call to the API.
func exchange(e *nebula.APIError) []string {
	var b strings.Builder
	switch {
	case e.Status != 0:
		fmt.Fprintf(&b, "%s %s was answered with HTTP %d", e.Method, e.Route, e.Status)
		if text := http.StatusText(e.Status); text != "" {
			b.WriteString(" " + text)
		}
	case e.Class == nebula.NotSent:
		fmt.Fprintf(&b, "%s %s was never sent", e.Method, e.Route)
	default:
		fmt.Fprintf(&b, "%s %s got no answer", e.Method, e.Route)
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
		return "The API knows nothing of it and did nothing."
	case e.Class == nebula.Refused:
		return "The API refused it and did nothing."
	case e.Method == http.MethodGet:
		return "That is no usable answer."
	default:
		return "That is no usable answer: the API may or may not have acted."
	}
}

// whatNext derives the advice from the error.
func whatNext(err error) string {
	if e, ok := found[*lifecycle.UndecidedError](err); ok {
		return resolveByHand(e)
	}
	if e, ok := found[*lifecycle.SeveralError](err); ok {
		return fmt.Sprintf("Find out which of the keys %s are in use, delete the others, and apply again.", ids(e.IDs))
	}
	if e, ok := found[*lifecycle.UnconfirmedError](err); ok {
		// The delete may well have worked; what stands in the way is the list.
		return whatNext(e.List)
	}
	if _, ok := found[*nebula.MissingKeyError](err); ok {
		return "The API no longer answers as documented: it made a key and did not show it. Try again, and tell Nebula Block if it stays so."
	}
	if e, ok := found[*nebula.APIError](err); ok {
		return answerTo(e)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return "Run the command again."
	case errors.Is(err, context.DeadlineExceeded):
		return "Apply again, with longer timeouts where that is not enough."
	}
	return ""
}

func answerTo(e *nebula.APIError) string {
	switch {
	case e.Certificate:
		return fmt.Sprintf("Check %s, and that this machine trusts the certificate: a company's proxy has an authority of its own, which belongs into the system's store or into SSL_CERT_FILE. There is no switch that turns the check off.", ArgumentAndVariable(ArgAPIURL))
	case e.Class == nebula.NotSent:
		return fmt.Sprintf("Check the network, the proxy settings (HTTPS_PROXY, NO_PROXY) and %s, then apply again.", ArgumentAndVariable(ArgAPIURL))
	}
	switch e.Status {
	case http.StatusUnauthorized:
		return newCredential(e)
	case http.StatusForbidden:
		return fmt.Sprintf("The %s is valid but not allowed to do this. Use one that is, or ask whoever administers the account.", e.Credential)
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		if e.Method == http.MethodDelete {
			return fmt.Sprintf("The API knows neither this route nor what to delete: DELETE %s. If listing and creating work at this address, delete the key elsewhere, for example at the console, or ask Nebula Block; if not, check %s.", e.URL, ArgumentAndVariable(ArgAPIURL))
		}
		return fmt.Sprintf("The API has no such route at %s. Check %s.", e.URL, ArgumentAndVariable(ArgAPIURL))
	case http.StatusConflict:
		if e.Method == http.MethodPost {
			return "Choose another name, or remove what has it."
		}
		return "Find out what still uses it, then apply again."
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return "Correct what the API finds fault with, then apply again."
	case http.StatusTooManyRequests:
		return fmt.Sprintf("Wait, then apply again. A longer time-out of the operation lets the provider wait by itself; a lower -parallelism or %s spaces the calls out.", ArgumentAndVariable(ArgMaxRequestsPerSecond))
	}
	switch {
	case e.Interrupted:
		return "Run the command again."
	case e.Class == nebula.Refused:
		return "See what the API says, correct it, then apply again."
	case e.Status >= 300 && e.Status < 400:
		return fmt.Sprintf("Set %s to the address that it leads to, if you trust it.", ArgumentAndVariable(ArgAPIURL))
	default:
		return fmt.Sprintf("Try again. If it stays so, check %s and any proxy on the way, or ask Nebula Block.", ArgumentAndVariable(ArgAPIURL))
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
	if e.AfterCreate {
		next += " An account that may hold only one key can have answered an earlier create of this run by invalidating the credential in use: " +
			"if this is such an account, log in with a user name and password instead."
	}
	return next
}

// resolveByHand says how a key is found that an ambiguous create may have made.
func resolveByHand(e *lifecycle.UndecidedError) string {
	switch {
	case e.ID != "":
		return fmt.Sprintf("Apply again: key %s is deleted before another is made.%s", ids([]nebula.ID{e.ID}), commands(e.Create, e.ID))
	case e.Token != "" && len(e.Candidates) == 0:
		return fmt.Sprintf("Apply again: the key is looked for by its ownership marker [tf:%s], deleted when it is found, and another is made.%s", e.Token, commands(e.Create, ""))
	case len(e.Candidates) == 1:
		return "Look whether that key is yours, and delete it if it is." + commands(e.Create, e.Candidates[0])
	default:
		return "Look whether one of the keys was made by this, and delete it if so." + commands(e.Create, "")
	}
}

// commands are what lists and deletes keys without Terraform.
func commands(err error, id nebula.ID) string {
	e, ok := found[*nebula.APIError](err)
	if !ok || e.Method != http.MethodPost {
		return ""
	}
	// An id comes from the API and ends up in somebody's shell.
	name := "ID"
	if checked, err := nebula.ParseID(string(id)); err == nil {
		name = string(checked)
	}
	const bearer = `-H "Authorization: Bearer $NEBULA_API_KEY"`
	return fmt.Sprintf(" By hand:\n\n  curl %s %s\n  curl -X DELETE %s %s/%s", bearer, e.URL, bearer, e.URL, name)
}

// blamed names the argument that the API finds fault with, when there is just
// one that it can be.
func blamed(err error, arguments []string) string {
	e, ok := found[*nebula.APIError](err)
	if !ok || e.Class != nebula.Refused {
		return ""
	}
	var named []string
	for _, argument := range arguments {
		switch {
		case nebula.IsConflict(e) && argument == "name":
			return argument
		case nebula.IsInvalid(e) && mentions(e.Message, argument):
			named = append(named, argument)
		}
	}
	if len(named) == 1 {
		return named[0]
	}
	return ""
}

func mentions(message, word string) bool {
	ok, err := regexp.MatchString(`(?i)\b`+regexp.QuoteMeta(word)+`\b`, message)
	return err == nil && ok
}

func ids(list []nebula.ID) string {
	parts := make([]string, len(list))
	for i, id := range list {
		parts[i] = nebula.CleanText(string(id))
	}
	return strings.Join(parts, ", ")
}

// sentence begins with a capital and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	if c := s[0]; c >= 'a' && c <= 'z' {
		s = string(c-'a'+'A') + s[1:]
	}
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}
