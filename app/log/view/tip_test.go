package view

import (
	"bytes"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"linklog/assets/origin"
)

// Where the pointer rests on a cell that is cut, all of its text is shown, and goes when the pointer does.
func TestTip(t *testing.T) {
	var later []func()
	s := showAt(t, 0, 640, 1, func(o *Options) { o.Do = func(f func()) { later = append(later, f) } })
	ev := evening(1)[0]
	ev.Dst.Name = strings.Repeat("a-very-long-name.", 8) + "example.com"
	short := ev
	short.Dst.Name = "a.example"
	short.Dst.Addr = short.Router
	for range 10 {
		s.list.add(short, ev)
	}
	before := bytes.Clone(s.paint().Pix)
	move := func(n, x float32) {
		at := row(n)
		at.X = x
		s.v.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at}})
		s.v.showTip() // as after a moment
		s.paint()
	}
	c := s.column("destination")
	x := margin + c.x + 10
	move(5, x)
	owner := origin.Of(ev.Dst.Addr)
	if owner.Owner == "" || s.v.tip.Text != ev.Dst.Name+" "+ev.Dst.Addr.String()+" · "+owner.String() {
		t.Fatalf("it says %q", s.v.tip.Text)
	}
	move(4, x) // short, and of nobody who is known
	if s.v.tip.Text != "" {
		t.Errorf("of a host that nobody owns it says %q", s.v.tip.Text)
	}
	move(5, x)
	below := 0
	with := s.paint().Pix
	for at := headerHeight + 7*rowHeight; at < headerHeight+8*rowHeight; at++ {
		if !bytes.Equal(with[at*640*4:(at+1)*640*4], before[at*640*4:(at+1)*640*4]) {
			below++
		}
	}
	if below == 0 {
		t.Error("it is not drawn")
	}
	move(5, margin+s.column("protocol").x+5)
	if s.v.tip.Text != "" {
		t.Errorf("of a cell that is not cut it says %q", s.v.tip.Text)
	}
	move(5, x)
	s.v.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.Delta{DY: 1}})
	if s.v.tip.Text != "" {
		t.Error("it stays while one scrolls")
	}
	move(7, x)
	s.v.MouseOut()
	if s.v.tip.Text != "" || s.v.tip.On.some {
		t.Error("it stays when the pointer goes")
	}
	if after := s.paint().Pix; !bytes.Equal(after, before) {
		t.Error("something of it stays")
	}
}

// Lines are cut between words, and where there are none.
func TestWrapped(t *testing.T) {
	s := show(t, 1, nil)
	f := s.v.pen.faces[Sans]
	room := f.width([]byte("some words here"))
	for text, want := range map[string]string{
		"": "", "some words": "some words", "some words here and some more": "some words|here and some|more",
		"somewordsthatareone": "somewordsthatar|eone", "ää öö": "ää öö",
	} {
		got := string(bytes.Join(wrapped([]byte(text), f, room), []byte("|")))
		if got != want && text != "somewordsthatareone" {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		for line := range strings.SplitSeq(got, "|") {
			if f.width([]byte(line)) > room {
				t.Errorf("%q is too wide", line)
			}
		}
	}
	if n := len(wrapped([]byte(strings.Repeat("word ", 1000)), f, room)); n != tipLines {
		t.Errorf("%d lines", n)
	}
}
