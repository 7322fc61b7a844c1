package acctest

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// configure adds what a file holds to a workspace: a provider block, resources
// and data sources, with literal values.
func configure(w *rehearsal.Workspace, name, content string) error {
	file, diags := hclsyntax.ParseConfig([]byte(content), name, hcl.InitialPos)
	if diags.HasErrors() {
		return diags
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return fmt.Errorf("%s is no native syntax", name)
	}
	for _, b := range body.Blocks {
		block := literalBlock{Block: b}
		args, err := block.arguments(b.Body)
		if err != nil {
			return fmt.Errorf("%s: %w", b.DefRange(), err)
		}
		switch b.Type {
		case "provider":
			w.Provider = args
		case "resource":
			w.Resources = append(w.Resources, rehearsal.Resource{Address: b.Labels[0] + "." + b.Labels[1], DependsOn: block.dependsOn,
				CreateBeforeDestroy: block.createFirst, Config: func(rehearsal.Known) rehearsal.Args { return args }})
		case "data":
			w.DataSources = append(w.DataSources, rehearsal.DataSource{Address: b.Labels[0] + "." + b.Labels[1], Args: args})
		default:
			return fmt.Errorf("%s: a stage has no %s blocks", b.DefRange(), b.Type)
		}
	}
	return nil
}

// literalBlock is a block, with what its meta-arguments say.
type literalBlock struct {
	*hclsyntax.Block
	dependsOn   []string
	createFirst bool
}

func (l *literalBlock) arguments(body *hclsyntax.Body) (rehearsal.Args, error) {
	args := rehearsal.Args{}
	for name, attribute := range body.Attributes {
		if name == "depends_on" {
			for _, reference := range attribute.Expr.Variables() {
				address := reference.RootName()
				if step, ok := reference[1].(hcl.TraverseAttr); ok {
					address += "." + step.Name
				}
				l.dependsOn = append(l.dependsOn, address)
			}
			continue
		}
		value, diags := attribute.Expr.Value(nil)
		if diags.HasErrors() {
			return nil, diags
		}
		args[name] = plain(value)
	}
	for _, nested := range body.Blocks {
		inner, err := l.arguments(nested.Body)
		if err != nil {
			return nil, err
		}
		if nested.Type == "lifecycle" {
			l.createFirst = inner["create_before_destroy"] == true
			continue
		}
		args[nested.Type] = inner
	}
	return args, nil
}

// plain is a literal value as a Go value.
func plain(v cty.Value) any {
	switch t := v.Type(); {
	case v.IsNull():
		return nil
	case t == cty.String:
		return v.AsString()
	case t == cty.Bool:
		return v.True()
	case t == cty.Number:
		return v.AsBigFloat()
	case t.IsObjectType() || t.IsMapType():
		all := map[string]any{}
		for name, value := range v.AsValueMap() {
			all[name] = plain(value)
		}
		return all
	default:
		all := []any{}
		for _, value := range v.AsValueSlice() {
			all = append(all, plain(value))
		}
		return all
	}
}
