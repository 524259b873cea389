package uitest

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
)

// Flaws are what is wrong with how something looks that was laid out: texts that are cut or lie
// over each other, and widgets with less room than they need.
func Flaws(root fyne.CanvasObject) (list []string) {
	f := &flaws{}
	f.walk(root, fyne.Position{}, area{0, 0, root.Size().Width, root.Size().Height}, area{0, 0, root.Size().Width, root.Size().Height})
	for i, a := range f.texts {
		for _, b := range f.texts[i+1:] {
			if c := a.seen.and(b.seen); c.right-c.left > overlap && c.bottom-c.top > overlap {
				f.add("%q and %q lie over each other at %v", a.text, b.text, c)
			}
		}
	}
	return f.list
}

// Tolerances in Fyne's units: the height of a text has room for letters with accents.
const (
	overlap = 3
	cut     = 1.5
)

type flaws struct {
	list  []string
	texts []seenText
}

type seenText struct {
	text string
	seen area
}

func (f *flaws) add(format string, values ...any) {
	f.list = append(f.list, fmt.Sprintf(format, values...))
}

type area struct{ left, top, right, bottom float32 }

func (a area) and(b area) area {
	return area{max(a.left, b.left), max(a.top, b.top), min(a.right, b.right), min(a.bottom, b.bottom)}
}

// walk looks at an object. What is outside of seen is not drawn, what is outside of all cannot be
// reached either, by no scrolling.
func (f *flaws) walk(o fyne.CanvasObject, at fyne.Position, seen, all area) {
	if !o.Visible() {
		return
	}
	at = at.Add(o.Position())
	here := area{at.X, at.Y, at.X + o.Size().Width, at.Y + o.Size().Height}
	f.room(o)
	switch x := o.(type) {
	case *canvas.Text:
		f.text(x, at, seen, all)
	case *fyne.Container:
		for _, child := range x.Objects {
			f.walk(child, at, seen, all)
		}
	case *container.Scroll:
		within := all.and(here)
		if x.Direction != container.ScrollHorizontalOnly && x.Direction != container.ScrollNone {
			within.top, within.bottom = -1e6, 1e6
		}
		if x.Direction != container.ScrollVerticalOnly && x.Direction != container.ScrollNone {
			within.left, within.right = -1e6, 1e6
		}
		f.walk(x.Content, at, seen.and(here), within)
	case *container.Clip: // which is there to cut
		f.walk(x.Content, at, seen.and(here), area{-1e6, -1e6, 1e6, 1e6})
	case fyne.Widget:
		if _, ok := x.(interface{ CursorTextOffset() int }); ok {
			return
		}
		if _, ok := x.(fyne.Focusable); ok {
			if _, link := x.(*ui.Link); !link {
				all = area{-1e6, -1e6, 1e6, 1e6} // room sees to the buttons, and a field scrolls
			}
		}
		for _, child := range test.WidgetRenderer(x).Objects() {
			f.walk(child, at, seen, all)
		}
	}
}

// room sees whether a widget that cannot do with less has the room it needs.
func (f *flaws) room(o fyne.CanvasObject) {
	what := ""
	switch x := o.(type) {
	case *widget.Label:
		what = x.Text
	case *ui.Button:
		what = x.Text
	case *ui.Link:
		what = x.Text
	case *ui.Check:
		what = x.Text
	case *ui.Chips:
		what = "chips"
	case *ui.Select:
		what = x.Selected
	default:
		return
	}
	need, have := o.MinSize(), o.Size()
	if what != "" && (need.Width > have.Width+cut || need.Height > have.Height+cut) {
		f.add("%T %.60q has %v, but needs %v", o, what, have, need)
	}
}

func (f *flaws) text(t *canvas.Text, at fyne.Position, seen, all area) {
	if t.Text == "" {
		return
	}
	size := t.MinSize()
	switch t.Alignment {
	case fyne.TextAlignCenter:
		at.X += (t.Size().Width - size.Width) / 2
	case fyne.TextAlignTrailing:
		at.X += t.Size().Width - size.Width
	}
	is := area{at.X, at.Y, at.X + size.Width, at.Y + size.Height}
	if is.left < all.left-cut || is.right > all.right+cut || is.top < all.top-cut || is.bottom > all.bottom+cut {
		f.add("%.60q at %v is cut by %v", t.Text, is, all)
	}
	f.texts = append(f.texts, seenText{t.Text, is.and(seen)})
}
