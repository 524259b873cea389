package uitest

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Texts checks that the texts in source files, by patterns of their paths, are the
// ones in the files of translations with a name.
func Texts(t testing.TB, name string, patterns ...string) {
	t.Helper()
	var want []string
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no files (%v)", pattern, err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				want = append(want, textsOf(t, file)...)
			}
		}
	}
	slices.Sort(want)
	want = slices.Compact(want)
	for _, language := range []string{"en", "de"} {
		file := filepath.Join("..", "lang", name+"."+language+".json")
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		have := map[string]string{}
		if err := json.Unmarshal(data, &have); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, key := range want {
			text, ok := have[key]
			if !ok || text == "" {
				t.Errorf("%s has no %q", file, key)
			}
			if values(text) != values(key) && strings.Contains(key, "{{") {
				t.Errorf("%s: %q has other values than %q", file, text, key)
			}
			delete(have, key)
		}
		for key := range have {
			t.Errorf("%s: nobody shows %q", file, key)
		}
	}
}

// textsOf are the keys that a file gives to lang.L and lang.X.
func textsOf(t testing.TB, file string) (keys []string) {
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		f, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || f.Sel.Name != "L" && f.Sel.Name != "X" {
			return true
		}
		if x, ok := f.X.(*ast.Ident); !ok || x.Name != "lang" {
			return true
		}
		if l, ok := call.Args[0].(*ast.BasicLit); ok {
			key, err := strconv.Unquote(l.Value)
			if err != nil {
				t.Fatal(err)
			}
			keys = append(keys, key)
			return true
		}
		t.Errorf("%s: the text of a call is made while it runs", file)
		return true
	})
	return keys
}

// values are the names of the values in a text, in the order of the alphabet.
func values(text string) string {
	var names []string
	for part := range strings.SplitSeq(text, "{{.") {
		if name, _, ok := strings.Cut(part, "}}"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}
