package dns

import (
	"net/netip"
	"time"
)

// entry is what is known of an address. It is in Resolver.table and, by its state,
// in Resolver.waiting, in none or in Resolver.recent.
type entry struct {
	addr  netip.Addr
	state state
	name  string        // when ended
	lost  bool          // the Resolver was closed before the end
	since time.Duration // when it began to wait
	until time.Duration // when ended: when the answer expires
	done  chan struct{} // closed at the end; nil unless somebody waits

	prev, next *entry // in its list
}

type state uint8

const (
	waiting state = iota // for a worker
	running              // a worker is asking
	ended
)

// release lets those go on who wait for the end of the look-up.
func (e *entry) release() {
	if e.done != nil {
		close(e.done)
		e.done = nil // those who wait have it; the entry stays for long
	}
}

// list is a doubly linked list of entries. The zero value is empty.
type list struct {
	front, back *entry
	n           int
}

func (l *list) push(e *entry) {
	e.prev, e.next = nil, l.front
	if l.front != nil {
		l.front.prev = e
	} else {
		l.back = e
	}
	l.front = e
	l.n++
}

func (l *list) remove(e *entry) {
	if e.prev != nil {
		e.prev.next = e.next
	} else {
		l.front = e.next
	}
	if e.next != nil {
		e.next.prev = e.prev
	} else {
		l.back = e.prev
	}
	e.prev, e.next = nil, nil
	l.n--
}

// find returns what is known of an address and begins a look-up where that is
// nothing, or expired; nil: there is none and will be none. The caller holds mu.
func (r *Resolver) find(a netip.Addr) *entry {
	e := r.table[a]
	if e != nil && e.state != ended {
		return e
	}
	now := r.now()
	if e != nil {
		if now < e.until {
			r.stats.Hits++
			if r.recent.front != e {
				r.recent.remove(e)
				r.recent.push(e)
			}
			return e
		}
		// Whoever waited for the old one may still be about to read it: it is
		// replaced, not used again.
		r.forget(e)
	}
	if r.closed {
		return nil
	}
	if r.waiting.n >= r.o.Queue {
		r.stats.Refused++
		return nil
	}
	e = &entry{addr: a, since: now}
	r.table[a] = e
	r.waiting.push(e)
	if r.running < r.o.Workers {
		r.running++
		go r.work()
	}
	return e
}

// forget drops an answer. The caller holds mu.
func (r *Resolver) forget(e *entry) {
	r.recent.remove(e)
	delete(r.table, e.addr)
}

// remember ends a look-up with its answer. The caller holds mu.
func (r *Resolver) remember(e *entry, name string, ttl time.Duration) {
	e.state, e.name = ended, name
	if e.until = r.now() + ttl; e.until < ttl { // Forever
		e.until = Forever
	}
	e.release()
	r.recent.push(e)
	for r.recent.n > r.o.Cache {
		r.forget(r.recent.back)
		r.stats.Evicted++
	}
}

// lose ends a look-up without an answer, for the Resolver is closed. The caller
// holds mu.
func (r *Resolver) lose(e *entry) {
	e.state, e.lost = ended, true
	e.release()
	delete(r.table, e.addr)
}
