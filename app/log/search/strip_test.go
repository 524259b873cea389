package search

import (
	"image/color"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"

	"linklog/app/translations"
	"linklog/app/ui/look"
	"linklog/format/services"
)

// shownText is what a chip says.
func shownText(c chip) string {
	var s strings.Builder
	for _, t := range c.parts {
		s.WriteString(t.Text)
	}
	return s.String()
}

func TestChips(t *testing.T) {
	b := start(t)
	s := b.Strip()
	if s.HeightFor(700) != 0 || s.MinSize().Height != 0 {
		t.Error("it has a height with nothing in it")
	}
	heights := 0
	s.OnHeight = func() { heights++ }
	b.SetText(`dir:in !host:a,b port:443,htps "two words"`)
	if heights == 0 {
		t.Error("nobody was told of the height")
	}
	s.Resize(fyne.NewSize(700, s.HeightFor(700)))
	p := look.For(1) // light
	want := []string{"dir:in", "!host:a,b", "port:443,htps", `"two words"`}
	for i, c := range s.chips {
		if shownText(c) != want[i] {
			t.Errorf("%q, not %q", shownText(c), want[i])
		}
		if wrong := i == 2; wrong != (c.ground.StrokeColor == p.Bad) || wrong != (c.under.FillColor == color.Color(p.Bad)) {
			t.Errorf("%q is drawn as if it were right or wrong: %v", want[i], c.ground.StrokeColor)
		}
	}
	if len(s.chips) != len(want) {
		t.Fatalf("%d chips", len(s.chips))
	}
	if c := s.chips[0].parts; c[0].Text != "dir:" || c[0].Color != p.Accent || c[1].Color != p.Text {
		t.Error("key and value have the wrong colours")
	}
	if c := s.chips[1].parts; c[0].Text != "!" || c[0].Color != p.Inbound {
		t.Error("the negation has the wrong colour")
	}
	if c := s.chips[2].parts; c[2].Text != "htps" || c[2].Color != p.Bad || c[1].Color != p.Text {
		t.Error("not just what is wrong is red")
	}
	if !strings.Contains(s.wrong.Text, "htps") || strings.Contains(s.wrong.Text, "\n") {
		t.Errorf("%q", s.wrong.Text)
	}

	cross := func(i int) fyne.Position { return s.chips[i].at.AddXY(s.chips[i].width-5, 5) }
	s.MouseIn(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: cross(2)}})
	if s.hover != 2 || s.Cursor() != desktop.PointerCursor {
		t.Error("the cross does not look as if it could be clicked")
	}
	s.MouseOut()
	height := s.HeightFor(700)
	test.TapCanvas(b.window.Canvas(), fyne.CurrentApp().Driver().AbsolutePositionForObject(s).Add(cross(2)))
	if b.Text != `dir:in !host:a,b "two words"` || s.query.Err != nil || s.HeightFor(700) >= height || len(s.chips) != 3 {
		t.Errorf("%q, %v", b.Text, s.query.Err)
	}
	s.Tapped(&fyne.PointEvent{Position: s.chips[0].at.AddXY(10, 5)})
	b.want(`dir:in| !host:a,b "two words"`, "")
	b.Box.Entry.Text = "changed meanwhile" // what is shown is of another text
	s.Tapped(&fyne.PointEvent{Position: cross(0)})
	if b.Text != "changed meanwhile" {
		t.Errorf("%q", b.Text)
	}
}

// What can still become something is not called wrong while it is written.
// A range reads as the user's language writes dates; the text stays what it is, and what is typed is shown as typed.
func TestDatesOfChips(t *testing.T) {
	b := start(t)
	for language, want := range map[string][]string{
		"de": {"since:20.11.2026 18:30", "until:21.11.2026", "date:gestern", "port:443", `"2026-11-20"`},
		"en": {"since:2026-11-20 18:30", "until:2026-11-21", "date:gestern", "port:443", `"2026-11-20"`},
	} {
		if err := translations.Load(language); err != nil {
			t.Fatal(err)
		}
		b.SetText("")
		b.SetText(`since:2026-11-20T18:30 until:2026-11-21 date:gestern port:443 "2026-11-20"`)
		s := b.Strip()
		s.Resize(fyne.NewSize(1200, s.HeightFor(1200)))
		s.Refresh()
		for i, c := range s.chips {
			if shownText(c) != want[i] {
				t.Errorf("%s: %q, not %q", language, shownText(c), want[i])
			}
		}
		if len(s.chips) != len(want) {
			t.Errorf("%s: %d chips", language, len(s.chips))
		}
	}
	if err := translations.Load("en"); err != nil {
		t.Fatal(err)
	}
}

func TestUnfinished(t *testing.T) {
	b := start(t)
	s := b.Strip()
	wrong := func(want bool) {
		t.Helper()
		if (s.query.Err != nil) != want {
			t.Errorf("%q: %v", b.Text, s.query.Err)
		}
	}
	test.Type(b.Box, "port:")
	b.want("port:|", "")
	wrong(true) // nothing can be offered
	test.Type(b.Box, "ht")
	wrong(false)
	b.keys(fyne.KeyEscape)
	wrong(true)
	test.Type(b.Box, "tps")
	wrong(false)
	test.Type(b.Box, "x")
	wrong(true)
	b.SetText("port:htpx ")
	test.Type(b.Box, "d")
	b.want("port:htpx d|", "dir:")
	wrong(true) // elsewhere
	b.SetText("port:ht")
	wrong(true) // not written here
}

func TestTheme(t *testing.T) {
	b := start(t)
	b.SetText("dir:in dst:300.1.1.1")
	test.Type(b.Box, " d")
	light := b.strip.chips[0].parts[0].Color
	fyne.CurrentApp().Settings().SetTheme(look.Theme{Mode: look.Dark})
	p := look.For(0)
	b.window.Canvas().Capture()
	if c := b.strip.chips[0].parts[0].Color; c != p.Accent || c == light || b.strip.wrong.Color != p.Bad || b.list.ground.FillColor != p.Raised {
		t.Errorf("%v, then %v", light, c)
	}
}

// Whatever the text is, the chips stand within the strip, beside each other, and are
// no wider than it is.
func TestArrange(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(look.Theme{Mode: look.Light})
	table := services.IANA()
	rapid.Check(t, func(t *rapid.T) {
		width := float32(rapid.IntRange(0, 1200).Draw(t, "width"))
		query := rapid.OneOf(texts(), rapid.StringN(0, 600, -1), rapid.Custom(func(t *rapid.T) string {
			return goods(t, "a") + " " + goods(t, "b") + " " + goods(t, "c") + " " + goods(t, "d")
		})).Draw(t, "query")
		s := newStrip(func(Term) {}, func(Term) {})
		s.show(Read(query, table))
		s.Resize(fyne.NewSize(width, s.HeightFor(width)))
		test.WidgetRenderer(s).Layout(fyne.NewSize(width, s.HeightFor(width)))
		for i, c := range s.chips {
			if width >= 200 && c.at.X+c.width > width-stripSide+0.1 || c.at.Y+chipHeight > s.HeightFor(width) {
				t.Fatalf("chip %d is at %v, %v wide, in %v", i, c.at, c.width, width)
			}
			if i > 0 && c.at.Y == s.chips[i-1].at.Y && c.at.X < s.chips[i-1].at.X+s.chips[i-1].width {
				t.Fatalf("chip %d stands on the one before it", i)
			}
		}
		if n := len(s.query.Terms); n > 0 && len(s.chips) == 0 {
			t.Fatal("no chips")
		} else if n > len(s.chips) && width >= 200 && s.more.Position().X+s.more.MinSize().Width > width {
			t.Fatalf("the number of the others is at %v in %v", s.more.Position(), width)
		}
		for i, c := range s.chips {
			if got, cross := s.chipAt(c.at.AddXY(2, 2)); got != i || cross && c.width > chipCross+2 {
				t.Fatalf("chip %d is not where it is", i)
			}
		}
	})
}

func TestFit(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(look.Theme{Mode: look.Light})
	for _, s := range []string{"", "a", "some words", strings.Repeat("ü漢", 3000), "\xff\xfe"} {
		for _, width := range []float32{-5, 0, 3, 50, 500, 1e6} {
			got := fit(s, width, mono)
			if got != s && widthOf(got, mono) > max(width, 0) {
				t.Errorf("%.20q in %v: %.20q is %v wide", s, width, got, widthOf(got, mono))
			}
			if got != s && !strings.HasSuffix(got, "…") && got != "" {
				t.Errorf("%.20q in %v: %.20q", s, width, got)
			}
		}
	}
}
