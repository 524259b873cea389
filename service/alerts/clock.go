package alerts

import (
	"fmt"
	"time"

	"linklog/service/book"
	"linklog/service/settings"
)

// Tick does what is due at a time, of book.Options.Steady: alerts that waited for a
// name, for others of their kind, for the end of a break or of the mute; and it writes
// what is to be written of the book. Call it about once a second while there is something
// to wait for, which Due tells.
func (a *Alerts) Tick(now time.Time) error {
	a.at.Lock()
	a.notFromTheFuture(now)
	for len(a.waiting) > 0 {
		w := a.waiting[0]
		if now.Before(w.due) && w.due.Sub(now) <= a.o.NameWait { // else the clock was set back
			break
		}
		a.waiting = a.waiting[1:]
		a.settle(w.host, now)
	}
	if len(a.waiting) == 0 {
		a.waiting = nil // let go of the array
	}
	a.judgeDue(now)
	m := a.moment(now)
	for _, w := range a.inUse.all() {
		before := w.unsaved
		w.tick(m)
		if w.unsaved && !before {
			a.at.Changed()
		}
	}
	if w := a.builtin[settings.NewDevice]; len(w.own.Joined) > 0 {
		a.tellJoined(w, m)
		a.at.Changed()
	}
	a.tellOuter(now)
	a.at.Unlock()
	return a.at.Write(now)
}

// Due tells when Tick has something to do; false: not before something else happens.
// It may be in the past.
func (a *Alerts) Due() (time.Time, bool) {
	a.at.Lock()
	defer a.at.Unlock()
	now := a.at.Steady()
	var all []time.Time
	if len(a.waiting) > 0 {
		t := a.waiting[0].due
		if t.Sub(now) > max(a.o.NameWait, 0) {
			t = now
		}
		all = append(all, t)
	}
	if l := &a.nameless; l.n > 0 {
		t := l.ring[l.first].due
		if t.Sub(now) > a.o.NameWait {
			t = now
		}
		all = append(all, t)
	}
	m := a.moment(now)
	for _, w := range a.inUse.all() {
		all = w.due(all, m)
	}
	if w := a.builtin[settings.NewDevice]; len(w.own.Joined) > 0 {
		all = append(all, w.own.dueJoined(now))
	}
	for _, r := range a.at.Routers() {
		if r.Told == r.Public {
			continue
		}
		t := a.outerFrom(now)
		if due := book.Begun(now, nanos(r.Alerted), outerPause); r.Alerted != 0 && due.After(t) {
			t = due
		}
		if quiet := nanos(a.builtin[settings.PublicAddress].quietUntil(m)); quiet.After(t) {
			t = quiet
		}
		all = append(all, t)
	}
	return a.at.Due(now, all)
}

// steadier is how far the steady time is ahead of the clock.
func (a *Alerts) steadier() time.Duration { return a.at.Steady().Sub(a.at.Now()).Round(time.Second) }

// notFromTheFuture mends the time of installation: small computers without a clock
// of their own begin in any year, and would learn until then. The book is locked.
func (a *Alerts) notFromTheFuture(now time.Time) {
	if n := now.UnixNano(); a.state.installed > n {
		a.state.installed = n
		a.at.Changed()
	}
}

// Shift is called when the steady time was set, ahead by so much. What lasts goes on
// lasting as long as it would have.
func (a *Alerts) Shift(by time.Duration) error {
	a.at.Lock()
	routers := a.at.Routers()
	for _, w := range a.inUse.all() {
		w.shift(by)
		w.own.shift(by)
		w.still.Heard += int64(by)
		w.unsaved = true
	}
	times := []*int64{&a.state.installed, &a.state.muted}
	for i := range routers {
		times = append(times, &routers[i].Alerted)
	}
	for _, t := range times {
		if *t != 0 {
			*t += int64(by)
		}
	}
	for i := range a.outerTold {
		if !a.outerTold[i].IsZero() {
			a.outerTold[i] = a.outerTold[i].Add(by)
		}
	}
	for i := range a.waiting {
		a.waiting[i].due = a.waiting[i].due.Add(by)
	}
	for i := range a.nameless.n {
		e := &a.nameless.ring[(a.nameless.first+i)%maxNameless]
		e.due = e.due.Add(by)
	}
	muted := a.state.muted
	a.at.Changed()
	a.at.Unlock()
	if err := a.at.Exec("UPDATE state SET muted = ?", muted); err != nil {
		return fmt.Errorf("mute: %w", err)
	}
	return a.at.Write(a.at.Steady())
}
