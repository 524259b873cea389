package flow

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"
)

// FuzzDecode decodes a series of datagrams. Each has its length in front, in two bytes, the
// upper three bits of which say who sends it and how much later.
func FuzzDecode(f *testing.F) {
	series := func(datagrams ...[]byte) (b []byte) {
		for i, d := range datagrams {
			b = binary.BigEndian.AppendUint16(b, uint16(len(d))&0x1fff|uint16(i%4)<<13)
			b = append(b, d...)
		}
		return b
	}
	f.Add(series(five(1, recordOf5("192.168.1.10", "198.51.100.80", 50000, 443, 6, 0x1b, 3, 1500, uptime0-5000, uptime0-1000))))
	f.Add(series(nine(1, setOf(256, usual9Record)), nine(2, setOf(0, usual9)), nine(5, setOf(256, usual9Record)), nine(4, setOf(256, usual9Record))))
	f.Add(series(ix(0, setOf(2, usualIX), setOf(256, usualIXRecord)), ix(1, setOf(2, be(uint16(256), uint16(0))))))
	f.Add(series(nine(0, setOf(0, be(uint16(256), uint16(0)))), nine(1, setOf(256, usual9Record))))
	f.Add(series(ix(0, setOf(2, templateOf(256, 4, pairs(8, 4, 371, variable, 12, 4), enterprise(reversed, 1, 4))), setOf(256, be("192.168.1.10"), []byte{3, 'a', 'b', 'c'}, be("198.51.100.80", uint32(7))))))
	f.Add(series(ix(0, setOf(3, be(uint16(257), uint16(3), uint16(1)), pairs(302, 8, 305, 4, 306, 4)), setOf(257, be(uint64(5), uint32(1), uint32(9))))))
	f.Add(series(nine(0, setOf(1, be(uint16(257), uint16(4), uint16(8)), pairs(1, 0, 34, 4, 35, 1)), setOf(257, be(uint32(64), uint8(1))))))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := New()
		now := arrival0
		waiting := 0 // sets, by the Reports
		for len(b) >= 2 {
			head := binary.BigEndian.Uint16(b)
			n := min(int(head&0x1fff), len(b)-2)
			datagram := b[2 : 2+n]
			b = b[2+n:]
			from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 1, byte(head >> 15)}), 1+head>>14&1)
			if head&0x2000 != 0 {
				now = now.Add(20 * time.Minute)
			}
			flows := 0
			r := d.Decode(from, datagram, now, func(r *Record) {
				flows++
				if r.Received.After(now) || now.Sub(r.Received) > waitsFor+sweepEvery {
					t.Errorf("received %v, now %v", r.Received, now)
				}
				for _, at := range []time.Time{r.First, r.Last, r.Reverse.First, r.Reverse.Last} {
					if !at.IsZero() && (at.After(r.Received) || r.Received.Sub(at) > Oldest) {
						t.Errorf("a packet at %v, received %v", at, r.Received)
					}
				}
				if !r.Last.IsZero() && r.First.After(r.Last) || !r.Src.Addr().IsValid() || !r.Dst.Addr().IsValid() || r.Src.Addr().Is4In6() || r.Dst.Addr().Is4In6() {
					t.Errorf("%+v", r)
				}
			})
			if r.Flows != flows {
				t.Errorf("%d flows, told are %d", flows, r.Flows)
			}
			if r.MissingFlows > maxGaps*maxMissing || r.MissingPackets > maxGaps*maxMissing || r.Flows > len(datagram) && waiting == 0 {
				t.Errorf("%+v", r)
			}
			waiting += r.Waiting - r.GivenUp
			bytes, sets := 0, 0
			for k, s := range d.sources {
				own := 0
				for _, w := range s.waiting {
					own += w.size()
				}
				if own != s.bytes || own > waitingBytes || len(s.templates) > maxTemplates || s.key != k {
					t.Errorf("%v: %d bytes of %d, %d templates", k, own, s.bytes, len(s.templates))
				}
				bytes += own
				sets += len(s.waiting)
			}
			if bytes != d.waiting || sets > waiting || len(d.sources) > maxSources {
				t.Errorf("%d bytes wait, counted are %d; %d sets, told are %d", bytes, d.waiting, sets, waiting)
			}
			waiting = sets
		}
	})
}
