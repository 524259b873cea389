package history

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"linklog/bench/used"
	"linklog/capture"
)

// household makes events as a home has them: scanners from all over the world,
// devices that talk to a few thousand hosts, some of them all the time.
type household struct {
	r      *rand.Rand
	seq    uint64
	remote []netip.Addr
	often  *rand.Zipf
}

func newHousehold() *household {
	r := rand.New(rand.NewPCG(1, 2))
	h := &household{r: r}
	for i := range 50_000 {
		a := [4]byte{byte(1 + r.IntN(223)), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))}
		if i%20 == 0 {
			a[0] = 17
		}
		h.remote = append(h.remote, netip.AddrFrom4(a))
	}
	h.remote[len(h.remote)-1] = netip.MustParseAddr("198.51.100.77") // the rare one
	h.often = rand.NewZipf(r, 1.1, 10, uint64(len(h.remote)-2))
	return h
}

func (h *household) next() capture.Event {
	h.seq++
	e := capture.Event{
		Seq: h.seq, Time: start.Add(time.Duration(h.seq)*100*time.Millisecond + time.Duration(h.r.IntN(1e8))), Router: netip.MustParseAddr("192.168.1.1"),
		Kind: capture.Traffic, Proto: capture.TCP, Dir: capture.Out,
		Src: capture.Endpoint{Addr: netip.AddrFrom4([4]byte{192, 168, 1, byte(10 + h.r.IntN(20))}), Port: uint16(32768 + h.r.IntN(28000))},
		Dst: capture.Endpoint{Addr: h.remote[h.often.Uint64()], Port: []uint16{443, 443, 443, 443, 80, 53, 123, 5223}[h.r.IntN(8)]},
	}
	if e.Dst.Port == 53 || e.Dst.Port == 123 {
		e.Proto = capture.UDP
	}
	switch n := h.r.IntN(1000); {
	case n == 0:
		e = capture.Event{Seq: e.Seq, Time: e.Time, Router: e.Router, Kind: capture.System, Text: "login from 192.168.1." + strconv.Itoa(h.r.IntN(30))}
	case n < 400:
		e.Dir, e.Src.Addr, e.Dst.Addr = capture.In, h.remote[h.r.IntN(len(h.remote)-1)], netip.MustParseAddr("198.51.100.120")
		if e.Dst.Port = uint16(h.r.IntN(10_000)); h.r.IntN(2) == 0 {
			e.Dst.Port = []uint16{22, 23, 80, 3389, 8080}[h.r.IntN(5)]
		}
	case n < 420:
		e.Dst.Name = "edge" + strconv.Itoa(int(e.Dst.Addr.As4()[3])) + ".example.com"
	}
	if h.seq <= 5 {
		e = capture.Event{Seq: e.Seq, Time: e.Time, Router: e.Router, Kind: capture.Traffic, Dir: capture.In, Proto: capture.TCP,
			Src: capture.Endpoint{Addr: netip.MustParseAddr("203.0.113.77"), Port: 4444}, Dst: capture.Endpoint{Addr: netip.MustParseAddr("198.51.100.120"), Port: 22}}
	}
	if h.seq%1_000_003 == 500_000 {
		e.Kind, e.Text, e.Dir, e.Proto = capture.Traffic, "", capture.In, capture.TCP
		e.Src, e.Dst = capture.Endpoint{Addr: netip.MustParseAddr("198.51.100.77"), Port: 4444}, capture.Endpoint{Addr: netip.MustParseAddr("198.51.100.120"), Port: 6666}
	}
	return e
}

// events are the next n.
func (h *household) events(n int) []capture.Event {
	events := make([]capture.Event, n)
	for i := range events {
		events[i] = h.next()
	}
	return events
}

// benchRows is the size of the history for benchmarks: LINKLOG_HISTORY_ROWS, or
// as much as is quickly made.
func benchRows(b *testing.B) int {
	rows, err := strconv.Atoi(os.Getenv("LINKLOG_HISTORY_ROWS"))
	if err != nil {
		return 200_000
	}
	return rows
}

func BenchmarkAppend(b *testing.B) {
	for _, batch := range []int{1, 100, 1000} {
		b.Run(strconv.Itoa(batch), func(b *testing.B) {
			h := mustOpen(b, b.TempDir(), Options{})
			house := newHousehold()
			var took time.Duration
			for b.Loop() {
				b.StopTimer()
				events := house.events(batch)
				b.StartTimer()
				before := used.CPU()
				if err := h.Append(context.Background(), events); err != nil {
					b.Fatal(err)
				}
				took += used.CPU() - before
			}
			b.StopTimer()
			rows := float64(b.N * batch)
			b.ReportMetric(float64(took.Microseconds())/rows, "µs-cpu/row")
		})
	}
}

// BenchmarkForget removes what one of twenty devices did, and shortens all addresses. -benchtime=1x is enough.
func BenchmarkForget(b *testing.B) {
	device := netip.MustParseAddr("192.168.1.15")
	for name, do := range map[string]func(*History, []Range) error{
		"device": func(h *History, ranges []Range) error {
			_, err := h.Forget(context.Background(), 1, ranges)
			return err
		},
		"shorten": func(h *History, _ []Range) error {
			_, err := h.shorten(h.list()[0], func(a netip.Addr) bool { return !a.IsPrivate() }, false)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			rows := benchRows(b)
			var took time.Duration
			for range b.N {
				b.StopTimer()
				h := mustOpen(b, b.TempDir(), Options{})
				events := newHousehold().events(rows)
				mustAppend(b, h, events)
				settle(b, h)
				var ranges []Range
				for i := range events {
					if events[i].Src.Addr == device {
						ranges = append(ranges, Range{events[i].Seq, events[i].Seq})
					}
				}
				b.StartTimer()
				before := used.CPU()
				if err := do(h, ranges); err != nil {
					b.Fatal(err)
				}
				took += used.CPU() - before
			}
			b.ReportMetric(float64(took.Microseconds())/float64(rows*b.N), "µs-cpu/row")
		})
	}
}

// BenchmarkRubbish stores and reads events each of which has a text, or a host, of its
// own, as in a flood of what is not understood or comes from invented addresses.
// -benchtime=2000x tells what it costs when there are two million of them already.
func BenchmarkRubbish(b *testing.B) {
	random := rand.NewChaCha8([32]byte{})
	raw := make([]byte, 60)
	for _, rubbish := range []struct {
		name string
		make func() capture.Event
	}{
		{"texts", func() capture.Event {
			return capture.Event{Kind: capture.Rejected, Reason: capture.Malformed, Raw: string(raw)}
		}},
		{"hosts", func() capture.Event {
			return capture.Event{Kind: capture.Traffic, Src: capture.Endpoint{Addr: netip.AddrFrom4([4]byte(raw))}}
		}},
	} {
		for _, batch := range []int{1000, 8192} {
			b.Run(fmt.Sprint(rubbish.name, "/", batch), func(b *testing.B) {
				h := mustOpen(b, b.TempDir(), Options{})
				events := make([]capture.Event, batch)
				seq, appending, reading := uint64(0), time.Duration(0), time.Duration(0)
				for b.Loop() {
					b.StopTimer()
					for i := range events {
						seq++
						random.Read(raw)
						events[i] = rubbish.make()
						events[i].Seq, events[i].Time = seq, start
					}
					b.StartTimer()
					before := used.CPU()
					mustAppend(b, h, events)
					appending += used.CPU() - before
					before = used.CPU()
					n := 0
					err := h.Each(context.Background(), Query{After: seq - uint64(batch)}, func(*capture.Event) error {
						n++
						return nil
					})
					if err != nil || n != batch {
						b.Fatal(n, err)
					}
					reading += used.CPU() - before
				}
				rows := float64(b.N * batch)
				b.ReportMetric(float64(appending.Microseconds())/rows, "µs-cpu/row-stored")
				b.ReportMetric(float64(reading.Microseconds())/rows, "µs-cpu/row-read")
			})
		}
	}
}

// benchHistory opens a history of benchRows rows. It is made anew, or once in the folder
// LINKLOG_HISTORY_DIR: ten million take minutes.
func benchHistory(b *testing.B) *History {
	rows, dir := benchRows(b), os.Getenv("LINKLOG_HISTORY_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	h, err := Open(dir, Options{})
	if err != nil {
		b.Fatal(err)
	}
	if h.LastSeq() == 0 {
		house := newHousehold()
		took := time.Duration(0)
		for n := 0; n < rows; n += 1000 {
			events := house.events(1000)
			before := used.CPU()
			mustAppend(b, h, events)
			took += used.CPU() - before
		}
		settle(b, h)
		for _, a := range house.remote[:20_000] {
			if err := h.SetName(a, "host-"+strconv.Itoa(int(a.As4()[2]))+".dns.example", start); err != nil {
				b.Fatal(err)
			}
		}
		bytes := int64(0)
		for _, s := range h.Segments() {
			bytes += s.Bytes
		}
		b.Logf("%d rows: appended and indexed with %.2f µs of CPU a row, %.1f bytes a row", rows, float64(took.Microseconds())/float64(rows), float64(bytes)/float64(rows))
	}
	if err := h.Close(); err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	began := time.Now()
	if h, err = Open(dir, Options{}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { h.Close() })
	b.Logf("opened in %v; resident after that %d MiB", time.Since(began), used.Memory()>>20)
	return h
}

// The goals, at five million rows: 50 ms for an indexed field, 1 s for any other.
func BenchmarkQuery(b *testing.B) {
	h := benchHistory(b)
	run := func(name string, f func(b *testing.B)) {
		b.Run(name, func(b *testing.B) {
			before := used.CPU()
			f(b)
			b.ReportMetric(float64((used.CPU()-before).Microseconds())/1000/float64(b.N), "ms-cpu/op") // a busy machine changes it little
			b.ReportMetric(float64(used.Memory()>>20), "MiB-resident")
		})
	}
	for _, q := range []struct{ name, filter string }{
		{"none", ""}, {"address, rare", "ip:198.51.100.77"}, {"address, frequent", "src:192.168.1.12"}, {"prefix", "ip:17.*"},
		{"port", "port:443"}, {"port, rare", "port:6666"}, {"device and prefix", "src:192.168.1.12 dst:17.5.*"},
		{"rare combination", "ip:17.* dport:3389 dir:in proto:udp"}, {"name from the router", "host:edge17.example.com"},
		{"name from DNS", "host:*-99.dns.example"}, {"direction", "dir:in"}, {"excluding", "!port:443,80,53,123,5223,22,23,3389,8080 !dir:in"},
		{"text", "text:192.168.1.7"}, {"owner", "owner:google"}, {"owner, rare", "owner:example-of-none"}, {"owner by number", "owner:AS714"}, {"country", "country:BR"}, {"no owner", "!owner:* dir:in"},
		{"text, nowhere", "text:nowhere"}, {"word", "edge77"}, {"words", "10.1 http !17."},
	} {
		run(q.name, func(b *testing.B) {
			m := mustFilter(b, q.filter)
			n := 0
			for b.Loop() {
				n = 0
				err := h.Each(context.Background(), Query{Filter: m, Limit: 500}, func(*capture.Event) error {
					n++
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n), "rows")
		})
	}
	run("count", func(b *testing.B) {
		m := mustFilter(b, "ip:17.*")
		n, err := int64(0), error(nil)
		for b.Loop() {
			if n, err = h.Count(context.Background(), Query{Filter: m}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(n), "rows")
	})
	for _, g := range []struct {
		name string
		g    Grouping
	}{
		{"group by hour and direction", Grouping{By: ByTime | ByDirection, Bucket: time.Hour}},
		{"group by remote", Grouping{By: ByRemote, Limit: 20}},
		{"group by port", Grouping{By: ByDestPort | ByProtocol, Limit: 20}},
	} {
		run(g.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := h.Group(context.Background(), Query{}, g.g); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("export", func(b *testing.B) {
		for b.Loop() {
			n := 0
			err := h.Each(context.Background(), Query{OldestFirst: true, Limit: 200_000}, func(*capture.Event) error {
				n++
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkFirst asks for a page of 500 events for the first time: nothing is kept of an
// earlier query. What is there seldom or not at all is looked for in every file.
func BenchmarkFirst(b *testing.B) {
	h := benchHistory(b)
	for _, q := range []struct{ name, filter string }{
		{"owner", "owner:google"}, {"owner, rare", "owner:AS714"}, {"owner, absent", "owner:=\"Trinity College Dublin\""}, {"owner, nowhere", "owner:example-of-none"},
		{"country", "country:BR"}, {"country, rare", "country:VA"}, {"country, nowhere", "country:XX"},
		{"list, nowhere", "list:nowhere"}, {"address, absent", "ip:198.51.100.200"}, {"name, absent", "host:*.nowhere.example"},
	} {
		b.Run(q.name, func(b *testing.B) {
			n, took := 0, int64(0)
			for b.Loop() {
				b.StopTimer()
				h.LooksChanged()
				m := mustFilter(b, q.filter)
				b.StartTimer()
				before := used.CPU()
				n = 0
				err := h.Each(context.Background(), Query{Filter: m, Limit: 500}, func(*capture.Event) error {
					n++
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
				took += (used.CPU() - before).Microseconds()
			}
			b.ReportMetric(float64(took)/1000/float64(b.N), "ms-cpu/op")
			b.ReportMetric(float64(n), "rows")
		})
	}
}
