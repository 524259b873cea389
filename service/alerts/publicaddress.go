package alerts

import (
	"time"

	"linklog/service/settings"
)

const (
	// outerPause is the time between two alerts of a router. One with two lines may
	// tell them in turn, with every attempt.
	outerPause = time.Minute

	// outerMost alerts are made in such a time at most, of all routers: a household
	// has one or two, but whoever forges addresses is as many as he likes.
	outerMost = 3
)

// Moved is called when a router has a different public address.
func (a *Alerts) Moved() { a.tellOuter(a.at.Steady()) }

// tellOuter makes the alerts about changes that are due.
func (a *Alerts) tellOuter(now time.Time) {
	w := a.builtin[settings.PublicAddress]
	m := a.moment(now)
	routers := a.at.Routers()
	for i := range routers {
		r := &routers[i]
		if due := nanos(r.Alerted).Add(outerPause); r.Told == r.Public || r.Alerted != 0 && now.Before(due) && now.UnixNano() >= r.Alerted ||
			now.Before(a.outerFrom(now)) || a.stuck() {
			continue
		}
		switch {
		case w.rule.Off || w.dropping(m): // it is no news any more
		case w.quietUntil(m) > now.UnixNano():
			continue
		default:
			w.emit(Alert{
				Kind: WANChange, Router: r.Addr, OldAddr: r.Told, NewAddr: r.Public,
				Since: nanos(r.Since), Seq: r.Seq, Muted: a.muted(now),
			}, m)
		}
		r.Told, r.Alerted = r.Public, now.UnixNano()
		copy(a.outerTold[:], a.outerTold[1:])
		a.outerTold[outerMost-1] = now
	}
}

// outerFrom is when the next alert about a public address may be made, whatever the
// router.
func (a *Alerts) outerFrom(now time.Time) time.Time {
	if a.outerTold[0].After(now) { // the clock was set back
		return time.Time{}
	}
	return a.outerTold[0].Add(outerPause)
}
