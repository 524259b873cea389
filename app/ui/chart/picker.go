package chart

import "time"

// Picker is what is pointed at in a row of bars, with the pointer or the keyboard, and what is
// being selected of it. Bars are told apart by the time they begin, so that others may come
// and go.
type Picker struct {
	hover  time.Time // under the pointer; zero: none
	cursor time.Time // of the keyboard; zero: none
	anchor time.Time // where a selection was begun; zero: it was not
	end    time.Time // where it has come to
}

// Hover points at a bar with the pointer; -1: at none. It reports whether that changed anything.
func (p *Picker) Hover(list []Bar, i int) bool {
	before := p.hover
	p.hover = time.Time{}
	if i >= 0 && i < len(list) {
		p.hover = list[i].From
	}
	return !before.Equal(p.hover)
}

// Hovers reports whether the pointer is over a bar.
func (p *Picker) Hovers() bool { return !p.hover.IsZero() }

// Cursor is the bar of the keyboard; -1: none.
func (p *Picker) Cursor(list []Bar) int {
	if p.cursor.IsZero() {
		return -1
	}
	return At(list, p.cursor)
}

// Looked is the bar that is looked at: that under the pointer, else that of the keyboard if
// that is focused; -1: none.
func (p *Picker) Looked(list []Bar, focused bool) int {
	switch {
	case !p.hover.IsZero():
		return At(list, p.hover)
	case focused:
		return p.Cursor(list)
	}
	return -1
}

// MoveTo moves the keyboard's bar, to the nearest there is. With extend everything from where it was
// is being selected.
func (p *Picker) MoveTo(list []Bar, i int, extend bool) {
	if len(list) == 0 {
		return
	}
	to := list[min(max(i, 0), len(list)-1)].From
	switch {
	case !extend:
		p.anchor = time.Time{}
	case p.anchor.IsZero() && p.cursor.IsZero():
		p.anchor = to
	case p.anchor.IsZero():
		p.anchor = p.cursor
	}
	p.cursor, p.end = to, to
}

// Begin begins to select at a bar, with the pointer.
func (p *Picker) Begin(list []Bar, i int) {
	if i >= 0 && i < len(list) {
		p.anchor, p.end = list[i].From, list[i].From
		p.cursor = p.end
	}
}

// Drag goes on selecting, to the nearest bar.
func (p *Picker) Drag(list []Bar, i int) {
	if len(list) > 0 && !p.anchor.IsZero() {
		p.end = list[min(max(i, 0), len(list)-1)].From
		p.cursor = p.end
	}
}

// Selecting is what is being selected: from a time to a time.
func (p *Picker) Selecting(list []Bar) (from, to time.Time, ok bool) {
	if p.anchor.IsZero() {
		return from, to, false
	}
	a, b := At(list, p.anchor), At(list, p.end)
	if a < 0 || b < 0 {
		return from, to, false
	}
	return list[min(a, b)].From, list[max(a, b)].To, true
}

// Take ends selecting, and returns what was selected.
func (p *Picker) Take(list []Bar) (from, to time.Time, ok bool) {
	from, to, ok = p.Selecting(list)
	p.anchor = time.Time{}
	return from, to, ok
}

// Clear ends selecting and forgets the keyboard's bar.
func (p *Picker) Clear() { p.cursor, p.anchor, p.end = time.Time{}, time.Time{}, time.Time{} }
