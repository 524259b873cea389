package send

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/flow"
)

// TestExporters sends connections in each version, and reads the same again: nothing is
// wrong or missing, and each datagram is one connection with what went each way.
func TestExporters(t *testing.T) {
	from := netip.MustParseAddrPort("192.168.1.1:40000")
	network := netip.MustParsePrefix("192.168.1.0/24")
	for _, info := range Exporters() {
		t.Run(info.Name, func(t *testing.T) {
			e, ok := NewExporter(info.Name, 1)
			if !ok || e.Name() != info.Name {
				t.Fatal("not found")
			}
			m, same := NewMessages(1), NewMessages(1)
			d := flow.New()
			attempts := flow.NewAttempts(network.Contains, func(a netip.Addr) bool { return a == wan })
			var told []flow.Attempt
			tell := func(a *flow.Attempt) { told = append(told, *a) }
			var want []attempt
			for i := range 300 {
				at := written.Add(time.Duration(i) * 1500 * time.Millisecond)
				b := e.Append(nil, m, at)
				var records []flow.Record
				r := d.Decode(from, b, at, func(r *flow.Record) {
					records = append(records, *r)
					attempts.Add(from.Addr(), r, tell)
				})
				if r.Wrong != [flow.Faults]int{} || r.Waiting+r.Others != 0 || r.MissingFlows+r.MissingPackets != 0 || r.Restarted || r.Late || r.Duplicate || !flow.Is(b) {
					t.Fatalf("datagram %d: %+v", i, r)
				}
				a := same.attempt()
				if a.dir == capture.In {
					a.dst = wan
				}
				want = append(want, a)
				proto, _ := capture.ParseProtocol(a.proto)
				first := records[0]
				if first.Src != netip.AddrPortFrom(a.src, a.srcPort) || first.Dst != netip.AddrPortFrom(a.dst, a.dstPort) || first.Proto != proto || first.Packets == 0 || first.Bytes < 40*first.Packets || len(records) != map[capture.Direction]int{capture.In: 1, capture.Out: 2}[a.dir] {
					t.Fatalf("datagram %d: %+v, want %+v", i, records, a)
				}
				for _, r := range records {
					if late := at.Sub(r.Last); late < 0 || late > time.Second || !r.First.Before(r.Last) || r.Last.Sub(r.First) > time.Minute {
						t.Errorf("datagram %d, at %v: from %v to %v", i, at, r.First, r.Last)
					}
				}
			}
			attempts.Flush(tell)
			for _, a := range want {
				at := slices.IndexFunc(told, func(t flow.Attempt) bool {
					return !t.More && t.Dir == a.dir && t.Src == netip.AddrPortFrom(a.src, a.srcPort) && t.Dst == netip.AddrPortFrom(a.dst, a.dstPort)
				})
				if at < 0 || (told[at].Back.Bytes > 0) != (a.dir == capture.Out) {
					t.Errorf("%+v: not among the attempts", a)
				}
			}
		})
	}
}

// TestConnections sends datagrams of several connections: each is an attempt of its device, with what
// went each way.
func TestConnections(t *testing.T) {
	from := netip.MustParseAddrPort("192.168.1.1:40000")
	for _, info := range Exporters() {
		e, _ := NewExporter(info.Name, 1)
		d := flow.New()
		attempts := flow.NewAttempts(netip.MustParsePrefix("192.168.1.0/24").Contains, func(netip.Addr) bool { return false })
		var told []flow.Attempt
		tell := func(a *flow.Attempt) { told = append(told, *a) }
		var want []Connection
		for i := range 30 {
			at := written.Add(time.Duration(i) * time.Second)
			list := make([]Connection, 1+i%15)
			for n := range list {
				list[n] = Connection{netip.AddrPortFrom(netip.MustParseAddr("192.168.1.20"), uint16(10000+100*i+n)), netip.MustParseAddrPort("203.0.113.7:443")}
			}
			want = append(want, list...)
			r := d.Decode(from, e.AppendConnections(nil, list, at), at, func(r *flow.Record) { attempts.Add(from.Addr(), r, tell) })
			if r.Wrong != [flow.Faults]int{} || r.Flows != 2*len(list) || r.MissingFlows+r.MissingPackets != 0 || r.Late || r.Restarted {
				t.Errorf("%s, datagram %d: %+v", info.Name, i, r)
			}
		}
		attempts.Flush(tell)
		if len(told) != len(want) {
			t.Errorf("%s: %d attempts, want %d", info.Name, len(told), len(want))
		}
		for i, a := range told[:min(len(told), len(want))] {
			if a.More || a.Dir != capture.Out || (Connection{a.Src, a.Dst}) != want[i] || a.Out.Packets == 0 || a.Back.Packets == 0 {
				t.Errorf("%s: %+v, want %v", info.Name, a, want[i])
			}
		}
	}
}

// TestExportersSeed: the same seeds make the same flows.
func TestExportersSeed(t *testing.T) {
	for _, info := range Exporters() {
		var both [2][]byte
		for i := range both {
			e, _ := NewExporter(info.Name, 5)
			evening := NewDemo(5)
			for range 100 {
				both[i] = evening.AppendFlows(both[i], e, written)
			}
		}
		if !bytes.Equal(both[0], both[1]) || len(both[0]) < 100*40 {
			t.Errorf("%s: %d and %d bytes", info.Name, len(both[0]), len(both[1]))
		}
	}
}
