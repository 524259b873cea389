package search

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"

	"linklog/app/ui"
)

// Box is the entry for the search text. While someone types, its List shows what can
// be written next; the keyboard stays here. Down opens the list, too; Up and Down
// choose, Return writes what is chosen and is the entry's own if nothing is, Tab
// writes what is chosen or the first, Escape closes the list and, if it is closed,
// calls OnEscape.
type Box struct {
	ui.Entry

	// OnSuggest is called before the List is shown; nil: not called.
	OnSuggest func()

	hint   string // what stands in an empty Box, if there is room for all of it
	source Source
	list   *List
	strip  *Strip
	query  Query
	shift  bool // is held down
}

var (
	_ fyne.Tabbable     = (*Box)(nil)
	_ desktop.Keyable   = (*Box)(nil)
	_ desktop.Mouseable = (*Box)(nil)
)

// New returns a Box; the source tells what can be written. It is asked on Fyne's thread,
// at every key.
func New(s Source) *Box {
	b := &Box{source: s}
	b.TextStyle = fyne.TextStyle{Monospace: true}
	b.list = newList(b.choose)
	b.strip = newStrip(b.remove, b.goTo)
	b.ExtendBaseWidget(b)
	return b
}

// SetPlaceHolder says what to write; it is cut to the width of the Box.
func (b *Box) SetPlaceHolder(text string) {
	b.hint = text
	b.placeHint()
}

// placeHint cuts the hint, for which Fyne's entry would show a scroll bar.
func (b *Box) placeHint() {
	room := b.Size().Width - 2*(theme.InnerPadding()+theme.InputBorderSize())
	if text := ui.Fit(b.hint, room, theme.TextSize(), b.TextStyle); text != b.PlaceHolder {
		b.Entry.SetPlaceHolder(text)
	}
}

// List is what shows below the entry what can be written next. It has to be in the same
// window, in front of the rest, in a container that moves and resizes nothing.
func (b *Box) List() fyne.CanvasObject { return b.list }

// Strip shows what was understood of the text.
func (b *Box) Strip() *Strip { return b.strip }

// SetText sets the text as someone else wants it, with the cursor at its end.
func (b *Box) SetText(text string) {
	b.close()
	b.Entry.SetText(text)
	b.setCursor(len(text))
}

// SetQuery shows what a text means, which should be that of the Box.
func (b *Box) SetQuery(q Query) {
	b.query = q
	b.show()
}

// show shows the query. A term that is being written is not called wrong as long as
// something is offered that it can become.
func (b *Box) show() {
	q := b.query
	if b.list.Visible() && q.Wrong >= 0 && q.Text == b.Text {
		if t := q.Terms[q.Wrong]; t.Start <= b.cursor() && b.cursor() <= t.End {
			q.Err, q.Wrong = nil, -1
		}
	}
	b.strip.show(q)
	var err error // a nil *filter.Error is none
	if q.Err != nil {
		err = q.Err
	}
	if b.AlwaysShowValidationError || err != nil { // the strip is not on all pages
		b.Mark(err)
	}
}

// cursor is where the cursor is in the text, in bytes.
func (b *Box) cursor() int {
	n := 0
	for i := range b.Text {
		if n == b.CursorColumn {
			return i
		}
		n++
	}
	return len(b.Text)
}

// setCursor puts the cursor at a byte of the text.
func (b *Box) setCursor(at int) {
	b.CursorRow, b.CursorColumn = 0, len([]rune(b.Text[:min(at, len(b.Text))]))
	b.Refresh()
}

// suggest offers what can be written at the cursor.
func (b *Box) suggest() {
	candidates := Complete(b.Text, b.cursor(), b.source)
	if len(candidates) == 0 {
		b.close()
		return
	}
	if b.OnSuggest != nil {
		b.OnSuggest()
	}
	b.list.set(candidates)
	b.list.place(b)
}

// close closes the list.
func (b *Box) close() {
	if b.list.Visible() {
		b.list.Hide()
		b.show() // what is wrong need not wait any longer
	}
}

// choose writes a candidate.
func (b *Box) choose(c Candidate) {
	text, cursor := c.Apply(b.Text)
	b.Entry.SetText(text)
	b.setCursor(cursor)
	if canvas := fyne.CurrentApp().Driver().CanvasForObject(b); canvas != nil && canvas.Focused() != b {
		canvas.Focus(b)
	}
	if c.Key {
		b.suggest()
	} else {
		b.close()
	}
}

// remove takes a term out of the text.
func (b *Box) remove(t Term) {
	if b.Text == b.query.Text {
		b.SetText(Remove(b.Text, t))
	}
}

// goTo puts the cursor behind a term.
func (b *Box) goTo(t Term) {
	if canvas := fyne.CurrentApp().Driver().CanvasForObject(b); canvas != nil && b.Text == b.query.Text {
		b.setCursor(t.End)
		canvas.Focus(b)
	}
}

// TypedRune implements fyne.Focusable.
func (b *Box) TypedRune(r rune) {
	b.Entry.TypedRune(r)
	b.suggest()
}

// TypedKey implements fyne.Focusable.
func (b *Box) TypedKey(k *fyne.KeyEvent) {
	open := b.list.Visible()
	switch k.Name {
	case fyne.KeyDown:
		if open {
			b.list.move(1)
		} else {
			b.suggest()
		}
		return
	case fyne.KeyUp:
		if open {
			b.list.move(-1)
			return
		}
	case fyne.KeyEscape:
		if open {
			b.close()
			return
		}
	case fyne.KeyTab:
		if open {
			b.tab()
			return
		}
	case fyne.KeyReturn, fyne.KeyEnter:
		if c, ok := b.list.chosen(); ok && open {
			b.choose(c)
			return
		}
		b.close()
	}
	text, column := b.Text, b.CursorColumn
	b.Entry.TypedKey(k)
	if b.Text != text && b.Text != "" || open && b.Text == text && b.CursorColumn != column {
		b.suggest()
	} else if b.Text != text {
		b.close() // all is gone: nothing was begun
	}
}

// tab writes what is chosen or comes first; with Shift it goes back, as ever.
func (b *Box) tab() {
	if b.shift {
		b.close()
		if canvas := fyne.CurrentApp().Driver().CanvasForObject(b); canvas != nil {
			canvas.FocusPrevious()
		}
		return
	}
	c, ok := b.list.chosen()
	if !ok {
		c = b.list.candidates[0]
	}
	b.choose(c)
}

// AcceptsTab implements fyne.Tabbable: with the list closed Tab goes on to the next widget.
func (b *Box) AcceptsTab() bool { return b.list.Visible() }

// TypedShortcut implements fyne.Shortcutable: those of the window work here, too.
func (b *Box) TypedShortcut(s fyne.Shortcut) {
	text := b.Text
	b.Entry.Entry.TypedShortcut(s)
	ui.PassShortcut(b, s)
	if b.Text != text {
		b.suggest()
	} else {
		b.close() // another page, or all of the text
	}
}

// KeyDown implements desktop.Keyable.
func (b *Box) KeyDown(k *fyne.KeyEvent) {
	if k.Name == desktop.KeyShiftLeft || k.Name == desktop.KeyShiftRight {
		b.shift = true
	}
	b.Entry.KeyDown(k)
}

// KeyUp implements desktop.Keyable.
func (b *Box) KeyUp(k *fyne.KeyEvent) {
	if k.Name == desktop.KeyShiftLeft || k.Name == desktop.KeyShiftRight {
		b.shift = false
	}
	b.Entry.KeyUp(k)
}

// MouseDown implements desktop.Mouseable: the cursor goes elsewhere.
func (b *Box) MouseDown(e *desktop.MouseEvent) {
	b.close()
	b.Entry.MouseDown(e)
}

// FocusLost implements fyne.Focusable. A click into the list takes the focus away, too, before it is
// known what it is for.
func (b *Box) FocusLost() {
	b.shift = false
	b.Entry.FocusLost()
	if !b.list.hovered {
		b.close()
	}
}

// Resize implements fyne.CanvasObject.
func (b *Box) Resize(s fyne.Size) {
	if b.list.Visible() && b.Size() != s {
		b.close()
	}
	b.Entry.Resize(s)
	b.placeHint()
}
