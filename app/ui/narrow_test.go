package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui/look"
)

// Fields and buttons have the same room at every density: that is of rows.
func TestRoomAtEveryDensity(t *testing.T) {
	a := test.NewTempApp(t)
	a.Settings().SetTheme(look.Theme{Mode: look.Light})
	entry := widget.NewEntry()
	w := test.NewTempWindow(t, container.NewVBox(entry))
	w.Resize(fyne.NewSize(300, 100))
	compact := entry.MinSize().Height
	a.Settings().SetTheme(look.Theme{Mode: look.Dark, Density: look.Comfortable})
	if h := entry.MinSize().Height; h != compact || h <= look.Compact.RowHeight() {
		t.Errorf("%v high, then %v", compact, h)
	}
}

func TestButton(t *testing.T) {
	test.NewTempApp(t)
	taps := 0
	b := NewButton("Go", func() { taps++ })
	w := test.NewTempWindow(t, b)
	test.Tap(b)
	w.Canvas().Focus(b)
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	b.Disable()
	test.Tap(b)
	if taps != 2 {
		t.Errorf("%d taps", taps)
	}
	if plain := widget.NewButton("Go", nil).MinSize(); b.MinSize().Width <= plain.Width {
		t.Error("no room beside the word")
	}
}

func TestNarrow(t *testing.T) {
	o := widget.NewLabel("x")
	c := Narrow(200, o)
	for _, x := range []struct{ width, want float32 }{{100, 100}, {200, 200}, {900, 200}} {
		c.Resize(fyne.NewSize(x.width, 50))
		if o.Size() != fyne.NewSize(x.want, 50) {
			t.Errorf("%v wide in %v", o.Size(), x.width)
		}
	}
}
