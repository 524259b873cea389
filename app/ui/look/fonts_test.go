package look

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"golang.org/x/image/font/opentype"
)

// What the app itself says is drawn by the fonts that are built in, emoji not among them.
func TestTextsHaveTheirLetters(t *testing.T) {
	var fonts []*opentype.Font
	for _, r := range []fyne.Resource{Theme{}.Font(fyne.TextStyle{}), theme.DefaultTextFont(), theme.DefaultSymbolFont()} {
		f, err := opentype.Parse(r.Content())
		if err != nil {
			t.Fatal(err)
		}
		fonts = append(fonts, f)
	}
	drawn := func(r rune) bool {
		return r == '\n' || slices.ContainsFunc(fonts, func(f *opentype.Font) bool {
			i, err := f.GlyphIndex(nil, r)
			return err == nil && i != 0
		})
	}
	files, err := filepath.Glob("../../lang/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string]any{}
		if err := json.Unmarshal(b, &texts); err != nil {
			t.Fatal(err)
		}
		for _, text := range slices.Sorted(maps.Keys(texts)) {
			forms, ok := texts[text].(map[string]any) // of a plural
			if !ok {
				forms = map[string]any{"": texts[text]}
			}
			for _, form := range forms {
				for _, r := range form.(string) {
					if !drawn(r) {
						t.Errorf("%s: %q: no font has %q", filepath.Base(file), form, r)
					}
				}
			}
		}
	}
}

// Fyne reads all fonts once more, some 5 MB, for each style of text and for each part of the window that has a
// theme of its own, whenever that is brought up to date, and keeps them: there are three styles, and one theme.
func TestFewFonts(t *testing.T) {
	more := regexp.MustCompile(`ThemeOverride|Monospace: true, Bold|Bold: true, Monospace|Italic: +true`)
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if found := more.Find(source); found != nil {
			t.Errorf("%s: %s", path, found)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
