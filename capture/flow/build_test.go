package flow

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

// What datagrams are built of, by hand.

var (
	exporter = netip.MustParseAddrPort("192.168.1.1:40000")
	arrival0 = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
)

// be joins values in network byte order.
func be(values ...any) (b []byte) {
	for _, v := range values {
		switch v := v.(type) {
		case uint8:
			b = append(b, v)
		case uint16:
			b = binary.BigEndian.AppendUint16(b, v)
		case uint32:
			b = binary.BigEndian.AppendUint32(b, v)
		case uint64:
			b = binary.BigEndian.AppendUint64(b, v)
		case string:
			b = append(b, netip.MustParseAddr(v).AsSlice()...)
		case []byte:
			b = append(b, v...)
		default:
			panic(fmt.Sprintf("%T", v))
		}
	}
	return b
}

// pairs are the fields of a template: element and length.
func pairs(fields ...uint16) (b []byte) {
	for _, f := range fields {
		b = binary.BigEndian.AppendUint16(b, f)
	}
	return b
}

// enterprise is a field of an enterprise.
func enterprise(number uint32, element, length uint16) []byte {
	return be(element|0x8000, length, number)
}

func templateOf(id, n uint16, fields ...[]byte) []byte {
	b := be(id, n)
	for _, f := range fields {
		b = append(b, f...)
	}
	return b
}

func setOf(id uint16, content ...[]byte) []byte {
	b := be(id, uint16(0))
	for _, c := range content {
		b = append(b, c...)
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}

const uptime0 = 10_000_000 // milliseconds

func secondsOf(at time.Time) uint32 { return uint32(at.Unix()) }

// nine is a datagram of NetFlow 9, sent at arrival0.
func nine(sequence uint32, sets ...[]byte) []byte {
	b := be(uint16(9), uint16(1), uint32(uptime0), secondsOf(arrival0), sequence, uint32(7))
	for _, s := range sets {
		b = append(b, s...)
	}
	return b
}

// ix is one of IPFIX.
func ix(sequence uint32, sets ...[]byte) []byte {
	b := be(uint16(10), uint16(0), secondsOf(arrival0), sequence, uint32(7))
	for _, s := range sets {
		b = append(b, s...)
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}

// five is one of NetFlow 5.
func five(sequence uint32, records ...[]byte) []byte {
	b := be(uint16(5), uint16(len(records)), uint32(uptime0), secondsOf(arrival0), uint32(0), sequence, uint8(0), uint8(7), uint16(0))
	for _, r := range records {
		b = append(b, r...)
	}
	return b
}

func recordOf5(src, dst string, srcPort, dstPort uint16, proto, flags uint8, packets, bytes, first, last uint32) []byte {
	return be(src, dst, "0.0.0.0", uint16(1), uint16(2), packets, bytes, first, last, srcPort, dstPort, uint8(0), flags, proto, uint8(0), uint16(0), uint16(0), uint8(0), uint8(0), uint16(0))
}

func port(text string) netip.AddrPort { return netip.MustParseAddrPort(text) }

// ago is a time before arrival0.
func ago(d time.Duration) time.Time { return arrival0.Add(-d) }

// decodeAll decodes datagrams that came at arrival0, in order; report is that of the last.
func decodeAll(d *Decoder, datagrams ...[]byte) (records []Record, report Report) {
	for _, b := range datagrams {
		report = d.Decode(exporter, b, arrival0, func(r *Record) { records = append(records, *r) })
	}
	return records, report
}
