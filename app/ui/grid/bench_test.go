package grid

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// BenchmarkStep selects the next row of 5000, which often scrolls.
func BenchmarkStep(b *testing.B) {
	g := big(b)
	for b.Loop() {
		if g.current == len(g.rows)-1 {
			g.choose(0)
		}
		g.body.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	}
}

// BenchmarkSetRows shows 2000 other rows.
func BenchmarkSetRows(b *testing.B) {
	g := big(b)
	rows := many(2000)
	for b.Loop() {
		g.SetRows(rows)
	}
}

func big(b *testing.B) *Grid[fruit] {
	test.NewTempApp(b)
	column := func(id string) Column[fruit] {
		return Column[fruit]{ID: id, Label: id, Width: 100, MinWidth: 50, Flex: 1, Cell: func(c *Cell, f *fruit) { c.Text(Sans, Plain, f.name) }}
	}
	o := Options[fruit]{Key: func(f *fruit) string { return f.name }}
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		o.Columns = append(o.Columns, column(id))
	}
	g := New(o)
	w := test.NewTempWindow(b, g)
	w.Resize(fyne.NewSize(1100, 800))
	g.SetRows(many(5000))
	return g
}
