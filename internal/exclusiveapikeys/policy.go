package exclusiveapikeys

import (
	"context"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"

	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// policy says which keys are spared.
type policy struct {
	allowed map[nebula.ID]bool
	ignored []*regexp.Regexp
	// own is the key that the provider authenticates with, where it is known.
	own nebula.ID
	// managed are keys that resources of this configuration manage.
	managed map[nebula.ID]bool
}

// policy reads the arguments. Elements of allowed_ids that are null or not known
// are left out.
func (m *model) policy(ctx context.Context, op *tfkit.Operation) policy {
	var ids, patterns []types.String
	if !m.AllowedIDs.IsUnknown() {
		op.Append(m.AllowedIDs.ElementsAs(ctx, &ids, false))
	}
	if !m.IgnoreNameRegex.IsNull() && !m.IgnoreNameRegex.IsUnknown() {
		op.Append(m.IgnoreNameRegex.ElementsAs(ctx, &patterns, false))
	}
	p := policy{allowed: make(map[nebula.ID]bool, len(ids)), managed: map[nebula.ID]bool{}}
	for _, id := range ids {
		if id.ValueString() != "" {
			p.allowed[nebula.ID(id.ValueString())] = true
		}
	}
	for i, pattern := range patterns {
		if pattern.IsUnknown() {
			continue
		}
		// What was unknown while planning has not been validated.
		compiled, err := regexp.Compile(pattern.ValueString())
		if err != nil {
			op.Refuse(tfkit.Message{Title: "Invalid regular expression", What: tfkit.Sentence(err), Attribute: rootIgnoreNameRegex.AtListIndex(i)})
			continue
		}
		p.ignored = append(p.ignored, compiled)
	}
	return p
}

// permits reports whether the arguments spare a key.
func (p policy) permits(id nebula.ID, name string) bool {
	return p.allowed[id] || slices.ContainsFunc(p.ignored, func(r *regexp.Regexp) bool { return r.MatchString(composed(name)) })
}

// spares reports whether a key is spared, by the arguments or for what it is.
func (p policy) spares(id nebula.ID, name string) bool {
	return p.permits(id, name) || p.managed[id] || p.own != "" && p.own == id
}

// composed is a text in the form in which Terraform keeps it (Unicode NFC); an
// API may give another.
func composed(s string) string { return norm.NFC.String(s) }

// observe gives the keys that the policy does not spare.
func observe(keys []keyring.Key, p policy) names {
	seen := names{}
	for _, key := range keys {
		if !p.spares(key.ID, key.Name) {
			seen[key.ID] = composed(key.Name)
		}
	}
	return seen
}

// leaving are the keys that a plan names: state holds them and the plan does
// not. A plan that leaves open what will be held names nothing.
func leaving(state, plan *model) names {
	named := names{}
	if plan.Unmanaged.IsUnknown() {
		return named
	}
	kept := plan.unmanaged()
	for id, name := range state.unmanaged() {
		if _, ok := kept[id]; !ok {
			named[id] = name
		}
	}
	return named
}

// toDelete finds among the keys that a plan has named those to delete: they still
// exist and are not spared. A key that has another name than the plan showed is
// not what somebody agreed to, so it is not deleted.
func toDelete(named names, listed []keyring.Key, p policy) (doomed, renamed []keyring.Key) {
	for _, key := range listed {
		shown, ok := named[key.ID]
		switch {
		case !ok, p.spares(key.ID, key.Name), p.spares(key.ID, shown):
		case !tfkit.SameText(shown, key.Name):
			renamed = append(renamed, key)
		default:
			doomed = append(doomed, key)
		}
	}
	return doomed, renamed
}

// collection is a list or a set.
type collection interface {
	attr.Value
	Elements() []attr.Value
}

// isKnown reports whether a collection and all its elements are known.
func isKnown(c collection) bool {
	return !c.IsUnknown() && !slices.ContainsFunc(c.Elements(), attr.Value.IsUnknown)
}
