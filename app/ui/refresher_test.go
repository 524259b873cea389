package ui

import (
	"errors"
	"testing"
	"time"
)

// loads is a Refresher whose timers and answers the test runs.
type loads struct {
	*Refresher
	due     chan func()
	answers []func(error) bool
}

func newLoads(every time.Duration) *loads {
	l := &loads{due: make(chan func(), 10)}
	l.Refresher = NewRefresher(every, func(answered func(error) bool) { l.answers = append(l.answers, answered) })
	l.do = func(f func()) { l.due <- f }
	return l
}

func (l *loads) expect(t *testing.T, loads int) {
	t.Helper()
	if len(l.answers) != loads {
		t.Fatalf("it loaded %d times, want %d", len(l.answers), loads)
	}
}

func TestRefresher(t *testing.T) {
	l := newLoads(20 * time.Millisecond)
	l.Changed()
	l.Now()
	l.expect(t, 0) // it is hidden
	l.Show()
	l.expect(t, 1)

	// Many changes while it loads are one load behind it, and not at once.
	for range 100 {
		l.Changed()
	}
	l.expect(t, 1)
	if !l.answers[0](nil) {
		t.Fatal("the answer is not wanted")
	}
	before := l.last
	(<-l.due)()
	l.expect(t, 2)
	if d := l.last.Sub(before); d < 20*time.Millisecond {
		t.Fatalf("loaded again after %v", d)
	}

	// What the user asks for comes at once, and drops the answer on its way.
	l.Now()
	l.expect(t, 3)
	if l.answers[1](nil) {
		t.Fatal("an old answer is wanted")
	}
	if !l.answers[2](nil) {
		t.Fatal("the newest answer is not wanted")
	}

	// A timer that ran out as the page was hidden does nothing.
	l.Changed()
	f := <-l.due
	l.Hide()
	f()
	l.expect(t, 3)
	l.Changed()
	l.expect(t, 3)
	l.Show()
	l.Hide()
	if l.answers[3](nil) {
		t.Fatal("an answer is wanted on a hidden page")
	}
}

// A page that tells how long ago things were is brought up to date also when nothing
// changes; a change comes first.
func TestRefresherIdle(t *testing.T) {
	l := newLoads(time.Millisecond)
	l.Idle = 20 * time.Millisecond
	l.Show()
	l.answers[0](nil)
	before := l.last
	(<-l.due)()
	l.expect(t, 2)
	if d := l.last.Sub(before); d < l.Idle {
		t.Fatalf("loaded again after %v", d)
	}
	l.Idle = time.Hour
	l.answers[1](nil)
	l.Changed()
	if len(l.answers) == 2 { // not at once: soon
		(<-l.due)()
	}
	l.expect(t, 3)
}

// A service that takes long to answer is left in peace for longer.
func TestRefresherSlow(t *testing.T) {
	l := newLoads(time.Millisecond)
	l.Show()
	l.last = l.last.Add(-5 * time.Millisecond) // so long did it take
	asked := l.last
	l.answers[0](nil)
	l.Changed()
	(<-l.due)()
	l.expect(t, 2)
	if d := l.last.Sub(asked); d < 100*time.Millisecond {
		t.Fatalf("loaded again after %v", d)
	}
}

// What could not be loaded is tried again, not at once, though nothing changes.
func TestRefresherError(t *testing.T) {
	l := newLoads(20 * time.Millisecond)
	l.Show()
	before := l.last
	if !l.answers[0](errors.New("no answer")) {
		t.Fatal("the error is not wanted")
	}
	(<-l.due)()
	l.expect(t, 2)
	if d := l.last.Sub(before); d < 20*time.Millisecond {
		t.Fatalf("loaded again after %v", d)
	}
	l.answers[1](nil)
	if l.timer != nil {
		t.Fatal("it would load again after an answer")
	}
}
