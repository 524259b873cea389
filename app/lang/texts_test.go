package lang

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"linklog/capture"
	"linklog/phrase"
	"linklog/service/health"
)

// used are the texts that the app translates, also the phrases of others, by key, with the place;
// and all texts in the sources, as some are translated that stand elsewhere.
func used(t *testing.T) (keys map[string]string, literals map[string]bool) {
	t.Helper()
	keys, literals = make(map[string]string), make(map[string]bool)
	for _, dir := range []string{
		"..", "../../service/doctor", "../../service/guide", "../../service/serve", "../../service/settings", "../../service/book", "../../service/alerts", "../../service/deliver", "../../service/lists", "../../service/client/overssh", "../../service/remote", "../../assets/listed", "../../service/outlets.go", "../../service/daily.go", "../../filter", "../../when", "../../format", "../../phrase",
		"../../capture", "../../service/health", "../../service/intake", "../../service/port", "../../service/importing", "../../cmd/linklog/service.go",
	} {
		collect(t, dir, keys, literals)
	}
	for _, text := range slices.Concat(health.Texts(), capture.GapTexts()) {
		keys[text] = "a code"
	}
	for r := range capture.Reasons {
		keys[capture.Reason(r).String()] = "a reason"
	}
	delete(keys, "") // of none
	return keys, literals
}

func collect(t *testing.T, dir string, keys map[string]string, literals map[string]bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "testdata" {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
				if s, err := strconv.Unquote(text.Value); err == nil {
					literals[s] = true
				}
			}
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			f, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if name, ok := f.X.(*ast.Ident); !ok || !slices.Contains([]string{"lang.L", "lang.N", "lang.X", "lang.XN", "phrase.Say", "words.L"}, name.Name+"."+f.Sel.Name) {
				return true
			}
			text, ok := call.Args[0].(*ast.BasicLit)
			if !ok {
				return true // the packages that do so look for these themselves
			}
			key, err := strconv.Unquote(text.Value)
			if err != nil {
				t.Error(err)
			}
			keys[key] = set.Position(call.Pos()).String()
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// known are the texts of a language, by key.
func known(t *testing.T, language string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	names, err := fs.Glob(files, "*."+language+".json")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, file := range names {
		data, err := files.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var in map[string]any
		if err := json.Unmarshal(data, &in); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for key, value := range in {
			text, ok := value.(string)
			if !ok { // plural forms
				forms, err := json.Marshal(value)
				if err != nil {
					t.Fatal(err)
				}
				text = string(forms)
			}
			if other, there := all[key]; there && other != text {
				t.Errorf("%s: %q is %q here and %q elsewhere", file, key, text, other)
			}
			all[key] = text
		}
	}
	return all
}

var placeholder = regexp.MustCompile(`\{\{\.\w+\}\}`)

// Every text is there in both languages, with the same values in it, and none that
// nobody uses.
func TestTexts(t *testing.T) {
	keys, literals := used(t)
	if len(keys) < 100 {
		t.Fatalf("only %d texts found", len(keys))
	}
	for _, language := range []string{"en", "de"} {
		all := known(t, language)
		for key, place := range keys {
			text, ok := all[key]
			if !ok {
				t.Errorf("%s: %q is not in app/lang/*.%s.json", place, key, language)
				continue
			}
			if strings.HasPrefix(text, "{\"") || !strings.Contains(key, " ") && strings.Contains(key, ".") {
				continue // plural forms, and keys that are no texts
			}
			want, got := placeholder.FindAllString(key, -1), placeholder.FindAllString(text, -1)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("%s: %q has the values %v, not %v", language, text, got, want)
			}
		}
		for key := range all {
			if !literals[key] && !literals[strings.ReplaceAll(key, "‑", "-")] {
				t.Errorf("%s: nobody uses %q", language, key)
			}
		}
	}
}

// Words of a language are all texts that have one form.
func TestWords(t *testing.T) {
	words := Words("de")
	if got := words.L("{{.Count}} problems since {{.Time}}", "Count", 3, "Time", "10:11:12 UTC+1"); got != "3 Probleme seit 10:11:12 UTC+1" {
		t.Error(got)
	}
	c := health.New(health.DeviceLeft, "home", "Error", phrase.Say("the broker does not speak this version of MQTT"))
	if got := c.In(words); !strings.HasPrefix(got, "entfernter Empfänger home: sein Gerät") || strings.Contains(got, "broker does") {
		t.Error(got)
	}
	if got := Words("")["history"]; got != "" {
		t.Errorf("without a language: %q", got)
	}
}
