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
// translation 2,048, of more the newer ones, in 144 KiB. It must be used by one goroutine
// at a time.
type Repeats struct {
	attempts   [4096]set
	translated [512]set // by all but their source

	// Who sends lines must not be able to make two attempts look the same.
	seeds [2]uint64
	names maphash.Seed
}

// set has the attempts whose keys end alike, the newest first; it is a half line of the
// processor's cache, which shall have as many of them as can be, for nearly each attempt is
// looked for in another. To look for the oldest would make the processor wait for it.
type set [4]seen

// seen is an attempt that came: 40 bits of its key, which are never 0, then the time in
// ticks, then the verdict. It is 0 for none.
type seen uint64

const (
	verdictBits = 1<<2 - 1
	timeBits    = 1<<24 - 1 - verdictBits
	keyBits     = 1<<64 - 1<<24

	// tick is so many bits of a nanosecond's number: 67 ms. An attempt of three days before,
	// if there were hardly any others since, is taken for one of now.
	tick = 26

	// repeatsWithin is how long after its last packet the same is a repeat.
	repeatsWithin = int32(time.Minute >> tick)

	// translatedWithin is how long a router takes to log an attempt again with its own
	// address in place of the device's.
	translatedWithin = int32(2 * time.Second >> tick)
)

// NewRepeats returns Repeats that have seen nothing.
func NewRepeats() *Repeats {
	return &Repeats{seeds: [2]uint64{rand.Uint64(), rand.Uint64()}, names: maphash.MakeSeed()}
}

// Again reports whether an attempt came already, less than a minute after its last
// packet: from the same router, which has the same name, with the same protocol and the same
// two ends. That it was
// allowed or blocked is news, though, if that was not said before. What is not Traffic
// is no repeat.
func (r *Repeats) Again(ev *Event) bool {
	if ev.Kind != Traffic {
		return false
	}
	now := seen(ev.Time.UnixNano()>>tick<<bits.Len(verdictBits)) & timeBits
	host := r.host(ev)
	place, key := halves(r.attempt(host, ev))
	set := &r.attempts[place%uint64(len(r.attempts))]
	this := key | now | seen(ev.Verdict)
	if at := set.find(key); at < 0 {
		set.put(oldest, this)
	} else if known := set[at]; known.within(now, repeatsWithin) && (known&verdictBits != 0 || ev.Verdict == 0) {
		set.put(at, key|now|known&verdictBits)
		return true
	} else {
		set.put(at, this)
	}
	if ev.Dir != Out || !ev.Src.Addr.Is4() {
		return false
	}
	place, key = halves(host)
	set = &r.translated[place%uint64(len(r.translated))]
	at := set.find(key)
	switch {
	case ev.Src.Addr.IsPrivate() && at < 0:
		set.put(oldest, key|now)
	case ev.Src.Addr.IsPrivate():
		set.put(at, key|now)
	case at >= 0:
		known := set[at].within(now, translatedWithin)
		set.remove(at) // each attempt of a device excuses one of the router's
		return known
	}
	return false
}

// halves are what a hash says of the place of a set and of the key in it, which is never 0.
func halves(hash uint64) (place uint64, key seen) {
	return hash & (timeBits | verdictBits), seen(hash&keyBits | (keyBits & -keyBits))
}

// within reports whether an attempt came less than so many ticks ago.
func (s seen) within(now seen, long int32) bool {
	const unused = 32 - 24
	ticks := int32(now-s&timeBits) << unused >> (unused + 2)
	return ticks < long && -ticks < long
}

const oldest = len(set{}) - 1

// find is the place of an attempt, -1: it is not there.
func (s *set) find(key seen) int {
	for i := range s {
		if s[i]&keyBits == key {
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
	s[oldest] = 0
}

// host is a number for the router, the protocol, and the end to which an attempt went.
func (r *Repeats) host(ev *Event) uint64 {
	end := uint64(ev.Dst.Port)<<48 | uint64(ev.Proto)<<40 | uint64(ev.Dir)<<32
	router := r.number(ev.Router)
	if ev.RouterName != "" { // several may have one address, that of what passes their lines on
		router ^= maphash.String(r.names, ev.RouterName)
	}
	return r.mix(router, r.number(ev.Dst.Addr)^end)
}

// attempt is a hash of an attempt, whose host it is given.
func (r *Repeats) attempt(host uint64, ev *Event) uint64 {
	key := r.mix(host, r.number(ev.Src.Addr)^uint64(ev.Src.Port)<<32)
	if ev.Src.Name != "" || ev.Dst.Name != "" { // hardly ever
		key ^= maphash.Comparable(r.names, [2]string{ev.Src.Name, ev.Dst.Name})
	}
	return key
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
