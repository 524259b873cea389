package main

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/format"
	"linklog/service/book/dns/dnstest"
)

// connected is the kernel's line about a connection.
func connected(src, dst string) string {
	return "<4>Nov 28 06:42:21 gw kernel: ACCEPT IN=br-lan OUT=eth0 MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=" + src + " DST=" + dst + " LEN=60 PROTO=TCP SPT=10001 DPT=443 SYN"
}

const (
	leased      = "<30>Nov 28 06:42:20 gw dnsmasq-dhcp[1]: DHCPACK(br-lan) 192.168.1.10 02:00:5e:10:00:22 tv-living"
	asksForPage = "<30>Nov 28 06:42:21 gw dnsmasq[1]: query[A] www.example.com from 192.168.1.10"
	getsPage    = "<30>Nov 28 06:42:21 gw dnsmasq[1]: reply www.example.com is 203.0.113.9"
	asksForTime = "<30>Nov 28 06:42:21 gw dnsmasq[1]: query[A] time.example.net from 192.168.1.20"
	getsTime    = "<30>Nov 28 06:42:21 gw dnsmasq[1]: reply time.example.net is 203.0.113.77"
)

// sentLine is one of a router's log, and when it comes.
type sentLine struct {
	after time.Duration
	text  string
}

// handled is what linklog alone shows of lines, as columns: ends of the connections. Only
// lines that come later, and the end, tell that no answer comes any more.
func handled(t *testing.T, o liveOptions, lines ...sentLine) (shown []string) {
	t.Helper()
	o.template, o.color, o.quiet = cmp.Or(o.template, "%s %d"), "never", true
	p, err := newPrinter(&o)
	if err != nil {
		t.Fatal(err)
	}
	p.patience = time.AfterFunc(time.Hour, func() {})
	defer p.patience.Stop()
	got := &destination{}
	p.outputs = append(p.outputs, newOutput("test", got, 0, func(s string) { t.Error(s) }, nil))
	begin := time.Now().UTC()
	for _, l := range lines {
		p.handle(nil, []capture.Datagram{{Time: begin.Add(l.after), From: netip.MustParseAddrPort("192.168.1.1:514"), Data: []byte(l.text)}})
	}
	p.noMoreAnswers()
	if err := p.settle(t.Context()); err != nil {
		t.Error(err)
	}
	if lost := p.end(); lost > 0 {
		t.Errorf("%d lines lost", lost)
	}
	return strings.Split(strings.TrimSuffix(got.string(), "\n"), "\n")
}

// linklog alone calls devices and hosts as the router's log does, as the service does.
func TestNamesOfRouters(t *testing.T) {
	names := dnstest.Start(t, func(a netip.Addr) dnstest.Answer {
		switch a.String() {
		case "203.0.113.9", "203.0.113.80":
			return dnstest.Name("edge.cdn.example")
		case "192.168.1.10":
			return dnstest.Name("dhcp-10.lan.example")
		}
		return dnstest.NXDomain()
	})
	page, clock := connected("192.168.1.10", "203.0.113.9"), connected("192.168.1.10", "203.0.113.77")
	for _, test := range []struct {
		name    string
		options liveOptions
		lines   []sentLine
		want    []string
	}{
		{"nothing told", liveOptions{}, []sentLine{{0, page}}, []string{"dhcp-10.lan.example edge.cdn.example"}},
		{"all told", liveOptions{}, []sentLine{{0, leased}, {1, asksForPage}, {2, getsPage}, {3, page}}, []string{"tv-living www.example.com"}},
		{"the answer comes after", liveOptions{}, []sentLine{{0, asksForTime}, {0, getsTime}, {1, asksForPage}, {2, page}, {50 * time.Millisecond, getsPage}},
			[]string{"dhcp-10.lan.example www.example.com"}},
		{"the answer comes much later", liveOptions{}, []sentLine{{0, asksForTime}, {0, getsTime}, {1, asksForPage}, {2, page}, {time.Second, getsPage}},
			[]string{"dhcp-10.lan.example edge.cdn.example"}},
		{"what others asked for, where DNS has no name", liveOptions{}, []sentLine{{0, asksForTime}, {1, getsTime}, {2, clock}}, []string{"dhcp-10.lan.example time.example.net"}},
		{"what others asked for, where it has", liveOptions{}, []sentLine{{0, asksForTime}, {1, strings.Replace(getsTime, "113.77", "113.9", 1)}, {2, page}}, []string{"dhcp-10.lan.example edge.cdn.example"}},
		{"no names asked for", liveOptions{noDNS: true}, []sentLine{{0, leased}, {1, asksForPage}, {2, getsPage}, {3, page}}, []string{"192.168.1.10 203.0.113.9"}},
		{"none of sources", liveOptions{noDNSSource: true}, []sentLine{{0, leased}, {1, asksForPage}, {2, getsPage}, {3, page}}, []string{"192.168.1.10 www.example.com"}},
		{"a filter", liveOptions{filter: filter.Filter{Host: "www.example.com"}}, []sentLine{{0, leased}, {1, asksForPage}, {2, getsPage}, {3, page}, {4, clock}}, []string{"tv-living www.example.com"}},
		{"another address of the same device", liveOptions{}, []sentLine{{0, leased}, {1, asksForPage}, {2, getsPage}, {3, page}, {time.Minute, strings.Replace(leased, ".1.10", ".1.99", 1)}, {time.Minute, connected("192.168.1.99", "203.0.113.9")}},
			[]string{"tv-living www.example.com", "tv-living www.example.com"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.options.resolver = names.Addr
			if shown := handled(t, test.options, test.lines...); !slices.Equal(shown, test.want) {
				t.Errorf("%q, want %q", shown, test.want)
			}
		})
	}
}

// A connection for which no answer comes is shown soon, also if nothing else comes.
func TestNoAnswerComes(t *testing.T) {
	names := dnstest.Start(t, func(netip.Addr) dnstest.Answer { return dnstest.NXDomain() })
	p, err := newPrinter(&liveOptions{template: "%s %d", color: "never", quiet: true, resolver: names.Addr})
	if err != nil {
		t.Fatal(err)
	}
	defer p.end()
	got := &destination{}
	p.outputs = append(p.outputs, newOutput("test", got, 0, func(s string) { t.Error(s) }, nil))
	for _, text := range []string{asksForTime, getsTime, connected("192.168.1.10", "203.0.113.9")} {
		p.handle(nil, []capture.Datagram{{Time: time.Now().UTC(), From: netip.MustParseAddrPort("192.168.1.1:514"), Data: []byte(text)}})
	}
	eventually(t, "it is shown", func() bool { return got.string() == "192.168.1.10 203.0.113.9\n" })
}

// A usual line costs no allocation on its way to the output, with and without the names
// that routers tell.
func TestLinesDoNotAllocate(t *testing.T) {
	usual := connected("192.168.1.10", "203.0.113.9")
	p, err := newPrinter(&liveOptions{noDNS: true, template: format.Default, color: "never", quiet: true})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	handle := func(lines ...string) {
		for _, line := range lines {
			now = now.Add(2 * time.Minute) // no repeat
			p.handle(nil, []capture.Datagram{{Time: now, From: netip.MustParseAddrPort("192.168.1.1:514"), Data: []byte(line)}})
		}
	}
	handle(usual)
	batch := []capture.Datagram{{From: netip.MustParseAddrPort("192.168.1.1:514"), Data: []byte(usual)}}
	again := func() {
		now = now.Add(2 * time.Minute)
		batch[0].Time = now
		p.handle(nil, batch)
	}
	if n := testing.AllocsPerRun(1000, again); n > 0 {
		t.Errorf("%v allocations", n)
	}
	handle(leased, asksForPage, getsPage)
	if n := testing.AllocsPerRun(1000, again); n > 0 {
		t.Errorf("%v allocations after names were told", n)
	}
}

// What a device sends by IPv6 goes out also where the log has nothing but the interface at
// which it came to the router: linklog alone shows it so, as linklog read does.
func TestWayOfIPv6(t *testing.T) {
	const head = "<134>Nov 29 18:20:01 filterlog[1]: "
	var lines []sentLine
	for i := range 6 { // a PC in the house, whose hardware address is known by its lease; the internet
		lines = append(lines,
			sentLine{0, leased},
			sentLine{0, head + fmt.Sprintf("91,,,1000000103,igb1,match,pass,in,4,0x0,,64,1,0,DF,6,tcp,60,192.168.1.10,45.60.1.%d,5000,443,0,S,1,,64000,,mss", i)},
			sentLine{0, head + fmt.Sprintf("5,,,1000000104,igb0,match,block,in,4,0x0,,64,1,0,DF,6,tcp,60,203.0.113.%d,198.51.100.7,5000,23,0,S,1,,64000,,mss", i)})
	}
	lines = append(lines,
		sentLine{0, head + "98,,,1000000105,igb1,match,pass,in,6,0x00,0x0ea87,63,TCP,6,73,2a02:8108:1:2::10,2a00:1450:4001::1,6881,443,0,S,1,,64000,,mss"},
		sentLine{0, head + "5,,,1000000104,igb0,match,block,in,6,0x00,0x0ea87,63,TCP,6,73,2a00:1450:4001::2,2a02:8108:1:2::10,6882,22,0,S,1,,64000,,mss"})
	shown := handled(t, liveOptions{noDNS: true, template: "%i %s"}, lines...)
	want := []string{"out 2a02:8108:1:2::10", " in 2a00:1450:4001::2"}
	if n := len(shown) - len(want); n != 12 || !slices.Equal(shown[n:], want) {
		t.Errorf("%q, want %q at the end", shown, want)
	}
}
