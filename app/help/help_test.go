package help

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
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

// In the smallest window what a search means has room for words, and beside a key, too.
func TestPairsInLittleRoom(t *testing.T) {
	test.NewTempApp(t)
	p := New(&ui.Context{ShowLog: func(string) {}}, Options{Shortcuts: func() []Shortcut { return []Shortcut{{"Log", "Ctrl + F", "Search"}} }})
	w := test.NewTempWindow(t, p.Content())
	w.SetPadded(false)
	for _, topic := range []Topic{Search, Keys, Template} {
		p.ShowTopic(topic)
		for _, width := range []float32{502, 503, 502} { // that of a page in a window of 640
			w.Resize(fyne.NewSize(width, 400))
		}
		if got := p.Content().Size().Width; got != 502 {
			t.Fatalf("topic %d makes the page %v wide", topic, got)
		}
		pairs := 0
		var look func(o fyne.CanvasObject)
		look = func(o fyne.CanvasObject) {
			switch x := o.(type) {
			case *container.Scroll:
				look(x.Content)
			case *fyne.Container:
				if _, ok := x.Layout.(*pairLayout); ok {
					if pairs++; x.Objects[1].Size().Width < 120 {
						t.Errorf("topic %d: the text beside an example has %v of %v", topic, x.Objects[1].Size().Width, x.Size().Width)
					}
				}
				for _, o := range x.Objects {
					look(o)
				}
			}
		}
		look(p.topics[topic])
		if pairs == 0 {
			t.Errorf("topic %d has no pairs", topic)
		}
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
