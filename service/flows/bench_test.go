package flows

import (
	"net/netip"
	"testing"
	"time"

	"linklog/capture/send"
	"linklog/service/spool"
)

// BenchmarkMaker makes attempts of flows in the spool, and puts them there: a step is a datagram
// of IPFIX with both ways of one connection. What the spool takes for the datagrams is not in it.
func BenchmarkMaker(b *testing.B) {
	dir := b.TempDir()
	x := newBench(b, dir, start, 1, 0)
	e, _ := send.NewExporter("ipfix", 1)
	records := make([]spool.Record, 256)
	var buffers [256][]byte
	b.ReportAllocs()
	made := 0
	for done := 0; done < b.N; done += len(records) {
		b.StopTimer()
		x.now = x.now.Add(time.Millisecond)
		for i := range records {
			n := done + i
			c := send.Connection{
				Src: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 1, byte(10 + n%40)}), uint16(1024+n/40%60000)),
				Dst: netip.AddrPortFrom(netip.AddrFrom4([4]byte{203, 0, 113, byte(1 + n/40/60000 + n%7*30)}), 443),
			}
			buffers[i] = e.AppendConnections(buffers[i][:0], []send.Connection{c}, x.now)
			records[i] = spool.Record{Seq: x.read + uint64(n) + 1, Kind: spool.Datagram, Time: x.now, From: exporter, Data: buffers[i]}
		}
		b.StartTimer()
		for i := range records {
			x.maker.Take(&records[i])
		}
		x.maker.Due(x.now, records[len(records)-1].Seq+1)
		x.maker.Write()
		made += len(records)
	}
	b.StopTimer()
	if _, _, err := x.maker.Finish(); err != nil {
		b.Fatal(err)
	}
	if first := x.spool.First(); x.spool.Last()-first+1 != uint64(made) {
		b.Fatalf("%d attempts of %d", x.spool.Last()-first+1, made)
	}
}
