package chart

import (
	"testing"
	"time"
)

func TestPicker(t *testing.T) {
	from := time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
	list := Bars(from, from.Add(24*time.Hour), Step{d: time.Hour})
	var p Picker
	selected := func() (a, b int) {
		from, to, ok := p.Selecting(list)
		if !ok {
			return -1, -1
		}
		return from.Hour(), int(to.Sub(list[0].From).Hours())
	}
	is := func(what string, a, b int) {
		t.Helper()
		if x, y := selected(); x != a || y != b {
			t.Errorf("%s: %d to %d, want %d to %d", what, x, y, a, b)
		}
	}
	if p.Looked(list, true) != -1 || !p.Hover(list, 5) || p.Hover(list, 5) || p.Looked(list, false) != 5 || !p.Hover(list, -1) {
		t.Error("the pointer")
	}
	p.Begin(list, 8)
	is("pressed", 8, 9)
	p.Drag(list, 99)
	is("to the right and out", 8, 24)
	p.Drag(list, 3)
	is("to the left", 3, 9)
	if a, b, ok := p.Take(list); !ok || a.Hour() != 3 || b.Hour() != 9 {
		t.Error(a, b, ok)
	}
	is("taken", -1, -1)
	p.MoveTo(list, 3, false)
	p.MoveTo(list, 4, true)
	p.MoveTo(list, 5, true)
	is("by keys", 3, 6)
	p.MoveTo(list, 2, true)
	is("the other way", 2, 4)
	list = list[1:] // time went on: the same hours are meant
	is("later", 2, 3)
	p.MoveTo(list, 7, false)
	is("without Shift", -1, -1)
	if p.Looked(list, true) != 7 || p.Looked(list, false) != -1 {
		t.Error(p.Looked(list, true))
	}
	p.MoveTo(nil, 1, true)
	p.Clear()
	if p.Cursor(list) != -1 {
		t.Error("not cleared")
	}
}
