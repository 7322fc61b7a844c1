package tfkit

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// NameRegexDescription documents the argument name_regex, wherever it is.
const NameRegexDescription = "Regular expression ([RE2 syntax](https://github.com/google/re2/wiki/Syntax)) that the name must match somewhere; use `^` and `$` to match all of it."

// Search finds objects in a list for a data source.
type Search[T any] struct {
	// Thing and Things are what people call them: "volume", "volumes".
	Thing, Things string
	// ForRead gives the list that data sources share; Now one of now. Nothing
	// is said to be missing on the word of an older list.
	ForRead, Now func(context.Context) ([]T, error)
	ID           func(T) nebula.ID
	Name         func(T) string
	// SameName compares names; nil for equal ones.
	SameName func(a, b string) bool
	// Exists leaves out what a list still shows and is gone; nil for nothing.
	Exists func(T) bool
	// Show names an object for people who have to choose one; nil for its id.
	Show func(T) string
}

// SearchList finds the objects of a shared list by id and name. Thing and things
// are what people call them.
func SearchList[Row any](list *listing.List[Row], thing, things string, name func(Row) string) Search[Row] {
	return Search[Row]{
		Thing: thing, Things: things, ID: list.ID, Name: name,
		ForRead: func(ctx context.Context) ([]Row, error) { return list.ForRead().All(ctx) },
		Now:     func(ctx context.Context) ([]Row, error) { return list.Now().All(ctx) },
	}
}

// ByID is the criterion of the argument id.
func (s Search[T]) ByID(id types.String) Criterion[T] {
	return Criterion[T]{Attribute: "id", Words: "with id " + id.ValueString(),
		Match: func(object T) bool { return string(s.ID(object)) == id.ValueString() }}
}

// ByName is the criterion of the argument name.
func (s Search[T]) ByName(name types.String) Criterion[T] {
	same := s.SameName
	if same == nil {
		same = SameText
	}
	return Criterion[T]{Attribute: "name", Words: "named " + Quoted(name.ValueString()),
		Match: func(object T) bool { return same(s.Name(object), name.ValueString()) }}
}

// ByIDOrName is the criterion of whichever of the two is given.
func (s Search[T]) ByIDOrName(id, name types.String) Criterion[T] {
	if id.IsNull() {
		return s.ByName(name)
	}
	return s.ByID(id)
}

// NameMatches is the filter name_regex; null filters nothing.
func (s Search[T]) NameMatches(op *Operation, expression types.String) func(T) bool {
	return NameMatches(op, expression, s.Name)
}

// Criterion is what one object is looked for by.
type Criterion[T any] struct {
	// Attribute is the argument that says it.
	Attribute string
	// Words completes "The account has no volume ...": "with id 5".
	Words string
	Match func(T) bool
	// Blind tells the objects of which the API does not show what is looked
	// for. While there are some, none is said to be missing. It may be nil.
	Blind func(T) bool
}

// One finds the only object that matches. What is wrong is reported on the
// argument; ok is false then.
func (s Search[T]) One(ctx context.Context, op *Operation, c Criterion[T]) (object T, ok bool) {
	matching, ok := s.matching(ctx, op, s.ForRead, c.Match)
	var blind []T
	if ok && len(matching) != 1 {
		matching, ok = s.matching(ctx, op, s.Now, c.Match)
	}
	if ok && len(matching) == 0 && c.Blind != nil {
		blind, ok = s.matching(ctx, op, s.ForRead, c.Blind)
	}
	switch {
	case !ok:
	case len(matching) == 1:
		return matching[0], true
	case len(blind) > 0:
		op.Refuse(Message{Title: Capital(s.Thing) + " not found", Attribute: path.Root(c.Attribute),
			What: fmt.Sprintf("None of the %s that the API shows in full is one %s, and it shows some in part only: %s.", s.Things, c.Words, s.named(blind)),
			Next: "Use the id of the one that you mean."})
	case len(matching) == 0:
		op.Refuse(Message{Title: Capital(s.Thing) + " not found", Attribute: path.Root(c.Attribute),
			What: fmt.Sprintf("The account has no %s %s.", s.Thing, c.Words)})
	default:
		op.Refuse(Message{Title: "Several " + s.Things + " match", Attribute: path.Root(c.Attribute),
			What: fmt.Sprintf("There are several %s %s; their ids are %s. Use the id of the one that you mean.", s.Things, c.Words, s.named(matching))})
	}
	return object, false
}

// maxNamed is how many objects a message names.
const maxNamed = 20

// named are the ids of objects, for people.
func (s Search[T]) named(objects []T) string {
	var ids []string
	for _, one := range objects[:min(maxNamed, len(objects))] {
		if s.Show != nil {
			ids = append(ids, s.Show(one))
			continue
		}
		ids = append(ids, string(s.ID(one)))
	}
	if more := len(objects) - len(ids); more > 0 {
		ids = append(ids, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(ids, ", ")
}

// All finds every object that passes all filters, in the order of the API.
func (s Search[T]) All(ctx context.Context, op *Operation, filters ...func(T) bool) (objects []T, ok bool) {
	return s.matching(ctx, op, s.ForRead, filters...)
}

func (s Search[T]) matching(ctx context.Context, op *Operation, list func(context.Context) ([]T, error), filters ...func(T) bool) ([]T, bool) {
	all, err := list(ctx)
	if err != nil {
		op.Fail(Failure{Err: err})
		return nil, false
	}
	if s.Exists != nil {
		filters = append(filters, s.Exists)
	}
	matching := []T{}
next:
	for _, object := range all {
		for _, passes := range filters {
			if !passes(object) {
				continue next
			}
		}
		matching = append(matching, object)
	}
	return matching, true
}

// NameMatches is the filter name_regex; null filters nothing. The expression
// was validated, unless it was unknown then.
func NameMatches[T any](op *Operation, expression types.String, name func(T) string) func(T) bool {
	pattern, err := regexp.Compile(expression.ValueString())
	if err != nil {
		op.Refuse(Message{Title: "Invalid regular expression", Attribute: path.Root("name_regex"),
			What: Sentence(fmt.Errorf("it is not a regular expression in RE2 syntax: %w", err))})
		return func(T) bool { return false }
	}
	return func(object T) bool { return pattern.MatchString(name(object)) }
}
