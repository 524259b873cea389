package flow

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
	"github.com/netsampler/goflow2/v2/decoders/netflowlegacy"
)

const benchFlows = 24 // in a datagram: as many as usual ones have

// benchDatagrams are a datagram with templates, where the version has them, and one of
// flows, as routers send them.
func benchDatagrams(version int) (template, data []byte) {
	var records [][]byte
	for i := range benchFlows {
		src, dst := fmt.Sprintf("192.168.1.%d", i), fmt.Sprintf("198.51.100.%d", i)
		switch version {
		case 5:
			records = append(records, recordOf5(src, dst, 50000, 443, 6, 0x1b, 3, 1500, uptime0-5000, uptime0-1000))
		case 9: // softflowd's
			records = append(records, be(src, dst, uint32(uptime0-1000), uint32(uptime0-5000), uint32(1500), uint32(3), uint32(0), uint32(0), uint16(50000), uint16(443), uint8(6), uint8(0x1b), uint8(4), uint8(0), uint32(0)))
		case 10: // MikroTik's, but for its hardware addresses
			records = append(records, be(uint8(4), src, uint8(24), uint32(1), dst, uint8(24), uint32(2), "192.168.1.1", uint8(6), uint16(50000), uint16(443), uint8(0x1b), uint8(0), uint64(1500), uint64(3), milli(arrival0)-5000, milli(arrival0)-1000, src, dst, uint16(50000), uint16(443)))
		}
	}
	switch version {
	case 5:
		return nil, five(0, records...)
	case 9:
		return nine(0, setOf(0, templateOf(256, 15, pairs(8, 4, 12, 4, 21, 4, 22, 4, 1, 4, 2, 4, 10, 4, 14, 4, 7, 2, 11, 2, 4, 1, 6, 1, 60, 1, 5, 1, 32, 4)))), nine(0, setOf(256, records...))
	}
	return ix(0, setOf(2, templateOf(256, 21, pairs(60, 1, 8, 4, 9, 1, 10, 4, 12, 4, 13, 1, 14, 4, 15, 4, 4, 1, 7, 2, 11, 2, 6, 1, 5, 1, 1, 8, 2, 8, 152, 8, 153, 8, 225, 4, 226, 4, 227, 2, 228, 2)))), ix(0, setOf(256, records...))
}

// setNumber sets the number of a datagram, so that it is not one that came before.
func setNumber(version int, data []byte, n int) {
	at := map[int]int{5: 16, 9: 12, 10: 8}[version]
	binary.BigEndian.PutUint32(data[at:], uint32(n))
}

// step is by how much an exporter counts up with such a datagram.
func step(version int) int {
	if version == 9 {
		return 1
	}
	return benchFlows
}

func TestDecodeAllocatesNothing(t *testing.T) {
	for _, version := range []int{5, 9, 10} {
		template, data := benchDatagrams(version)
		d, flows, n := New(), 0, 0
		f := func(r *Record) { flows += int(r.Packets / 3) }
		if template != nil {
			d.Decode(exporter, template, arrival0, f)
		}
		var report Report
		if allocs := testing.AllocsPerRun(100, func() {
			setNumber(version, data, n)
			report = d.Decode(exporter, data, arrival0, f)
			n += step(version)
		}); allocs != 0 && !testing.Short() {
			t.Errorf("version %d: %v allocations a datagram", version, allocs)
		}
		if want := 101 * benchFlows; flows != want || report != (Report{Version: uint8(version), Flows: benchFlows}) {
			t.Errorf("version %d: %d flows, want %d; report %+v", version, flows, want, report)
		}
	}
}

// BenchmarkDecode decodes datagrams here and with goflow2, in turn, in one run: only the
// ratio counts. A step is a flow.
func BenchmarkDecode(b *testing.B) {
	for _, version := range []int{5, 9, 10} {
		template, data := benchDatagrams(version)
		b.Run(fmt.Sprintf("version=%d/by=linklog", version), func(b *testing.B) {
			d, flows, at := New(), 0, 0
			f := func(r *Record) { flows += int(r.Packets / 3) }
			if template != nil {
				d.Decode(exporter, template, arrival0, f)
			}
			b.ReportAllocs()
			for n := 0; n < b.N; n += benchFlows {
				setNumber(version, data, at)
				at += step(version)
				d.Decode(exporter, data, arrival0, f)
			}
			if flows < b.N {
				b.Fatal(flows)
			}
		})
		b.Run(fmt.Sprintf("version=%d/by=goflow2", version), func(b *testing.B) {
			templates, flows := netflow.CreateTemplateSystem(), 0
			decode := func(data []byte) {
				switch version {
				case 5:
					var p netflowlegacy.PacketNetFlowV5
					if err := netflowlegacy.DecodeMessageVersion(bytes.NewBuffer(data), &p); err != nil {
						b.Fatal(err)
					}
					flows += len(p.Records)
				default:
					var nine netflow.NFv9Packet
					var ix netflow.IPFIXPacket
					if err := netflow.DecodeMessageVersion(bytes.NewBuffer(data), templates, &nine, &ix); err != nil {
						b.Fatal(err)
					}
					for _, set := range append(nine.FlowSets, ix.FlowSets...) {
						if set, ok := set.(netflow.DataFlowSet); ok {
							flows += len(set.Records)
						}
					}
				}
			}
			if template != nil {
				decode(template)
			}
			b.ReportAllocs()
			for n := 0; n < b.N; n += benchFlows {
				decode(data)
			}
			if flows < b.N {
				b.Fatal(flows)
			}
		})
	}
}
