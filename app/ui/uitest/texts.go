package uitest

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"linklog/app/lang"
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
	Translated(t, name, want)
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
		if !ok || !slices.Contains([]string{"L", "N", "X", "XN"}, f.Sel.Name) {
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
		if f, ok := call.Args[0].(*ast.SelectorExpr); ok && f.Sel.Name == "Format" {
			return true // a phrase, whose text stands where it is made
		}
		t.Errorf("%s: the text of a call is made while it runs", file)
		return true
	})
	return keys
}

// SourceTexts are the texts in a folder's sources that are shown: first arguments of the
// functions that are named.
func SourceTexts(t testing.TB, folder string, functions ...string) (out []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(folder, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := ""
			switch f := call.Fun.(type) {
			case *ast.Ident:
				name = f.Name
			case *ast.SelectorExpr:
				if x, ok := f.X.(*ast.Ident); ok {
					name = x.Name + "." + f.Sel.Name
				}
			}
			for _, f := range functions {
				if f != name {
					continue
				}
				for _, arg := range call.Args[:min(2, len(call.Args))] {
					if l, ok := arg.(*ast.BasicLit); ok && l.Kind == token.STRING {
						text, _ := strconv.Unquote(l.Value)
						out = append(out, text)
						if name != "isOn" {
							break
						}
					}
				}
			}
			return true
		})
	}
	return out
}

// forms is a text; of one with a form for each number, that for many.
type forms string

// UnmarshalJSON implements json.Unmarshaler.
func (f *forms) UnmarshalJSON(text []byte) error {
	var by map[string]string
	if json.Unmarshal(text, &by) == nil {
		*f = forms(by["other"])
		return nil
	}
	return json.Unmarshal(text, (*string)(f))
}

// Translated looks for keys in the files of texts, and for values that were
// forgotten in the translation.
func Translated(t testing.TB, name string, keys []string) {
	t.Helper()
	for _, language := range []string{"en", "de"} {
		raw, err := lang.Read(name, language)
		if err != nil {
			t.Fatal(err)
		}
		var have map[string]forms
		if err := json.Unmarshal(raw, &have); err != nil {
			t.Fatal(err)
		}
		used := make(map[string]bool)
		for _, key := range keys {
			used[key] = true
			text := string(have[key])
			if text == "" || language == "en" && text != key && strings.Contains(key, " ") {
				t.Errorf("%s: %q is %q", language, key, text)
			}
			for _, value := range strings.SplitAfter(key, "}}") {
				if i := strings.Index(value, "{{."); i >= 0 && !strings.Contains(text, value[i:]) {
					t.Errorf("%s: %q lacks %s", language, text, value[i:])
				}
			}
		}
		for key := range have {
			if !used[key] {
				t.Errorf("%s: nobody says %q", language, key)
			}
		}
	}
}
