package dns

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"linklog/capture"
	"linklog/capture/receive/porttest"
	"linklog/service/book/dns/dnstest"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// public returns the nth of many addresses nobody uses (2001:db8::/32).
func public(n int) netip.Addr { return addr(fmt.Sprintf("2001:db8::%x", n+1)) }

func newTest(t testing.TB, o Options) *Resolver {
	t.Helper()
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// wait waits for a name as long as a test may take.
func wait(t testing.TB, r *Resolver, a netip.Addr) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	name, known := r.Wait(ctx, a)
	if !known {
		t.Errorf("%v: still unknown after 30 s", a)
	}
	return name
}

// clock is a clock that stands still unless told.
type clock struct{ now atomic.Int64 }

func (c *clock) set(r *Resolver)         { r.now = func() time.Duration { return time.Duration(c.now.Load()) } }
func (c *clock) advance(d time.Duration) { c.now.Add(int64(d)) }

func TestLookup(t *testing.T) {
	long := strings.Repeat(strings.Repeat("a", 49)+".", 4) + strings.Repeat("b", 53) // 253 bytes
	for _, test := range []struct {
		name   string
		answer dnstest.Answer
		want   string
	}{
		{"a name", dnstest.Name("dns.example"), "dns.example"},
		{"last dot", dnstest.Name("dns.example."), "dns.example"},
		{"capital letters stay", dnstest.Name("Michaels-Phone.example"), "Michaels-Phone.example"},
		{"underscore", dnstest.Name("my_pc.example"), "my_pc.example"},
		{"international, as it is sent", dnstest.Name("xn--bcher-kva.example"), "xn--bcher-kva.example"},
		{"no such name", dnstest.NXDomain(), ""},
		{"no data", dnstest.Answer{}, ""},
		{"server failure", dnstest.ServFail(), ""},
		{"several: the shortest", dnstest.Answer{Names: []string{"www.long.example", "b.example", "long.example"}}, "b.example"},
		{"several, as long: by alphabet", dnstest.Answer{Names: []string{"c.example", "a.example", "b.example"}}, "a.example"},
		{"several, one hostile", dnstest.Answer{Names: []string{"a\x1b[2J", "good.example"}}, "good.example"},
		{"escape sequence", dnstest.Name("a\x1b[31mred.example"), ""},
		{"title of the terminal", dnstest.Name("\x1b]0;owned\x07.example"), ""},
		{"C1 control character", dnstest.Name("a\x9b31m.example"), ""},
		{"C1 in UTF-8", dnstest.Name("a\u009b31m.example"), ""},
		{"bidi override", dnstest.Name("a\u202egpj.example"), ""},
		{"letters that are not ASCII", dnstest.Name("bücher.example"), ""},
		{"line feed", dnstest.Name("a\nb.example"), ""},
		{"NUL", dnstest.Name("a\x00b.example"), ""},
		{"blank", dnstest.Name("a b.example"), ""},
		{"markup", dnstest.Name("<b>a</b>.example"), ""},
		{"template token", dnstest.Name("%S.example"), ""},
		{"formula", dnstest.Name("=cmd|a.example"), ""},
		{"an address", dnstest.Name("192.168.1.1"), ""},
		{"the root", dnstest.Name("."), ""},
		{"label of 63", dnstest.Name(strings.Repeat("a", 63) + ".example"), strings.Repeat("a", 63) + ".example"},
		{"the longest name", dnstest.Name(long), long},
		{"huge, by TCP", dnstest.Answer{Names: many(2000)}, "host-1000.example"},
		{"garbage", dnstest.Answer{Raw: bytes.Repeat([]byte{0xff}, 100)}, ""},
		{"garbage of the largest size", dnstest.Answer{Raw: bytes.Repeat([]byte{0xc0, 0x0c}, 32_000)}, ""},
		{"nothing behind the ID", dnstest.Answer{Raw: []byte{}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := dnstest.Start(t, func(netip.Addr) dnstest.Answer { return test.answer })
			o := Options{Server: s.Addr, Timeout: 20 * time.Second}
			if test.answer.Raw != nil {
				o.Timeout = 100 * time.Millisecond // it is ignored, as a forgery would be
			}
			r := newTest(t, o)
			a := addr("203.0.113.9")
			if name, known := r.Ask(a); known {
				t.Errorf("known before it was asked for: %q", name)
			}
			if got := wait(t, r, a); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if name, known := r.Ask(a); name != test.want || !known {
				t.Errorf("then Ask says %q, %v", name, known)
			}
			if capture.Clean(test.want) != test.want {
				t.Errorf("%q is not clean", test.want)
			}
		})
	}
}

func many(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("host-%d.example", 1000+i))
	}
	return names
}

func TestIPv6(t *testing.T) {
	s := dnstest.Start(t, dnstest.Names(map[string]string{"2001:db8::1:a5": "six.example", "198.51.100.53": "four.example"}))
	r := newTest(t, Options{Server: s.Addr})
	for text, want := range map[string]string{
		"2001:db8::1:a5": "six.example", "2001:db8::1:5a": "", "::ffff:198.51.100.53": "four.example", "2001:db8::1:a5%eth0": "six.example",
	} {
		if got := wait(t, r, addr(text)); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	if n := s.Queries(); n != 3 {
		t.Errorf("%d queries, want 3: a zone makes no other address", n)
	}
}

func TestNotAsked(t *testing.T) {
	s := dnstest.Start(t, dnstest.Names(nil))
	r := newTest(t, Options{Server: s.Addr})
	for _, a := range []netip.Addr{
		{}, addr("0.0.0.0"), addr("::"), addr("0.1.2.3"), addr("127.0.0.1"), addr("::1"), addr("224.0.0.251"), addr("ff02::fb"),
		addr("255.255.255.255"), addr("240.0.0.1"), addr("169.254.7.7"), addr("fe80::1%eth0"), addr("::ffff:127.0.0.1"),
	} {
		if name, known := r.Ask(a); name != "" || !known {
			t.Errorf("%v: %q, %v", a, name, known)
		}
		if name, known := r.Wait(context.Background(), a); name != "" || !known {
			t.Errorf("%v: Wait says %q, %v", a, name, known)
		}
	}
	for i, a := range []netip.Addr{addr("192.168.1.255"), addr("10.0.0.1"), addr("172.16.0.1"), addr("fd00::1")} {
		r.Ask(a)
		s.Await(i + 1)
	}
	if n := s.Queries(); n != 4 {
		t.Errorf("%d queries, want 4", n)
	}
}

// A hundred events with one address are one query, before the answer and after.
func TestDeduplicated(t *testing.T) {
	hold := make(chan struct{})
	s := dnstest.Start(t, func(netip.Addr) dnstest.Answer {
		return dnstest.Answer{Names: []string{"dns.example"}, Hold: hold}
	})
	r := newTest(t, Options{Server: s.Addr, Timeout: 30 * time.Second})
	a := addr("198.51.100.53")
	var waiters sync.WaitGroup
	for range 100 {
		if _, known := r.Ask(a); known {
			t.Fatal("known while the server holds the answer")
		}
		waiters.Go(func() {
			if got := wait(t, r, a); got != "dns.example" {
				t.Errorf("got %q", got)
			}
		})
	}
	s.Await(1)
	close(hold)
	waiters.Wait()
	for range 100 {
		if _, known := r.Ask(a); !known {
			t.Fatal("forgotten")
		}
	}
	if n := s.Queries(); n != 1 {
		t.Errorf("%d queries, want 1", n)
	}
	if st := r.Stats(); st.Lookups != 1 || st.Found != 1 || st.Hits < 100 || st.Remembered != 1 || st.Waiting != 0 {
		t.Errorf("%+v", st)
	}
}

// The address that is slow to answer does not hold up the others, and Done tells
// each name when it is there.
func TestSlow(t *testing.T) {
	slow, hold := public(0), make(chan struct{})
	s := dnstest.Start(t, func(a netip.Addr) dnstest.Answer {
		if a == slow {
			return dnstest.Answer{Names: []string{"slow.example"}, Hold: hold}
		}
		return dnstest.Name("quick.example")
	})
	type record struct {
		addr netip.Addr
		name string
	}
	ended := make(chan record, 10)
	r := newTest(t, Options{Server: s.Addr, Timeout: 30 * time.Second, Done: func(a netip.Addr, name string) { ended <- record{a, name} }})
	r.Ask(slow)
	s.Await(1)
	for i := 1; i < 5; i++ {
		r.Ask(public(i))
		if got := <-ended; got != (record{public(i), "quick.example"}) {
			t.Errorf("got %v", got)
		}
	}
	if _, known := r.Ask(slow); known {
		t.Error("the slow one is known too early")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, known := r.Wait(ctx, slow); known {
		t.Error("Wait does not end with its context")
	}
	close(hold)
	if got := <-ended; got != (record{slow, "slow.example"}) {
		t.Errorf("got %v", got)
	}
	if name, known := r.Ask(slow); name != "slow.example" || !known {
		t.Errorf("got %q, %v", name, known)
	}
}

func TestExpiry(t *testing.T) {
	named, nameless, failing := public(0), public(1), public(2)
	names := func(a netip.Addr) dnstest.Answer {
		switch a {
		case named:
			return dnstest.Name("dns.example")
		case nameless:
			return dnstest.NXDomain()
		}
		return dnstest.ServFail()
	}
	for _, test := range []struct {
		ttl, negative time.Duration
		addr          netip.Addr
		want          time.Duration
	}{
		{0, 0, named, DefaultTTL},
		{0, 0, nameless, DefaultNegativeTTL},
		{0, 0, failing, failureTTL},
		{time.Hour, time.Minute, named, time.Hour},
		{time.Hour, time.Minute, nameless, time.Minute},
		{Forever, Forever, failing, failureTTL},
		{Forever, Forever, named, Forever},
		{Forever, Forever, nameless, Forever},
	} {
		t.Run(fmt.Sprint(test.addr, test.want), func(t *testing.T) {
			t.Parallel()
			s := dnstest.Start(t, names)
			r := newTest(t, Options{Server: s.Addr, TTL: test.ttl, NegativeTTL: test.negative, Timeout: 20 * time.Second})
			var c clock
			c.advance(5 * time.Second)
			c.set(r)
			want := wait(t, r, test.addr)
			if test.want == Forever {
				c.advance(math.MaxInt64 / 2)
			} else {
				c.advance(test.want - 1)
			}
			if name, known := r.Ask(test.addr); !known || name != want {
				t.Errorf("forgotten too early: %q, %v", name, known)
			}
			if test.want == Forever {
				return
			}
			c.advance(1)
			before := s.Queries()
			if name, known := r.Ask(test.addr); known || name != "" {
				t.Errorf("still known: %q", name)
			}
			s.Await(before + 1)
			if got := wait(t, r, test.addr); got != want {
				t.Errorf("the second time %q", got)
			}
		})
	}
}

// A datagram lost on the way costs a second query, not the name.
func TestLostDatagram(t *testing.T) {
	var first atomic.Bool
	s := dnstest.Start(t, func(netip.Addr) dnstest.Answer {
		if first.CompareAndSwap(false, true) {
			return dnstest.Silence()
		}
		return dnstest.Name("dns.example")
	})
	r := newTest(t, Options{Server: s.Addr, Timeout: 4 * time.Second})
	if got := wait(t, r, public(1)); got != "dns.example" {
		t.Errorf("got %q", got)
	}
}

// With a server that never answers, Ask never waits, and memory and goroutines are
// bounded by the workers and the queue.
func TestDeadServer(t *testing.T) {
	s := dnstest.Start(t, func(netip.Addr) dnstest.Answer { return dnstest.Silence() })
	const queue, addresses = 1000, 10_000
	r := newTest(t, Options{Server: s.Addr, Timeout: time.Hour, Queue: queue})
	before := runtime.NumGoroutine()
	for range 3 {
		for i := range addresses {
			if _, known := r.Ask(public(i)); known {
				t.Fatalf("address %d is known", i)
			}
		}
		s.Await(DefaultWorkers) // all workers have begun, which may have left room in the queue
	}
	if name, known := r.Wait(context.Background(), public(addresses-1)); known { // and does not wait
		t.Errorf("refused, but known: %q", name)
	}
	// A look-up is its worker; for a time-out, and while it dials, a little more.
	if n := runtime.NumGoroutine() - before; n > 4*DefaultWorkers {
		t.Errorf("%d goroutines for %d workers", n, DefaultWorkers)
	}
	if st := r.Stats(); st.Running != DefaultWorkers || st.Waiting != queue || len(r.table) > queue+DefaultWorkers {
		t.Errorf("%+v, table of %d", st, len(r.table))
	}
}

// A dead server is asked no more than the workers can, the queue is given up after
// a while, and nothing that failed is asked again before its time.
func TestQueuePatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const addresses = 5000
		ended := make(map[netip.Addr]int)
		o := Options{Done: func(a netip.Addr, name string) { ended[a]++ }}
		if err := o.complete(); err != nil {
			t.Fatal(err)
		}
		r := newResolver(o, func(ctx context.Context, _ netip.Addr) ([]string, failure) {
			<-ctx.Done()
			return nil, noAnswer
		})
		for i := range addresses {
			r.Ask(public(i))
		}
		time.Sleep(queuePatience + 2*DefaultTimeout)
		synctest.Wait() // also orders what the workers wrote before what is read here
		const most = DefaultWorkers * uint64(queuePatience/DefaultTimeout+1)
		if st := r.Stats(); st.Running != 0 || st.Waiting != 0 || st.Lookups > most || st.Lookups != st.Failed || st.Lookups+st.GivenUp != addresses {
			t.Errorf("%+v", st)
		}
		if len(ended) != addresses {
			t.Errorf("Done was called for %d addresses", len(ended))
		}
		last := public(addresses - 1)
		if _, known := r.Ask(last); !known || ended[last] != 1 {
			t.Errorf("known: %v, ended %d times", known, ended[last])
		}
		r.Close()
	})
}

// A closed port is found out at once, and the address left alone for a while.
func TestNoServer(t *testing.T) {
	s := dnstest.Start(t, dnstest.Names(nil))
	s.Close()
	r := newTest(t, Options{Server: s.Addr, Timeout: 20 * time.Second})
	if got := wait(t, r, public(0)); got != "" {
		t.Errorf("got %q", got)
	}
	if st := r.Stats(); st.Failed != 1 {
		t.Errorf("%+v", st)
	}
}

func TestCacheBound(t *testing.T) {
	s := dnstest.Start(t, func(a netip.Addr) dnstest.Answer { return dnstest.Name("host.example") })
	r := newTest(t, Options{Server: s.Addr, Cache: 3, Timeout: 20 * time.Second})
	for i := range 3 {
		wait(t, r, public(i))
	}
	r.Ask(public(0)) // now 1 is the least recent
	wait(t, r, public(3))
	for i, want := range []bool{true, false, true, true} {
		r.mu.Lock()
		_, got := r.table[public(i)]
		r.mu.Unlock()
		if got != want {
			t.Errorf("address %d remembered: %v", i, got)
		}
	}
	for i := range 100 {
		wait(t, r, public(i))
	}
	if st := r.Stats(); st.Remembered != 3 || st.Evicted != st.Found-3 || len(r.table) != 3 {
		t.Errorf("%+v, table of %d", st, len(r.table))
	}
}

func TestClose(t *testing.T) {
	s := dnstest.Start(t, func(a netip.Addr) dnstest.Answer {
		if a == public(0) {
			return dnstest.Name("dns.example")
		}
		return dnstest.Silence()
	})
	r := newTest(t, Options{Server: s.Addr, Timeout: time.Hour, Workers: 4, Done: func(a netip.Addr, _ string) {
		if a != public(0) {
			t.Errorf("Done(%v) after Close", a)
		}
	}})
	wait(t, r, public(0))
	var waiters sync.WaitGroup
	for i := range 50 {
		r.Ask(public(i + 1))
		waiters.Go(func() {
			if name, known := r.Wait(context.Background(), public(i+1)); known {
				t.Errorf("%d is known: %q", i, name)
			}
		})
	}
	s.Await(5) // four workers are asking
	start := time.Now()
	r.Close()
	if d := time.Since(start); d > 4*time.Second { // left to itself, net.Resolver would take 5
		t.Errorf("Close took %v", d)
	}
	waiters.Wait()
	if st := r.Stats(); st.Running != 0 || st.Waiting != 0 {
		t.Errorf("%+v", st)
	}
	if name, known := r.Ask(public(0)); name != "dns.example" || !known {
		t.Errorf("what was known is forgotten: %q, %v", name, known)
	}
	if _, known := r.Ask(public(60)); known {
		t.Error("known after Close")
	}
	if _, known := r.Wait(context.Background(), public(60)); known {
		t.Error("known after Close")
	}
	r.Close()
}

// A call of the operating system may take no notice of a time-out. It keeps its
// worker, but nobody who waits, and not Close.
func TestHangingSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		o := Options{Workers: 2}
		if err := o.complete(); err != nil {
			t.Fatal(err)
		}
		r := newResolver(o, func(context.Context, netip.Addr) ([]string, failure) {
			<-hang
			return []string{"late.example"}, answered
		})
		start := time.Now()
		if got := wait(t, r, public(0)); got != "" || time.Since(start) != DefaultTimeout {
			t.Errorf("got %q after %v", got, time.Since(start))
		}
		wait(t, r, public(1))
		r.Ask(public(2))
		synctest.Wait()
		if st := r.Stats(); st.Running != 2 || st.Waiting != 1 || st.Lookups != 2 {
			t.Errorf("%+v", st)
		}
		start = time.Now()
		r.Close()
		if d := time.Since(start); d != DefaultTimeout {
			t.Errorf("Close took %v", d)
		}
		close(hang) // synctest finds goroutines that do not end
	})
}

// Workers end when there is nothing to do, and come back.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var o Options
		if err := o.complete(); err != nil {
			t.Fatal(err)
		}
		r := newResolver(o, func(context.Context, netip.Addr) ([]string, failure) {
			time.Sleep(time.Second)
			return []string{"host.example."}, answered
		})
		for round := range 3 {
			for i := range 100 {
				r.Ask(public(round*100 + i))
			}
			synctest.Wait()
			if st := r.Stats(); st.Running != DefaultWorkers || st.Waiting != 100-DefaultWorkers {
				t.Errorf("%+v", st)
			}
			time.Sleep(time.Minute)
			if st := r.Stats(); st.Running != 0 || st.Found != uint64(100*(round+1)) {
				t.Errorf("%+v", st)
			}
		}
		r.Close()
	})
}

// Look-ups that are asked for, answered, expired, evicted and waited for all at once:
// for the race detector, and no answer may go to another address.
func TestConcurrent(t *testing.T) {
	s := dnstest.Start(t, func(a netip.Addr) dnstest.Answer {
		return dnstest.Name(fmt.Sprintf("host-%d.example", a.As16()[15]))
	})
	var calls atomic.Int32
	r := newTest(t, Options{Server: s.Addr, Cache: 20, Queue: 50, TTL: time.Millisecond, Timeout: 20 * time.Second, Done: func(netip.Addr, string) {
		if calls.Add(1) != 1 {
			t.Error("Done is called twice at a time")
		}
		calls.Add(-1)
	}})
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			for i := range 300 {
				a := public((i*7 + g) % 100)
				want := fmt.Sprintf("host-%d.example", a.As16()[15])
				if name, known := r.Ask(a); known && name != want {
					t.Errorf("%v: Ask says %q", a, name)
				}
				if i%5 == 0 {
					if name, known := r.Wait(context.Background(), a); known && name != want {
						t.Errorf("%v: Wait says %q", a, name)
					}
				}
			}
		})
	}
	group.Wait()
	r.Close()
	if st := r.Stats(); st.Failed != 0 || st.Remembered > 20 || st.Running != 0 {
		t.Errorf("%+v", st)
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{
		{Server: "a:b:c"}, {Server: ":53"}, {Server: "host:"}, {Server: "host:0"}, {Server: "host:65536"}, {Server: "host:dns"},
		{Timeout: -1}, {TTL: -1}, {NegativeTTL: -1}, {Workers: -1}, {Cache: -1}, {Queue: -1},
	} {
		if _, err := New(o); err == nil || !strings.HasPrefix(err.Error(), "reverse DNS: ") {
			t.Errorf("%+v: %v", o, err)
		}
	}
	for server, want := range map[string]string{
		"192.168.1.1": "192.168.1.1:53", "192.168.1.1:5353": "192.168.1.1:5353", "2001:db8::1": "[2001:db8::1]:53", "[2001:db8::1]": "[2001:db8::1]:53",
		"[2001:db8::1]:5353": "[2001:db8::1]:5353", "router.example": "router.example:53", "router.example:5353": "router.example:5353",
	} {
		if got, err := serverAddress(server); got != want || err != nil {
			t.Errorf("%s: got %s, %v, want %s", server, got, err, want)
		}
	}
	r := newTest(t, Options{})
	if r.o.Timeout != DefaultTimeout || r.o.Cache != DefaultCache || r.o.Workers != DefaultWorkers {
		t.Errorf("%+v", r.o)
	}
}

func TestBestIsOrderless(t *testing.T) {
	names := []string{"b.example.", "a.example.", "A.example", "long.example", "x\x1b.e", "1.2.3.4"}
	want := best(names)
	for range 20 {
		slices.Reverse(names[1:])
		slices.Reverse(names)
		if got := best(names); got != want || got == "" {
			t.Errorf("%q: got %q, want %q", names, got, want)
		}
	}
}

func FuzzUsable(f *testing.F) {
	for _, seed := range []string{"dns.example.", "a\x1b[2J", "xn--bcher-kva.example", "1.2.3.4", "bücher.example", " a ", strings.Repeat("a", 254), "\u202e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, ok := usable(s)
		if !ok {
			return
		}
		if name == "" || len(name) > maxName || capture.Clean(name) != name || strings.ContainsFunc(name, func(c rune) bool { return c > 0x7f }) {
			t.Errorf("%q passed as %q", s, name)
		}
		if _, err := netip.ParseAddr(name); err == nil {
			t.Errorf("%q passed, which is an address", name)
		}
	})
}

func TestAskAllocatesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("allocations mean nothing under the race detector")
	}
	r, addrs := cached(t, 1000)
	i := 0
	if n := testing.AllocsPerRun(1000, func() { r.Ask(addrs[i%len(addrs)]); i++ }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAsk(b *testing.B) {
	r, addrs := cached(b, 4096)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, known := r.Ask(addrs[i&4095]); !known {
			b.Fatal("forgotten")
		}
		i++
	}
}

// BenchmarkLookup is a look-up over the loopback, many at a time.
func BenchmarkLookup(b *testing.B) {
	s := dnstest.Start(b, func(netip.Addr) dnstest.Answer { return dnstest.Name("host.example") })
	ended := make(chan struct{}, 1024)
	r := newTest(b, Options{Server: s.Addr, Timeout: 20 * time.Second, Done: func(netip.Addr, string) { ended <- struct{}{} }})
	i := 0
	for b.Loop() {
		r.Ask(public(i))
		if i++; i > DefaultWorkers {
			<-ended
		}
	}
}

// cached returns a Resolver that knows n addresses.
func cached(t testing.TB, n int) (*Resolver, []netip.Addr) {
	var o Options
	if err := o.complete(); err != nil {
		t.Fatal(err)
	}
	r := newResolver(o, func(context.Context, netip.Addr) ([]string, failure) { return []string{"host.example"}, answered })
	t.Cleanup(r.Close)
	addrs := make([]netip.Addr, n)
	for i := range addrs {
		addrs[i] = public(i)
		wait(t, r, addrs[i])
	}
	return r, addrs
}

// TestSystem asks the real DNS servers of this machine, so it only runs when told
// which address they know: LINKLOG_TEST_PTR=198.51.100.53.
func TestSystem(t *testing.T) {
	text := os.Getenv("LINKLOG_TEST_PTR")
	if text == "" {
		t.Skip("LINKLOG_TEST_PTR is not set")
	}
	if got := wait(t, newTest(t, Options{}), addr(text)); got == "" {
		t.Errorf("no name for %s", text)
	}
}

// A server that cannot be heard is told, once, and so is that it is back; one that
// answers "I failed" can be heard.
func TestTrouble(t *testing.T) {
	silent := atomic.Bool{}
	s := dnstest.Start(t, func(netip.Addr) dnstest.Answer {
		if silent.Load() {
			return dnstest.Silence()
		}
		return dnstest.ServFail()
	})
	var mu sync.Mutex
	var told []string
	tell := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, fmt.Sprint(err))
	}
	r := newTest(t, Options{Server: s.Addr, Timeout: 200 * time.Millisecond, Trouble: tell})
	n := 0
	ask := func(times int) {
		for range times {
			n++
			wait(t, r, public(n))
		}
	}
	is := func(want ...string) {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
		told = nil
	}
	ask(10)
	is()
	silent.Store(true)
	ask(10)
	is("DNS server " + s.Addr + ": does not answer")
	silent.Store(false)
	ask(2)
	is("<nil>")

	// None there, and none of that name.
	nobody := fmt.Sprint("127.0.0.1:", porttest.Free(t))
	r = newTest(t, Options{Server: nobody, Trouble: tell})
	ask(10)
	if runtime.GOOS == "linux" {
		is("DNS server " + nobody + ": connection refused")
	}
	none := strings.Repeat("a", 64) + ".example" // too long to be asked for
	r = newTest(t, Options{Server: none, Trouble: tell})
	ask(5)
	mu.Lock()
	defer mu.Unlock()
	if len(told) != 1 || told[0] != "DNS server "+none+":53: no such host" {
		t.Errorf("told %q", told)
	}
}
