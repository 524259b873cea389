// Package flow reads what routers report about finished and running connections: NetFlow
// version 5, NetFlow version 9 (RFC 3954) and IPFIX (RFC 7011). Everything that a sender
// can make grow has a bound, and what is left out for it is counted.
package flow

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"time"

	"linklog/capture"
)

// Record is one flow: packets that went one way between two ends, as an exporter counted
// them. It is a plain value.
type Record struct {
	// Received is when the datagram arrived. What came before its template was kept, and
	// is older than the datagram with the template.
	Received time.Time

	// Origin is the Decoder's Origin at the time of its datagram.
	Origin uint64

	// First and Last are when the first and the last packet passed; zero: not known. The
	// clock of the exporter does not matter, only how long ago it says they were: none is
	// after Received, nor more than Oldest before.
	First, Last time.Time

	// Src and Dst are the ends. IPv4 is never in its IPv6-mapped form. The ports are 0
	// where the protocol has none, as ICMP.
	Src, Dst netip.AddrPort

	// PostSrc and PostDst are the ends after translation (NAT); invalid: not told.
	PostSrc, PostDst netip.AddrPort

	// Bytes and Packets are what went from Src to Dst, on the level of IP.
	Bytes, Packets uint64

	// Reverse is what went from Dst to Src, where the exporter has both ways in one
	// record; which it has, Biflow tells.
	Reverse Reverse

	// Sampling is how many packets passed for each that was counted; 0: not told. Bytes
	// and Packets are as counted.
	Sampling uint32

	Domain        uint32 // the part of the exporter that counted: observation domain, source id, engine
	Input, Output uint32 // interfaces, by their SNMP index; 0: not told
	ICMP          uint16 // type<<8 | code
	Proto         capture.Protocol
	Flags         uint8 // of all TCP packets together
	Version       uint8 // 5, 9 or 10: IPFIX

	// Egress tells that it was counted where it left the exporter, not where it came in.
	Egress bool

	// Total tells that Bytes and Packets, and those of Reverse, are all since First, not
	// since the last report.
	Total bool

	// Biflow tells that the exporter has both ways in one record.
	Biflow bool

	Initiator  Initiator
	End        End
	Forwarding Forwarding
	Firewall   Firewall
}

// Reverse is the way back of a flow.
type Reverse struct {
	Bytes, Packets uint64
	First, Last    time.Time // zero: not known
	Flags          uint8
}

// Initiator says who began, as the exporter knows it (IPFIX element 239).
type Initiator uint8

// The values of element 239.
const (
	UnknownInitiator Initiator = iota
	SrcBegan
	DstBegan
	Perimeter // Src is outside
)

// End says why a flow was reported (element 136).
type End uint8

// The values of element 136.
const (
	UnknownEnd End = iota
	Idle           // no packet for some time
	Active         // it goes on, and is reported again
	Ended          // as by FIN
	Forced         // as when the exporter stops
	NoRoom         // the exporter could not keep it
)

// Forwarding is what was done with the packets (element 89): the upper two bits are the
// status, the others the reason.
type Forwarding uint8

// The states of Forwarding.
const (
	UnknownForwarding Forwarding = iota
	Forwarded
	Dropped
	Consumed // by the exporter itself
)

// Status is Forwarding without the reason.
func (f Forwarding) Status() Forwarding { return f >> 6 }

// Firewall is what a firewall did (element 233).
type Firewall uint8

// The values of element 233.
const (
	NoFirewall Firewall = iota
	Created
	Deleted
	Denied
	Alert
	Update
)

// Fault is something that is wrong in a datagram.
type Fault uint8

// The faults.
const (
	NotFlows    Fault = iota // neither NetFlow version 5 nor 9, nor IPFIX
	CutOff                   // it is shorter than it says
	BadLength                // a length that cannot be: of the message, a set, a field
	BadSet                   // a set that is neither of templates nor of data
	BadTemplate              // a template without fields, with too many, or for records without bytes
	Unreadable               // data of such a template
	BadTime                  // a flow whose times cannot be; it is told without them
	Faults                   // how many faults there are
)

// Report is what a datagram came to, beside its flows.
type Report struct {
	Version   uint8 // 5, 9, 10; 0: not a datagram of flows
	Flows     int   // given to the caller
	Others    int   // data records that are no flows: about the exporter, or without addresses
	Templates int   // new or different
	Withdrawn int   // templates
	Waiting   int   // sets of data that are kept until their template comes

	// GivenUp is how many sets of data are lost, whoever sent them: their template did not
	// come in time, or more waited than may.
	GivenUp int

	// MissingFlows and MissingPackets are how many never came, by the numbers in what came.
	// Which of them is told depends on what the exporter counts.
	MissingFlows, MissingPackets uint64

	Duplicate bool // it came before; its flows are not told again
	Late      bool // a later one came before it
	Restarted bool // the exporter counts anew: nobody knows whether something is missing

	Wrong [Faults]int // how often each Fault
}

const (
	// Oldest is how long ago the first packet of a flow may be.
	Oldest = 35 * 24 * time.Hour

	// clockTolerance is how far the exporter's clock may be from ours until it is
	// corrected: headers tell whole seconds, and a datagram takes its time.
	clockTolerance = 5 * time.Second

	// future is how long after the datagram a packet may be, which then is taken to be
	// of the same time: not all parts of an exporter have the same clock.
	future = time.Minute
)

// Decoder reads datagrams of any number of exporters. It remembers their templates; of too
// many, those that were used last. It must be used by one goroutine at a time, and not by
// the function that gets the records.
type Decoder struct {
	// Origin is a number for the datagram that is decoded next, which its flows have even if
	// they wait for their template. The caller sets it.
	Origin uint64

	sources map[key]*source
	last    *source // the one of the last datagram
	used    uint64  // counts datagrams: who was used last
	waiting int     // bytes that wait for their template, of all sources
	swept   time.Time
	hash    maphash.Seed

	// of the datagram at hand
	report  Report
	message message
	record  Record
	sample  sample
	fields  [maxFields]field // of the template that is read
}

// New returns a Decoder that knows no templates.
func New() *Decoder {
	return &Decoder{sources: make(map[key]*source), hash: maphash.MakeSeed()}
}

// message is what all records of a datagram share.
type message struct {
	received time.Time
	origin   uint64
	now      int64  // received, in nanoseconds since 1970
	export   int64  // when it was sent by the exporter's clock, in nanoseconds since 1970; not in NetFlow 5
	skew     int64  // what to add to times of that clock, in nanoseconds
	boot     int64  // when the exporter was started, by its own clock, in milliseconds; 0: not known
	uptime   uint32 // of the exporter, in milliseconds
	sampling uint32
	domain   uint32
	version  uint8
}

const (
	headerV5 = 24
	recordV5 = 48
	headerV9 = 20
	headerIX = 16 // of IPFIX
	header   = 4  // of a set
)

// Is reports whether a datagram begins as NetFlow or IPFIX does, so that no SNMP and no
// text is taken for it.
func Is(datagram []byte) bool {
	if len(datagram) < headerIX+header || datagram[0] != 0 {
		return false
	}
	set := headerIX
	switch datagram[1] {
	case 5:
		n := int(binary.BigEndian.Uint16(datagram[2:]))
		return n > 0 && len(datagram) >= headerV5+recordV5 && n <= maxV5
	case 9:
		if set = headerV9; len(datagram) < headerV9+header {
			return false
		}
	case 10:
		if int(binary.BigEndian.Uint16(datagram[2:])) < headerIX+header {
			return false
		}
	default:
		return false
	}
	id, n := binary.BigEndian.Uint16(datagram[set:]), int(binary.BigEndian.Uint16(datagram[set+2:]))
	return (id < 4 || id >= firstData) && n >= header && set+n <= len(datagram)
}

// Decode reads a datagram and calls f for each flow in it, and for those that waited for a
// template in it. The Record is good until f returns. now is when the datagram arrived.
func (d *Decoder) Decode(from netip.AddrPort, datagram []byte, now time.Time, f func(*Record)) Report {
	d.report = Report{}
	d.sweep(now)
	if len(datagram) < 2 {
		d.report.Wrong[NotFlows]++
		return d.report
	}
	d.message = message{received: now, origin: d.Origin, now: now.UnixNano()}
	switch binary.BigEndian.Uint16(datagram) {
	case 5:
		d.v5(from, datagram, f)
	case 9:
		d.v9(from, datagram, f)
	case 10:
		d.ipfix(from, datagram, f)
	default:
		d.report.Wrong[NotFlows]++
	}
	return d.report
}

// exported sets the time of the exporter's clock, in nanoseconds since 1970, at which it
// sent the message.
func (m *message) exported(at int64) {
	m.export = at
	if skew := m.now - at; skew > int64(clockTolerance) || skew < -int64(clockTolerance) {
		m.skew = skew
	}
}

// ago is the time of a packet, so many nanoseconds before the message.
func (m *message) ago(age int64) (t time.Time, ok bool) {
	if age < -int64(future) || age > int64(Oldest) {
		return time.Time{}, false
	}
	return time.Unix(0, m.now-max(age, 0)).UTC(), true
}

// since is the time of a packet that passed when the exporter was up so many milliseconds.
// The number begins at 0 again after 50 days.
func (m *message) since(uptime uint32) (t time.Time, ok bool) {
	return m.ago(int64(int32(m.uptime-uptime)) * int64(time.Millisecond))
}

// at is the time of a packet by the exporter's clock, in nanoseconds since 1970.
func (m *message) at(t int64) (time.Time, bool) { return m.ago(m.now - (t + m.skew)) }

// tell gives a record to the caller.
func (d *Decoder) tell(f func(*Record), timesFit bool) {
	r := &d.record
	if !timesFit || r.First.After(r.Last) && !r.Last.IsZero() || r.Reverse.First.After(r.Reverse.Last) && !r.Reverse.Last.IsZero() {
		r.First, r.Last, r.Reverse.First, r.Reverse.Last = time.Time{}, time.Time{}, time.Time{}, time.Time{}
		d.report.Wrong[BadTime]++
	}
	if r.Proto == capture.ICMP || r.Proto == capture.ICMPv6 {
		if r.ICMP == 0 { // NetFlow 5 and many of 9 have it in place of the port
			r.ICMP = r.Dst.Port()
		}
		r.Src, r.Dst = netip.AddrPortFrom(r.Src.Addr(), 0), netip.AddrPortFrom(r.Dst.Addr(), 0)
	}
	d.report.Flows++
	f(r)
}
