package flow

import (
	"net/netip"
	"time"

	"linklog/capture"
)

// Lines are attempts that routers logged, so that the flows of the same connections are found to
// be theirs. They are at most 16,384, of more those that were logged last, in 1.2 MB; of one router
// nothing is taken for that of another. They must be used by one goroutine at a time.
type Lines struct {
	home    func(netip.Addr) bool
	same    [4096][4]line // by both ends
	near    [2048][8]outer
	routers [64]logging
	hashes
}

// line is what was logged of two ends, of one protocol.
type line struct {
	key         uint64 // 0: none
	seq         uint64 // of the event
	first, last int64  // when the router logged it, in nanoseconds since 1970
	srcFirst    bool   // Src is the first of the two ends in their order
}

// outer is a line by its end outside alone, as the router may have logged a different form of the other
// end than its flows have: before or behind translation.
type outer struct {
	key    uint64 // 0: none
	seq    uint64
	at     int64
	inner  uint16 // the port of the other end
	inside bool   // which is that of a device
	out    bool   // the end outside is Dst
}

// logging is a router that logs attempts.
type logging struct {
	key  uint64
	last int64
}

const (
	// logsFor is how long a router is taken for one that logs attempts after it did.
	logsFor = time.Hour

	// translates is how far apart the line of an attempt and the beginning of its flow may be
	// if one of them has the router's address in place of the device's.
	translates = 2 * time.Second

	// outerBits are the bits of a nanosecond's number below those by which outer ends are looked for: 4.3 s.
	outerBits = 32
)

// NewLines returns Lines that know of nothing. home tells the addresses of devices at home.
func NewLines(home func(netip.Addr) bool) *Lines { return &Lines{home: home, hashes: newHashes()} }

// Log reports whether a router logged attempts shortly before a time.
func (l *Lines) Log(router netip.Addr, now time.Time) bool {
	r, key := l.router(router)
	return r.key == key && time.Duration(now.UnixNano()-r.last).Abs() <= logsFor
}

func (l *Lines) router(addr netip.Addr) (r *logging, key uint64) {
	key = l.end(netip.AddrPortFrom(addr, 0), 0) | 1
	return &l.routers[key>>32%uint64(len(l.routers))], key
}

// Add takes what a router logged, of which attempts count. again: it is a repeat, and no event.
func (l *Lines) Add(ev *capture.Event, again bool) {
	src, dst := netip.AddrPortFrom(ev.Src.Addr, ev.Src.Port), netip.AddrPortFrom(ev.Dst.Addr, ev.Dst.Port)
	if ev.Kind != capture.Traffic || !src.Addr().IsValid() || !dst.Addr().IsValid() {
		return
	}
	now := ev.Time.UnixNano()
	r, router := l.router(ev.Router)
	*r = logging{router, now}
	key, way := l.both(router, src, dst, ev.Proto)
	at := l.find(key)
	if at.key == key && time.Duration(now-at.last).Abs() <= joins {
		if at.last = max(at.last, now); !again {
			at.seq, at.srcFirst = ev.Seq, way == 0
		}
		return
	}
	if again { // of an attempt before or behind translation
		return
	}
	*at = line{key, ev.Seq, now, now, way == 0}
	remote, local, out := src, dst, ev.Dir == capture.Out
	if out {
		remote, local = dst, src
	}
	if !remote.Addr().Is4() || l.home(remote.Addr()) {
		return
	}
	key = l.outer(router, remote, ev.Proto, now>>outerBits)
	set := &l.near[key>>32%uint64(len(l.near))]
	oldest := &set[0]
	for i := range set {
		if set[i].at < oldest.at {
			oldest = &set[i]
		}
	}
	*oldest = outer{key, ev.Seq, now, local.Port(), l.home(local.Addr()), out}
}

// Find is the event of the line that is about the same connection as an attempt, 0: there is none.
// turned tells that by the line the other end began. Each line is about one attempt of flows, but for
// those between the same ends.
func (l *Lines) Find(a *Attempt) (seq uint64, turned bool) {
	from, to := a.Received.UnixNano(), a.Received.UnixNano()
	if !a.First.IsZero() {
		from = a.First.UnixNano()
	}
	_, router := l.router(a.Exporter)
	key, way := l.both(router, a.Src, a.Dst, a.Proto)
	if at := l.find(key); at.key == key && from-at.last <= int64(joins) && at.first-to <= int64(joins) {
		l.take(router, a, at)
		return at.seq, at.srcFirst != (way == 0)
	}
	if !a.Src.Addr().Is4() {
		return 0, false
	}
	src, dst := l.home(a.Src.Addr()), l.home(a.Dst.Addr())
	var found *outer
	look := func(remote, local netip.AddrPort, inside, out bool) {
		for when := from>>outerBits - 1; when <= from>>outerBits+1; when++ {
			key := l.outer(router, remote, a.Proto, when)
			set := &l.near[key>>32%uint64(len(l.near))]
			for i := range set {
				o := &set[i]
				if o.key == key && o.inside != inside && o.apart(from) <= translates && (found == nil || o.fits(local, from, found)) {
					found, turned = o, o.out != out
				}
			}
		}
	}
	if !dst {
		look(a.Dst, a.Src, src, true)
	}
	if !src && found == nil {
		look(a.Src, a.Dst, dst, false)
	}
	if found == nil {
		return 0, false
	}
	seq = found.seq
	*found = outer{}
	return seq, turned
}

// apart is how far from a moment it was logged.
func (o *outer) apart(from int64) time.Duration { return time.Duration(o.at - from).Abs() }

// fits reports whether it is more likely about an attempt than other is: routers that translate keep the
// port if they can.
func (o *outer) fits(local netip.AddrPort, from int64, other *outer) bool {
	if same := o.inner == local.Port(); same != (other.inner == local.Port()) {
		return same
	}
	return o.apart(from) < other.apart(from)
}

// take makes that a line is not found by its end outside any more.
func (l *Lines) take(router uint64, a *Attempt, at *line) {
	for _, remote := range [...]netip.AddrPort{a.Dst, a.Src} {
		key := l.outer(router, remote, a.Proto, at.first>>outerBits)
		set := &l.near[key>>32%uint64(len(l.near))]
		for i := range set {
			if o := &set[i]; o.key == key && o.at == at.first {
				*o = outer{}
				return
			}
		}
	}
}

// find is where the line of two ends stands, or is to.
func (l *Lines) find(key uint64) *line {
	set := &l.same[key>>32%uint64(len(l.same))]
	oldest := &set[0]
	for i := range set {
		if set[i].key == key {
			return &set[i]
		}
		if set[i].last < oldest.last {
			oldest = &set[i]
		}
	}
	return oldest
}

func (l *Lines) both(router uint64, src, dst netip.AddrPort, proto capture.Protocol) (key uint64, way int) {
	key, way = l.pair(src, dst, proto)
	return l.mix(key, router) | 1, way
}

func (l *Lines) outer(router uint64, end netip.AddrPort, proto capture.Protocol, when int64) uint64 {
	return l.mix(l.mix(l.end(end, proto), router), uint64(when)) | 1
}
