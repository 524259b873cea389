package book

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"time"

	"linklog/capture"
)

// holdings are who had which address at home when, as far as leases and hardware addresses
// told it: what happened then is the history of who had the address then. Of an address that
// was never that of a device with a known hardware address there is nothing.
//
// Whoever can send as a router can tell lies here. What he tells takes the place of what he
// told before: see held.shorten and holdings.shrink.
type holdings struct {
	of    map[netip.Addr]*held
	dirty map[netip.Addr]struct{} // to be written
	all   bool                    // all are
}

// held is who had one address.
type held struct {
	list []holding // by time, two neighbours are never the same

	// before tells that the first had it before, too: nobody else is known to have had it,
	// and the device to have had no other.
	before bool
}

// holding is who has an address from a time on.
type holding struct {
	since int64       // ns since 1970
	mac   capture.MAC // zero: nobody who is known
}

const (
	maxHolders = 24    // of an address
	maxHeld    = 8_192 // addresses
)

// set notes that a device has an address from a time on. before: it is not known to have had
// another one before. A zero mac, where somebody had it: nobody has it from then on.
func (h *holdings) set(a netip.Addr, since int64, mac capture.MAC, before bool) (changed bool) {
	of := h.of[a]
	if of == nil {
		if len(h.of) >= maxHeld {
			h.shrink()
		}
		if h.of == nil {
			h.of = make(map[netip.Addr]*held)
		}
		of = new(held)
		h.of[a] = of
	}
	if changed = of.set(holding{since, mac}, before); changed {
		h.touch(a)
	}
	if len(of.list) == 0 {
		delete(h.of, a)
	}
	return changed
}

// end notes that a device that had an address has it no longer.
func (h *holdings) end(a netip.Addr, at int64, mac capture.MAC) {
	if of := h.of[a]; of != nil && mac != (capture.MAC{}) && of.at(at).mac == mac {
		h.set(a, at, capture.MAC{}, false)
	}
}

// since reports whether an address went to somebody else at a time or later.
func (h *holdings) since(a netip.Addr, at int64) bool {
	of := h.of[a]
	return of != nil && of.list[len(of.list)-1].since >= at
}

// touch marks an address as one to be written.
func (h *holdings) touch(a netip.Addr) {
	if h.all = h.all || len(h.dirty) >= maxHeld; h.all {
		h.dirty = nil
		return
	}
	if h.dirty == nil {
		h.dirty = make(map[netip.Addr]struct{})
	}
	h.dirty[a] = struct{}{}
}

// holdingRow is a holding to be written.
type holdingRow struct {
	addr netip.Addr
	holding
	before bool
}

// holdingBatch is what a transaction writes.
type holdingBatch struct {
	all  bool         // in place of all there are
	of   []netip.Addr // else of these
	rows []holdingRow
}

// take gives what is to be written.
func (h *holdings) take() (b holdingBatch) {
	b.all = h.all
	add := func(a netip.Addr, of *held) {
		for i, x := range of.list {
			b.rows = append(b.rows, holdingRow{a, x, i == 0 && of.before})
		}
	}
	if h.all {
		for a, of := range h.of {
			add(a, of)
		}
	}
	for a := range h.dirty {
		b.of = append(b.of, a)
		if of := h.of[a]; of != nil {
			add(a, of)
		}
	}
	h.all, h.dirty = false, nil
	return b
}

// back marks again what could not be written.
func (h *holdings) back(b *holdingBatch) {
	h.all = h.all || b.all
	for _, a := range b.of {
		h.touch(a)
	}
}

// read takes in a row of the file; what somebody else wrote there is left out.
func (h *holdings) read(r holdingRow) {
	of := h.of[r.addr]
	switch {
	case !r.addr.IsValid() || of == nil && (r.mac == (capture.MAC{}) || len(h.of) >= maxHeld):
		return
	case of == nil:
		if h.of == nil {
			h.of = make(map[netip.Addr]*held)
		}
		of = &held{before: r.before}
		h.of[r.addr] = of
	case len(of.list) >= maxHolders || of.list[len(of.list)-1].mac == r.mac || of.list[len(of.list)-1].since >= r.since:
		return
	}
	of.list = append(of.list, r.holding)
}

// shrink gives up an eighth: of the devices that had most addresses, those that they had
// shortest, or of IPv6 the oldest. So lies in the name of one device cost the others nothing.
func (h *holdings) shrink() {
	type owner struct {
		mac capture.MAC
		v4  bool
	}
	type place struct {
		addr  netip.Addr
		worth int64
		rank  int
	}
	groups := make(map[owner][]place)
	for a, of := range h.of {
		last := len(of.list) - 1
		p, by := place{addr: a, worth: of.list[last].since}, of.list[last].mac
		if by == (capture.MAC{}) {
			by = of.list[last-1].mac // neighbours are not the same
		}
		if a.Is4() {
			p.worth = math.MaxInt64
			if of.list[last].mac == (capture.MAC{}) {
				p.worth = of.list[last].since - of.list[last-1].since
			}
		}
		o := owner{by, a.Is4()}
		groups[o] = append(groups[o], p)
	}
	all := make([]place, 0, len(h.of))
	for _, list := range groups {
		slices.SortFunc(list, func(a, b place) int { return cmp.Or(cmp.Compare(b.worth, a.worth), a.addr.Compare(b.addr)) })
		for i := range list {
			list[i].rank = i
		}
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b place) int {
		return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(a.worth, b.worth), a.addr.Compare(b.addr))
	})
	for _, p := range all[:len(all)/8+1] {
		delete(h.of, p.addr)
		h.touch(p.addr)
	}
}

// place is the index of the last holding that began by a time; -1: none did.
func (h *held) place(at int64) int {
	i, same := slices.BinarySearchFunc(h.list, at, func(x holding, at int64) int { return cmp.Compare(x.since, at) })
	if same {
		return i
	}
	return i - 1
}

// at is who had the address at a time.
func (h *held) at(t int64) holding {
	switch i := h.place(t); {
	case i >= 0:
		return h.list[i]
	case h.before:
		return holding{math.MinInt64, h.list[0].mac}
	}
	return holding{since: math.MinInt64}
}

// set adds a holding in its place. changed is false if that was known.
func (h *held) set(x holding, before bool) (changed bool) {
	i := h.place(x.since)
	switch {
	case i >= 0 && h.list[i].mac == x.mac:
		return false
	case i < 0 && len(h.list) > 0 && h.before && h.list[0].mac == x.mac:
		return false
	case i < 0:
		h.before = before && x.mac != (capture.MAC{})
		h.list = slices.Insert(h.list, 0, x)
	case h.list[i].since == x.since && i == 0 && h.before: // until then it was the first's
		h.list[0].since--
		h.list = slices.Insert(h.list, 1, x)
	case h.list[i].since == x.since:
		h.list[i] = x
	default:
		h.list = slices.Insert(h.list, i+1, x)
	}
	h.merge()
	h.shorten()
	return true
}

// merge makes one of neighbours that are the same.
func (h *held) merge() {
	h.list = slices.CompactFunc(h.list, func(a, b holding) bool { return a.mac == b.mac })
	if len(h.list) > 0 && h.list[0].mac == (capture.MAC{}) { // that it was nobody's is no news
		h.list, h.before = slices.Delete(h.list, 0, 1), false
	}
}

// shorten keeps a list within its bound: what lasted shortest goes, so that one who tells of
// ever new holders takes the place of his own lies.
func (h *held) shorten() {
	for len(h.list) > maxHolders {
		shortest := 0
		for i := range len(h.list) - 1 {
			if h.list[i+1].since-h.list[i].since < h.list[shortest+1].since-h.list[shortest].since {
				shortest = i
			}
		}
		h.list = slices.Delete(h.list, shortest, shortest+1)
		h.before = h.before && shortest > 0
		h.merge()
	}
}

// Call is what an address is called.
type Call struct {
	Name string // "": it has no name

	// Wins: the name wins over the one that an event came with. That of the user does, and
	// the one that the router told last (or the one from DHCP, of a device that a line once gave
	// another), unless devices asked DNS for the host: then events came with what their own
	// device asked for. Others were good for their time.
	Wins bool

	MAC capture.MAC // of who has it, a device that is known by it; zero: nobody

	// From and Until bound when this is so, in ns since 1970, Until exclusive: others had the
	// address before and after. Always: nobody else is known to have had it.
	From, Until int64
	Always      bool
}

// EachHolder calls f for the addresses that were those of devices with known hardware
// addresses, for each with all who had it in the order of time: from when on, in ns since 1970,
// the first from the beginning; whose it was, zero: of nobody who is known; and what that is
// called now, as Call says. f must be quick, and must not call the Store.
func (s *Store) EachHolder(f func(a netip.Addr, since int64, mac capture.MAC, name string, wins bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for a, of := range s.holdings.of {
		if !of.before {
			name, wins := s.calledAs(a, capture.MAC{})
			f(a, math.MinInt64, capture.MAC{}, name, wins)
		}
		for i, x := range of.list {
			if i == 0 && of.before {
				x.since = math.MinInt64
			}
			name, wins := s.calledAs(a, x.mac)
			f(a, x.since, x.mac, name, wins)
		}
	}
}

// Held is a time in which a device had an address.
type Held struct {
	Addr  netip.Addr
	From  time.Time // when it was first known to have it
	Until time.Time // zero: it has it still
}

// HeldBy are the addresses that a device had, the latest first: those that it has before those
// that it had, and these by their end. There are none where no log told its hardware address.
func (s *Store) HeldBy(mac capture.MAC) (list []Held) {
	if mac == (capture.MAC{}) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for a, of := range s.holdings.of {
		for i, x := range of.list {
			if x.mac != mac {
				continue
			}
			h := Held{Addr: a, From: time.Unix(0, x.since).UTC()}
			if i+1 < len(of.list) {
				h.Until = time.Unix(0, of.list[i+1].since).UTC()
			}
			list = append(list, h)
		}
	}
	end := func(h *Held) int64 {
		if h.Until.IsZero() {
			return math.MaxInt64
		}
		return h.Until.UnixNano()
	}
	slices.SortFunc(list, func(a, b Held) int {
		return cmp.Or(cmp.Compare(end(&b), end(&a)), b.From.Compare(a.From), a.Addr.Compare(b.Addr))
	})
	return list
}

// calledAs says what an address is called while it is that of a device; zero: of nobody who
// is known by a hardware address. The caller holds mu.
func (s *Store) calledAs(a netip.Addr, mac capture.MAC) (name string, wins bool) {
	v := s.devices.byMAC[mac]
	r, n := ByAddr(a), (*names)(nil)
	if mac == (capture.MAC{}) {
		if v = s.devices.byAddr[a]; v != nil && v.mac != mac {
			v = nil
		}
	} else if v == nil { // the device was forgotten
		r = byMAC(mac)
	}
	if v != nil {
		r, n = v.ref, v.names
	}
	return s.called(r, n)
}

// CalledAt is what an address was called at a time, by the name that who had it then has now.
// A host that was not seen for long is looked up in the file.
func (s *Store) CalledAt(a netip.Addr, at int64) Call {
	r := ByAddr(a)
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.holdings.of[r.Addr]
	if of == nil {
		c := Call{From: math.MinInt64, Until: math.MaxInt64, Always: true}
		c.Name, c.Wins = s.calledNow(r)
		return c
	}
	i := of.place(at)
	x := of.at(at)
	c := Call{MAC: x.mac, From: x.since, Until: math.MaxInt64, Always: of.before && len(of.list) == 1}
	c.Name, c.Wins = s.calledAs(r.Addr, x.mac)
	if i <= 0 && of.before { // the first had it all the time before
		i, c.From = 0, math.MinInt64
	}
	if i+1 < len(of.list) {
		c.Until = of.list[i+1].since
	}
	return c
}

// DeviceOf is the device with a hardware address as it is now, or who has an address that was
// nobody's who is known by one: the address, which is invalid if it has none, and the name.
func (s *Store) DeviceOf(a netip.Addr, mac capture.MAC) (addr netip.Addr, name string) {
	a = ByAddr(a).Addr
	s.mu.Lock()
	defer s.mu.Unlock()
	if mac == (capture.MAC{}) && s.holdings.of[a] == nil {
		name, _ = s.calledNow(Ref{Addr: a})
		return a, name
	}
	if v := s.devices.byMAC[mac]; v != nil {
		a = v.addr
	}
	name, _ = s.calledAs(a, mac)
	return a, name
}
