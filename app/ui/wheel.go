package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// wheel lies over something, seen by nothing but the mouse wheel.
type wheel struct {
	widget.BaseWidget
	scrolled func(*fyne.ScrollEvent)
}

// WithWheel lets the mouse wheel over a text box of one line scroll the page: the box has a scroller
// of its own, which would keep the wheel for itself.
func WithWheel(entry *Entry, scrolled func(*fyne.ScrollEvent)) fyne.CanvasObject {
	w := &wheel{scrolled: scrolled}
	w.ExtendBaseWidget(w)
	return container.NewStack(entry, w)
}

// Scrolled implements fyne.Scrollable.
func (w *wheel) Scrolled(e *fyne.ScrollEvent) { w.scrolled(e) }

// CreateRenderer implements fyne.Widget.
func (w *wheel) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewWithoutLayout())
}
