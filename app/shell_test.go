package app

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// Counting moves nothing beside it, but for a few steps; nothing lies over another.
func TestSteadyRow(t *testing.T) {
	test.NewTempApp(t)
	n, hidden, last := widget.NewLabel(""), widget.NewLabel("nothing"), widget.NewLabel("last")
	hidden.Hide()
	row := container.New(steadyRow{}, n, hidden, last)
	moved, before := 0, fyne.Position{}
	for i := range 20_000 {
		n.SetText(fmt.Sprintf("%d today", i))
		row.Resize(row.MinSize())
		row.Layout.Layout(row.Objects, row.Size())
		if last.Position().X < n.Position().X+n.MinSize().Width {
			t.Fatalf("%q is over %q", last.Text, n.Text)
		}
		if last.Position() != before {
			moved++
		}
		before = last.Position()
	}
	if moved > 4 {
		t.Errorf("moved %d times", moved)
	}
	if w := row.MinSize().Width; w < n.MinSize().Width+last.MinSize().Width || w > n.MinSize().Width+last.MinSize().Width+2*step {
		t.Errorf("width %v", w)
	}
}
