package tfkit

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// check is a validator of a string that is known and not null.
type check struct {
	description string
	summary     string
	fault       func(string) error
}

// Check makes a validator of strings that are known and not null. Description
// completes "The value ...", summary is the error's title, and fault says what
// is wrong with a value, or nothing.
func Check(description, summary string, fault func(string) error) validator.String {
	return check{description, summary, fault}
}

func (c check) Description(context.Context) string         { return c.description }
func (c check) MarkdownDescription(context.Context) string { return c.description }

func (c check) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := c.fault(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.Append(pointAt(req.Path, req.ConfigValue.ValueString(), Message{Title: c.summary, What: Sentence(err)}))
	}
}

// pointAt makes an error that points at the attribute with this value. Terraform
// prints the line of the configuration with such an error, so one about a value
// that looks like a secret names the attribute and points at nothing.
func pointAt(at path.Path, value string, m Message) diag.Diagnostic {
	if nebula.LooksLikeSecret(value) {
		m.What = "About " + at.String() + ": " + m.What
		return m.Error()
	}
	m.Attribute = at
	return m.Error()
}

// CheckTimeouts reports time-outs that leave no time. That they are durations
// at all is checked by their type.
func CheckTimeouts(timeouts types.Object) diag.Diagnostics {
	var diags diag.Diagnostics
	for name, value := range timeouts.Attributes() {
		s, ok := value.(types.String)
		if !ok || s.IsNull() || s.IsUnknown() {
			continue
		}
		if d, err := time.ParseDuration(s.ValueString()); err == nil && d <= 0 {
			diags.AddAttributeError(path.Root("timeouts").AtName(name), "Invalid time-out",
				fmt.Sprintf("The time-out %q leaves no time for the operation. Give a positive duration such as \"90s\" or \"5m\".", s.ValueString()))
		}
	}
	return diags
}

// NotBlank accepts a text in which there is something to see.
func NotBlank() validator.String {
	return Check("must not be blank", "Invalid name", func(s string) error {
		if strings.TrimSpace(s) == "" {
			return errors.New("the name is blank: give one that people recognise")
		}
		return nil
	})
}

// ObjectID accepts what can be the id of an object of the API.
func ObjectID() validator.String {
	return Check("must be an id", "Invalid id", func(s string) error {
		_, err := nebula.ParseID(s)
		return err
	})
}

// Instant accepts a time as attributes hold it.
func Instant() validator.String {
	return Check("must be a time in RFC 3339 form", "Invalid time", func(s string) error {
		if _, err := time.Parse(time.RFC3339, s); err != nil {
			return fmt.Errorf("%q is not a time in RFC 3339 form, such as \"2026-01-31T12:00:00Z\"", s)
		}
		return nil
	})
}

// Regexp accepts a regular expression in RE2 syntax.
func Regexp() validator.String {
	return Check("must be a regular expression", "Invalid regular expression", func(s string) error {
		if _, err := regexp.Compile(s); err != nil {
			return fmt.Errorf("it is not a regular expression in RE2 syntax: %w", err)
		}
		return nil
	})
}
