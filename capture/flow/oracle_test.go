package flow

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
	"github.com/netsampler/goflow2/v2/decoders/netflowlegacy"
	"pgregory.net/rapid"
)

// goflow2 is the oracle for what is well-formed. It must never see a template without
// fields: data for it hangs it for ever.

// theirs decodes a datagram as goflow2 does, and takes of each record what can be compared.
func theirs(t interface{ Fatalf(string, ...any) }, templates netflow.NetFlowTemplateSystem, b []byte) (flows []plain) {
	switch binary.BigEndian.Uint16(b) {
	case 5:
		var p netflowlegacy.PacketNetFlowV5
		if err := netflowlegacy.DecodeMessageVersion(bytes.NewBuffer(b), &p); err != nil {
			t.Fatalf("goflow2: %v", err)
		}
		for _, r := range p.Records {
			flows = append(flows, plain{
				src: netip.AddrFrom4([4]byte(be(uint32(r.SrcAddr)))), dst: netip.AddrFrom4([4]byte(be(uint32(r.DstAddr)))), srcPort: r.SrcPort, dstPort: r.DstPort,
				proto: r.Proto, flags: r.TCPFlags, input: uint32(r.Input), output: uint32(r.Output), bytes: uint64(r.DOctets), packets: uint64(r.DPkts),
			})
		}
		return flows
	}
	var nine netflow.NFv9Packet
	var ix netflow.IPFIXPacket
	if err := netflow.DecodeMessageVersion(bytes.NewBuffer(b), templates, &nine, &ix); err != nil {
		t.Fatalf("goflow2: %v", err)
	}
	for _, set := range append(nine.FlowSets, ix.FlowSets...) {
		data, ok := set.(netflow.DataFlowSet)
		if !ok {
			continue
		}
		for _, record := range data.Records {
			var p plain
			for _, f := range record.Values {
				if value, ok := f.Value.([]byte); ok {
					p.set(f.PenProvided, f.Pen, f.Type, value)
				}
			}
			flows = append(flows, p)
		}
	}
	return flows
}

// plain are the fields of a flow that do not depend on a time.
type plain struct {
	src, dst                     netip.Addr
	srcPort, dstPort             uint16
	proto, flags                 uint8
	input, output                uint32
	bytes, packets               uint64
	reverseBytes, reversePackets uint64
	postSrc, postDst             netip.Addr
	postSrcPort, postDstPort     uint16
	egress                       bool
	forwarding                   uint8
	initiator                    uint8
}

func plainOf(r *Record) plain {
	return plain{
		src: r.Src.Addr(), dst: r.Dst.Addr(), srcPort: r.Src.Port(), dstPort: r.Dst.Port(), proto: uint8(r.Proto), flags: r.Flags, input: r.Input, output: r.Output,
		bytes: r.Bytes, packets: r.Packets, reverseBytes: r.Reverse.Bytes, reversePackets: r.Reverse.Packets,
		postSrc: r.PostSrc.Addr(), postDst: r.PostDst.Addr(), postSrcPort: r.PostSrc.Port(), postDstPort: r.PostDst.Port(),
		egress: r.Egress, forwarding: uint8(r.Forwarding), initiator: uint8(r.Initiator),
	}
}

// set is written anew, not with what it is to test.
func (p *plain) set(enterprise bool, number uint32, element uint16, value []byte) {
	n := uint64(0)
	for _, c := range value {
		n = n<<8 + uint64(c)
	}
	if enterprise {
		if number == 29305 && element == 1 {
			p.reverseBytes = n
		} else if number == 29305 && element == 2 {
			p.reversePackets = n
		}
		return
	}
	addr, _ := netip.AddrFromSlice(value)
	switch element {
	case 8, 27:
		p.src = addr
	case 12, 28:
		p.dst = addr
	case 225, 281:
		p.postSrc = addr
	case 226, 282:
		p.postDst = addr
	case 7:
		p.srcPort = uint16(n)
	case 11:
		p.dstPort = uint16(n)
	case 227:
		p.postSrcPort = uint16(n)
	case 228:
		p.postDstPort = uint16(n)
	case 4:
		p.proto = uint8(n)
	case 6:
		p.flags = uint8(n)
	case 10:
		p.input = uint32(n)
	case 14:
		p.output = uint32(n)
	case 1:
		p.bytes = n
	case 2:
		p.packets = n
	case 61:
		p.egress = n == 1
	case 89:
		p.forwarding = uint8(n)
	case 239:
		p.initiator = uint8(n)
	}
}

// drawn is a field of a template that is made up.
type drawn struct {
	enterprise uint32
	element    uint16
	lengths    []int // that it may have
}

// drawTemplate makes up a template that has both addresses, and other fields in any order.
func drawTemplate(t *rapid.T, ipfix bool) []drawn {
	ends := []drawn{{0, 8, []int{4}}, {0, 12, []int{4}}}
	if rapid.Bool().Draw(t, "IPv6") {
		ends = []drawn{{0, 27, []int{16}}, {0, 28, []int{16}}}
	}
	more := []drawn{{0, 7, []int{2}}, {0, 11, []int{2}}, {0, 4, []int{1}}, {0, 6, []int{1, 2}}, {0, 10, []int{2, 4}}, {0, 14, []int{1, 2, 4}}, {0, 1, []int{1, 2, 3, 4, 5, 8}}, {0, 2, []int{1, 4, 8}},
		{0, 225, []int{4}}, {0, 226, []int{4}}, {0, 227, []int{2}}, {0, 228, []int{2}}, {0, 61, []int{1}}, {0, 89, []int{1, 4}}, {0, 239, []int{1}}, {0, 5, []int{1}}, {0, 62, []int{16}}, {0, 96, []int{24, 1}}}
	if ipfix {
		more = append(more, drawn{29305, 1, []int{4, 8}}, drawn{29305, 2, []int{8}}, drawn{9, 8, []int{4}}, drawn{0, 94, []int{-1}}, drawn{35632, 7, []int{-1}})
	}
	chosen := append(ends, rapid.SliceOfNDistinct(rapid.SampledFrom(more), 0, len(more), func(d drawn) uint64 { return uint64(d.enterprise)<<16 | uint64(d.element) }).Draw(t, "fields")...)
	return rapid.Permutation(chosen).Draw(t, "order")
}

// TestOracle decodes made-up templates and records, and compares with goflow2.
func TestOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ipfix := rapid.Bool().Draw(t, "IPFIX")
		var message func(uint32, ...[]byte) []byte = nine
		templateSet := uint16(0)
		if ipfix {
			message, templateSet = ix, 2
		}
		d, templates := New(), netflow.CreateTemplateSystem()
		var got, want []plain
		decode := func(b []byte) {
			r := d.Decode(exporter, b, arrival0, func(r *Record) { got = append(got, plainOf(r)) })
			if r.Wrong != [Faults]int{} {
				t.Fatalf("% x: %+v", b, r)
			}
			want = append(want, theirs(t, templates, b)...)
		}
		for i := range rapid.IntRange(1, 3).Draw(t, "templates") {
			fields := drawTemplate(t, ipfix)
			id := uint16(256 + i)
			definition := be(id, uint16(len(fields)))
			lengths := make([]int, len(fields))
			for i, f := range fields {
				lengths[i] = rapid.SampledFrom(f.lengths).Draw(t, "length")
				element := f.element
				if f.enterprise != 0 {
					element |= 0x8000
				}
				definition = append(definition, be(element, uint16(lengths[i]))...) // -1 is variable
				if f.enterprise != 0 {
					definition = append(definition, be(f.enterprise)...)
				}
			}
			var data []byte
			for range rapid.IntRange(1, 4).Draw(t, "records") {
				for i, f := range fields {
					n := lengths[i]
					if n < 0 {
						if n = rapid.SampledFrom([]int{0, 1, 254, 255, 300}).Draw(t, "variable"); n < 255 {
							data = append(data, uint8(n))
						} else {
							data = append(data, be(uint8(255), uint16(n))...)
						}
					}
					value := rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "value")
					if len(value) > 0 && (f.element == 4 || n == 4 || n == 16) {
						value[0] = max(value[0], 100) // no ICMP, and no address that says there is none
					}
					data = append(data, value...)
				}
			}
			decode(message(uint32(i), setOf(templateSet, definition)))
			decode(message(uint32(i), setOf(id, data)))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
	})
}

func TestOracle5(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var records [][]byte
		for range rapid.IntRange(1, 30).Draw(t, "records") {
			r := rapid.SliceOfN(rapid.Byte(), recordV5, recordV5).Draw(t, "record")
			r[38] = max(r[38], 2) // no ICMP
			records = append(records, r)
		}
		b := five(1, records...)
		var got []plain
		New().Decode(exporter, b, arrival0, func(r *Record) {
			if r.Proto == 58 {
				r.Src, r.Dst = netip.AddrPortFrom(r.Src.Addr(), binary.BigEndian.Uint16(records[len(got)][32:])), netip.AddrPortFrom(r.Dst.Addr(), binary.BigEndian.Uint16(records[len(got)][34:]))
			}
			got = append(got, plainOf(r))
		})
		if want := theirs(t, nil, b); !slices.Equal(got, want) {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
	})
}
