package book

import (
	"net/netip"
	"slices"
	"time"

	"linklog/capture"
)

// wan is what is known of a router's outer address.
type wan struct {
	router netip.Addr
	addr   netip.Addr // now
	told   netip.Addr // the one the user knows of
	since  int64      // when addr was first told, ns since 1970
	alert  int64      // when the last alert was made, steady time, 0: never
	seq    uint64     // of the event that told addr
	heard  int64      // when the router told its address last, or this service was started
}

const (
	// maxRouters are known at once. Whoever was there first stays, for addresses are
	// forged faster than routers are bought, unless he was silent for so long.
	maxRouters   = 64
	forgetRouter = 7 * 24 * time.Hour

	// outerPause is the time between two alerts of a router. One with two lines may
	// tell them in turn, with every attempt.
	outerPause = time.Minute

	// outerMost alerts are made in such a time at most, of all routers: a household
	// has one or two, but whoever forges addresses is as many as he likes.
	outerMost = 3
)

// isOuter reports whether the address is the outer one of a router.
func (s *Store) isOuter(a netip.Addr) bool {
	for i := range s.wan {
		if s.wan[i].addr == a {
			return true
		}
	}
	return false
}

// outer takes what an event tells about its router's outer address. The caller
// holds mu.
func (s *Store) outer(ev *capture.Event, a netip.Addr) {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() { // 0.0.0.0: there is no connection
		return
	}
	t := ev.Time.UnixNano()
	w := s.router(ev.Router)
	w.heard = t
	if w.addr == a {
		return
	}
	if !w.told.IsValid() {
		w.told = a // the first one is no change
	}
	w.addr, w.since, w.seq = a, t, ev.Seq
	s.changed, s.urgent = true, true
	s.tellOuter(s.o.Steady())
}

// router finds or makes the entry of a router.
func (s *Store) router(a netip.Addr) *wan {
	for i := range s.wan {
		if s.wan[i].router == a {
			return &s.wan[i]
		}
	}
	if len(s.wan) == maxRouters {
		t := s.o.Steady().UnixNano() // that of an event may be any
		i := slices.IndexFunc(s.wan, func(w wan) bool { return t-w.heard > int64(forgetRouter) })
		if i < 0 {
			i = maxRouters - 1
		}
		s.wan = slices.Delete(s.wan, i, i+1)
	}
	s.wan = append(s.wan, wan{router: a})
	return &s.wan[len(s.wan)-1]
}

// tellOuter makes the alerts about changes that are due.
func (s *Store) tellOuter(now time.Time) {
	for i := range s.wan {
		w := &s.wan[i]
		if due, ok := w.due(); !ok || now.Before(due) && now.UnixNano() >= w.alert || now.Before(s.outerFrom(now)) || s.stuck() {
			continue
		}
		s.emit(Alert{
			Kind: WANChange, Router: w.router, OldAddr: w.told, NewAddr: w.addr,
			Since: time.Unix(0, w.since).UTC(), Seq: w.seq, Muted: s.muted(now),
		})
		w.told, w.alert = w.addr, now.UnixNano()
		copy(s.outerTold[:], s.outerTold[1:])
		s.outerTold[outerMost-1] = now
	}
}

// outerFrom is when the next alert about an outer address may be made, whatever the
// router.
func (s *Store) outerFrom(now time.Time) time.Time {
	if s.outerTold[0].After(now) { // the clock was set back
		return time.Time{}
	}
	return s.outerTold[0].Add(outerPause)
}

// due is when the change is to be told; false: there is none.
func (w *wan) due() (time.Time, bool) {
	if w.told == w.addr {
		return time.Time{}, false
	}
	if w.alert == 0 {
		return time.Time{}, true
	}
	return time.Unix(0, w.alert).Add(outerPause), true
}
