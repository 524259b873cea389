package router

import (
	"net/netip"
	"strings"

	"linklog/capture"
)

// entrances are the interfaces at which packets came in, with what their sources of IPv4
// say about which of them are of the home network: a packet filter that logs no hardware
// address does not tell whether a global address of IPv6 is one of the house. Whoever can
// send as a router can tell lies here, too; what is remembered is bounded.
type entrances struct {
	known []entrance // a house has a few, so that looking through them is quick
	next  int        // which one makes room once there are maxEntrances
}

type entrance struct {
	router netip.Addr
	name   string
	out    uint32 // packets of the house that were let through to the internet
	public uint32 // packets from the internet, also those that were blocked
}

const (
	maxEntrances    = 32
	maxEntranceName = 64 // bytes
	// A private source may be forged, and a telephone that comes home may send a last
	// packet with the address it had outside.
	leastOut     = 5
	outPerPublic = 100
)

// Enter takes in at which interface the packet came in of which Line made ev. It is called
// once for each, when the event's router is known.
func (r *Reader) Enter(ev *capture.Event) {
	r.fromHouse = false
	if r.in == "" || len(r.in) > maxEntranceName || ev.Kind != capture.Traffic {
		return
	}
	src := ev.Src.Addr
	switch {
	case src.Is6():
		if at := r.entrances.find(ev.Router, r.in); at != nil {
			r.fromHouse = ev.Verdict != capture.Blocked && src.IsGlobalUnicast() && !src.IsPrivate() && at.inner()
		}
	case !inside(src):
		r.entrances.at(ev.Router, r.in).public++
	case src.IsPrivate() && !inside(ev.Dst.Addr) && ev.Verdict != capture.Blocked:
		r.entrances.at(ev.Router, r.in).out++
	}
}

func (e *entrances) find(router netip.Addr, name string) *entrance {
	for i := range e.known {
		if at := &e.known[i]; at.name == name && at.router == router {
			return at
		}
	}
	return nil
}

// at is find, and makes an entrance that is not known yet.
func (e *entrances) at(router netip.Addr, name string) *entrance {
	at := e.find(router, name)
	if at != nil {
		return at
	}
	if len(e.known) < maxEntrances {
		e.known = append(e.known, entrance{})
		at = &e.known[len(e.known)-1]
	} else {
		at = &e.known[e.next]
		e.next = (e.next + 1) % maxEntrances
	}
	*at = entrance{router: router, name: strings.Clone(name)} // not a piece of a datagram
	return at
}

// inner reports whether an interface is one of the home network.
func (e *entrance) inner() bool { return uint64(e.out) >= leastOut+outPerPublic*uint64(e.public) }
