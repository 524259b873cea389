package spool

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"linklog/capture"
)

// usual is a batch as it comes from a router: 121 bytes a datagram.
func usual(n int) []capture.Datagram {
	batch := make([]capture.Datagram, n)
	for i := range batch {
		batch[i] = capture.Datagram{Data: make([]byte, 121), From: netip.MustParseAddrPort("192.168.1.1:162"), Time: time.Now().UTC()}
	}
	return batch
}

func perDatagram(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/datagram")
}

// BenchmarkAppend appends as the service does: with Sync every 100 ms, and
// everything released.
func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{64, 1} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, _ := mustOpen(b, b.TempDir(), Options{})
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			go s.SyncEvery(ctx, 100*time.Millisecond, func(err error) { b.Error(err) })
			batch := usual(n)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				first, err := s.AppendDatagrams(batch)
				if err != nil {
					b.Fatal(err)
				}
				if i%1000 == 0 {
					s.Release(first)
				}
			}
			b.StopTimer()
			perDatagram(b, n)
		})
	}
}

// filled makes a spool of n records, closed.
func filled(b *testing.B, n int, o Options) (dir string) {
	dir = b.TempDir()
	s, _ := mustOpen(b, dir, o)
	batch := usual(64)
	for i := 0; i < n; i += len(batch) {
		if _, err := s.AppendDatagrams(batch); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return dir
}

func BenchmarkRead(b *testing.B) {
	const n = 1_000_000
	s, _ := mustOpen(b, filled(b, n, Options{}), Options{})
	into := make([]Record, 256)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		r, err := s.Reader(1)
		if err != nil {
			b.Fatal(err)
		}
		for r.Seq() <= n {
			if _, err := r.Next(context.Background(), into); err != nil {
				b.Fatal(err)
			}
		}
		r.Close()
	}
	b.StopTimer()
	perDatagram(b, n)
}

// BenchmarkOpen1M opens a spool of a million records: in one file, which is read
// from end to end, and in files of the usual size, of which one is.
func BenchmarkOpen1M(b *testing.B) {
	for name, size := range map[string]int64{"one file": 1 << 30, "usual": 0} {
		b.Run(name, func(b *testing.B) {
			o := Options{FileBytes: size}
			dir := filled(b, 1_000_000, o)
			b.ResetTimer()
			for range b.N {
				s, report, err := Open(dir, o)
				if err != nil || !report.Sound() {
					b.Fatal(err, report)
				}
				b.StopTimer()
				crash(s)
				b.StartTimer()
			}
		})
	}
}
