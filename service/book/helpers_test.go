package book

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/format/services"

	"linklog/service/leaktest"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		child(path)
		return
	}
	os.Exit(leaktest.Main(m))
}

// clock is a clock that tests set.
type clock struct{ t time.Time }

func newClock() *clock { return &clock{time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time          { return c.t }
func (c *clock) advance(d time.Duration) { c.t = c.t.Add(d) }

// bench is a Store with a clock, and makes events for it.
type bench struct {
	t testing.TB
	*Store
	clock *clock
	o     Options
	seq   uint64
}

func newBench(t testing.TB, o Options) *bench {
	t.Helper()
	b := &bench{t: t, clock: newClock()}
	o.Now = b.clock.now
	if o.NameWait == 0 {
		o.NameWait = -1 // most tests have no DNS
	}
	if o.Services == nil {
		o.Services = services.IANA()
	}
	b.o = o
	b.open(filepath.Join(t.TempDir(), "state.db"))
	return b
}

func (b *bench) open(path string) {
	b.t.Helper()
	s, err := Open(path, b.o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { s.Close() })
	b.Store = s
}

// crash opens the file again as it is without what was not written.
func (b *bench) crash() {
	b.t.Helper()
	b.Store.crash()
	b.open(b.path)
}

// crash lets go of the files without writing anything.
func (s *Store) crash() {
	s.writing.Lock()
	defer s.writing.Unlock()
	if !s.shut {
		s.shut = true
		s.closeFiles()
	}
}

func (b *bench) reopen() {
	b.t.Helper()
	if err := b.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.open(b.path)
}

// see shows an attempt of now to the Store and tells whether it is New.
func (b *bench) see(dir capture.Direction, src, dst string) bool {
	b.t.Helper()
	ev := b.event(dir, src, dst)
	b.Observe(&ev)
	return ev.New
}

func (b *bench) out(dst string) bool { return b.see(capture.Out, "192.168.1.10:50000", dst) }
func (b *bench) in(src string) bool  { return b.see(capture.In, src, "192.168.1.10:80") }

func (b *bench) event(dir capture.Direction, src, dst string) capture.Event {
	b.seq++
	return attempt(b.seq, b.clock.t, dir, src, dst)
}

var router = netip.MustParseAddr("192.168.1.1")

func attempt(seq uint64, at time.Time, dir capture.Direction, src, dst string) capture.Event {
	return capture.Event{
		Seq: seq, Time: at, Router: router, Kind: capture.Traffic, Dir: dir, Proto: capture.TCP,
		Src: end(src), Dst: end(dst),
	}
}

// end reads "address:port", "name=address:port" or "name:port".
func end(s string) capture.Endpoint {
	var p capture.Endpoint
	if i := strings.LastIndexByte(s, '='); i >= 0 {
		p.Name, s = s[:i], s[i+1:]
	}
	if a, err := netip.ParseAddrPort(s); err == nil {
		p.Addr, p.Port = a.Addr(), a.Port()
		return p
	}
	if a, err := netip.ParseAddr(s); err == nil {
		p.Addr = a
		return p
	}
	p.Name, p.Port = s, 80
	return p
}

func (b *bench) wanIs(addr string) {
	b.seq++
	ev := capture.Event{Seq: b.seq, Time: b.clock.t, Router: router, Kind: capture.WAN, Dst: capture.Endpoint{Addr: netip.MustParseAddr(addr)}}
	b.Observe(&ev)
}

// tick moves the clock and does what is due.
func (b *bench) tick(d time.Duration) {
	b.t.Helper()
	b.clock.advance(d)
	if err := b.Tick(b.clock.t); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) commit() {
	b.t.Helper()
	if err := b.Commit(b.seq); err != nil {
		b.t.Fatal(err)
	}
}

// alerts gives all alerts, after what is due now.
func (b *bench) alerts() []Alert {
	b.t.Helper()
	b.commit()
	b.tick(0)
	list, err := b.Alerts(0, -1)
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

func (b *bench) hostList(q HostQuery) []Host {
	b.t.Helper()
	list, err := b.Hosts(q)
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

func (b *bench) host(r string) Host {
	b.t.Helper()
	h, ok, err := b.Host(ParseRef(r))
	if err != nil || !ok {
		b.t.Fatalf("%s: %v, %v", r, ok, err)
	}
	return h
}

// public makes the i-th of many external addresses.
func public(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{45, byte(i >> 16), byte(i >> 8), byte(i)})
}

// quickDir is a folder in memory, where the system has one, for tests that write
// thousands of times and never lose power.
func quickDir(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "linklog-hosts-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
