package flow

import (
	"encoding/binary"
	"net/netip"
	"time"

	"linklog/capture"
)

// maxV5 is how many records NetFlow 5 may have in a datagram: more than 30 were never
// seen, as they would not fit into an Ethernet frame.
const maxV5 = (1<<16 - headerV5) / recordV5

// v5 reads NetFlow version 5: a header, and records that are all alike.
func (d *Decoder) v5(from netip.AddrPort, b []byte, f func(*Record)) {
	d.report.Version = 5
	if len(b) < headerV5 {
		d.report.Wrong[CutOff]++
		return
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	m := &d.message
	m.version, m.uptime = 5, binary.BigEndian.Uint32(b[4:])
	m.domain = uint32(binary.BigEndian.Uint16(b[20:])) // type and number of the engine
	if interval := binary.BigEndian.Uint16(b[22:]) & 0x3fff; interval > 0 {
		m.sampling = uint32(interval)
	}
	s := d.source(from)
	c := s.session(from.Port(), d.used)
	if d.again(c, b) {
		return
	}
	records := b[headerV5:]
	if len(records) < n*recordV5 {
		d.report.Wrong[CutOff]++
	} else if len(records) > n*recordV5 {
		d.report.Wrong[BadLength]++
	}
	for i := 0; i < n && len(records) >= recordV5; i++ {
		d.recordV5(records[:recordV5:recordV5], f)
		records = records[recordV5:]
	}
	c.arrived(binary.BigEndian.Uint32(b[16:]), [ways]counted{{n: uint32(n)}, {n: uint32(n), after: true}, {n: 1}}, true, int32(m.uptime), time.Minute/time.Millisecond, &d.report)
	c.tell(m.now, &d.report, 2)
}

func (d *Decoder) recordV5(b []byte, f func(*Record)) {
	_ = b[recordV5-1]
	m, r := &d.message, &d.record
	*r = Record{
		Received: m.received, Origin: m.origin,
		Src:      netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[0:])), binary.BigEndian.Uint16(b[32:])),
		Dst:      netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:])), binary.BigEndian.Uint16(b[34:])),
		Input:    uint32(binary.BigEndian.Uint16(b[12:])),
		Output:   uint32(binary.BigEndian.Uint16(b[14:])),
		Packets:  uint64(binary.BigEndian.Uint32(b[16:])),
		Bytes:    uint64(binary.BigEndian.Uint32(b[20:])),
		Flags:    b[37],
		Proto:    capture.Protocol(b[38]),
		Sampling: m.sampling, Domain: m.domain, Version: 5,
	}
	var first, last bool
	r.First, first = m.since(binary.BigEndian.Uint32(b[24:]))
	r.Last, last = m.since(binary.BigEndian.Uint32(b[28:]))
	d.tell(f, first && last)
}
