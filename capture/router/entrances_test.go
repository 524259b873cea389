package router

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"linklog/capture"
	"linklog/capture/syslog"
)

// Packets of IPv6 that come in where the house's packets of IPv4 do are the house's, where a
// line has no hardware address. Whatever else comes in does not make an interface one of the
// house.
func TestEntrances(t *testing.T) {
	pf := func(iface, action, dir, src, dst string) func(int) string {
		return func(i int) string {
			if strings.Contains(src, ":") {
				return fmt.Sprintf("<134>Nov 29 18:20:01 filterlog[1]: 98,,,1000000103,%s,match,%s,%s,6,0x00,0x0ea87,63,TCP,6,73,%s,%s,%d,443,0,S,1,,64000,,mss", iface, action, dir, src, dst, 6000+i)
			}
			return fmt.Sprintf("<134>Nov 29 18:20:01 filterlog[1]: 91,,,1000000103,%s,match,%s,%s,4,0x0,,64,%d,0,DF,6,tcp,60,%s,%s,%d,443,0,S,1,,64000,,mss", iface, action, dir, i, src, dst, 5000+i)
		}
	}
	tik := func(in, src, dst string) func(int) string {
		return func(i int) string {
			return fmt.Sprintf("firewall,info A| forward: in:%s out:ether1, connection-state:new proto TCP (SYN), %s->%s, len 60", in,
				netip.AddrPortFrom(netip.MustParseAddr(src), uint16(5000+i)), netip.AddrPortFrom(netip.MustParseAddr(dst), 443))
		}
	}
	kernel := func(prefix, in, src, dst string) func(int) string {
		return func(i int) string {
			return fmt.Sprintf("<4>Nov 29 18:20:01 gw kernel: %s IN=%s OUT=eth0 SRC=%s DST=%s LEN=60 PROTO=TCP SPT=%d DPT=443 SYN", prefix, in, src, dst, 5000+i)
		}
	}
	type lines struct {
		n    int
		line func(int) string
	}
	const own, far, pc, web = "2a02:8108:1:2::10", "2a00:1450:4001::1", "192.168.1.21", "45.60.1.9"
	six, house := pf("igb1", "pass", "in", own, far), pf("igb1", "pass", "in", pc, web)
	for name, test := range map[string]struct {
		before []lines
		last   func(int) string
		want   bool
	}{
		"of the house":                  {[]lines{{6, house}, {6, pf("igb0", "block", "in", "203.0.113.9", "198.51.100.7")}}, six, true},
		"nothing is known":              {nil, six, false},
		"few are no proof":              {[]lines{{4, house}}, six, false},
		"at the other interface":        {[]lines{{60, house}}, pf("igb0", "pass", "in", far, own), false},
		"on its way out":                {[]lines{{60, house}}, pf("igb1", "pass", "out", far, own), false},
		"blocked: not an address here":  {[]lines{{60, house}}, pf("igb1", "block", "in", own, far), false},
		"link-local":                    {[]lines{{60, house}}, pf("igb1", "pass", "in", "fe80::1", far), false},
		"unique local":                  {[]lines{{60, house}}, pf("igb1", "pass", "in", "fd00::1", far), false},
		"forged at the outer interface": {[]lines{{60, pf("igb0", "block", "in", pc, "198.51.100.7")}}, pf("igb0", "pass", "in", far, own), false},
		"the modem's network":           {[]lines{{60, pf("igb0", "pass", "in", "192.168.178.1", "192.168.178.255")}}, pf("igb0", "pass", "in", far, own), false},
		"one interface for all":         {[]lines{{60, house}, {2, pf("igb1", "block", "in", "203.0.113.9", "198.51.100.7")}}, six, false},
		"a telephone comes home":        {[]lines{{1, pf("igb1", "block", "in", "203.0.113.9", "198.51.100.7")}, {105, house}}, six, true},
		"MikroTik":                      {[]lines{{6, tik("vlan20", pc, web)}}, tik("vlan20", own, far), true},
		"MikroTik, outside":             {[]lines{{6, tik("vlan20", pc, web)}}, tik("ether1", own, far), false},
		"netfilter":                     {[]lines{{6, kernel("[LAN_IN-1-A]", "eth1", pc, web)}}, kernel("[LAN_IN-1-A]", "eth1", own, far), true},
		"netfilter, outside":            {[]lines{{6, kernel("[LAN_IN-1-A]", "eth1", pc, web)}}, kernel("[WAN_IN-1-A]", "eth0", far, own), false},
	} {
		var r Reader
		read := func(line string) (capture.Sighting, bool) {
			h := syslog.Parse(line)
			ev := capture.Event{Time: arrival, Router: gateway}
			if r.Syslog(&ev, &h); ev.Kind != capture.Traffic {
				t.Errorf("%s: %q: %+v", name, line, ev)
			}
			return r.Seen(&ev, &h)
		}
		for _, l := range test.before {
			for i := range l.n {
				if s, found := read(l.line(i)); found {
					t.Errorf("%s: %+v", name, s)
				}
			}
		}
		s, found := read(test.last(100))
		if found != test.want || found && (s.Kind != capture.Inside || s.Addr.String() != own || s.Router != gateway || s.Time != arrival) {
			t.Errorf("%s: %+v, %v", name, s, found)
		}
	}
}

// What is remembered of interfaces is bounded, and other routers' are others.
func TestEntrancesAreBounded(t *testing.T) {
	var r Reader
	enter := func(router netip.Addr, name, src, dst string) {
		r.in = name
		r.Enter(&capture.Event{Kind: capture.Traffic, Router: router, Src: capture.Endpoint{Addr: netip.MustParseAddr(src)}, Dst: capture.Endpoint{Addr: netip.MustParseAddr(dst)}})
	}
	for i := range 10 * maxEntrances {
		enter(gateway, fmt.Sprint("forged", i), "192.168.1.21", "45.60.1.9")
	}
	enter(gateway, strings.Repeat("x", maxEntranceName+1), "192.168.1.21", "45.60.1.9")
	if len(r.entrances.known) != maxEntrances || r.entrances.find(gateway, strings.Repeat("x", maxEntranceName+1)) != nil {
		t.Errorf("%d", len(r.entrances.known))
	}
	for range leastOut {
		enter(gateway, "igb1", "192.168.1.21", "45.60.1.9")
	}
	if enter(gateway, "igb1", "2001:db8:50::10", "2001:db8:9::9"); !r.fromHouse {
		t.Error("not learned after forged ones")
	}
	if enter(netip.MustParseAddr("192.168.1.2"), "igb1", "2001:db8:50::10", "2001:db8:9::9"); r.fromHouse {
		t.Error("learned of a different router")
	}
}
