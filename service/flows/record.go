package flows

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"time"

	"linklog/capture"
	"linklog/capture/flow"
	"linklog/capture/router"
	"linklog/service/spool"
)

// Kind is that of records of the spool that keep an attempt, and More of those that keep what was
// reported of one later.
const (
	Kind = spool.Erased + 1
	More = spool.Erased + 2
)

// Later is what was reported of an attempt after it was stored.
type Later struct {
	Seq       uint64 // its own
	Of        uint64 // of the attempt
	Out, Back capture.Volume
}

// attempt is what such a record keeps.
type attempt struct {
	flow.Attempt

	// settled is below the Origin of all attempts that were not in the spool by then: what was made
	// of datagrams before it need not be made again.
	settled uint64
}

// The form of More: a version; then the Seq of the attempt and as of an attempt, as numbers. It has
// no address: what is known of the ends stands in one record only.
//
// The form of an attempt: a version, before 2 without Last; then numbers as varints, and the ends with the length of
// their address in front. The time of the record is when it was written, its sender the exporter.
const version = 2

const (
	guessed = 1 << iota
	incoming
	outgoing
)

// usualRecord is the most that the data of a record takes, but for very large numbers.
const usualRecord = 96

// record makes it one of the spool, with its data in b.
func (a *attempt) record(now time.Time, b []byte) spool.Record {
	if a.More {
		b = append(b, 1)
		b = binary.AppendVarint(b, nanoseconds(a.Received))
		for _, n := range [...]uint64{a.Of, a.Origin, a.settled, a.Out.Bytes, a.Out.Packets, a.Back.Bytes, a.Back.Packets} {
			b = binary.AppendUvarint(b, n)
		}
		return spool.Record{Kind: More, Time: now, From: netip.AddrPortFrom(a.Exporter, 0), Data: b}
	}
	flags := byte(0)
	if a.Guessed {
		flags |= guessed
	}
	switch a.Dir {
	case capture.In:
		flags |= incoming
	case capture.Out:
		flags |= outgoing
	}
	b = append(b, version, flags, byte(a.Verdict), byte(a.Proto))
	b = binary.AppendUvarint(b, a.Origin)
	b = binary.AppendUvarint(b, a.settled)
	b = binary.AppendVarint(b, nanoseconds(a.Received))
	b = binary.AppendVarint(b, nanoseconds(a.First))
	for _, end := range [...]netip.AddrPort{a.Src, a.Dst} {
		addr := end.Addr().AsSlice()
		b = append(append(b, byte(len(addr))), addr...)
		b = binary.AppendUvarint(b, uint64(end.Port()))
	}
	for _, n := range [...]uint64{uint64(a.ICMP), uint64(a.Sampling), a.Out.Bytes, a.Out.Packets, a.Back.Bytes, a.Back.Packets, a.Last} {
		b = binary.AppendUvarint(b, n)
	}
	return spool.Record{Kind: Kind, Time: now, From: netip.AddrPortFrom(a.Exporter, 0), Data: b}
}

// nanoseconds is a time as a number; 0: it is not known.
func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// read reads an attempt from its record.
func read(r *spool.Record) (a attempt, ok bool) {
	b := r.Data
	if r.Kind == More {
		return readMore(r)
	}
	if len(b) < 4 || b[0] != 1 && b[0] != version {
		return a, false
	}
	a.Exporter = r.From.Addr()
	a.Guessed = b[1]&guessed != 0
	switch b[1] & (incoming | outgoing) {
	case incoming:
		a.Dir = capture.In
	case outgoing:
		a.Dir = capture.Out
	}
	a.Verdict, a.Proto = capture.Verdict(b[2]), capture.Protocol(b[3])
	ok = true
	rest := b[4:]
	number := func() (n uint64) {
		n, size := binary.Uvarint(rest)
		if size <= 0 {
			ok = false
			return 0
		}
		rest = rest[size:]
		return n
	}
	at := func() (t time.Time) {
		n, size := binary.Varint(rest)
		if size <= 0 {
			ok = false
			return t
		}
		if rest = rest[size:]; n != 0 {
			t = time.Unix(0, n).UTC()
		}
		return t
	}
	end := func() netip.AddrPort {
		if len(rest) == 0 || len(rest) <= int(rest[0]) {
			ok = false
			return netip.AddrPort{}
		}
		addr, valid := netip.AddrFromSlice(rest[1:][:rest[0]])
		ok = ok && valid
		rest = rest[1+len(addr.AsSlice()):]
		return netip.AddrPortFrom(addr, uint16(number()))
	}
	a.Origin, a.settled = number(), number()
	a.Received, a.First = at(), at()
	a.Src, a.Dst = end(), end()
	a.ICMP, a.Sampling = uint16(number()), uint32(number())
	a.Out = capture.Volume{Bytes: number(), Packets: number()}
	a.Back = capture.Volume{Bytes: number(), Packets: number()}
	if b[0] > 1 {
		a.Last = number()
	}
	return a, ok
}

// readMore reads what was reported later.
func readMore(r *spool.Record) (a attempt, ok bool) {
	if len(r.Data) == 0 || r.Data[0] != 1 {
		return a, false
	}
	received, size := binary.Varint(r.Data[1:])
	if size <= 0 {
		return a, false
	}
	rest := r.Data[1+size:]
	a.Received, a.Exporter, a.More = time.Unix(0, received).UTC(), r.From.Addr(), true
	for _, n := range [...]*uint64{&a.Of, &a.Origin, &a.settled, &a.Out.Bytes, &a.Out.Packets, &a.Back.Bytes, &a.Back.Packets} {
		if *n, size = binary.Uvarint(rest); size <= 0 {
			return a, false
		}
		rest = rest[size:]
	}
	a.Last = a.Origin
	return a, 0 < a.Of && a.Of < r.Seq
}

// ReadLater reads what was reported of an attempt later, of a record of that kind. One that cannot be
// read is of none.
func ReadLater(r *spool.Record) (l Later, ok bool) {
	a, ok := readMore(r)
	return Later{r.Seq, a.Of, a.Out, a.Back}, ok
}

// Read reads an attempt from its record, as an event. One that cannot be read is Rejected: it was
// counted as an attempt, and must not disappear.
func Read(r *spool.Record, ev *capture.Event) {
	a, ok := read(r)
	if !ok {
		*ev = capture.Event{Seq: r.Seq, Time: r.Time, Router: r.From.Addr(), Kind: capture.Rejected, Reason: capture.DecoderFailed, Raw: string(r.Data[:min(len(r.Data), capture.MaxRaw)])}
		return
	}
	Event(&a.Attempt, ev)
	ev.Seq = r.Seq
}

// Event makes an attempt an event. Between two ends at home it goes out, and between two outside
// it comes in, as in the logs of routers.
func Event(a *flow.Attempt, ev *capture.Event) {
	*ev = capture.Event{
		Time: a.First, Router: a.Exporter, Kind: capture.Traffic, Dir: a.Dir, Proto: a.Proto, Verdict: a.Verdict, Text: text(a),
		Src: capture.Endpoint{Addr: a.Src.Addr(), Port: a.Src.Port(), Sent: a.Out}, Dst: capture.Endpoint{Addr: a.Dst.Addr(), Port: a.Dst.Port(), Sent: a.Back},
	}
	if a.First.IsZero() {
		ev.Time = a.Received
	}
	if ev.Dir == 0 {
		ev.Dir = router.Way(a.Src.Addr())
	}
}

// text says what an attempt of flows does not say as others do.
func text(a *flow.Attempt) string {
	s := "flow"
	if a.Guessed {
		s = "flow, who began is a guess"
	}
	if a.Sampling > 1 {
		s += ", 1 of " + strconv.FormatUint(uint64(a.Sampling), 10) + " packets counted"
	}
	return s
}
