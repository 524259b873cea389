package help

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"pgregory.net/rapid"

	"linklog/app/ui"
	"linklog/app/ui/look"
	"linklog/filter"
	"linklog/format"
	"linklog/format/services"
)

func TestEveryExampleIsASearch(t *testing.T) {
	var queries []string
	for _, x := range examples() {
		queries = append(queries, x[0])
	}
	for _, f := range filter.Fields() {
		queries = append(queries, quoted(f, ""))
	}
	for _, q := range queries {
		f, err := filter.Parse(q)
		if err != nil || q == "" {
			t.Errorf("%q: %v", q, err)
			continue
		}
		if _, err := f.Compile(services.Default(), time.Now()); err != nil {
			t.Errorf("%q: %v", q, err)
		}
	}
}

func TestTopics(t *testing.T) {
	a := test.NewTempApp(t)
	a.Settings().SetTheme(look.Theme{})
	asked := ""
	p := New(&ui.Context{ShowLog: func(q string) { asked = q }}, Options{
		Version: "1.2.3", Licence: "Redistribution", Notices: "some library", Shortcuts: func() []Shortcut { return []Shortcut{{"Log", "Ctrl+F", "Search"}} },
	})
	test.NewTempWindow(t, p.Content())
	for i, n := range p.nav {
		test.Tap(n)
		if p.shown != Topic(i) || p.stack.Objects[0] != p.topics[Topic(i)] {
			t.Errorf("%d: shows %d", i, p.shown)
		}
	}
	if len(p.nav) != int(Notices)+1 {
		t.Error("a topic has no line")
	}
	text := p.licences()
	for _, part := range []string{"Redistribution", "some library", "SIL OPEN FONT LICENSE"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing", part)
		}
	}
	p.try("port:443").(fyne.Focusable).TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	if asked != "port:443" {
		t.Errorf("the keyboard asked for %q", asked)
	}
}

// Wrapped text has the same words in the same order, and no line is too long.
func TestWrap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-zäß \n.]{0,300}`).Draw(t, "text")
		width := rapid.IntRange(4, 40).Draw(t, "width")
		lines := wrap(text, width)
		for _, l := range lines {
			if len([]rune(l)) > width {
				t.Fatalf("%q is longer than %d", l, width)
			}
		}
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if squeeze(strings.Join(lines, "\n")) != squeeze(text) {
			t.Fatalf("%q became %q", text, lines)
		}
	})
}

// What the help shows of templates can be used.
func TestEveryExampleIsATemplate(t *testing.T) {
	for _, x := range templates() {
		if _, err := format.Compile(x[0]); err != nil {
			t.Errorf("%s: %v", x[0], err)
		}
	}
}
