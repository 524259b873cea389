package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// What lies over a text box takes nothing of it but the wheel.
func TestWheelTakesNothingElse(t *testing.T) {
	var w any = &wheel{}
	for name, is := range map[string]func() bool{
		"taps":   func() bool { _, ok := w.(fyne.Tappable); return ok },
		"menu":   func() bool { _, ok := w.(fyne.SecondaryTappable); return ok },
		"double": func() bool { _, ok := w.(fyne.DoubleTappable); return ok },
		"focus":  func() bool { _, ok := w.(fyne.Focusable); return ok },
		"drag":   func() bool { _, ok := w.(fyne.Draggable); return ok },
		"mouse":  func() bool { _, ok := w.(desktop.Mouseable); return ok },
		"hover":  func() bool { _, ok := w.(desktop.Hoverable); return ok },
		"cursor": func() bool { _, ok := w.(desktop.Cursorable); return ok },
	} {
		if is() {
			t.Errorf("it takes %s", name)
		}
	}
}
