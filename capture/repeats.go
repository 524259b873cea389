package capture

import (
	"encoding/binary"
	"hash/maphash"
	"time"
)

// Repeats tells attempts that a system log has again from new ones: a router logs each
// packet that a rule meets, and what it translates once more. It is for traffic that came
// in lines of system logs; traps are attempts each. It remembers 16,384 attempts, and for
// translation 2,048, of more the newer ones, in 288 KiB. It must be used by one goroutine
// at a time.
type Repeats struct {
	attempts   [4096]set
	translated [512]set     // by all but their source
	seed       maphash.Seed // who sends lines must not be able to make two attempts look the same
}

// set has the attempts whose keys end alike; it is a line of the processor's cache.
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
func NewRepeats() *Repeats { return &Repeats{seed: maphash.MakeSeed()} }

// Again reports whether an attempt came already, less than a minute after its last
// packet: from the same router, with the same protocol and the same two ends. That it was
// allowed or blocked is news, though, if that was not said before. What is not Traffic
// is no repeat.
func (r *Repeats) Again(ev *Event) bool {
	if ev.Kind != Traffic {
		return false
	}
	now := ev.Time.UnixNano()
	if s, known := find(r.attempts[:], r.key(ev, true), now, repeatsWithin); known && (s.key&verdictBits != 0 || ev.Verdict == 0) {
		s.last = now
		return true
	} else {
		s.key, s.last = s.key&^verdictBits|uint64(ev.Verdict), now
	}
	if ev.Dir != Out || !ev.Src.Addr.Is4() {
		return false
	}
	s, known := find(r.translated[:], r.key(ev, false), now, translatedWithin)
	if ev.Src.Addr.IsPrivate() {
		s.last = now
		return false
	}
	*s = seen{} // each attempt of a device excuses one of the router's
	return known
}

// find finds an attempt that came at most so long ago, or a place for it.
func find(sets []set, key uint64, now, within int64) (s *seen, known bool) {
	set := &sets[key>>32%uint64(len(sets))]
	s = &set[0]
	for i := range set {
		if set[i].key&^verdictBits == key {
			s = &set[i]
			return s, s.last != 0 && now-s.last < within && s.last-now < within
		}
		if set[i].last < s.last {
			s = &set[i]
		}
	}
	*s = seen{key: key}
	return s, false
}

// key is a number for the router, the protocol and the ends of an attempt, or for those
// without its source.
func (r *Repeats) key(ev *Event, source bool) uint64 {
	var b [56]byte
	router, dst := ev.Router.As16(), ev.Dst.Addr.As16()
	copy(b[0:], router[:])
	copy(b[16:], dst[:])
	b[48], b[49] = byte(ev.Proto), byte(ev.Dir)
	binary.NativeEndian.PutUint16(b[50:], ev.Dst.Port)
	names := uint64(0)
	if source {
		src := ev.Src.Addr.As16()
		copy(b[32:], src[:])
		binary.NativeEndian.PutUint16(b[52:], ev.Src.Port)
		b[54] = 1
		if ev.Src.Name != "" || ev.Dst.Name != "" { // hardly ever
			names = maphash.Comparable(r.seed, [2]string{ev.Src.Name, ev.Dst.Name})
		}
	}
	return (maphash.Bytes(r.seed, b[:])^names)&^verdictBits | (verdictBits + 1) // never 0
}
