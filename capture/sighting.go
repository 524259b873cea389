package capture

import (
	"net/netip"
	"time"
)

// Sighting is what a router's message says about who is who: whose an address is, or
// which name a device asked for. It is no event and is not kept as one. It is a plain
// value; everything in it is as hostile as the datagram it came in.
type Sighting struct {
	// Time is when the datagram arrived, Router the address it came from, both as in
	// Event.
	Time   time.Time
	Router netip.Addr

	// Kind says which of the fields below are filled. 0: the message belongs to the log
	// of a DHCP or DNS server and says nothing about who is who by itself.
	Kind SightingKind

	// MAC is the device's, of a Lease and a Neighbour; zero: not said.
	MAC MAC

	// Addr is the device's address or, of an Answer, the address that was answered.
	// Never in its IPv6-mapped form.
	Addr netip.Addr

	// Name is what the device calls itself (Lease), cleaned, "" if not said; or the name
	// that was asked for (Answer), and not an alias it led to: in lower case, with
	// letters, digits, "-", "_" and "." only. At most MaxName bytes.
	Name string

	// Client is the device that asked, of an Answer. Invalid: unknown, because the log
	// does not say, or because several had asked for the name at that moment.
	Client netip.Addr

	// Own: the Answer names only what Client does, and nothing of others.
	Own bool

	// For is how long a Lease is valid. 0: not said.
	For time.Duration
}

// SightingKind says what a Sighting tells.
type SightingKind uint8

const (
	Lease     SightingKind = iota + 1 // a DHCP server gave Addr to MAC
	Answer                            // a DNS server answered Client's question for Name with Addr
	Neighbour                         // a packet of Addr came from MAC
	Inside                            // a packet of Addr came from the home network
)

var sightingKinds = [...]string{Lease: "lease", Answer: "answer", Neighbour: "neighbour", Inside: "inside"}

// String gives "lease", "answer", "neighbour", "inside" or "".
func (k SightingKind) String() string {
	if int(k) < len(sightingKinds) {
		return sightingKinds[k]
	}
	return ""
}
