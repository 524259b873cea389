package ui

import (
	"time"

	"fyne.io/fyne/v2"
)

// Refresher loads what a page shows: at once when the page asks for it, at most
// every so often when something changed, and not at all while the page is hidden.
// It belongs to Fyne's thread.
type Refresher struct {
	// Idle is after how long to load again though nothing changed, as what is shown
	// tells how long ago something was; 0: never.
	Idle time.Duration

	every time.Duration
	load  func(answered func(error) bool)
	do    func(func()) // on Fyne's thread

	visible, changed, running bool
	asked                     int // counts loads: an answer to an older one is dropped
	last                      time.Time
	took                      time.Duration // of the last load
	timer                     *time.Timer
}

// NewRefresher returns a Refresher. load begins to load; when it has the answer, or an
// error after which it is to be tried again, it calls answered, on Fyne's thread, which
// tells whether that is still wanted.
func NewRefresher(every time.Duration, load func(answered func(error) bool)) *Refresher {
	return &Refresher{every: every, load: load, do: fyne.Do}
}

// Show is called when the page becomes visible.
func (r *Refresher) Show() {
	r.visible = true
	r.Now()
}

// Hide is called when the page is hidden.
func (r *Refresher) Hide() {
	r.visible, r.running = false, false
	r.asked++
	r.stop()
}

// Visible reports whether the page is in sight.
func (r *Refresher) Visible() bool { return r.visible }

// Changed is called when there may be something else to show.
func (r *Refresher) Changed() {
	if !r.changed {
		r.changed = true
		r.plan()
	}
}

// Now loads at once. An answer that is on its way is dropped.
func (r *Refresher) Now() {
	r.stop()
	if !r.visible {
		return
	}
	r.asked++
	r.changed, r.running, r.last = false, true, time.Now()
	ask := r.asked
	r.load(func(err error) bool {
		if ask != r.asked {
			return false
		}
		r.running, r.took = false, time.Since(r.last)
		r.changed = r.changed || err != nil
		r.plan()
		return true
	})
}

// plan sets the timer for the next load.
func (r *Refresher) plan() {
	// Whoever takes long to answer is asked less often: 5 % of the time at most.
	wait := max(r.every, 20*r.took)
	if !r.changed {
		wait = r.Idle
	}
	if !r.visible || r.running || wait <= 0 {
		return
	}
	r.stop()
	wait -= time.Since(r.last)
	if wait <= 0 {
		r.Now()
		return
	}
	ask := r.asked
	r.timer = time.AfterFunc(wait, func() {
		r.do(func() {
			if ask == r.asked {
				r.Now()
			}
		})
	})
}

func (r *Refresher) stop() {
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
}
