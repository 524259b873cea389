package view

import (
	"sync"
	"time"
)

// interval is the least time between two updates, slow the one while new rows are
// out of sight: only their number changes then.
const (
	interval = 100 * time.Millisecond
	slow     = 500 * time.Millisecond
)

// pump calls for updates: at most one each interval, none while it is not active,
// and no timer runs without need. Fyne's queue is unbounded; at most one call of
// ours is in it.
type pump struct {
	do     func(func()) // fyne.Do
	update func()       // on Fyne's thread

	mu      sync.Mutex
	active  bool
	slow    bool
	dirty   bool // since the last update
	pending bool // a timer runs, or a call is in Fyne's queue
	last    time.Time
}

// mark tells that something changed; from any goroutine.
func (p *pump) mark() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dirty = true
	p.schedule()
}

// early is how much sooner than due an update may be, so that a caller who comes each
// interval does not just miss it.
const early = interval / 5

// markNow is mark for a caller on Fyne's thread: if an update is due he has it at
// once, so that what else he changes is in the same frame.
func (p *pump) markNow() {
	p.mu.Lock()
	p.dirty = true
	if !p.active || p.pending || time.Since(p.last) < p.wait()-early {
		p.schedule()
		p.mu.Unlock()
		return
	}
	p.dirty, p.last = false, time.Now()
	p.mu.Unlock()
	p.update()
}

func (p *pump) setActive(active bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active = active
	p.schedule()
}

// setSlow takes effect with the next change.
func (p *pump) setSlow(slow bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slow = slow
}

func (p *pump) schedule() {
	if !p.active || !p.dirty || p.pending {
		return
	}
	p.pending = true
	time.AfterFunc(max(p.wait()-time.Since(p.last), 0), func() { p.do(p.run) })
}

// wait is the least time between two updates now.
func (p *pump) wait() time.Duration {
	if p.slow {
		return slow
	}
	return interval
}

func (p *pump) run() {
	p.mu.Lock()
	p.pending = false
	if !p.active {
		p.mu.Unlock()
		return
	}
	p.dirty, p.last = false, time.Now()
	p.mu.Unlock()
	p.update()
}
