package capture

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"time"
)

// Repeats tells attempts that a system log has again from new ones: a router logs each
// packet that a rule meets, and what it translates once more. It is for traffic that came
// in lines of system logs; traps are attempts each. It remembers 16,384 attempts, and for
// translation 2,048, of more the newer ones, in 288 KiB. It must be used by one goroutine
// at a time.
type Repeats struct {
	attempts   [4096]set
	translated [512]set // by all but their source

	// Who sends lines must not be able to make two attempts look the same.
	seeds [2]uint64
	names maphash.Seed
}

// set has the attempts whose keys end alike, the newest first; it is a line of the
// processor's cache. To look for the oldest would make the processor wait for it.
type set [4]seen

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
	return &Repeats{seeds: [2]uint64{rand.Uint64(), rand.Uint64()}, names: maphash.MakeSeed()}
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
	set := &r.attempts[key>>32%uint64(len(r.attempts))]
	if at := set.find(key); at < 0 {
		set.put(oldest, seen{key | uint64(ev.Verdict), now})
	} else if known := set[at]; known.within(now, repeatsWithin) && (known.key&verdictBits != 0 || ev.Verdict == 0) {
		set.put(at, seen{known.key, now})
		return true
	} else {
		set.put(at, seen{key | uint64(ev.Verdict), now})
	}
	if ev.Dir != Out || !ev.Src.Addr.Is4() {
		return false
	}
	key = host&^verdictBits | (verdictBits + 1)
	set = &r.translated[key>>32%uint64(len(r.translated))]
	at := set.find(key)
	switch {
	case ev.Src.Addr.IsPrivate() && at < 0:
		set.put(oldest, seen{key, now})
	case ev.Src.Addr.IsPrivate():
		set.put(at, seen{key, now})
	case at >= 0:
		known := set[at].within(now, translatedWithin)
		set.remove(at) // each attempt of a device excuses one of the router's
		return known
	}
	return false
}

// within reports whether an attempt came at most so long ago.
func (s seen) within(now, long int64) bool { return now-s.last < long && s.last-now < long }

const oldest = len(set{}) - 1

// find is the place of an attempt, -1: it is not there.
func (s *set) find(key uint64) int {
	for i := range s {
		if s[i].key&^verdictBits == key {
			return i
		}
	}
	return -1
}

// put makes an attempt the newest, in place of another.
func (s *set) put(at int, newest seen) {
	for at = at % len(s); at > 0; at-- {
		s[at] = s[at-1]
	}
	s[0] = newest
}

func (s *set) remove(at int) {
	copy(s[at:], s[at+1:])
	s[oldest] = seen{}
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
