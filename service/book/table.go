package book

import "net/netip"

// table holds hosts in memory: those that were seen last, and those that the file
// does not have yet. Who is to be forgotten is found by second chance: a host that
// was seen since it came to the front goes there again. To bring it there each time
// would touch three others in far places of memory.
type table struct {
	limit  int
	byAddr map[netip.Addr]*entry
	byName map[string]*entry // those without an address
	front  *entry
	back   *entry
	n      int
	dirty  []*entry // to be written
}

func newTable(limit int) table {
	return table{limit: limit, byAddr: make(map[netip.Addr]*entry), byName: make(map[string]*entry)}
}

// get finds a host.
func (t *table) get(r Ref) *entry {
	if r.Addr.IsValid() {
		return t.byAddr[r.Addr]
	}
	return t.byName[r.Name]
}

// add takes a host in, at the cost of one that was not seen for long. It refuses if
// memory is full of hosts that cannot be written.
func (t *table) add(e *entry) bool {
	if !t.room() {
		return false
	}
	if e.Addr.IsValid() {
		t.byAddr[e.Addr] = e
	} else {
		t.byName[e.Name] = e
	}
	t.link(e)
	return true
}

// tries bounds how many hosts are looked at to find one that can be forgotten.
const tries = 16

func (t *table) room() bool {
	for i := 0; t.n >= t.limit && i < tries; i++ {
		e := t.back
		if !e.used && !e.pinned() {
			t.remove(e)
			continue
		}
		e.used = false
		t.unlink(e)
		t.link(e)
	}
	// Between two transactions there may be more. Twice as many are far more than
	// anybody sees between two that succeed.
	return t.n < 2*t.limit
}

// crowded reports whether what room there is should be left to new hosts.
func (t *table) crowded() bool { return t.n >= t.limit+t.limit/4 }

// remove forgets a host.
func (t *table) remove(e *entry) {
	t.unlink(e)
	if e.Addr.IsValid() {
		delete(t.byAddr, e.Addr)
	} else {
		delete(t.byName, e.Name)
	}
}

// each calls f with every host.
func (t *table) each(f func(e *entry)) {
	for e := t.front; e != nil; e = e.next {
		f(e)
	}
}

func (t *table) link(e *entry) {
	e.prev, e.next = nil, t.front
	if t.front != nil {
		t.front.prev = e
	} else {
		t.back = e
	}
	t.front = e
	t.n++
}

func (t *table) unlink(e *entry) {
	if e.prev != nil {
		e.prev.next = e.next
	} else {
		t.front = e.next
	}
	if e.next != nil {
		e.next.prev = e.prev
	} else {
		t.back = e.prev
	}
	e.prev, e.next = nil, nil
	t.n--
}
