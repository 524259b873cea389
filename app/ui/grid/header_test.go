package grid

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// The label of a narrow column is not cut, in whatever language, and also when it is sorted by; that
// of one which shares the room is.
func TestLabelsHaveRoom(t *testing.T) {
	test.NewTempApp(t)
	cell := func(*Cell, *int) {}
	compare := func(a, b *int) int { return *a - *b }
	for _, sort := range []string{"", "told", "last"} {
		g := New(Options[int]{Do: func(f func()) { f() }, Key: func(*int) string { return "" }, Sort: sort, Columns: []Column[int]{
			{ID: "told", Label: "Gemeldet insgesamt", Width: 40, Align: fyne.TextAlignTrailing, Cell: cell, Compare: compare},
			{ID: "last", Label: "Zuletzt gemeldet", Width: 40, Cell: cell, Compare: compare},
			{ID: "what", Label: "Was alles gemeldet worden ist", Width: 400, MinWidth: 40, Flex: 1, Cell: cell, Compare: compare},
		}})
		w := test.NewTempWindow(t, g)
		w.SetPadded(false)
		w.Resize(fyne.NewSize(320, 200))
		var labels []string
		for _, o := range g.header.labels.Objects {
			if text, ok := o.(*canvas.Text); ok {
				labels = append(labels, text.Text)
			}
		}
		if len(labels) != 3 || labels[0] != "Gemeldet insgesamt" || labels[1] != "Zuletzt gemeldet" || labels[2] == "Was alles gemeldet worden ist" {
			t.Errorf("sorted by %q: %q", sort, labels)
		}
	}
}
