package spool

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"net/netip"
	"time"
)

// Record is one entry of the spool.
type Record struct {
	// Seq numbers records in the order they were appended, from 1. Append gives
	// it and does not read this field.
	Seq uint64

	// Kind says what the record is.
	Kind Kind

	// Time is kept to the nanosecond, in UTC, between the years 1678 and 2262;
	// what is outside becomes the nearest end, and the zero Time stays zero. The
	// spool gives it no meaning: a clock may jump.
	Time time.Time

	// From is who sent it; the zero value: nobody. A zone is kept, up to 255
	// bytes.
	From netip.AddrPort

	// Truncated tells that Data is only the beginning of what was sent.
	Truncated bool

	// Data is at most MaxData bytes, possibly none.
	Data []byte
}

// MaxData is the largest Record.Data, in bytes: any UDP datagram fits.
const MaxData = math.MaxUint16

// Kind says what a record is. Values above Erased are free for the user of the
// spool, who may append records of their own; 0 is not valid.
type Kind uint8

const (
	Datagram Kind = iota + 1 // as it was received
	Gap                      // something was lost here; Data is the service's own
	Erased                   // what was here is not kept; Data is zeros
)

// The form of a record. All numbers are little-endian.
//
//	 0  4  the file's mark (header.go)
//	 4  4  CRC-32C of all that follows, begun with the file's sum
//	 8  8  Seq
//	16  8  time, nanoseconds since 1970 UTC; the smallest number: none
//	24  2  source port
//	26  2  n, length of the data
//	28  1  kind
//	29  1  flags: 1 truncated
//	30  1  a, length of the source address: 0, 4 or 16
//	31  1  z, length of the address's zone
//	32  a  source address
//	    z  zone
//	    n  data
//
// Each record has its own checksum, not each batch, so that damage costs the
// records it touches and no others; at these lengths it takes 20 ns.
const (
	recordHead = 32
	maxRecord  = recordHead + 16 + math.MaxUint8 + MaxData
)

const flagTruncated = 1

const noTime = math.MinInt64

// castagnoli is the polynomial that processors compute by themselves.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// size is what a record takes on disk, in bytes; 0 if it is not valid.
func (r *Record) size() int {
	zone := len(r.From.Addr().Zone())
	if r.Kind == 0 || len(r.Data) > MaxData || zone > math.MaxUint8 {
		return 0
	}
	return recordHead + r.From.Addr().BitLen()/8 + zone + len(r.Data)
}

// encode appends a valid record in the form above to b.
func (r *Record) encode(b []byte, k key, seq uint64) []byte {
	start := len(b)
	addr := r.From.Addr()
	b = binary.LittleEndian.AppendUint32(b, k.mark)
	b = append(b, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint64(b, seq)
	b = binary.LittleEndian.AppendUint64(b, uint64(nanoseconds(r.Time)))
	b = binary.LittleEndian.AppendUint16(b, r.From.Port())
	b = binary.LittleEndian.AppendUint16(b, uint16(len(r.Data)))
	var flags byte
	if r.Truncated {
		flags |= flagTruncated
	}
	zone := addr.Zone()
	b = append(b, byte(r.Kind), flags, byte(addr.BitLen()/8), byte(len(zone)))
	switch {
	case addr.Is4():
		a := addr.As4()
		b = append(b, a[:]...)
	case addr.Is6():
		a := addr.As16()
		b = append(b, a[:]...)
	}
	b = append(b, zone...)
	b = append(b, r.Data...)
	seal(b[start:], k)
	return b
}

// seal gives a record the checksum of what is in it.
func seal(b []byte, k key) {
	binary.LittleEndian.PutUint32(b[4:], crc32.Update(k.sum, castagnoli, b[8:]))
}

// erase makes a sound record, in its place and of the same size, one that is Erased.
func erase(b []byte, k key) {
	clear(b[dataAt(b):])
	b[28], b[29] = byte(Erased), 0
	seal(b, k)
}

// dataAt reads from the head of a record where its data begins.
func dataAt(head []byte) int { return recordHead + int(head[30]) + int(head[31]) }

// recordSize reads from the head of a record how long it is.
func recordSize(head []byte) int {
	return dataAt(head) + int(binary.LittleEndian.Uint16(head[26:]))
}

// sound reports whether b, of recordSize, is a record of the file with this key.
func sound(b []byte, k key) bool {
	return binary.LittleEndian.Uint32(b) == k.mark &&
		binary.LittleEndian.Uint32(b[4:]) == crc32.Update(k.sum, castagnoli, b[8:])
}

// recordSeq reads a record's Seq.
func recordSeq(b []byte) uint64 { return binary.LittleEndian.Uint64(b[8:]) }

// decode reads a sound record. r.Data is a part of b. zone is the last zone met,
// so that the next of the same name need not be allocated.
func (r *Record) decode(b []byte, zone *string) {
	data := dataAt(b)
	*r = Record{
		Seq:       recordSeq(b),
		Kind:      Kind(b[28]),
		Time:      timeOf(int64(binary.LittleEndian.Uint64(b[16:]))),
		Truncated: b[29]&flagTruncated != 0,
		Data:      b[data:len(b):len(b)],
	}
	addr, _ := netip.AddrFromSlice(b[recordHead:][:b[30]])
	if z := b[recordHead+int(b[30]) : data]; len(z) > 0 {
		if string(z) != *zone {
			*zone = string(z)
		}
		addr = addr.WithZone(*zone)
	}
	r.From = netip.AddrPortFrom(addr, binary.LittleEndian.Uint16(b[24:]))
}

func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return noTime
	}
	const second = int64(time.Second)
	switch s := t.Unix(); {
	case s >= math.MaxInt64/second:
		return math.MaxInt64
	case s <= math.MinInt64/second:
		return math.MinInt64 + 1
	}
	return t.UnixNano()
}

func timeOf(ns int64) time.Time {
	if ns == noTime {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}
