package grid

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

// Where the pointer rests on a cell that is cut, all of its text is shown, and goes when the pointer does.
func TestTip(t *testing.T) {
	test.NewTempApp(t)
	long := strings.Repeat("a-long-name.", 10) + "example.com"
	g := New(Options[string]{
		Columns: []Column[string]{{ID: "name", Width: 150, Cell: func(c *Cell, s *string) { c.Text(Sans, Plain, *s) }}},
		Key:     func(s *string) string { return *s },
		Do:      func(func()) {},
	})
	win := test.NewTempWindow(t, g)
	win.Resize(fyne.NewSize(300, 200))
	g.SetRows([]string{"short", long, "last"})
	whole := func() (text string) {
		for _, o := range g.body.objects {
			if l, ok := o.(*canvas.Text); ok && !strings.Contains(l.Text, "…") && l.Text != "short" && l.Text != "last" {
				text += l.Text
				if end := l.Position().X + l.Size().Width; end > g.body.Size().Width {
					t.Errorf("it ends at %v of %v", end, g.body.Size().Width)
				}
			}
		}
		return text
	}
	move := func(row int) {
		g.body.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(40, (float32(row)+0.5)*g.rowHeight())}})
		g.body.showTip() // as after a moment
	}
	move(0)
	if text := whole(); text != "" {
		t.Errorf("of a cell that is not cut it says %q", text)
	}
	move(1)
	if text := whole(); text != long {
		t.Errorf("it says %q", text)
	}
	move(2)
	if text := whole(); text != "" {
		t.Errorf("it stays: %q", text)
	}
	move(1)
	g.body.MouseOut()
	if text := whole(); text != "" {
		t.Errorf("it stays: %q", text)
	}
}
