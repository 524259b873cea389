package app

import (
	"context"
	"sync/atomic"
	"time"
)

// How often what came is shown, at most.
const (
	visibleEvery = 100 * time.Millisecond
	hiddenEvery  = time.Second
)

// pump calls a function on Fyne's thread when there is something to take, but not
// too often, and never twice at a time: fyne.Do queues without bound. While nothing
// comes it sleeps.
type pump struct {
	take    func()
	do      func(func())  // on Fyne's thread
	work    chan struct{} // holds a token: there is something
	seen    chan struct{} // holds a token: the window was shown
	visible atomic.Bool
	running atomic.Bool // take is queued or runs
}

func newPump(take func(), do func(func())) *pump {
	return &pump{take: take, do: do, work: make(chan struct{}, 1), seen: make(chan struct{}, 1)}
}

// wake tells that there is something to take; from any goroutine.
func (p *pump) wake() {
	select {
	case p.work <- struct{}{}:
	default:
	}
}

func (p *pump) isVisible() bool { return p.visible.Load() }

func (p *pump) setVisible(visible bool) {
	p.visible.Store(visible)
	if visible {
		select {
		case p.seen <- struct{}{}:
		default:
		}
	}
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
		every := visibleEvery
		if !p.visible.Load() {
			every = hiddenEvery
		}
		select {
		case <-time.After(every):
		case <-p.seen:
		case <-ctx.Done():
			return
		}
	}
}
