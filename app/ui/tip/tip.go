// Package tip says when the whole text of a cell that is cut is to be shown: while the pointer rests on it.
package tip

import "time"

// after is how long the pointer has to rest.
const after = 500 * time.Millisecond

// Tip belongs to Fyne's thread. C names a cell; its zero value is none.
type Tip[C comparable] struct {
	On   C       // the cell under the pointer
	X    float32 // of the pointer, when it came there
	Text string  // what is shown; "": nothing

	timer *time.Timer
}

// PointAt notes on which cell the pointer is. Once it has rested there it calls show on Fyne's thread, by do;
// nil: never. It reports whether a text was shown and goes.
func (t *Tip[C]) PointAt(on C, x float32, do func(func()), show func()) (gone bool) {
	if on == t.On {
		return false
	}
	gone = t.Hide()
	t.On, t.X = on, x
	if none := *new(C); on == none || do == nil {
		return gone
	}
	t.timer = time.AfterFunc(after, func() {
		do(func() {
			if t.On == on {
				show()
			}
		})
	})
	return gone
}

// Hide forgets the cell, and reports whether a text was shown and goes.
func (t *Tip[C]) Hide() (gone bool) {
	if t.timer != nil {
		t.timer.Stop()
	}
	gone = t.Text != ""
	*t = Tip[C]{}
	return gone
}
