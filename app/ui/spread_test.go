package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// Where there is no room for three columns there may be for two: what stands last is in sight then, too.
func TestSpread(t *testing.T) {
	test.NewTempApp(t)
	texts := make([]*widget.Label, 3)
	var list []Column
	for i := range texts {
		texts[i] = widget.NewLabel("text")
		list = append(list, Column{CanvasObject: texts[i], Part: []float32{0.4, 0.3, 0.3}[i]})
	}
	whole := Spread(fyne.NewSize(100, 60), 170, list...)
	test.NewTempWindow(t, whole)
	line := texts[0].MinSize().Height
	for _, c := range []struct {
		width float32
		at    [3]fyne.Position // in columns' widths and lines
		high  float32
	}{
		{600, [3]fyne.Position{{}, {X: 240}, {X: 420}}, 1},
		{380, [3]fyne.Position{{}, {X: 190}, {X: 190, Y: 1}}, 2},
		{200, [3]fyne.Position{{}, {Y: 1}, {Y: 2}}, 3},
		{600, [3]fyne.Position{{}, {X: 240}, {X: 420}}, 1},
	} {
		inner := whole.Layout.(*spreadRoom).inner
		whole.Resize(fyne.NewSize(c.width, 60))
		for i, text := range texts {
			want := fyne.NewPos(c.at[i].X, c.at[i].Y*line)
			if got := text.Position(); got.Subtract(want).X > 1 || want.Subtract(got).X > 1 || got.Y != want.Y {
				t.Errorf("%v wide: text %d is at %v, want %v", c.width, i, got, want)
			}
		}
		if got := inner.MinSize().Height; got != c.high*line {
			t.Errorf("%v wide: %v high, want %v lines of %v", c.width, got, c.high, line)
		}
	}
}
