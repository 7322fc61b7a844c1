package examples_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path"
	"path/filepath"
	"strings"
)

const modulePath = "github.com/nebulablock/terraform-provider-nebula/"

// source is code of this module, type-checked. Packages of others are empty in
// it, which costs nothing: what is looked for are the module's own texts.
type source struct {
	root   string
	files  *token.FileSet
	info   types.Info
	loaded map[string]*types.Package
	syntax []*ast.File
}

// readSource reads a package of the module, and those of the module that it
// imports. Root is the module's folder.
func readSource(root, name string) (*source, error) {
	s := &source{
		root: root, files: token.NewFileSet(), loaded: map[string]*types.Package{},
		info: types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}},
	}
	_, err := s.Import(modulePath + name)
	return s, err
}

// Import makes source a types.Importer.
func (s *source) Import(name string) (*types.Package, error) {
	folder, own := strings.CutPrefix(name, modulePath)
	if !own {
		empty := types.NewPackage(name, path.Base(name))
		empty.MarkComplete()
		return empty, nil
	}
	if s.loaded[name] != nil {
		return s.loaded[name], nil
	}
	files, err := s.parse(folder)
	if err != nil {
		return nil, err
	}
	// Errors are what the empty packages lack.
	config := types.Config{Importer: s, Error: func(error) {}}
	s.loaded[name], _ = config.Check(name, s.files, files, &s.info)
	s.syntax = append(s.syntax, files...)
	return s.loaded[name], nil
}

func (s *source) parse(folder string) ([]*ast.File, error) {
	names, err := filepath.Glob(filepath.Join(s.root, folder, "*.go"))
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(s.files, name, content, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no Go files", folder)
	}
	return files, nil
}
