package setup

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// texts are the texts in a folder's sources that are shown: first arguments of the
// functions that are named.
func texts(t *testing.T, folder string, functions ...string) (out []string) {
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

func TestAllTextsAreTranslated(t *testing.T) {
	keys := texts(t, ".", "lang.L", "doctor.Say")
	keys = append(keys, texts(t, "../../service/doctor", "Say")...)
	// What firewall_linux.go and firewall_darwin.go say through a variable.
	keys = append(keys, "To let the router's messages in, type into a terminal:", "Allow incoming connections for linklog in System Settings, Network, Firewall, Options.")
	checkTexts(t, "setup", keys)
}

// checkTexts looks for keys in the files of texts, and for values that were
// forgotten in the translation.
func checkTexts(t *testing.T, name string, keys []string) {
	t.Helper()
	for _, language := range []string{"en", "de"} {
		raw, err := os.ReadFile(filepath.Join("..", "lang", name+"."+language+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var have map[string]string
		if err := json.Unmarshal(raw, &have); err != nil {
			t.Fatal(err)
		}
		used := make(map[string]bool)
		for _, key := range keys {
			used[key] = true
			text := have[key]
			if text == "" || language == "en" && text != key {
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
