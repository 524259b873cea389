package book

import (
	"cmp"
	"net/netip"
	"slices"

	"linklog/capture"
)

// device is one of the user's own machines. All of them are in memory. It is known by its
// hardware address or, where no log says that, by its address.
type device struct {
	id          int64
	addr        netip.Addr   // of IPv4, if it has one; invalid: unknown, another device has it now
	others      []netip.Addr // of IPv6, as far as they were seen since the start
	mac         capture.MAC  // zero: unknown
	ref         Ref          // by which the user's name is kept: the text of mac, else addr
	firstSeq    uint64
	first, last int64 // ns since 1970
	attempts
	hosts   uint64 // external hosts it ever talked to
	names   *names
	dirty   bool
	gone    bool
	foreign bool // it is on no own network now, as the settings were changed
	stored  bool // the file has it, perhaps

	last4 int64      // when something was seen of its address of IPv4, ns since 1970
	had4  bool       // it is known to have or have had one of IPv4
	rival netip.Addr // another address from which packets with its hardware address came
}

// devices are the devices in memory.
type devices struct {
	limit   int
	next    int64                  // the ID of the next one
	byAddr  map[netip.Addr]*device // with all addresses
	byMAC   map[capture.MAC]*device
	byID    map[int64]*device
	dirty   []*device
	deleted []int64 // to be deleted from the file

	relays  map[capture.MAC]bool    // pass on packets of others as their own
	waiting map[netip.Addr]expected // who will have an address from which nothing came yet
}

// expected is what a log said of an address.
type expected struct {
	mac   capture.MAC
	name  string
	since int64 // ns since 1970
}

func newDevices(limit int) devices {
	return devices{
		limit: limit, byAddr: make(map[netip.Addr]*device), byMAC: make(map[capture.MAC]*device), byID: make(map[int64]*device),
		relays: make(map[capture.MAC]bool), waiting: make(map[netip.Addr]expected),
	}
}

// seen notes that an attempt had an address of the device.
func (v *device) seen(a netip.Addr, t int64) {
	v.last = t
	if a.Is4() {
		v.last4 = t
	}
}

func (d *devices) n() int { return len(d.byID) }

// add takes a device in, with its address if it has one.
func (d *devices) add(v *device, mac capture.MAC) {
	d.byID[v.id] = v
	v.ref = Ref{Addr: v.addr}
	if v.addr.IsValid() {
		d.byAddr[v.addr] = v
	}
	if !v.addr.Is4() && v.addr.IsValid() {
		v.others = append(v.others, v.addr)
	}
	d.setMAC(v, mac)
}

// setMAC notes a device's hardware address, if it is nobody else's.
func (d *devices) setMAC(v *device, mac capture.MAC) {
	if mac != (capture.MAC{}) && d.byMAC[mac] == nil {
		v.mac, v.ref = mac, byMAC(mac)
		d.byMAC[mac] = v
	}
}

// remove forgets a device.
func (d *devices) remove(v *device) {
	v.gone = true
	for _, a := range append(v.others, v.addr) {
		if d.byAddr[a] == v {
			delete(d.byAddr, a)
		}
	}
	if d.byMAC[v.mac] == v {
		delete(d.byMAC, v.mac)
	}
	delete(d.byID, v.id)
	if v.stored {
		d.deleted = append(d.deleted, v.id)
	}
}

// relay notes that a hardware address tells nobody.
func (d *devices) relay(mac capture.MAC) { put(d.relays, mac, true, d.limit) }

// put keeps a map within its limit, at the cost of any other.
func put[K comparable, V any](m map[K]V, key K, value V, limit int) {
	if len(m) >= limit {
		for k := range m {
			delete(m, k)
			break
		}
	}
	m[key] = value
}

func (d *devices) touch(v *device) {
	if !v.dirty {
		v.dirty = true
		d.dirty = append(d.dirty, v)
	}
}

// shrink makes room when somebody sends from ever new addresses of an own network
// (or devices change their IPv6 addresses day by day). An eighth goes at a time, as
// finding them takes a look at all: those without a name from the user first, of
// these who was seen longest ago.
func (d *devices) shrink(named func(Ref) bool) {
	type candidate struct {
		*device
		named bool
	}
	all := make([]candidate, 0, len(d.byID))
	for _, v := range d.byID {
		all = append(all, candidate{v, named(v.ref)})
	}
	slices.SortFunc(all, func(a, b candidate) int {
		if a.named != b.named {
			if b.named {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.last, b.last), cmp.Compare(a.id, b.id))
	})
	for _, c := range all[:len(all)/8+1] {
		d.remove(c.device)
	}
}

// newDevice makes the device with an address.
func (s *home) newDevice(a netip.Addr, seq uint64, time int64) *device {
	if s.devices.n() >= s.devices.limit {
		s.devices.shrink(func(r Ref) bool { return s.labels[r] != "" || s.notes[r] != "" })
	}
	who := s.devices.waiting[a]
	delete(s.devices.waiting, a)
	v := &device{id: s.devices.next, addr: a, firstSeq: seq, first: time}
	s.devices.next++
	s.devices.add(v, who.mac)
	if v.mac != (capture.MAC{}) {
		s.holds(v, a, min(cmp.Or(who.since, time), time))
	}
	s.relabel(ByAddr(a), v.ref)
	setLease(&v.names, who.name)
	return v
}

// holds notes since when a device with a known hardware address has an address.
func (s *home) holds(v *device, a netip.Addr, since int64) {
	s.changed = s.holdings.set(a, since, v.mac, !a.Is4() || !v.had4) || s.changed
	v.had4 = v.had4 || a.Is4()
}
