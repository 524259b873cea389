package book

import (
	"net/netip"
	"slices"
	"time"

	"linklog/capture"
)

// Router is a router that told its public address.
type Router struct {
	Addr   netip.Addr
	Public netip.Addr // now
	Since  int64      // when that was first told, ns since 1970
	Seq    uint64     // of the event that told it
	heard  int64      // when the router told its address last, or this service was started

	// Of package alerts: the address the user knows of, and when the last alert about a
	// change was made, steady time, 0: never.
	Told    netip.Addr
	Alerted int64
}

const (
	// maxRouters are known at once. Whoever was there first stays, for addresses are
	// forged faster than routers are bought, unless he was silent for so long.
	maxRouters   = 64
	forgetRouter = 7 * 24 * time.Hour
)

// isPublic reports whether the address is the public one of a router.
func (s *home) isPublic(a netip.Addr) bool {
	for i := range s.routers {
		if s.routers[i].Public == a {
			return true
		}
	}
	return false
}

// public takes what an event tells about its router's public address, and reports whether
// that is another one.
func (s *home) public(ev *capture.Event, a netip.Addr) (moved bool) {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() { // 0.0.0.0: there is no connection
		return false
	}
	t := ev.Time.UnixNano()
	r := s.router(ev.Router)
	r.heard = t
	if r.Public == a {
		return false
	}
	if !r.Told.IsValid() {
		r.Told = a // the first one is no change
	}
	r.Public, r.Since, r.Seq = a, t, ev.Seq
	return true
}

// router finds or makes the entry of a router.
func (s *home) router(a netip.Addr) *Router {
	for i := range s.routers {
		if s.routers[i].Addr == a {
			return &s.routers[i]
		}
	}
	if len(s.routers) == maxRouters {
		t := s.steady().UnixNano() // that of an event may be any
		i := slices.IndexFunc(s.routers, func(r Router) bool { return t-r.heard > int64(forgetRouter) })
		if i < 0 {
			i = maxRouters - 1
		}
		s.routers = slices.Delete(s.routers, i, i+1)
	}
	s.routers = append(s.routers, Router{Addr: a})
	return &s.routers[len(s.routers)-1]
}
