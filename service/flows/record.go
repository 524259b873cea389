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

	// ends tells that it is More, but all of an attempt: that is part of an event of a log, and its ends
	// are known from its own record alone.
	ends bool
}

// The form of More: a version; then the Seq of the attempt and as of an attempt, as numbers. Version 1 has
// no address, as what is known of the ends stands in one record only; version 2 has them, with Last and the
// protocol behind all else.
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
		form := byte(1)
		if a.ends {
			form = 2
		}
		b = append(b, form)
		b = binary.AppendVarint(b, nanoseconds(a.Received))
		for _, n := range [...]uint64{a.Of, a.Origin, a.settled, a.Out.Bytes, a.Out.Packets, a.Back.Bytes, a.Back.Packets} {
			b = binary.AppendUvarint(b, n)
		}
		if a.ends {
			b = appendEnds(append(binary.AppendUvarint(b, a.Last), byte(a.Proto)), &a.Attempt)
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
	b = appendEnds(b, &a.Attempt)
	for _, n := range [...]uint64{uint64(a.ICMP), uint64(a.Sampling), a.Out.Bytes, a.Out.Packets, a.Back.Bytes, a.Back.Packets, a.Last} {
		b = binary.AppendUvarint(b, n)
	}
	return spool.Record{Kind: Kind, Time: now, From: netip.AddrPortFrom(a.Exporter, 0), Data: b}
}

func appendEnds(b []byte, a *flow.Attempt) []byte {
	for _, end := range [...]netip.AddrPort{a.Src, a.Dst} {
		addr := end.Addr().AsSlice()
		b = append(append(b, byte(len(addr))), addr...)
		b = binary.AppendUvarint(b, uint64(end.Port()))
	}
	return b
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
	p := parser{b[4:], true}
	a.Origin, a.settled = p.number(), p.number()
	a.Received, a.First = p.time(), p.time()
	a.Src, a.Dst = p.end(), p.end()
	a.ICMP, a.Sampling = uint16(p.number()), uint32(p.number())
	a.Out, a.Back = p.volume(), p.volume()
	if b[0] > 1 {
		a.Last = p.number()
	}
	return a, p.ok
}

// readMore reads what was reported later.
func readMore(r *spool.Record) (a attempt, ok bool) {
	if len(r.Data) == 0 || r.Data[0] != 1 && r.Data[0] != 2 {
		return a, false
	}
	p := parser{r.Data[1:], true}
	a.Exporter, a.More, a.ends = r.From.Addr(), true, r.Data[0] == 2
	a.Received = p.time()
	a.Of, a.Origin, a.settled = p.number(), p.number(), p.number()
	a.Out, a.Back = p.volume(), p.volume()
	if a.Last = a.Origin; a.ends {
		a.Last, a.Proto = p.number(), capture.Protocol(p.byte())
		a.Src, a.Dst = p.end(), p.end()
	}
	return a, p.ok && 0 < a.Of && a.Of < r.Seq
}

// parser reads what a record keeps.
type parser struct {
	rest []byte
	ok   bool
}

func (p *parser) byte() (b byte) {
	if len(p.rest) == 0 {
		p.ok = false
		return 0
	}
	b, p.rest = p.rest[0], p.rest[1:]
	return b
}

func (p *parser) number() uint64 {
	n, size := binary.Uvarint(p.rest)
	if size <= 0 {
		p.ok = false
		return 0
	}
	p.rest = p.rest[size:]
	return n
}

func (p *parser) time() (t time.Time) {
	n, size := binary.Varint(p.rest)
	if size <= 0 {
		p.ok = false
		return t
	}
	if p.rest = p.rest[size:]; n != 0 {
		t = time.Unix(0, n).UTC()
	}
	return t
}

func (p *parser) volume() capture.Volume {
	return capture.Volume{Bytes: p.number(), Packets: p.number()}
}

func (p *parser) end() netip.AddrPort {
	size := int(p.byte())
	if len(p.rest) < size {
		p.ok = false
		return netip.AddrPort{}
	}
	addr, valid := netip.AddrFromSlice(p.rest[:size])
	p.ok = p.ok && valid
	p.rest = p.rest[size:]
	return netip.AddrPortFrom(addr, uint16(p.number()))
}

// ReadLater reads what was reported of an attempt later, of a record of that kind. One that cannot be
// read, or says of nothing that it was sent, is of none.
func ReadLater(r *spool.Record) (l Later, ok bool) {
	a, ok := readMore(r)
	return Later{r.Seq, a.Of, a.Out, a.Back}, ok && (a.Out != capture.Volume{} || a.Back != capture.Volume{})
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
