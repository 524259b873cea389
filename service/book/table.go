package book

import (
	"hash/maphash"
	"net/netip"

	"linklog/capture"
)

// table holds hosts in memory: those that were seen last, and those that the file
// does not have yet.
type table struct {
	limit  int
	by4    map[uint32]*entry     // those of IPv4: with numbers a map is found in half the time
	byAddr map[netip.Addr]*entry // others
	byName map[string]*entry     // those without an address
	dirty  []*entry              // to be written
	gone   func(e *entry)        // is told who leaves; not nil
}

func newTable(limit int) table {
	return table{limit: limit, by4: make(map[uint32]*entry), byAddr: make(map[netip.Addr]*entry), byName: make(map[string]*entry)}
}

func (t *table) n() int { return len(t.by4) + len(t.byAddr) + len(t.byName) }

// get finds a host.
func (t *table) get(r Ref) *entry {
	switch {
	case r.Addr.Is4():
		return t.by4[number4(r.Addr)]
	case r.Addr.IsValid():
		return t.byAddr[r.Addr]
	}
	return t.byName[r.Name]
}

// met finds a host at its end of an attempt if it is known by an address of IPv4, as nearly
// all are.
func (t *table) met(p *capture.Endpoint) *entry {
	if p.Addr.Is4() {
		return t.by4[number4(p.Addr)]
	}
	return nil
}

// add takes a host in, at the cost of one that was not seen for long. It refuses if
// memory is full of hosts that cannot be written.
func (t *table) add(e *entry) bool {
	makeRoom(t, t.by4)
	makeRoom(t, t.byAddr)
	makeRoom(t, t.byName)
	// Between two transactions there may be more. Twice as many are far more than
	// anybody sees between two that succeed.
	if t.n() >= 2*t.limit {
		return false
	}
	switch {
	case e.Addr.Is4():
		t.by4[number4(e.Addr)] = e
	case e.Addr.IsValid():
		t.byAddr[e.Addr] = e
	default:
		t.byName[e.Name] = e
	}
	return true
}

// makeRoom looks at some hosts, as they come, for one that can be forgotten. One that was
// seen since it was looked at has a second chance.
func makeRoom[K comparable](t *table, hosts map[K]*entry) {
	tries := 16
	for k, e := range hosts {
		switch {
		case t.n() < t.limit || tries == 0:
			return
		case e.used:
			e.used = false
		case !e.pinned():
			delete(hosts, k)
			t.gone(e)
		}
		tries--
	}
}

// crowded reports whether what room there is should be left to new hosts.
func (t *table) crowded() bool { return t.n() >= t.limit+t.limit/4 }

// remove forgets a host.
func (t *table) remove(r Ref) {
	if r.Addr.Is4() {
		delete(t.by4, number4(r.Addr))
	}
	delete(t.byAddr, r.Addr)
	delete(t.byName, r.Name)
}

// each calls f with every host.
func (t *table) each(f func(e *entry)) {
	for _, e := range t.by4 {
		f(e)
	}
	for _, e := range t.byAddr {
		f(e)
	}
	for _, e := range t.byName {
		f(e)
	}
}

// known are all hosts there are, so that an invented address costs no look-up in the
// file. It has their hashes, of a seed that nobody else knows: nobody can make two hosts
// with the same. Where two have, by chance (one of 2^64), an address that is new is
// looked up, and when one of them is forgotten the other is new once more.
type known struct {
	seed   maphash.Seed
	hashes map[uint64]struct{}
}

func (k *known) add(r Ref)      { k.hashes[maphash.Comparable(k.seed, r)] = struct{}{} }
func (k *known) remove(r Ref)   { delete(k.hashes, maphash.Comparable(k.seed, r)) }
func (k *known) has(r Ref) bool { _, ok := k.hashes[maphash.Comparable(k.seed, r)]; return ok }
