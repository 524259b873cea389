package service

import (
	"net/netip"
	"sync"
	"time"
)

// laterNames are names that became known after events with their addresses were
// given out, newest last. A follower has a position in them; one that falls behind
// by more than there is room misses some, and still has every event.
type laterNames struct {
	mu      sync.Mutex
	names   [1024]LaterName
	head    uint64
	changed chan struct{}
}

// LaterName is a name of an address that became known.
type LaterName struct {
	Addr netip.Addr
	Name string
}

func newLaterNames() *laterNames { return &laterNames{changed: make(chan struct{})} }

func (l *laterNames) add(a netip.Addr, name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.names[l.head%uint64(len(l.names))] = LaterName{a, name}
	l.head++
	close(l.changed)
	l.changed = make(chan struct{})
}

// since copies the names behind a position to buf and returns the next position;
// changed is closed when there are more.
func (l *laterNames) since(position uint64, buf []LaterName) (n int, next uint64, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if position > l.head {
		position = l.head
	}
	if room := uint64(len(l.names)); l.head-position > room {
		position = l.head - room
	}
	for position < l.head && n < len(buf) {
		buf[n] = l.names[position%uint64(len(l.names))]
		position++
		n++
	}
	return n, position, l.changed
}

// rate counts events of the last minute, in buckets of a second. It costs nothing
// while nothing comes.
type rate struct {
	buckets [60]uint64
	last    int64 // second of the newest bucket, since 1970
}

func (r *rate) add(now time.Time, n int) {
	r.forget(now)
	r.buckets[r.last%60] += uint64(n)
}

// perMinute is the number of events of the last 60 seconds.
func (r *rate) perMinute(now time.Time) (n uint64) {
	r.forget(now)
	for _, b := range r.buckets {
		n += b
	}
	return n
}

// forget empties the buckets of the seconds that passed. A clock that goes back
// leaves them as they are.
func (r *rate) forget(now time.Time) {
	second := now.Unix()
	if second-r.last >= 60 {
		r.buckets, r.last = [60]uint64{}, second
	}
	for r.last < second {
		r.last++
		r.buckets[r.last%60] = 0
	}
}
