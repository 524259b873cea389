package book

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"linklog/capture"
)

// Sight takes in what a router's log says about who is who. It is called before Observe
// with the event of the same message, in the order in which messages came; what is told
// again changes nothing. renamed tells that the address may have another name now.
//
// Whoever can send as a router can tell lies here. What is remembered is bounded, and
// nobody becomes a device by being named: see newDevice.
func (s *Store) Sight(x *capture.Sighting) (renamed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	renamed, learned := s.sight(x)
	if learned {
		s.classify()
	}
	return renamed
}

// sight is Sight, and reports whether a network turned out to be an own one.
func (s *home) sight(x *capture.Sighting) (renamed, learned bool) {
	if x.Kind == capture.Answer {
		if s.own.external(x.Addr) && !s.isPublic(x.Addr) {
			s.answers.add(x, s.asker(x.Client), s.met)
		}
		return false, false
	}
	if x.Addr.Is6() && x.Addr.IsGlobalUnicast() && !s.own.contains(x.Addr) &&
		(x.Kind == capture.Lease || x.Kind == capture.Inside || s.devices.byMAC[x.MAC] != nil && !s.devices.relays[x.MAC]) {
		learned = s.learn(x.Addr, x.Time)
	}
	if x.Kind == capture.Inside || !s.own.contains(x.Addr) || s.isPublic(x.Addr) {
		return false, learned
	}
	return s.owner(x), learned
}

// owner takes in whose an address is: by a lease, which counts, or by a packet, which
// another device may have passed on.
func (s *home) owner(x *capture.Sighting) (renamed bool) {
	d := &s.devices
	v, there := d.byMAC[x.MAC], d.byAddr[x.Addr]
	seen, now := x.Kind == capture.Neighbour, x.Time.UnixNano()
	if v != nil && v == there && seen { // nearly always
		if v.rival.IsValid() { // one device does not use two in turns
			d.relay(x.MAC)
		}
		return false
	}
	if x.MAC == (capture.MAC{}) { // of IPv6, the log may say only a name
		v = there
	}
	from := now
	// What the device did at once may have been logged before its lease; see Late. But what it
	// did with the address that another lease gave it just now, which counts from as long
	// before, stays its own.
	early := now - int64(LateWithin)
	last := early - int64(LateWithin)
	if !seen && !s.holdings.since(x.Addr, last) && (v == nil || !s.holdings.since(v.addr, last)) {
		from = early
	}
	switch {
	case seen && d.relays[x.MAC]:
		return false
	case v == nil && there != nil && there.mac == (capture.MAC{}):
		v = there
		s.identify(v, x.MAC)
	case v == nil && there != nil && seen:
		d.relay(x.MAC) // the address is leased to somebody else
		return false
	case v == nil:
		s.leave(there, x.Addr, from)
		e := expected{x.MAC, x.Name, from}
		switch before := d.waiting[x.Addr]; {
		case before.mac == x.MAC || before.mac == (capture.MAC{}): // a packet does not say the name again
			e.name, e.since = cmp.Or(x.Name, before.name), cmp.Or(before.since, from)
		case seen: // a lease counts: the packet was passed on
			e = before
			d.relay(x.MAC)
		}
		put(d.waiting, x.Addr, e, d.limit)
		return there != nil
	case v == there:
		if v.mac != (capture.MAC{}) {
			s.holds(v, x.Addr, now) // or it was given up; see holdings.shrink
		}
	case seen && there != nil && there.mac != (capture.MAC{}):
		d.relay(x.MAC)
		return false
	case seen && x.Addr.Is4() && v.addr.Is4() && time.Duration(now-v.last4) < silence:
		v.rival = x.Addr
		return false
	case there != nil && there.mac == (capture.MAC{}) && !s.apart(v, there):
		s.absorb(v, there)
		s.move(v, x.Addr, there.first)
	case there != nil && there.mac == (capture.MAC{}):
		s.devices.remove(there)
		s.move(v, x.Addr, now)
	default:
		s.leave(there, x.Addr, from)
		s.move(v, x.Addr, from)
	}
	v.rival = netip.Addr{}
	if name := x.Name; name != "" && (v.names == nil || v.names.lease != name) {
		setLease(&v.names, name)
		renamed = true
	} else if v == there {
		return false
	}
	d.touch(v)
	s.changed = true
	return true
}

// silence is how long nothing must have come from a device's address before packets from
// another one tell that it moved there: a repeater passes on packets of several, as its own.
const silence = time.Hour

// identify gives a device, which was known by its address, its hardware address. What the
// user called the address, he called the device.
func (s *home) identify(v *device, mac capture.MAC) {
	before := v.ref
	if s.devices.setMAC(v, mac); v.mac == mac {
		s.holds(v, v.addr, v.first)
	}
	s.relabel(before, v.ref)
	s.devices.touch(v)
	s.changed = true
}

// relabel lets the user's name of who was known by an address go along, his note, and what it
// asked for.
func (s *home) relabel(from, to Ref) {
	s.answers.become(from, to)
	moved := false
	for _, of := range [...]map[Ref]string{s.labels, s.notes} {
		if text := of[from]; text != "" && from != to && of[to] == "" {
			delete(of, from)
			of[to] = text
			moved = true
		}
	}
	if moved {
		s.relabelled = append(s.relabelled, [2]string{from.String(), to.String()})
	}
}

// move gives a device an address, which nobody else has, from a time on. It has one of IPv4.
func (s *home) move(v *device, a netip.Addr, since int64) {
	d := &s.devices
	switch {
	case a.Is4():
		if v.addr.Is4() {
			delete(d.byAddr, v.addr)
			s.holdings.end(v.addr, since, v.mac)
		}
		v.addr = a
	default:
		if len(v.others) == maxAddresses {
			delete(d.byAddr, v.others[0])
			v.others = slices.Delete(v.others, 0, 1)
		}
		v.others = append(v.others, a)
		if !v.addr.IsValid() {
			v.addr = a
		}
	}
	d.byAddr[a] = v
	v.foreign = false
	s.holds(v, a, since)
}

// maxAddresses of IPv6 are known of a device: it makes a new one every day, or every time.
const maxAddresses = 16

// leave takes an address away from a device at a time; nil: nobody has it. What else is
// known of the device stays.
func (s *home) leave(v *device, a netip.Addr, at int64) {
	if v == nil {
		return
	}
	delete(s.devices.byAddr, a)
	s.holdings.end(a, at, v.mac)
	v.others = slices.DeleteFunc(v.others, func(b netip.Addr) bool { return a == b })
	if v.addr == a {
		v.addr = netip.Addr{}
		if len(v.others) > 0 {
			v.addr = v.others[len(v.others)-1]
		}
	}
	s.devices.touch(v)
	s.changed = true
}

// apart reports whether who is known by its address alone is another device than one that is
// known by its hardware address: both were seen at the same time, at two addresses of IPv4.
func (s *home) apart(v, other *device) bool {
	return v.addr.Is4() && other.addr.Is4() && other.first < v.last4
}

// absorb takes what was known of an address for a device's that turns out to have it.
func (s *home) absorb(v, other *device) {
	v.in, v.out = v.in+other.in, v.out+other.out
	v.allowed, v.blocked = v.allowed+other.allowed, v.blocked+other.blocked
	v.first, v.firstSeq = min(v.first, other.first), min(v.firstSeq, other.firstSeq)
	v.last = max(v.last, other.last)
	s.relabel(other.ref, v.ref)
	s.devices.remove(other)
}

// learn takes the network of an address of IPv6 for an own one: a device at home has it.
// A home has few; one at a time is all that a liar gets.
func (s *home) learn(a netip.Addr, now time.Time) bool {
	p := netip.PrefixFrom(a.WithZone(""), 64).Masked()
	if full := len(s.learned) == maxLearned; full && now.Sub(s.learnedAt).Abs() < learnPause {
		return false
	} else if full {
		s.learned = slices.Delete(s.learned, 0, 1)
	}
	s.learned, s.learnedAt = append(s.learned, p), now
	s.log.Info("a network of IPv6 is one of this home's", "network", p)
	s.classify()
	return true
}

const (
	maxLearned = 8
	learnPause = time.Hour
)

// orient corrects the direction of an attempt between two addresses of the internet, one
// of which is at home: the log says only at which interface it came.
func (s *home) orient(ev *capture.Event) {
	if !global(ev.Src.Addr) || !global(ev.Dst.Addr) {
		return
	}
	switch from, to := s.own.contains(ev.Src.Addr), s.own.contains(ev.Dst.Addr); {
	case from && !to:
		ev.Dir = capture.Out
	case to && !from:
		ev.Dir = capture.In
	}
}

func global(a netip.Addr) bool { return a.Is6() && a.IsGlobalUnicast() && !a.IsPrivate() }
