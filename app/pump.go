package app

import (
	"context"
	"sync/atomic"
	"time"
)

// How often what came is shown, at most: while new rows are in sight, while they are
// not, for only their number changes then, and while the window is hidden. What comes
// alone is shown at once. A frame of the whole window costs 25 ms of a processor where
// there is no graphics card, and nobody reads rows that move more often than this.
const (
	visibleEvery = 300 * time.Millisecond
	slowEvery    = 500 * time.Millisecond
	hiddenEvery  = time.Second
)

// pump calls a function on Fyne's thread when there is something to take, but not
// too often, and never twice at a time: fyne.Do queues without bound. While nothing
// comes it sleeps.
type pump struct {
	take    func()
	do      func(func())  // on Fyne's thread
	work    chan struct{} // holds a token: there is something
	sooner  chan struct{} // holds a token: what waits need wait no longer
	visible atomic.Bool
	slow    atomic.Bool
	running atomic.Bool // take is queued or runs
}

func newPump(take func(), do func(func())) *pump {
	return &pump{take: take, do: do, work: make(chan struct{}, 1), sooner: make(chan struct{}, 1)}
}

// put puts a token into a channel that holds one.
func put(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// wake says that there is something to take; from any goroutine.
func (p *pump) wake() { put(p.work) }

func (p *pump) isVisible() bool { return p.visible.Load() }

func (p *pump) setVisible(visible bool) {
	if p.visible.Store(visible); visible {
		put(p.sooner)
	}
}

// setSlow says that new rows are out of sight, or in sight again.
func (p *pump) setSlow(slow bool) {
	if p.slow.Store(slow); !slow {
		put(p.sooner)
	}
}

// every is the least time between two calls now.
func (p *pump) every() time.Duration {
	switch {
	case !p.visible.Load():
		return hiddenEvery
	case p.slow.Load():
		return slowEvery
	}
	return visibleEvery
}

func (p *pump) run(ctx context.Context) {
	for {
		select {
		case <-p.work:
		case <-ctx.Done():
			return
		}
		if p.running.CompareAndSwap(false, true) {
			p.do(func() {
				p.take()
				p.running.Store(false)
			})
		} else {
			p.wake() // Fyne's thread is busy: once more, later
		}
		select {
		case <-time.After(p.every()):
		case <-p.sooner:
		case <-ctx.Done():
			return
		}
	}
}
