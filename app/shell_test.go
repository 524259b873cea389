package app

import (
	"fmt"
	"testing"
	"time"

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

// While the service is learning, rows of the log are marked as new: then it is not said that none is.
func TestLearningIsSaid(t *testing.T) {
	b := start(t, t.TempDir())
	b.until("the service is asked", func() bool { return !b.status.Now.IsZero() })
	for _, c := range []struct {
		left time.Duration
		want string
	}{{time.Hour, "Learning usual hosts"}, {-time.Hour, "3 new hosts"}} {
		b.status.Learning = b.status.Now.Add(c.left)
		b.showNewHosts(3)
		if got := b.shell.foot.newHosts.Text; got != c.want {
			t.Errorf("%v left to learn: %q", c.left, got)
		}
	}
}
