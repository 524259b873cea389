package capture

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// Repeats tells attempts that a system log has again from new ones: a router logs each
// packet that a rule meets, and what it translates once more. It is for traffic that came
// in lines of system logs; traps are attempts each. It remembers 16,384 attempts, and for
// translation 2,048, of more the newer ones, in 324 KiB. It must be used by one goroutine
// at a time.
type Repeats struct {
	attempts   sets
	translated sets // by all but their source

	// Who sends lines must not be able to make two attempts look the same.
	seeds [2]uint64
	names maphash.Seed
}

// sets have attempts, in one those whose keys end alike. Most are looked for in vain, which
// the orders tell alone: the processor's cache has them, and for the attempts, which it has
// not, it would wait.
type sets struct {
	orders []order
	seen   [][setSize]seen
}

const setSize = 4

// order says what a set has, the newest first and 16 bits each: a part of its key, and its
// place in the set.
type order uint64

const (
	orderBits  = 16 // of each
	placeBits  = 2
	firstOrder = order(0 | 1<<orderBits | 2<<(2*orderBits) | 3<<(3*orderBits))
)

// set is one of sets.
type set struct {
	order *order
	seen  *[setSize]seen
}

// seen is an attempt that came.
type seen struct {
	key  uint64 // and the verdict, in the bits of verdictBits; 0: none
	last int64  // nanoseconds since 1970
}

const verdictBits = 3

const (
	// repeatsWithin is how long after its last packet the same is a repeat.
	repeatsWithin = int64(time.Minute)

	// translatedWithin is how long a router takes to log an attempt again with its own
	// address in place of the device's.
	translatedWithin = int64(2 * time.Second)
)

// NewRepeats returns Repeats that have seen nothing.
func NewRepeats() *Repeats {
	return &Repeats{
		attempts: newSets(4096), translated: newSets(512),
		seeds: [2]uint64{rand.Uint64(), rand.Uint64()}, names: maphash.MakeSeed(),
	}
}

// newSets makes so many, a power of two.
func newSets(n int) sets {
	return sets{slices.Repeat([]order{firstOrder}, n), make([][setSize]seen, n)}
}

// Again reports whether an attempt came already, less than a minute after its last
// packet: from the same router, with the same protocol and the same two ends. That it was
// allowed or blocked is news, though, if that was not said before. What is not Traffic
// is no repeat.
func (r *Repeats) Again(ev *Event) bool {
	if ev.Kind != Traffic {
		return false
	}
	now := ev.Time.UnixNano()
	host := r.host(ev)
	key := r.attempt(host, ev)
	set := r.attempts.of(key)
	if at := set.find(key); at < 0 {
		set.put(oldest, seen{key | uint64(ev.Verdict), now})
	} else if known := *set.at(at); known.within(now, repeatsWithin) && (known.key&verdictBits != 0 || ev.Verdict == 0) {
		set.put(at, seen{known.key, now})
		return true
	} else {
		set.put(at, seen{key | uint64(ev.Verdict), now})
	}
	if ev.Dir != Out || !ev.Src.Addr.Is4() {
		return false
	}
	key = host&^verdictBits | (verdictBits + 1)
	set = r.translated.of(key)
	at := set.find(key)
	switch {
	case ev.Src.Addr.IsPrivate() && at < 0:
		set.put(oldest, seen{key, now})
	case ev.Src.Addr.IsPrivate():
		set.put(at, seen{key, now})
	case at >= 0:
		known := set.at(at).within(now, translatedWithin)
		set.remove(at) // each attempt of a device excuses one of the router's
		return known
	}
	return false
}

// within reports whether an attempt came at most so long ago.
func (s seen) within(now, long int64) bool { return now-s.last < long && s.last-now < long }

const oldest = setSize - 1

// of is the set of a key.
func (s sets) of(key uint64) set {
	at := key >> 32 & uint64(len(s.orders)-1)
	return set{&s.orders[at], &s.seen[at]}
}

// mark is the part of a key that orders have.
func mark(key uint64) order { return order(key >> (64 - orderBits + placeBits) << placeBits) }

// find says the how manieth an attempt is, from the newest, 0; -1: it is not there.
func (s set) find(key uint64) int {
	m := mark(key)
	for at := range setSize {
		if (*s.order>>(at*orderBits)^m)&(1<<orderBits-1)>>placeBits == 0 && s.at(at).key&^verdictBits == key {
			return at
		}
	}
	return -1
}

func (s set) at(at int) *seen { return &s.seen[*s.order>>(at*orderBits)%setSize] }

// put makes an attempt the newest, in place of another.
func (s set) put(at int, newest seen) {
	newer, place, older := s.order.cut(at)
	*s.order = older<<orderBits | newer<<orderBits | mark(newest.key) | place
	s.seen[place] = newest
}

func (s set) remove(at int) {
	newer, place, older := s.order.cut(at)
	*s.order = place<<(oldest*orderBits) | older | newer
	s.seen[place] = seen{}
}

// cut takes one out: what is newer, where it is in its set, and what is older, which moves
// up by one.
func (o order) cut(at int) (newer, place, older order) {
	shift := at % setSize * orderBits
	return o & (1<<shift - 1), o >> shift % setSize, o >> shift >> orderBits << shift
}

// host is a number for the router, the protocol, and the end to which an attempt went.
func (r *Repeats) host(ev *Event) uint64 {
	end := uint64(ev.Dst.Port)<<48 | uint64(ev.Proto)<<40 | uint64(ev.Dir)<<32
	return r.mix(r.number(ev.Router), r.number(ev.Dst.Addr)^end)
}

// attempt is the key of an attempt, whose host it is given.
func (r *Repeats) attempt(host uint64, ev *Event) uint64 {
	key := r.mix(host, r.number(ev.Src.Addr)^uint64(ev.Src.Port)<<32)
	if ev.Src.Name != "" || ev.Dst.Name != "" { // hardly ever
		key ^= maphash.Comparable(r.names, [2]string{ev.Src.Name, ev.Dst.Name})
	}
	return key&^verdictBits | (verdictBits + 1) // never 0
}

// number is one for an address; of IPv4, it is the address.
func (r *Repeats) number(a netip.Addr) uint64 {
	if a.Is4() {
		b := a.As4()
		return uint64(binary.BigEndian.Uint32(b[:]))
	}
	b := a.As16()
	return r.mix(binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:]))
}

// mix hashes two numbers, as package hash/maphash does where the processor has no
// instruction for it: here nothing goes through memory.
func (r *Repeats) mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a^r.seeds[0], b^r.seeds[1])
	return high ^ low
}
