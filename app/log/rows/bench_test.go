package rows

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"linklog/capture"
)

// household makes n events as a busy home has them: few devices, 20,000 hosts.
func household(n int) []capture.Event {
	r := rand.New(rand.NewPCG(1, 2))
	hosts := make([]capture.Endpoint, 20_000)
	for i := range hosts {
		hosts[i].Addr = netip.AddrFrom4([4]byte{byte(11 + r.IntN(200)), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())})
		if i%3 > 0 {
			hosts[i].Name = fmt.Sprintf("server-%d.%s", i, []string{"apple.com", "google.com", "example.net", "amazonaws.com"}[i%4])
		}
	}
	list := make([]capture.Event, n)
	at := time.Date(2024, 11, 23, 0, 0, 0, 0, time.UTC)
	for i := range list {
		ev := &list[i]
		*ev = capture.Event{Seq: uint64(i + 1), Time: at.Add(time.Duration(i) * 86 * time.Millisecond), Router: netip.AddrFrom4([4]byte{192, 168, 1, 1}), Kind: capture.Traffic}
		home := capture.Endpoint{Addr: netip.AddrFrom4([4]byte{192, 168, 1, byte(10 + r.IntN(20))}), Port: uint16(30000 + r.IntN(30000))}
		far := hosts[int(float64(len(hosts))*r.Float64()*r.Float64())]
		ev.Proto = []capture.Protocol{capture.TCP, capture.TCP, capture.UDP}[r.IntN(3)]
		far.Port = []uint16{443, 443, 443, 80, 53, 123, 22, 8883}[r.IntN(8)]
		ev.Dir, ev.Src, ev.Dst = capture.Out, home, far
		if r.IntN(20) == 0 {
			ev.Dir, ev.Src, ev.Dst = capture.In, far, home
		}
	}
	return list
}

var queries = []struct{ name, query string }{
	{"All", ""},
	{"Inbound", "dir:in"},
	{"Port", "port:443"},
	{"Host", "host:*.apple.com"},
	{"Word", "apple"},
	{"Mixed", "dst:17.* port:443 !host:*.google.com"},
	{"Five", "dir:out proto:tcp port:443 !host:*.google.com ip:192.168.1.12"},
}

// BenchmarkSelect filters a million events; Naive is the loop over plain events.
func BenchmarkSelect(b *testing.B) {
	events := household(1_000_000)
	s := New(0)
	s.Append(events)
	for _, q := range queries {
		m := compile(b, q.query)
		b.Run(q.name+"/rows", func(b *testing.B) {
			n := 0
			for b.Loop() {
				v, err := s.Select(context.Background(), m)
				if err != nil {
					b.Fatal(err)
				}
				n = v.Len()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(events)), "ns/event")
			b.ReportMetric(float64(n), "found")
		})
		b.Run(q.name+"/naive", func(b *testing.B) {
			n := 0
			for b.Loop() {
				n = 0
				for i := range events {
					if m.Match(&events[i]) {
						n++
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(events)), "ns/event")
			b.ReportMetric(float64(n), "found")
		})
	}
}

// BenchmarkUpdate appends 50 events to a full store and brings a view up to date.
func BenchmarkUpdate(b *testing.B) {
	events := household(1_000_000)
	s := New(0)
	s.Append(events)
	v, err := s.Select(context.Background(), compile(b, "dst:17.* port:443 !host:*.google.com"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	at := 0
	for b.Loop() {
		at = (at + 50) % 999_900
		s.Append(events[at : at+50])
		v.Update()
	}
}

// BenchmarkAppend takes a flood in.
func BenchmarkAppend(b *testing.B) {
	events := household(100_000)
	s := New(0)
	b.ReportAllocs()
	for b.Loop() {
		s.Append(events)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(events)), "ns/event")
}

// BenchmarkMemory tells what a million events take, beside plain ones.
func BenchmarkMemory(b *testing.B) {
	events := household(1_000_000)
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := New(0)
		s.Append(events)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(s.Len()), "B/event")
		runtime.KeepAlive(s)
	}
}
