package engine

import (
	"context"
	"sort"
	"sync"

	"linklog/capture"
)

// ring holds the newest events in memory, between those who read them from the
// spool and all who want them: the history, which stores them in batches, and
// any number of followers, each of which is a Seq and nothing more. An event is
// not overwritten before it is stored; so whoever does not find it here finds it
// in the history.
type ring struct {
	mu     sync.Mutex
	events []capture.Event // the event at position p is in events[p%len]
	head   uint64          // positions given so far
	stored uint64          // of these stored in the history
	floor  uint64          // Seq of the last event that is no longer here
	gone   uint64          // positions up to which events are not here, although there is room; see forget

	added     chan struct{} // closed and replaced when events are added, if anyone waits
	waiters   int
	unblocked chan struct{} // holds a token when room was made
}

// ringSize is the number of events in memory: 0.3 s of a flood of 50,000 a second,
// a day of a quiet household; 4 MiB.
const ringSize = 16384

// newRing returns an empty ring; floor is the Seq of the last event stored.
func newRing(size int, floor uint64) *ring {
	return &ring{events: make([]capture.Event, size), floor: floor, added: make(chan struct{}), unblocked: make(chan struct{}, 1)}
}

// put adds events in the order of their Seq. It waits as long as the oldest are not
// stored and there is no room: the spool keeps what comes meanwhile.
func (r *ring) put(ctx context.Context, events []capture.Event) error {
	for len(events) > 0 {
		r.mu.Lock()
		room := len(r.events) - int(r.head-r.stored)
		n := min(room, len(events))
		for i := range n {
			at := &r.events[r.head%uint64(len(r.events))]
			if r.head >= uint64(len(r.events)) {
				r.floor = max(r.floor, at.Seq)
			}
			*at = events[i]
			r.head++
		}
		if n > 0 && r.waiters > 0 {
			close(r.added)
			r.added, r.waiters = make(chan struct{}), 0
		}
		r.mu.Unlock()
		if events = events[n:]; len(events) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-r.unblocked:
		}
	}
	return nil
}

// oldest is the first position that is still here. mu is held.
func (r *ring) oldest() uint64 {
	if n := uint64(len(r.events)); r.head > n {
		return max(r.head-n, r.gone)
	}
	return r.gone
}

// after copies events behind a Seq to buf. here is false if some of them may be in
// the history only. With none, changed is closed when there are more.
func (r *ring) after(seq uint64, buf []capture.Event) (n int, here bool, changed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if seq < r.floor {
		return 0, false, nil
	}
	first := r.oldest()
	count := int(r.head - first)
	at := sort.Search(count, func(i int) bool { return r.events[(first+uint64(i))%uint64(len(r.events))].Seq > seq })
	for ; at < count && n < len(buf); at++ {
		buf[n] = r.events[(first+uint64(at))%uint64(len(r.events))]
		n++
	}
	if n == 0 {
		r.waiters++
		changed = r.added
	}
	return n, true, changed
}

// unstored copies the oldest events that are not stored to buf; with none, changed
// is closed when there are some.
func (r *ring) unstored(buf []capture.Event) (n int, changed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for p := r.stored; p < r.head && n < len(buf); p++ {
		buf[n] = r.events[p%uint64(len(r.events))]
		n++
	}
	if n == 0 {
		r.waiters++
		changed = r.added
	}
	return n, changed
}

// store tells that the n oldest of the unstored events are stored.
func (r *ring) store(n int) {
	r.mu.Lock()
	r.stored += uint64(n)
	r.mu.Unlock()
	select {
	case r.unblocked <- struct{}{}:
	default:
	}
}

// forget lets go of what is stored: it is in the history, as far as it is anywhere.
func (r *ring) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for p := r.oldest(); p < r.stored; p++ {
		at := &r.events[p%uint64(len(r.events))]
		r.floor = max(r.floor, at.Seq)
		*at = capture.Event{Seq: at.Seq}
	}
	r.gone = r.stored
}

// last is the Seq of the newest event.
func (r *ring) last() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.head == 0 {
		return r.floor
	}
	return r.events[(r.head-1)%uint64(len(r.events))].Seq
}

// lowest is the Seq of the last event that is not here, but stored.
func (r *ring) lowest() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.floor
}

// storedSoFar is the number of events that were stored.
func (r *ring) storedSoFar() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stored
}

// pending is the number of events that are not stored.
func (r *ring) pending() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return int(r.head - r.stored)
}
