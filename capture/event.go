// Package capture has the words all of LinkLog speaks: the Event that a router's
// message becomes (a connection attempt, a message about the router itself, or
// something that was not understood, kept with the reason), the Datagram it came
// in, and how text from the network is made harmless. It opens no sockets and
// knows no format: its subpackages receive, decode and send.
package capture

import (
	"math"
	"net/netip"
	"time"
)

// Event is what one datagram said, or those in which a connection was reported as flows (or, for a Gap, that some are missing). It is a plain value: two events are equal
// (==) when they say the same thing about the same datagram.
type Event struct {
	// Seq numbers events in the order of their arrival, from 1; it is never
	// used twice, also not after a restart. 0: not stored (yet).
	Seq uint64

	// Time is when the datagram reached this computer, by the kernel's clock
	// where it tells: UTC, without a monotonic reading. Routers' own clocks are
	// relative and wrong and are not kept.
	Time time.Time

	// Router is the address the datagram came from, an IPv4 address never in
	// its IPv6-mapped form. The agent address inside the trap is only data.
	Router netip.Addr

	// RouterName is what the router calls itself in the header of the line, cleaned; "": it does
	// not. Routers whose lines come through the same computer have one Router, and names of their
	// own. It is nobody's proof.
	RouterName string

	// Kind says which of the fields below are filled.
	Kind Kind

	// Reason says why the datagram is no message we know; for Other and
	// Rejected only.
	Reason Reason

	// Dir is the way of the attempt; for Traffic only.
	Dir Direction

	// Proto is the protocol of the attempt; for Traffic only. 0: the router
	// named none (its messages of the old form), which must not be read as TCP.
	Proto Protocol

	// Verdict is what the router did with the attempt; for Traffic only. 0: it does
	// not say, as with all traps.
	Verdict Verdict

	// New tells that this is the first event ever with its external host. The
	// service finds out; fresh from the network it is false.
	New bool

	// Import is the number of the import that the event came with, or Unnumbered; 0: it
	// was received. Of an import Seq is a number among what was imported.
	Import int32

	// Src and Dst are the two ends of the attempt. For WAN, Dst.Addr is the
	// address the router says it has on the outside.
	Src, Dst Endpoint

	// Text is the message as the router sent it, cleaned (see Clean); for
	// System, WAN and Other. For Traffic it is what the router added to the usual
	// message, nothing as a rule; for Gap it is our own word on what happened.
	Text string

	// Since is when a Gap began, UTC (Time is when it ended), and Lost how many
	// datagrams at least are missing; 0: nobody knows. For Gap only.
	Since time.Time
	Lost  uint64

	// Raw is the datagram, at most MaxRaw bytes of it; for Other and Rejected that are
	// stored (see Reason.CountOnly).
	Raw string
}

// Endpoint is one end of a connection attempt. At least one of Addr and Name
// is set in a Traffic event.
type Endpoint struct {
	// Addr is the address; invalid where the router sent a name only (its
	// messages of the old form). IPv4 is never in its IPv6-mapped form.
	Addr netip.Addr

	// Name is the host's name, cleaned (see Clean): the one the router sent or,
	// filled in later, one from reverse DNS or from the user. Often empty.
	Name string

	// Port is 0 to 65535.
	Port uint16

	// MAC is the hardware address of the device that has the address at the time; zero: a
	// host outside, or not known. The book finds out; it is not stored with the event.
	MAC MAC

	// Sent is how much the end sent to the other, as far as the router reported it (flows do).
	Sent Volume
}

// Volume is how much was sent, on the level of IP; 0: that is not known.
type Volume struct{ Bytes, Packets uint64 }

// Add adds a volume. What is too large for a number is the largest.
func (v *Volume) Add(o Volume) {
	v.Bytes += min(o.Bytes, math.MaxUint64-v.Bytes)
	v.Packets += min(o.Packets, math.MaxUint64-v.Packets)
}

// Volume is how much both ends of an attempt sent.
func (ev *Event) Volume() Volume {
	v := ev.Src.Sent
	v.Add(ev.Dst.Sent)
	return v
}

// UpDown is how much the end at home sent, and how much it got.
func (ev *Event) UpDown() (up, down Volume) {
	if ev.Dir == In {
		return ev.Dst.Sent, ev.Src.Sent
	}
	return ev.Src.Sent, ev.Dst.Sent
}

// Unnumbered is the Import of events that were imported before imports had numbers.
const Unnumbered = -1

// MaxSeq is the highest Seq that is believed, of a file that may be damaged: at a million
// events a second it is reached in 140,000 years, and behind it nothing overflows.
const MaxSeq = 1 << 62

// MaxRaw bounds Event.Raw, in bytes: a usual trap has 100 to 150.
const MaxRaw = 2048

// Kind says what a datagram turned out to be.
type Kind uint8

const (
	Traffic  Kind = iota + 1 // a connection attempt
	System                   // free text about the router itself
	WAN                      // the router tells its outer address
	Other                    // a message, but none of the above: see Reason
	Rejected                 // no message that can be decoded: see Reason
	Gap                      // no datagram: here some are missing, see Since and Lost
)

var kindNames = [...]string{Traffic: "traffic", System: "system", WAN: "wan", Other: "other", Rejected: "rejected", Gap: "gap"}

// String gives "traffic", "system", "wan", "other", "rejected", "gap", or "" for
// an unknown kind. These words are also the values in JSON and CSV.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return ""
}

// Direction is the way of a connection attempt, seen from the home network.
type Direction uint8

const (
	In  Direction = iota + 1 // from outside
	Out                      // from inside
)

// String gives "in", "out" or "".
func (d Direction) String() string {
	switch d {
	case In:
		return "in"
	case Out:
		return "out"
	}
	return ""
}

// Reason says why a datagram is Other or Rejected.
type Reason uint8

const (
	// Other: the message is sound, its content is none that we know.
	NoText      Reason = iota + 1 // there is no text in it
	UnknownText                   // a text, but no router message
	BadTraffic                    // begins as a traffic message, then breaks its form

	// Rejected: the datagram is no message that can be read.
	NotSNMP       // begins neither as an SNMP message nor as a line of a system log
	Malformed     // begins as one, then breaks the encoding (BER, X.690)
	WrongVersion  // SNMP, but neither v1 nor v2c
	WrongPDU      // SNMP, but neither a trap nor an INFORM
	TooLong       // longer than the receive buffer: its end is missing
	DecoderFailed // the decoder failed on it: a fault, worth a report

	// Other, of system logs. Reasons are stored by their number: new ones come last.
	CutOff     // a traffic message whose end is missing
	Unfamiliar // a traffic message of a form that is not known
	Repetition // "last message repeated 2 times": counted, not stored
	OwnLog     // about a log message of the router's to this computer: counted, not stored
	Sighted    // of the log of a DHCP or DNS server, see Sighting: counted, not stored
	FlowReport // NetFlow or IPFIX: counted, not stored; attempts are made of its flows
)

var reasonNames = [...]string{
	NoText: "trap without a text", UnknownText: "unknown text", BadTraffic: "malformed traffic message",
	NotSNMP: "not SNMP", Malformed: "malformed SNMP", WrongVersion: "unsupported SNMP version",
	WrongPDU: "SNMP, but not a trap", TooLong: "datagram too long", DecoderFailed: "decoder failure",
	CutOff: "traffic message cut off", Unfamiliar: "traffic message of an unknown form",
	Repetition: "repetition of the message before", OwnLog: "about a log message to this computer", Sighted: "names of devices and hosts",
	FlowReport: "reports of flows",
}

// Reasons is the number of reasons plus one: the size of an array of counters
// indexed by Reason.
const Reasons = int(FlowReport) + 1

// Rejects reports whether a reason is one of Rejected, not of Other.
func (r Reason) Rejects() bool { return r >= NotSNMP && r <= DecoderFailed }

// CountOnly reports whether what has this reason is counted and neither stored nor shown.
func (r Reason) CountOnly() bool { return r >= Repetition && r <= FlowReport }

// String gives the reason in a few words, "" for none: as data has it, also that of other
// programs, and so as ever.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return ""
}

// Plain gives the reason as a person reads it: what String says, which is older than syslog.
func (r Reason) Plain() string {
	if r == NotSNMP {
		return "neither SNMP nor syslog"
	}
	return r.String()
}

// ParseReason reads what String and Plain give.
func ParseReason(s string) (r Reason, ok bool) {
	for r = 1; int(r) < Reasons; r++ {
		if s == r.String() || s == r.Plain() {
			return r, true
		}
	}
	return 0, false
}
