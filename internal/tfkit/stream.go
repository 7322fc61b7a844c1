package tfkit

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
)

// Listed is what a list resource shows of one object.
type Listed struct {
	// Name is shown beside the address.
	Name string
	// Model is the object as it is in the state right after an import. It must
	// be Identified.
	Model Model
}

// EachListed makes Listed objects of rows, each when it is asked for.
func EachListed[T any](rows []T, listed func(T) Listed) iter.Seq[Listed] {
	return func(yield func(Listed) bool) {
		for _, row := range rows {
			if !yield(listed(row)) {
				return
			}
		}
	}
}

// Stream carries out a list resource's List: find gives the objects, which are
// handed on one by one until Terraform has as many as it wants. M gets the
// configuration.
func (l *ListResource) Stream(ctx context.Context, to string, m Model, req list.ListRequest, stream *list.ListResultsStream, find func(context.Context, *Operation) iter.Seq[Listed]) {
	var diags diag.Diagnostics
	op := Doing(to, &diags, func(ctx context.Context) diag.Diagnostics { return req.Config.Get(ctx, m) })
	l.Run(ctx, op, func(timed context.Context, op *Operation) {
		objects := find(timed, op)
		if !op.Failed() {
			stream.Results = results(ctx, req, objects)
		}
	})
	stream.Results = following(diags, stream.Results)
}

// following hands on warnings before the results, and errors in their place.
func following(diags diag.Diagnostics, found iter.Seq[list.ListResult]) iter.Seq[list.ListResult] {
	if len(diags) == 0 {
		return found
	}
	return func(yield func(list.ListResult) bool) {
		if !yield(list.ListResult{Diagnostics: diags}) || diags.HasError() || found == nil {
			return
		}
		found(yield)
	}
}

func results(ctx context.Context, req list.ListRequest, objects iter.Seq[Listed]) iter.Seq[list.ListResult] {
	return func(yield func(list.ListResult) bool) {
		var sent int64
		for object := range objects {
			if sent == req.Limit || !yield(result(ctx, req, object)) {
				return
			}
			sent++
		}
	}
}

func result(ctx context.Context, req list.ListRequest, object Listed) list.ListResult {
	r := req.NewListResult(ctx)
	r.DisplayName = Printable(object.Name)
	op := &Operation{diags: &r.Diagnostics, identity: r.Identity}
	op.identify(ctx, object.Model)
	if req.IncludeResource {
		r.Diagnostics.Append(r.Resource.Set(ctx, object.Model)...)
	}
	return r
}
