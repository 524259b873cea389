package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// PassKey passes a key that a focused widget does not know to its window, where
// Escape closes a dialog. Fyne asks the window only if nothing has the focus.
func PassKey(o fyne.CanvasObject, e *fyne.KeyEvent) {
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	if c == nil {
		return
	}
	if typed := c.OnTypedKey(); typed != nil {
		typed(e)
	}
}

// Check is Fyne's, but passes on the keys it does not know.
type Check struct{ widget.Check }

// NewCheck returns a Check.
func NewCheck(label string, changed func(on bool)) *Check {
	c := &Check{}
	c.Text, c.OnChanged = label, changed
	c.ExtendBaseWidget(c)
	return c
}

// FocusGained implements fyne.Focusable.
func (c *Check) FocusGained() {
	c.Check.FocusGained()
	Reveal(c)
}

// TypedKey implements fyne.Focusable.
func (c *Check) TypedKey(e *fyne.KeyEvent) {
	if e.Name != fyne.KeySpace { // which comes as a character, too
		PassKey(c, e)
	}
}

// Select is Fyne's, but Enter opens it, too.
type Select struct{ widget.Select }

// NewSelect returns a Select.
func NewSelect(options []string, changed func(string)) *Select {
	s := &Select{}
	s.Options, s.OnChanged = options, changed
	s.ExtendBaseWidget(s)
	return s
}

// FocusGained implements fyne.Focusable.
func (s *Select) FocusGained() {
	s.Select.FocusGained()
	Reveal(s)
}

// TypedKey implements fyne.Focusable.
func (s *Select) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		s.Select.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	case fyne.KeySpace, fyne.KeyUp, fyne.KeyDown, fyne.KeyLeft, fyne.KeyRight:
		s.Select.TypedKey(e)
	default:
		PassKey(s, e)
	}
}

// Link is a text that does something when it is tapped.
type Link struct{ widget.Hyperlink }

// NewLink returns a Link.
func NewLink(text string, tapped func()) *Link {
	l := &Link{}
	l.Text, l.OnTapped = text, tapped
	l.ExtendBaseWidget(l)
	return l
}

// FocusGained implements fyne.Focusable.
func (l *Link) FocusGained() {
	l.Hyperlink.FocusGained()
	Reveal(l)
}

// TypedKey implements fyne.Focusable.
func (l *Link) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		l.OnTapped()
	default:
		PassKey(l, e)
	}
}

// revealMargin stays between what was scrolled into sight and the edge.
const revealMargin = 12

// Reveal scrolls what an object is in so far that all of it is seen. Fyne does not when
// the keyboard moves to something that is out of sight.
func Reveal(o fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	c := driver.CanvasForObject(o)
	if c == nil {
		return
	}
	path, _ := scrollers(c.Content(), o)
	for i := len(path) - 1; i >= 0; i-- {
		s := path[i]
		at := driver.AbsolutePositionForObject(o).Subtract(driver.AbsolutePositionForObject(s))
		to := s.Offset
		if low := at.Y + o.Size().Height + revealMargin - s.Size().Height; low > 0 {
			to.Y += min(low, at.Y-revealMargin) // rather its beginning than its end
		} else if at.Y < revealMargin {
			to.Y = max(0, to.Y+at.Y-revealMargin)
		}
		if to != s.Offset {
			s.ScrollToOffset(to)
		}
	}
}

// Holder is a widget with content of its own, in which Reveal looks.
type Holder interface{ Held() fyne.CanvasObject }

// scrollers are those around an object, from the outside in.
func scrollers(root, o fyne.CanvasObject) (path []*container.Scroll, found bool) {
	if root == o {
		return nil, true
	}
	switch x := root.(type) {
	case *fyne.Container:
		for _, child := range x.Objects {
			if path, found = scrollers(child, o); found {
				return path, true
			}
		}
	case *container.Scroll:
		if path, found = scrollers(x.Content, o); found {
			return append([]*container.Scroll{x}, path...), true
		}
	case Holder:
		return scrollers(x.Held(), o)
	}
	return nil, false
}

// scrollLine is how far an arrow key moves a page.
const scrollLine = 40

// ScrollBy moves the part of a page that scrolls, by a key: arrows, Page Up and Down, Home and End.
func ScrollBy(page fyne.CanvasObject, key fyne.KeyName) {
	s := scroller(page)
	if s == nil {
		return
	}
	to := s.Offset
	switch key {
	case fyne.KeyUp:
		to.Y -= scrollLine
	case fyne.KeyDown:
		to.Y += scrollLine
	case fyne.KeyPageUp:
		to.Y -= s.Size().Height - scrollLine
	case fyne.KeyPageDown:
		to.Y += s.Size().Height - scrollLine
	case fyne.KeyHome:
		to.Y = 0
	case fyne.KeyEnd:
		to.Y = s.Content.MinSize().Height
	}
	s.ScrollToOffset(to)
}

// scroller is the first visible one in an object; nil: there is none.
func scroller(root fyne.CanvasObject) *container.Scroll {
	if !root.Visible() {
		return nil
	}
	switch x := root.(type) {
	case *container.Scroll:
		return x
	case *fyne.Container:
		for _, child := range x.Objects {
			if s := scroller(child); s != nil {
				return s
			}
		}
	case Holder:
		return scroller(x.Held())
	}
	return nil
}
