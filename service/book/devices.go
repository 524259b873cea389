package book

import (
	"cmp"
	"net/netip"
	"slices"
)

// device is one of the user's own machines. All of them are in memory.
type device struct {
	id          int64
	addr        netip.Addr
	firstSeq    uint64
	first, last int64 // ns since 1970
	in, out     uint64
	hosts       uint64 // external hosts it ever talked to
	names       *names
	dirty       bool
	gone        bool
	foreign     bool // it is on no own network now, as the settings were changed
	stored      bool // the file has it, perhaps
}

// devices are the devices in memory.
type devices struct {
	limit   int
	next    int64 // the ID of the next one
	byAddr  map[netip.Addr]*device
	byID    map[int64]*device
	dirty   []*device
	deleted []int64 // to be deleted from the file
}

func newDevices(limit int) devices {
	return devices{limit: limit, byAddr: make(map[netip.Addr]*device), byID: make(map[int64]*device)}
}

func (d *devices) n() int { return len(d.byAddr) }

func (d *devices) add(v *device) {
	d.byAddr[v.addr] = v
	d.byID[v.id] = v
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
func (d *devices) shrink(named func(netip.Addr) bool) {
	type candidate struct {
		*device
		named bool
	}
	all := make([]candidate, 0, len(d.byAddr))
	for _, v := range d.byAddr {
		all = append(all, candidate{v, named(v.addr)})
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
		c.gone = true
		delete(d.byAddr, c.addr)
		delete(d.byID, c.id)
		if c.stored {
			d.deleted = append(d.deleted, c.id)
		}
	}
}

// newDevice makes the device with an address. The caller holds mu.
func (s *Store) newDevice(a netip.Addr, seq uint64, time int64) *device {
	if s.devices.n() >= s.o.Limits.Devices {
		s.devices.shrink(func(a netip.Addr) bool { return s.labels[Ref{Addr: a}] != "" })
	}
	v := &device{id: s.devices.next, addr: a, firstSeq: seq, first: time}
	s.devices.next++
	s.devices.add(v)
	return v
}
