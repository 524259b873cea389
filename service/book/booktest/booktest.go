// Package booktest makes what tests of the book, and of what follows it, show to it.
package booktest

import (
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"linklog/capture"
)

// Clock is a clock that tests set.
type Clock struct{ T time.Time }

// NewClock is at noon.
func NewClock() *Clock { return &Clock{time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }

// Now is its time.
func (c *Clock) Now() time.Time { return c.T }

// Advance moves it.
func (c *Clock) Advance(d time.Duration) { c.T = c.T.Add(d) }

// Router has sent every event.
var Router = netip.MustParseAddr("192.168.1.1")

// Attempt is an event, from one End to another.
func Attempt(seq uint64, at time.Time, dir capture.Direction, src, dst string) capture.Event {
	return capture.Event{
		Seq: seq, Time: at, Router: Router, Kind: capture.Traffic, Dir: dir, Proto: capture.TCP,
		Src: End(src), Dst: End(dst),
	}
}

// End reads "address:port", "name=address:port" or "name:port".
func End(s string) capture.Endpoint {
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

// WAN is the event by which the router tells its public address.
func WAN(seq uint64, at time.Time, addr string) capture.Event {
	return capture.Event{Seq: seq, Time: at, Router: Router, Kind: capture.WAN, Dst: capture.Endpoint{Addr: netip.MustParseAddr(addr)}}
}

// Public makes the i-th of many external addresses.
func Public(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{45, byte(i >> 16), byte(i >> 8), byte(i)})
}

// QuickDir is a folder in memory, where the system has one, for tests that write
// thousands of times and never lose power.
func QuickDir(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "linklog-hosts-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
