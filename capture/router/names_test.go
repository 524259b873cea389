package router

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"linklog/capture"
	"linklog/capture/syslog"
)

// named reads a line that came from an address, and gives what the router calls itself.
func named(r *Reader, from netip.Addr, line string) string {
	h := syslog.Parse(line)
	ev := capture.Event{Router: from}
	r.Syslog(&ev, &h)
	return ev.RouterName
}

const dropped = " kernel: DROP IN=eth0 OUT= SRC=203.0.113.9 DST=198.51.100.7 LEN=40 PROTO=TCP SPT=45123 DPT=23 SYN"

func TestNames(t *testing.T) {
	relay := netip.MustParseAddr("192.168.1.1")
	var r Reader
	for _, test := range []struct{ line, want string }{
		{"<13>Nov 28 06:42:10 attic login failed", ""}, // it could be a word
		{"<4>Nov 28 06:42:10 attic" + dropped, "attic"},
		{"<13>Nov 28 06:42:10 attic login failed", "attic"},
		{"<4>Nov 28 06:42:10 cellar" + dropped, "cellar"},
		{"<4>2026-11-28T06:42:10.123456+01:00 porch" + dropped, "porch"},                                                  // as rsyslog forwards
		{`<13>1 2026-11-28T06:42:10.123456+01:00 lodge anna - - [timeQuality tzKnown="1" isSynced="0"] started`, "lodge"}, // of logger
		{"<4>Nov 28 06:42:10" + dropped, ""},                                                                              // without one
		{"<30>Nov 28 06:42:20 shed dnsmasq-dhcp[1]: DHCPACK(br0) 192.168.1.10 02:00:5e:10:00:22 tv", "shed"},
		{"<30>1 2026-11-28T06:42:10Z fritz.box hostapd 17 - - started", "fritz.box"},
		{"<4>Nov 28 06:42:10 192.168.1.1" + dropped, ""}, // who it came from is known
		{"<4>Nov 28 06:42:10 192.168.1.7" + dropped, "192.168.1.7"},
		{"<4>Nov 28 06:42:10 localhost" + dropped, ""},
		{"<30>1 2026-11-28T06:42:10Z a\u202eb hostapd 17 - - started", "a\ufffdb"},
		{"<30>1 2026-11-28T06:42:10Z " + strings.Repeat("x", 300) + " hostapd 17 - - started", ""},
		{"<13>Nov 28 06:42:10 attic last message repeated 2 times", ""}, // is no event
	} {
		if got := named(&r, relay, test.line); got != test.want {
			t.Errorf("%q: called %q, want %q", test.line, got, test.want)
		}
	}
	if got := named(&r, netip.MustParseAddr("192.168.1.2"), "<13>Nov 28 06:42:10 attic login failed"); got != "" {
		t.Errorf("the name of one sender is that of a different one, too: %q", got)
	}
}

// Whoever forges lines makes few names, and does not take those away that are known.
func TestNamesBounded(t *testing.T) {
	var r Reader
	home := netip.MustParseAddr("192.168.1.1")
	line := func(name string) string { return "<4>Nov 28 06:42:10 " + name + dropped }
	named(&r, home, line("OpenWrt"))
	for i := range 1000 {
		named(&r, home, line(fmt.Sprint("forged", i)))
	}
	if got := named(&r, home, line("OpenWrt")); got != "OpenWrt" {
		t.Errorf("called %q", got)
	}
	if n := len(r.names.of[home]); n != maxNames {
		t.Errorf("%d names, want %d", n, maxNames)
	}
	for i := range 3 * maxNamed {
		named(&r, netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), line("forged"))
	}
	if n := len(r.names.of); n > maxNamed {
		t.Errorf("%d senders, more than %d", n, maxNamed)
	}
	if got := named(&r, home, line("OpenWrt")); got != "OpenWrt" {
		t.Errorf("called %q", got)
	}
}

// TestNamesCost is about lines of two routers through one relay, by turns.
func TestNamesCost(t *testing.T) {
	var r Reader
	relay := netip.MustParseAddr("192.168.1.1")
	lines := [...]string{"<4>Nov 28 06:42:10 attic" + dropped, "<4>Nov 28 06:42:10 cellar" + dropped}
	var h syslog.Header
	var ev capture.Event
	if n := testing.AllocsPerRun(1000, func() {
		for _, line := range lines {
			h.Parse(line)
			ev = capture.Event{Router: relay}
			r.Syslog(&ev, &h)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
