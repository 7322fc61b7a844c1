package examples_test

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
)

// tracer finds the texts that an expression can have, by following variables,
// parameters, fields and results to where they get their values.
type tracer struct {
	*source

	given map[types.Object][]origin
	// returned are the results of each return statement of a function.
	returned map[types.Object][][]ast.Expr
	// known are functions of one text by their names: they are calculated, not
	// traced.
	known  map[string]func(string) string
	active map[types.Object]bool
}

// origin is where a variable gets a value from: an expression, or one of the
// results of a call.
type origin struct {
	expr   ast.Expr
	result int
}

func newTracer(s *source, known map[string]func(string) string) *tracer {
	t := &tracer{
		source: s, given: map[types.Object][]origin{}, returned: map[types.Object][][]ast.Expr{},
		known: known, active: map[types.Object]bool{},
	}
	for _, file := range s.syntax {
		ast.Inspect(file, t.note)
	}
	return t
}

// note notes what a node gives to variables, parameters and fields.
func (t *tracer) note(node ast.Node) bool {
	switch node := node.(type) {
	case *ast.CallExpr:
		t.noteCall(node)
	case *ast.CompositeLit:
		t.noteLiteral(node)
	case *ast.AssignStmt:
		t.noteAssignment(node.Lhs, node.Rhs)
	case *ast.ValueSpec:
		var names []ast.Expr
		for _, name := range node.Names {
			names = append(names, name)
		}
		t.noteAssignment(names, node.Values)
	case *ast.FuncDecl:
		t.noteReturns(node)
	}
	return true
}

func (t *tracer) noteCall(call *ast.CallExpr) {
	function := t.callee(call)
	if function == nil {
		return
	}
	parameters := function.Signature().Params()
	for i, argument := range call.Args {
		if i < parameters.Len() {
			t.give(parameters.At(i), argument, 0)
		}
	}
}

func (t *tracer) noteLiteral(literal *ast.CompositeLit) {
	for i, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			t.give(t.object(pair.Key), pair.Value, 0)
			continue
		}
		if made, ok := structure(t.info.Types[literal].Type); ok && i < made.NumFields() {
			t.give(made.Field(i), element, 0)
		}
	}
}

func structure(t types.Type) (*types.Struct, bool) {
	if t == nil {
		return nil, false
	}
	if pointer, ok := t.Underlying().(*types.Pointer); ok {
		t = pointer.Elem()
	}
	made, ok := t.Underlying().(*types.Struct)
	return made, ok
}

func (t *tracer) noteAssignment(to, from []ast.Expr) {
	for i, target := range to {
		switch {
		case len(to) == len(from):
			t.give(t.object(target), from[i], 0)
		case len(from) == 1:
			t.give(t.object(target), from[0], i)
		}
	}
}

func (t *tracer) noteReturns(function *ast.FuncDecl) {
	if function.Body == nil {
		return
	}
	ast.Inspect(function.Body, func(node ast.Node) bool {
		if statement, ok := node.(*ast.ReturnStmt); ok {
			object := t.info.Defs[function.Name]
			t.returned[object] = append(t.returned[object], statement.Results)
		}
		_, inner := node.(*ast.FuncLit)
		return !inner
	})
}

func (t *tracer) give(to types.Object, from ast.Expr, result int) {
	if variable, ok := to.(*types.Var); ok {
		t.given[variable.Origin()] = append(t.given[variable.Origin()], origin{from, result})
	}
}

// object is what an expression names: a variable, a field, a function.
func (t *tracer) object(expr ast.Expr) types.Object {
	switch expr := ast.Unparen(expr).(type) {
	case *ast.Ident:
		if defined := t.info.Defs[expr]; defined != nil {
			return defined
		}
		return t.info.Uses[expr]
	case *ast.SelectorExpr:
		return t.info.Uses[expr.Sel]
	case *ast.IndexExpr:
		return t.object(expr.X)
	}
	return nil
}

// callee is the function of the module that a call calls, or nil.
func (t *tracer) callee(call *ast.CallExpr) *types.Func {
	if function, ok := t.object(call.Fun).(*types.Func); ok {
		return function.Origin()
	}
	return nil
}

// texts are the texts that an expression can have.
func (t *tracer) texts(expr ast.Expr) ([]string, error) {
	if value := t.info.Types[expr].Value; value != nil && value.Kind() == constant.String {
		return []string{constant.StringVal(value)}, nil
	}
	switch expr := ast.Unparen(expr).(type) {
	case *ast.BinaryExpr:
		return t.joined(expr)
	case *ast.CallExpr:
		return t.results(expr, 0)
	case *ast.Ident, *ast.SelectorExpr:
		if variable, ok := t.object(expr).(*types.Var); ok {
			return t.values(variable.Origin())
		}
	}
	return nil, fmt.Errorf("%s: it cannot be seen which texts this can be", t.files.Position(expr.Pos()))
}

func (t *tracer) joined(sum *ast.BinaryExpr) ([]string, error) {
	left, err := t.texts(sum.X)
	if err != nil {
		return nil, err
	}
	right, err := t.texts(sum.Y)
	if err != nil || sum.Op != token.ADD {
		return nil, err
	}
	var all []string
	for _, begin := range left {
		for _, end := range right {
			all = append(all, begin+end)
		}
	}
	return all, nil
}

// results are the texts of one of the results of a call.
func (t *tracer) results(call *ast.CallExpr, result int) ([]string, error) {
	function := t.callee(call)
	if function != nil && t.known[function.Name()] != nil {
		texts, err := t.texts(call.Args[0])
		for i, text := range texts {
			texts[i] = t.known[function.Name()](text)
		}
		return texts, err
	}
	if function == nil || len(t.returned[function]) == 0 {
		return nil, fmt.Errorf("%s: it cannot be seen which texts this call returns", t.files.Position(call.Pos()))
	}
	var all []string
	for _, results := range t.returned[function] {
		if result >= len(results) {
			return nil, fmt.Errorf("%s: it cannot be seen which texts are returned", t.files.Position(call.Pos()))
		}
		texts, err := t.texts(results[result])
		if err != nil {
			return nil, err
		}
		all = append(all, texts...)
	}
	return all, nil
}

// values are the texts that a variable, a parameter or a field can have. One
// that is nowhere given a value is empty.
func (t *tracer) values(variable *types.Var) ([]string, error) {
	if t.active[variable] {
		return nil, nil // f.To = op.to, where op.to comes from another f.To.
	}
	t.active[variable] = true
	defer delete(t.active, variable)
	var all []string
	for _, from := range t.given[variable] {
		var texts []string
		var err error
		if call, ok := from.expr.(*ast.CallExpr); ok {
			texts, err = t.results(call, from.result)
		} else {
			texts, err = t.texts(from.expr)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, texts...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}
