package logview

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
	wait := interval
	if p.slow {
		wait = slow
	}
	time.AfterFunc(max(wait-time.Since(p.last), 0), func() { p.do(p.run) })
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
