package view

import (
	"bytes"
	"image"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"linklog/app/ui/look"
	"linklog/capture"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// write gives a cell as text: ▸, ◂, ✓ and ⊘ for shapes, pieces with | between them,
// those that may be left out in parentheses, badges in brackets.
func write(c *Cell) string {
	var parts []string
	for _, p := range c.pieces {
		text := string(c.text[p.from:p.to])
		switch p.kind {
		case arrowOut:
			text = "▸"
		case arrowIn:
			text = "◂"
		case arrowDown:
			text = "▾"
		case check:
			text = "✓"
		case stop:
			text = "⊘"
		case optional:
			text = "(" + text + ")"
		case badge:
			text = "[" + text + "]"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "|")
}

func TestCells(t *testing.T) {
	test.NewApp()
	in := capture.Event{
		Time: start, Kind: capture.Traffic, Dir: capture.In, Proto: capture.TCP, New: true, Router: ip("192.168.1.1"),
		Src: capture.Endpoint{Addr: ip("203.0.113.77"), Name: "scan.example", Port: 4000}, Dst: capture.Endpoint{Addr: ip("192.168.1.12"), Port: 22},
	}
	out := in
	out.Dir, out.Src, out.Dst = capture.Out, in.Dst, in.Src
	google := out
	google.Dst.Addr = ip("8.8.8.8")
	ping := in
	ping.Proto, ping.New, ping.Src.Port, ping.Dst.Port = capture.ICMP, false, 0, 0
	old := in
	old.Proto, old.New, old.Src.Addr, old.Dst.Port = 0, false, ip("::"), 9999
	old.Src.Addr = capture.Endpoint{}.Addr
	stopped, letIn, letOut := in, in, out
	stopped.Verdict, letIn.Verdict, letOut.Verdict = capture.Blocked, capture.Allowed, capture.Allowed
	for _, c := range []struct {
		name  string
		event capture.Event
		want  []string
	}{
		{"in", in, []string{"20:14:03", "◂|in", "", "TCP", "scan.example|(203.0.113.77)|[NEW]", "4000", "192.168.1.12", "ssh|(22)", "", "", "192.168.1.1"}},
		{"out", out, []string{"20:14:03", "▸|out", "", "TCP", "192.168.1.12", "22", "scan.example|(203.0.113.77)|[NEW]", "4000", "", "", "192.168.1.1"}},
		{"ping", ping, []string{"20:14:03", "◂|in", "", "ICMP", "scan.example|(203.0.113.77)", "", "192.168.1.12", "", "", "", "192.168.1.1"}},
		{"blocked", stopped, []string{"20:14:03", "◂|in", "⊘|(blocked)", "TCP", "scan.example|(203.0.113.77)|[NEW]", "4000", "192.168.1.12", "ssh|(22)", "", "", "192.168.1.1"}},
		{"let in", letIn, []string{"20:14:03", "◂|in", "✓|(allowed)", "TCP", "scan.example|(203.0.113.77)|[NEW]", "4000", "192.168.1.12", "ssh|(22)", "", "", "192.168.1.1"}},
		{"let out", letOut, []string{"20:14:03", "▸|out", "✓|(allowed)", "TCP", "192.168.1.12", "22", "scan.example|(203.0.113.77)|[NEW]", "4000", "", "", "192.168.1.1"}},
		{"old form", old, []string{"20:14:03", "◂|in", "", "", "scan.example", "4000", "192.168.1.12", "9999", "", "", "192.168.1.1"}},
		{"owner", google, []string{"20:14:03", "▸|out", "", "TCP", "192.168.1.12", "22", "scan.example|(8.8.8.8)|[NEW]", "4000", "Google", "US", "192.168.1.1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cell := Cell{words: newWords()}
			usual := slices.DeleteFunc(Columns(services{}, time.UTC), func(c Column) bool { return c.Offered || c.ID == "up" || c.ID == "down" })
			for i, column := range usual {
				cell.reset()
				column.Cell(&cell, &c.event)
				if got := write(&cell); got != c.want[i] {
					t.Errorf("%s: %q, want %q", column.ID, got, c.want[i])
				}
			}
		})
	}
}

func TestMessages(t *testing.T) {
	test.NewApp()
	for _, c := range []struct {
		event           capture.Event
		direction, want string
	}{
		{capture.Event{Kind: capture.System, Text: "System started"}, "system", "System started"},
		{capture.Event{Kind: capture.WAN, Dst: capture.Endpoint{Addr: ip("203.0.113.7")}}, "WAN", "203.0.113.7"},
		{capture.Event{Kind: capture.WAN, Text: "WAN IP = 203.0.113.7", Dst: capture.Endpoint{Addr: ip("203.0.113.7")}}, "WAN", "WAN IP = 203.0.113.7"},
		{capture.Event{Kind: capture.Other, Text: "@in", Reason: capture.BadTraffic}, "other", "@in|" + capture.BadTraffic.String()},
		{capture.Event{Kind: capture.Rejected, Reason: capture.NotSNMP}, "rejected", capture.NotSNMP.Plain()},
		{capture.Event{Kind: capture.Gap, Text: "Not running", Lost: 23}, "gap", "Not running|23|messages are missing"},
		{capture.Event{Kind: capture.Gap, Text: "Not running"}, "gap", "Not running"},
		{capture.Event{Kind: 77, Text: "later"}, "", "later"},
	} {
		cell := Cell{words: newWords()}
		directionCell(&cell, &c.event)
		if got := write(&cell); got != c.direction {
			t.Errorf("%v: direction %q, want %q", c.event.Kind, got, c.direction)
		}
		cell.reset()
		message(&cell, &c.event)
		if got := write(&cell); got != c.want {
			t.Errorf("%v: %q, want %q", c.event.Kind, got, c.want)
		}
	}
}

func TestDate(t *testing.T) {
	test.NewApp()
	w := newWords()
	if got := string(w.date(nil, start, start)); got != "23 Nov" {
		t.Error(got)
	}
	if got := string(w.date(nil, start, start.AddDate(1, 0, 0))); got != "23 Nov 2024" {
		t.Error(got)
	}
}

// Any name can be drawn, and however many there are, what is kept of them is
// bounded.
func TestGlyphs(t *testing.T) {
	test.NewApp()
	inter, err := opentype.Parse(look.Theme{}.Font(fyne.TextStyle{}).Content())
	if err != nil {
		t.Fatal(err)
	}
	f := newFace([]*opentype.Font{inter}, 13, nil)
	box := f.box()
	for _, r := range "aZ0ä€Ж…" {
		g := f.glyph(r, 0)
		if g.advance <= 0 || g.w == 0 || g.w == box.w && g.h == box.h && g.advance == box.advance {
			t.Errorf("%c is not drawn by the font", r)
		}
	}
	if g := f.glyph('日', 0); g.advance != box.advance {
		t.Error("a character that the font has not is no box")
	}
	asked := 0
	f = newFace([]*opentype.Font{inter}, 13, func(r rune, pixels float64) *glyph {
		asked++
		return byFyne(fyne.TextStyle{})(r, pixels)
	})
	for range 3 {
		if g := f.glyph('☎', 0); g == nil || g.advance <= 0 {
			t.Error("Fyne draws nothing")
		}
	}
	if asked != 1 {
		t.Errorf("Fyne was asked %d times", asked)
	}
	// Emoji are drawn by a font of the system, or stand as a replacement where it has none.
	if g := f.glyph('📺', 0); g.advance <= 0 || g.advance > fixed.I(2*13) {
		t.Errorf("an emoji is %v wide", g.advance)
	}
	if g := f.glyph('\ufe0f', 0); g.w != 0 || g.advance != 0 {
		t.Error("a selector that belongs to the character before is drawn")
	}
	f.last = nil
	for r := rune(0x4e00); r < 0x4e00+3*maxGlyphs; r++ {
		f.glyph(r, 0)
	}
	if n := len(f.others); n > maxGlyphs {
		t.Errorf("%d glyphs are kept", n)
	}
	for _, r := range []rune{-1, 0, 0x10ffff, 0xfffd, 0xd800} {
		f.glyph(r, 17)
	}
}

// A text is as wide as its letters say, whatever the scale: none is squeezed into
// whole pixels.
func TestWidthsScale(t *testing.T) {
	test.NewApp()
	inter, err := opentype.Parse(look.Theme{}.Font(fyne.TextStyle{}).Content())
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("cdn-185-199-108-153.github.com")
	one := float64(newFace([]*opentype.Font{inter}, 13, nil).width(text)) / 64
	for _, scale := range []float64{1.25, 1.5, 2, 3} {
		w := float64(newFace([]*opentype.Font{inter}, 13*scale, nil).width(text)) / 64 / scale
		if w < one-0.5 || w > one+0.5 {
			t.Errorf("at scale %v %.2f wide, at 1 %.2f", scale, w, one)
		}
	}
}

// What is searched for is marked where it is, in names and addresses, whatever the case; the rest is not.
func TestFoundIsMarked(t *testing.T) {
	s := show(t, 12, nil)
	at := func() (n int) {
		img := s.paint()
		want := s.v.pen.palette.Found
		for i := 0; i < len(img.Pix); i += 4 {
			if img.Pix[i] == want.R && img.Pix[i+1] == want.G && img.Pix[i+2] == want.B {
				n++
			}
		}
		return n
	}
	if at() != 0 {
		t.Fatal("something is marked")
	}
	for _, c := range []struct {
		found Found
		want  bool
	}{
		{Found{"SENTRY", Words}, true}, {Found{"sentry", Addresses}, false}, {Found{"34.120", Addresses}, true}, {Found{"nothing", Words | Addresses | Numbers}, false},
		{Found{"out", Words}, false}, {Found{"443", Numbers}, true}, {Found{"44", Numbers}, false}, {Found{"https", Words}, true}, {Found{"", Words}, false},
		// of one end alone
		{Found{"443", Numbers | OfDestination}, true}, {Found{"443", Numbers | OfSource}, false},
		{Found{"34.120", Addresses | OfDestination}, true}, {Found{"34.120", Addresses | OfSource}, false},
		{Found{"sentry", Words | OfDestination}, true}, {Found{"sentry", Words | OfSource}, false},
	} {
		s.v.SetFound([]Found{c.found})
		if got := at() > 20; got != c.want {
			t.Errorf("%+v: marked is %v", c.found, got)
		}
	}
	s.v.SetFound(nil)
	if at() != 0 {
		t.Error("it stays marked")
	}
}

// A name in DNS that is too long loses its beginning, others their end.
func TestNamesAreShortened(t *testing.T) {
	s := show(t, 1, nil)
	s.paint()
	d := drawing{View: s.v, pen: &s.v.pen, painter: &s.v.canvas}
	for _, c := range []struct{ name, want string }{
		{"cdn-185-199-108-153.github.com", "….github.com"},
		{"Anna's laptop in the kitchen", "Anna's laptop…"},
		{"short.com", "short.com"},
	} {
		d.cell.reset()
		d.cell.Name(Plain, c.name)
		p := d.cell.pieces[0]
		text, front := d.inOrder(d.cell.text, p.domain)
		loses := atEnd
		if front {
			loses = atBegin
		}
		room := d.faces[Sans].width([]byte(c.want)) + 100
		if got := string(d.fit(text, Sans, room, loses)); got != c.want {
			t.Errorf("%s becomes %s, want %s", c.name, got, c.want)
		}
	}
}

// An address in a narrow column keeps both of its ends, the network and the device: two that differ only in
// their last number look different.
func TestAddressesAreShortened(t *testing.T) {
	s := show(t, 1, nil)
	s.paint()
	d := drawing{View: s.v, pen: &s.v.pen, painter: &s.v.canvas, head: s.v.pen.px(headerHeight), rowHeight: 22}
	d.w, d.h = d.img.Rect.Dx(), d.img.Rect.Dy()
	for _, c := range []struct{ addr, want string }{{"203.0.113.121", "203.….121"}, {"2001:db8:1234:5678::f", "2001…8::f"}, {"192.168.1.5", "192.168.1.5"}} {
		room := d.faces[Mono].width([]byte(c.want)) + 100
		if got := string(d.fit([]byte(c.addr), Mono, room, inMiddle)); got != c.want {
			t.Errorf("%s becomes %s, want %s", c.addr, got, c.want)
		}
	}
	// 192.168.1.33 and 192.168.1.34, in a column too narrow for them.
	picture := func(last byte) []byte {
		d.cell.reset()
		d.cell.Addr(Plain, netip.AddrFrom4([4]byte{192, 168, 1, last}))
		d.fill(image.Rect(0, 0, d.w, d.h), d.grounds[onRow])
		d.pieces(d.head, 0, d.px(60), onRow)
		return slices.Clone(d.img.Pix)
	}
	if bytes.Equal(picture(33), picture(34)) {
		t.Error("two devices look the same")
	}
}

// What a rule matches has its colour, that of the first rule.
func TestRules(t *testing.T) {
	s := show(t, 12, nil)
	colours := func() (red, green int) {
		img, p := s.paint(), s.v.pen.palette
		for y := headerHeight; y < img.Rect.Dy(); y += rowHeight {
			switch c := img.RGBAAt(5, y+rowHeight/2); {
			case c.R == p.Bad.R && c.G == p.Bad.G:
				red++
			case c.R == p.Fine.R && c.G == p.Fine.G:
				green++
			}
		}
		return red, green
	}
	s.v.SetRules([]Rule{
		{func(*capture.Event) bool { return true }, "a colour of a later version"},
		{func(ev *capture.Event) bool { return ev.Dir == capture.In }, "red"},
		{func(ev *capture.Event) bool { return ev.Kind == capture.Traffic }, "green"},
	})
	in, all := 0, 0
	for _, ev := range s.list.events {
		if ev.Dir == capture.In {
			in++
		}
		if ev.Kind == capture.Traffic {
			all++
		}
	}
	if red, green := colours(); red != in || green != all-in || in == 0 {
		t.Errorf("%d rows are red, %d green; want %d, %d", red, green, in, all-in)
	}
	if n := testing.AllocsPerRun(20, func() { s.paint() }); n > 0 && !testing.Short() {
		t.Errorf("%v allocations to draw", n)
	}
	s.v.SetRules(nil)
	if red, green := colours(); red+green > 0 {
		t.Error("the colours stay")
	}
}

// A group says how often, and since when; its rows that they are of one.
func TestRepeats(t *testing.T) {
	test.NewApp()
	cell := Cell{words: newWords()}
	column := repeatsCell(time.UTC)
	ev := capture.Event{Time: start, Kind: capture.Traffic}
	for _, c := range []struct {
		group Group
		want  string
	}{
		{Group{}, ""},
		{Group{N: 26, Since: start.Add(-5 * time.Second), Head: true}, "▸|×26|(since 20:13:58)"},
		{Group{N: 1234, Since: start.AddDate(0, 0, -1), Head: true}, "▸|×1234|(since 22 Nov 20:14:03)"},
		{Group{N: 2, Since: start, Head: true, Open: true}, "▾|×2|(since 20:14:03)"},
		{Group{N: 2, Since: start, Open: true}, "·"},
	} {
		cell.reset()
		cell.group = c.group
		if column(&cell, &ev); write(&cell) != c.want {
			t.Errorf("%+v: %q, want %q", c.group, write(&cell), c.want)
		}
	}
}

// TestSentCells: how much was sent is from and to home; what is not known is not 0.
func TestSentCells(t *testing.T) {
	src, dst := capture.Endpoint{Sent: capture.Volume{Bytes: 1500}}, capture.Endpoint{Sent: capture.Volume{Bytes: 2_300_000}}
	for _, test := range []struct {
		ev       capture.Event
		up, down string
	}{
		{capture.Event{Kind: capture.Traffic, Dir: capture.Out, Src: src, Dst: dst}, "1.5 kB", "2.3 MB"},
		{capture.Event{Kind: capture.Traffic, Dir: capture.In, Src: src, Dst: dst}, "2.3 MB", "1.5 kB"},
		{capture.Event{Kind: capture.Traffic, Dir: capture.Out, Src: src}, "1.5 kB", ""},
	} {
		got := make(map[string]string)
		for _, c := range Columns(services{}, time.UTC) {
			if c.ID == "up" || c.ID == "down" {
				var cell Cell
				c.Cell(&cell, &test.ev)
				got[c.ID] = cell.String()
				if c.In(&test.ev) != (got[c.ID] != "") {
					t.Errorf("%s has something in it: %v, %q", c.ID, c.In(&test.ev), got[c.ID])
				}
			}
		}
		if got["up"] != test.up || got["down"] != test.down {
			t.Errorf("%+v: %q", test.ev, got)
		}
	}
}
