package flow

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linklog/capture"
)

var (
	homeNetwork = netip.MustParsePrefix("192.168.1.0/24")
	homeSix     = netip.MustParsePrefix("2001:db8::/64")
	routerAddr  = netip.MustParseAddr("203.0.113.5")
)

func newAttempts() *Attempts {
	return NewAttempts(func(a netip.Addr) bool { return homeNetwork.Contains(a) || homeSix.Contains(a) }, func(a netip.Addr) bool { return a == routerAddr })
}

// one is a flow of 10 packets and 1000 bytes from one end to another; it began so long before
// arrival0, and was reported a second later than it ended.
func one(src, dst string, began, lasted time.Duration, change ...func(*Record)) Record {
	r := Record{Received: ago(began - lasted - time.Second), First: ago(began), Last: ago(began - lasted), Src: port(src), Dst: port(dst), Proto: 6, Flags: 0x1b, Bytes: 1000, Packets: 10}
	for _, c := range change {
		c(&r)
	}
	return r
}

func udp(r *Record)  { r.Proto, r.Flags = 17, 0 }
func ping(r *Record) { r.Proto, r.Flags, r.ICMP = 1, 0, 8<<8 }
func volume(bytes, packets uint64) func(*Record) {
	return func(r *Record) { r.Bytes, r.Packets = bytes, packets }
}

func add(a *Attempts, records ...Record) (told []Attempt) {
	for i := range records {
		a.Add(exporter.Addr(), &records[i], func(t *Attempt) { told = append(told, *t) })
	}
	return told
}

func flush(a *Attempts) (told []Attempt) {
	a.Flush(func(t *Attempt) { told = append(told, *t) })
	return told
}

// short is an Attempt as text, so that tables can be read.
func short(t Attempt) string {
	s := fmt.Sprintf("%v %v > %v", t.Proto, t.Src, t.Dst)
	if t.Dir != 0 {
		s = t.Dir.String() + " " + s
	}
	if t.Out != (capture.Volume{}) {
		s += fmt.Sprintf(" %d/%d", t.Out.Bytes, t.Out.Packets)
	}
	if t.Back != (capture.Volume{}) {
		s += fmt.Sprintf(" back %d/%d", t.Back.Bytes, t.Back.Packets)
	}
	if t.Verdict != 0 {
		s += " " + t.Verdict.String()
	}
	if t.Sampling != 0 {
		s += fmt.Sprintf(" 1:%d", t.Sampling)
	}
	if t.Guessed {
		s += " guessed"
	}
	if t.More {
		s = "more: " + s
	}
	return s
}

func TestAttempts(t *testing.T) {
	const (
		laptop, web  = "192.168.1.10:50000", "198.51.100.80:443"
		laptop2      = "192.168.1.11:50000"
		laptop6      = "[2001:db8::10]:50000"
		web6         = "[2001:db8:1::80]:443"
		outer        = "203.0.113.5:61000" // the laptop, translated
		nas, scanner = "192.168.1.12:22", "198.51.100.250:40123"
		outerNAS     = "203.0.113.5:22"
	)
	s, ms := time.Second, time.Millisecond
	for _, test := range []struct {
		name   string
		flows  []Record
		want   []string
		counts Counts
	}{
		{"both halves are one", []Record{one(laptop, web, 10*s, s), one(web, laptop, 10*s-20*ms, s, volume(90000, 70))},
			[]string{"out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10 back 90000/70"}, Counts{2, 1, 1, 0}},
		{"the answer is reported first", []Record{one(web, laptop, 10*s-20*ms, s, volume(90000, 70)), one(laptop, web, 10*s, s)},
			[]string{"out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10 back 90000/70"}, Counts{2, 1, 1, 0}},
		{"from outside", []Record{one(nas, scanner, 10*s-20*ms, s), one(scanner, nas, 10*s, s)},
			[]string{"in TCP 198.51.100.250:40123 > 192.168.1.12:22 1000/10 back 1000/10"}, Counts{2, 1, 1, 0}},
		{"both began at once, as softflowd says it: the lower port serves", []Record{one(web, laptop, 10*s, s), one(laptop, web, 10*s, s)},
			[]string{"out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10 back 1000/10 guessed"}, Counts{2, 1, 1, 0}},
		{"only the answer", []Record{one(web, laptop, 10*s, s)},
			[]string{"out TCP 192.168.1.10:50000 > 198.51.100.80:443 back 1000/10 guessed"}, Counts{1, 1, 0, 0}},
		{"the same port on both sides: the device at home began", []Record{one("198.51.100.123:123", "192.168.1.10:123", 10*s, 0, udp)},
			[]string{"out UDP 192.168.1.10:123 > 198.51.100.123:123 back 1000/10 guessed"}, Counts{1, 1, 0, 0}},
		{"the earlier half says who began, not the port", []Record{one("198.51.100.9:443", "192.168.1.10:51820", 10*s, s, udp), one("192.168.1.10:51820", "198.51.100.9:443", 10*s-5*ms, s, udp)},
			[]string{"in UDP 198.51.100.9:443 > 192.168.1.10:51820 1000/10 back 1000/10"}, Counts{2, 1, 1, 0}},
		{"halves of what was there before say nothing by their beginning", []Record{one(laptop, web, 10*s-5*ms, s, func(r *Record) { r.Flags = 0x10 }), one(web, laptop, 10*s, s, func(r *Record) { r.Flags = 0x10 })},
			[]string{"out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10 back 1000/10 guessed"}, Counts{2, 1, 1, 0}},
		{"a SYN that nobody answered", []Record{one("198.51.100.250:99", "192.168.1.12:8080", 10*s, 0, volume(60, 1), func(r *Record) { r.Flags = tcpSYN })},
			[]string{"in TCP 198.51.100.250:99 > 192.168.1.12:8080 60/1"}, Counts{1, 1, 0, 0}},
		{"ping", []Record{one("198.51.100.80:0", "192.168.1.10:0", 10*s-ms, s, ping, func(r *Record) { r.ICMP = 0 }), one("192.168.1.10:0", "198.51.100.80:0", 10*s, s, ping)},
			[]string{"out ICMP 192.168.1.10:0 > 198.51.100.80:0 1000/10 back 1000/10"}, Counts{2, 1, 1, 0}},
		{"both ways in one record", []Record{one(laptop, web, 10*s, s, func(r *Record) { r.Biflow, r.Reverse = true, Reverse{Bytes: 7, Packets: 1} })},
			[]string{"out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10 back 7/1"}, Counts{1, 1, 0, 0}},
		{"both ways in one record, and the other began", []Record{one(web, laptop, 10*s, s, func(r *Record) { r.Biflow, r.Initiator, r.Reverse = true, DstBegan, Reverse{Bytes: 7, Packets: 1} })},
			[]string{"out TCP 192.168.1.10:50000 > 198.51.100.80:443 7/1 back 1000/10"}, Counts{1, 1, 0, 0}},
		{"a long flow, reported again", []Record{one(laptop, web, 1000*s, 60*s), one(web, laptop, 1000*s-ms, 60*s), one(laptop, web, 939*s, 60*s), one(web, laptop, 939*s, 60*s, volume(5, 1))},
			[]string{"out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10 back 1000/10", "more: out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10", "more: out TCP 192.168.1.10:50000 > 198.51.100.80:443 back 5/1"}, Counts{4, 1, 3, 0}},
		{"a long flow, reported with all since it began", []Record{
			one(laptop, web, 1000*s, 60*s, volume(1000, 10), total), one(web, laptop, 1000*s-ms, 60*s, volume(2000, 20), total),
			one(laptop, web, 1000*s, 600*s, volume(1500, 15), total), one(web, laptop, 1000*s-ms, 600*s, volume(9000, 90), total)},
			[]string{"out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10 back 2000/20", "more: out TCP 192.168.1.10:50000 > 198.51.100.80:443 500/5", "more: out TCP 192.168.1.10:50000 > 198.51.100.80:443 back 7000/70"}, Counts{4, 1, 3, 0}},
		{"the same ends within a minute are the same", []Record{one(laptop, web, 100*s, s), one(web, laptop, 100*s-ms, s), one(laptop, web, 40*s, s)},
			[]string{"out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10 back 1000/10", "more: out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10"}, Counts{3, 1, 2, 0}},
		{"and later they are another", []Record{one(laptop, web, 100*s, s), one(web, laptop, 100*s-ms, s), one(laptop, web, 30*s, s)},
			[]string{"out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10 back 1000/10", "out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10 guessed"}, Counts{3, 2, 1, 0}},
		{"the other half comes late", []Record{one(laptop, web, 100*s, s), one(laptop2, web, 50*s, s), one(web, laptop, 100*s-ms, s, func(r *Record) { r.Received = ago(40 * s) })},
			[]string{"out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10 guessed", "more: out TCP 192.168.1.10:50000 > 198.51.100.80:443 back 1000/10", "out TCP 192.168.1.11:50000 > 198.51.100.80:443 1000/10 guessed"}, Counts{3, 2, 1, 0}},
		{"no times", []Record{one(laptop, web, 10*s, s, noTimes), one(web, laptop, 10*s, s, noTimes)},
			[]string{"out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10 back 1000/10 guessed"}, Counts{2, 1, 1, 0}},
		{"seen at both interfaces", []Record{one(laptop6, web6, 10*s, s), one(laptop6, web6, 10*s, s, egressing), one(web6, laptop6, 10*s-ms, s), one(web6, laptop6, 10*s-ms, s, egressing)},
			[]string{"out TCP [2001:db8::10]:50000 > [2001:db8:1::80]:443 1000/10 back 1000/10"}, Counts{4, 1, 1, 2}},
		{"translated: the copy comes first", []Record{one(outer, web, 10*s, s), one(web, outer, 10*s-ms, s), one(laptop, web, 10*s, s), one(web, laptop, 10*s-ms, s)},
			[]string{"out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10 back 1000/10"}, Counts{4, 1, 1, 2}},
		{"translated: the copy comes last, and again", []Record{one(laptop, web, 100*s, s), one(web, laptop, 100*s-ms, s), one(outer, web, 100*s, s), one(web, outer, 100*s-ms, s), one(outer, web, 99*s, 50*s)},
			[]string{"out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10 back 1000/10"}, Counts{5, 1, 1, 3}},
		{"translated: to a device at home", []Record{one(scanner, outerNAS, 10*s, s), one(scanner, nas, 10*s, s), one(nas, scanner, 10*s-ms, s)},
			[]string{"in TCP 198.51.100.250:40123 > 192.168.1.12:22 1000/10 back 1000/10"}, Counts{3, 1, 1, 1}},
		{"of two at the router, one is a device's", []Record{one(laptop, web, 10*s, s), one(web, laptop, 10*s-ms, s), one(outer, web, 10*s, s), one("203.0.113.5:61001", web, 10*s, s)},
			[]string{"out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10 back 1000/10", "out TCP 203.0.113.5:61001 > 198.51.100.80:443 1000/10 guessed"}, Counts{4, 2, 1, 1}},
		{"the router's own, seconds later", []Record{one(laptop, web, 10*s, s), one(web, laptop, 10*s-ms, s), one(outer, web, 7*s, s)},
			[]string{"out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10 back 1000/10", "out TCP 203.0.113.5:61000 > 198.51.100.80:443 1000/10 guessed"}, Counts{3, 2, 1, 0}},
		{"only seen outside", []Record{one(outer, web, 10*s, s), one(web, outer, 10*s-ms, s)},
			[]string{"out TCP 203.0.113.5:61000 > 198.51.100.80:443 1000/10 back 1000/10"}, Counts{2, 1, 1, 0}},
		{"translation is told", []Record{
			one(laptop, web, 10*s, s, func(r *Record) { r.PostSrc, r.PostDst = port(outer), port(web) }),
			one(web, outer, 10*s-ms, s, func(r *Record) { r.PostSrc, r.PostDst = port(web), port(laptop) })},
			[]string{"out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10 back 1000/10"}, Counts{2, 1, 1, 0}},
		{"sampled", []Record{one(laptop, web, 10*s-ms, s, sampled), one(web, laptop, 10*s, s, sampled, volume(math.MaxUint64/2, 1))},
			[]string{fmt.Sprintf("out TCP 192.168.1.10:50000 > 198.51.100.80:443 100000/1000 back %d/100 1:100 guessed", uint64(math.MaxUint64))}, Counts{2, 1, 1, 0}},
		{"blocked on one way", []Record{one(laptop, web, 10*s, s, func(r *Record) { r.Forwarding = 0x40 }), one(web, laptop, 10*s-ms, s, func(r *Record) { r.Forwarding = 0x80 })},
			[]string{"out TCP 192.168.1.10:50000 > 198.51.100.80:443 1000/10 back 1000/10 blocked"}, Counts{2, 1, 1, 0}},
		{"denied by a firewall", []Record{one(scanner, nas, 10*s, 0, func(r *Record) { r.Firewall, r.Flags = Denied, tcpSYN })},
			[]string{"in TCP 198.51.100.250:40123 > 192.168.1.12:22 1000/10 blocked"}, Counts{1, 1, 0, 0}},
		{"both at home", []Record{one(laptop, nas, 10*s, s), one(nas, laptop, 10*s-ms, s)},
			[]string{"TCP 192.168.1.10:50000 > 192.168.1.12:22 1000/10 back 1000/10"}, Counts{2, 1, 1, 0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := newAttempts()
			var got []string
			for _, told := range append(add(a, test.flows...), flush(a)...) {
				got = append(got, short(told))
			}
			slices.Sort(got)
			slices.Sort(test.want)
			if !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			if a.Counts() != test.counts {
				t.Errorf("got %+v, want %+v", a.Counts(), test.counts)
			}
		})
	}
}

func total(r *Record)     { r.Total = true }
func noTimes(r *Record)   { r.First, r.Last = time.Time{}, time.Time{} }
func egressing(r *Record) { r.Egress = true }
func sampled(r *Record)   { r.Sampling = 100 }

// TestAttemptTimes: when it began is that of the earlier half, when it was received of the
// first report.
func TestAttemptTimes(t *testing.T) {
	a := newAttempts()
	answer := one("198.51.100.80:443", "192.168.1.10:50000", 10*time.Second-20*time.Millisecond, time.Second)
	told := add(a, answer, one("192.168.1.10:50000", "198.51.100.80:443", 10*time.Second, 2*time.Second))
	if len(told) != 1 || !told[0].First.Equal(ago(10*time.Second)) || !told[0].Received.Equal(answer.Received) {
		t.Errorf("%+v", told)
	}
}

// TestAttemptDue: what nothing follows is told when it waited long enough.
func TestAttemptDue(t *testing.T) {
	a := newAttempts()
	r := one("192.168.1.10:50000", "198.51.100.80:443", 10*time.Second, time.Second)
	if told := add(a, r); len(told) != 0 {
		t.Errorf("told at once: %+v", told)
	}
	told := 0
	count := func(*Attempt) { told++ }
	a.Due(r.Received.Add(holds-time.Millisecond), count)
	if told != 0 {
		t.Error("told early")
	}
	a.Due(r.Received.Add(holds), count)
	a.Due(r.Received.Add(2*holds), count)
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}

// TestAttemptsFlood: of more than can be held or remembered, none is lost and none is told
// as a continuation of what was never told.
func TestAttemptsFlood(t *testing.T) {
	a := newAttempts()
	const n = 50_000
	first, more := 0, 0
	count := func(t *Attempt) {
		if t.More {
			more++
		} else {
			first++
		}
	}
	for i := range n {
		r := one("192.168.1.10:50000", "198.51.100.80:443", 10*time.Second, time.Second)
		r.Src = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 1, byte(i >> 16)}), uint16(i))
		a.Add(exporter.Addr(), &r, count)
	}
	a.Flush(count)
	if want := (Counts{Records: n, Attempts: n}); first != n || more != 0 || a.Counts() != want {
		t.Errorf("%d told, %d more, %+v", first, more, a.Counts())
	}
}

func TestAttemptsAllocateNothing(t *testing.T) {
	a := newAttempts()
	there, back := one("192.168.1.10:50000", "198.51.100.80:443", 10*time.Second, time.Second), one("198.51.100.80:443", "192.168.1.10:50000", 10*time.Second, time.Second)
	told := 0
	count := func(*Attempt) { told++ }
	allocs := testing.AllocsPerRun(1000, func() {
		there.Src = netip.AddrPortFrom(there.Src.Addr(), there.Src.Port()+1)
		back.Dst = there.Src
		a.Add(exporter.Addr(), &there, count)
		a.Add(exporter.Addr(), &back, count)
	})
	if allocs != 0 && !testing.Short() || told != 1001 {
		t.Errorf("%v allocations, %d told", allocs, told)
	}
}

// TestAttemptsAccount: whatever comes in whatever order, each flow is in one count, what is
// told adds up to what came, and what is told as more was told before with the same ends.
func TestAttemptsAccount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := newAttempts()
		type ends struct {
			src, dst netip.AddrPort
			proto    capture.Protocol
		}
		told := make(map[ends]bool)
		var in, out uint64
		attempts := uint64(0)
		tell := func(at *Attempt) {
			out += at.Out.Bytes + at.Back.Bytes
			k := ends{at.Src, at.Dst, at.Proto}
			if at.More && !told[k] {
				t.Fatalf("more of what was not told: %v", short(*at))
			}
			if !at.More {
				attempts++
				delete(told, ends{at.Dst, at.Src, at.Proto})
			}
			told[k] = true
		}
		now := arrival0
		for range rapid.IntRange(1, 200).Draw(t, "flows") {
			now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 500, 4000, 70_000}).Draw(t, "later")) * time.Millisecond)
			local := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 1, byte(rapid.IntRange(1, 3).Draw(t, "device"))}), uint16(rapid.IntRange(50000, 50002).Draw(t, "port")))
			remote := netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(rapid.IntRange(1, 3).Draw(t, "host"))}), rapid.SampledFrom([]uint16{22, 443, 50001}).Draw(t, "service"))
			r := Record{Received: now, Src: local, Dst: remote, Proto: rapid.SampledFrom([]capture.Protocol{6, 17}).Draw(t, "protocol"), Flags: rapid.SampledFrom([]uint8{2, 0x10, 0x1b}).Draw(t, "flags"), Packets: 1, Bytes: uint64(rapid.IntRange(0, 1000).Draw(t, "bytes"))}
			if rapid.Bool().Draw(t, "back") {
				r.Src, r.Dst = r.Dst, r.Src
			}
			if rapid.Bool().Draw(t, "times") {
				r.Last = now.Add(-time.Duration(rapid.IntRange(0, 3000).Draw(t, "ended")) * time.Millisecond)
				r.First = r.Last.Add(-time.Duration(rapid.IntRange(0, 3000).Draw(t, "lasted")) * time.Millisecond)
			}
			if rapid.IntRange(0, 9).Draw(t, "both ways") == 0 {
				r.Biflow, r.Reverse = true, Reverse{Bytes: uint64(rapid.IntRange(0, 1000).Draw(t, "bytes back"))}
			}
			in += r.Bytes + r.Reverse.Bytes
			a.Add(exporter.Addr(), &r, tell)
		}
		a.Flush(tell)
		c := a.Counts()
		if in != out || c.Records != c.Attempts+c.Joined || c.Copies != 0 || attempts != c.Attempts {
			t.Fatalf("%d bytes came, %d were told; %+v, %d told", in, out, c, attempts)
		}
	})
}

func BenchmarkAttempts(b *testing.B) {
	a := newAttempts()
	there, back := one("192.168.1.10:50000", "198.51.100.80:443", 10*time.Second, time.Second), one("198.51.100.80:443", "192.168.1.10:50000", 10*time.Second, time.Second)
	told := 0
	count := func(*Attempt) { told++ }
	b.ReportAllocs()
	for i := 0; i < b.N; i += 2 {
		there.Src = netip.AddrPortFrom(there.Src.Addr(), uint16(i))
		back.Dst = there.Src
		a.Add(exporter.Addr(), &there, count)
		a.Add(exporter.Addr(), &back, count)
	}
	if told == 0 {
		b.Fatal("nothing was told")
	}
}
