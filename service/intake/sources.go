package intake

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"linklog/service/settings"
)

// sources decides whose datagrams are taken: those of configured routers and of
// computers in our own networks, each within a rate. It is asked by the receive loop
// for every datagram, and is bounded whatever addresses are forged.
type sources struct {
	routers []netip.Prefix
	onLink  bool
	rate    float64 // datagrams a second
	burst   float64

	mu         sync.Mutex
	links      []netip.Prefix
	looked     time.Time
	known      map[netip.Addr]*source
	quarantine map[netip.Addr]*Stranger
	refused    uint64 // by rate
	strangers  uint64 // datagrams of computers that are not taken
	interfaces func() ([]net.Addr, error)
}

// source is a computer whose datagrams are taken.
type source struct {
	tokens float64
	filled time.Time
	last   time.Time
	count  uint64
}

// Stranger is a computer that sends to us and is not taken: the answer to "why does
// nothing arrive?" when the router is in another network.
type Stranger struct {
	Addr  netip.Addr
	Count uint64
	Last  time.Time
}

const (
	maxSources   = 4096
	maxStrangers = 64

	// linksEvery is how often the networks of this computer are looked up, when a
	// stranger comes: a laptop changes them.
	linksEvery = 10 * time.Second
)

func newSources(s settings.Sources) *sources {
	r := &sources{
		onLink: s.OnLink, rate: float64(s.Rate), burst: float64(s.Burst),
		known: make(map[netip.Addr]*source), quarantine: make(map[netip.Addr]*Stranger),
		interfaces: net.InterfaceAddrs,
	}
	for _, p := range s.Routers {
		r.routers = append(r.routers, p.Prefix)
	}
	return r
}

// configure takes other settings; what is known of sources stays.
func (r *sources) configure(s settings.Sources) {
	next := newSources(s)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.routers, r.onLink, r.rate, r.burst = next.routers, next.onLink, next.rate, next.burst
	for a := range r.known { // who was let in may be out now
		if !r.ours(a, time.Now()) {
			delete(r.known, a)
		}
	}
}

// take reports whether a datagram of a source is taken.
func (r *sources) take(from netip.Addr, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.source(from, now)
	switch {
	case s == nil:
		r.stranger(from, now)
		return false
	case r.spend(s, 1, now) == 0:
		r.refused++
		return false
	}
	s.took(now)
	return true
}

// takeLine is take for a line that allow let through.
func (r *sources) takeLine(from netip.Addr, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.source(from, now)
	if s == nil {
		r.stranger(from, now)
		return false
	}
	s.took(now)
	return true
}

// longestWait bounds how long a client waits before it is looked again how much it may send:
// the settings change.
const longestWait = time.Second

// allow says how many of some lines a source may send by TCP now, within the rate of all
// that it sends; with none, how long it has to wait, which TCP lets it do. Those of
// strangers need not wait: they are not taken.
func (r *sources) allow(from netip.Addr, lines int, now time.Time) (n int, wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.source(from, now)
	if s == nil {
		return lines, 0
	}
	if n = r.spend(s, lines, now); n > 0 {
		return n, 0
	}
	missing := min(float64(lines), r.burst) - s.tokens
	return 0, min(longestWait, time.Duration(missing/r.rate*float64(time.Second)))
}

// source is the source with an address; nil: it is a stranger. mu is held.
func (r *sources) source(from netip.Addr, now time.Time) *source {
	s := r.known[from]
	if s == nil && r.ours(from, now) {
		if len(r.known) == maxSources {
			clear(r.known) // forged addresses: each real one is back at its next datagram
		}
		s = &source{tokens: r.burst, filled: now}
		r.known[from] = s
	}
	return s
}

// spend takes up to n from what a source may send now. mu is held.
func (r *sources) spend(s *source, n int, now time.Time) int {
	if s.tokens < float64(n) {
		if passed := now.Sub(s.filled).Seconds(); passed > 0 {
			s.tokens = min(r.burst, s.tokens+passed*r.rate)
		}
		s.filled = now
		n = min(n, int(s.tokens))
	}
	s.tokens -= float64(n)
	return n
}

// took counts what was taken of it.
func (s *source) took(now time.Time) {
	s.last = now
	s.count++
}

func (r *sources) ours(a netip.Addr, now time.Time) bool {
	for _, p := range r.routers {
		if p.Contains(a.WithZone("")) {
			return true
		}
	}
	if !r.onLink {
		return false
	}
	if a.IsLoopback() || a.IsLinkLocalUnicast() {
		return true
	}
	if within(r.links, a) {
		return true
	}
	if now.Sub(r.looked).Abs() < linksEvery {
		return false
	}
	r.looked = now
	addrs, err := r.interfaces()
	if err != nil {
		return false
	}
	r.links = r.links[:0]
	for _, addr := range addrs {
		if p, err := netip.ParsePrefix(addr.String()); err == nil {
			r.links = append(r.links, netip.PrefixFrom(p.Addr().Unmap(), p.Bits()).Masked())
		}
	}
	return within(r.links, a)
}

func within(networks []netip.Prefix, a netip.Addr) bool {
	for _, p := range networks {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func (r *sources) stranger(a netip.Addr, now time.Time) {
	r.strangers++
	q := r.quarantine[a]
	if q == nil {
		if len(r.quarantine) == maxStrangers {
			var oldest *Stranger
			for _, s := range r.quarantine {
				if oldest == nil || s.Last.Before(oldest.Last) {
					oldest = s
				}
			}
			delete(r.quarantine, oldest.Addr)
		}
		q = &Stranger{Addr: a}
		r.quarantine[a] = q
	}
	q.Count++
	q.Last = now
}

// onLinkNetworks are the networks this computer is in.
func (r *sources) onLinkNetworks(now time.Time) []netip.Prefix {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ours(netip.IPv4Unspecified(), now) // looks them up if that is due
	return append([]netip.Prefix(nil), r.links...)
}

// snapshot is who sent by now, and what was not taken of it.
func (r *sources) snapshot() (routers []Router, strangers []Stranger, refused, strange uint64) {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	for a, s := range r.known {
		s.last = notAfter(s.last, now)
		routers = append(routers, Router{Addr: a, Count: s.count, Last: s.last})
	}
	for _, s := range r.quarantine {
		s.Last = notAfter(s.Last, now)
		strangers = append(strangers, *s)
	}
	return routers, strangers, r.refused, r.strangers
}

// refusals counts what was refused for its rate.
func (r *sources) refusals() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.refused
}

// Router is a computer whose datagrams are taken.
type Router struct {
	Addr  netip.Addr `json:"ip"`
	Count uint64     `json:"count"` // since the service knows it
	Last  time.Time  `json:"last"`
	Said
}

// notAfter is a time of this process by the clock as it is now, if that was ahead then
// and was set right.
func notAfter(t, now time.Time) time.Time {
	if t.Round(0).After(now.Round(0)) {
		return now.Add(-now.Sub(t)) // by the time that passed
	}
	return t
}
