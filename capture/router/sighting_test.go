package router

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/syslog"
)

var (
	gateway = netip.MustParseAddr("192.168.1.1")
	arrival = time.Date(2026, 11, 28, 6, 42, 20, 0, time.UTC)
)

const tv = "02:00:5e:10:00:22"

func lease(addr, mac, name string) capture.Sighting {
	m, _ := capture.ParseMAC(mac)
	return capture.Sighting{Kind: capture.Lease, Addr: netip.MustParseAddr(addr), MAC: m, Name: name}
}

func answer(client, name, addr string) capture.Sighting {
	s := capture.Sighting{Kind: capture.Answer, Addr: netip.MustParseAddr(addr), Name: name}
	if client != "" {
		s.Client = netip.MustParseAddr(client)
	}
	return s
}

func nothing() capture.Sighting { return capture.Sighting{} }

// sight reads a line of 192.168.1.1 and gives what it says but for the time and the router.
func sight(t *testing.T, r *Reader, line string) (capture.Sighting, bool) {
	t.Helper()
	h := syslog.Parse(line)
	s, found := r.Sighting(arrival, gateway, &h)
	if s.Kind == 0 && s != (capture.Sighting{}) || s.Kind != 0 && (!found || s.Time != arrival || s.Router != gateway) {
		t.Errorf("%q: found %v, %+v", line, found, s)
	}
	s.Time, s.Router = time.Time{}, netip.Addr{}
	return s, found
}

// servers are lines of DHCP and DNS servers: most of dnsmasq 2.90, dhcpd 4.4.3, unbound
// 1.17 and busybox 1.35 themselves, the others from the projects' sources and from tests of
// other programs.
var servers = []struct {
	line string
	want capture.Sighting
}{
	{"<30>Nov 28 06:42:20 OpenWrt dnsmasq-dhcp[1234]: DHCPACK(br-lan) 192.168.1.10 02:00:5e:10:00:22 tv-living", lease("192.168.1.10", tv, "tv-living")},
	{"<30>Nov 28 06:42:20 dnsmasq-dhcp[1234]: DHCPACK(br0) 192.168.1.10 02:00:5e:10:00:22 ", lease("192.168.1.10", tv, "")},
	{"<30>Nov 28 06:42:20 gw dnsmasq-dhcp[21812]: 870140960 DHCPACK(sv0) 192.168.1.10 02:00:5e:10:00:22 tv-living", lease("192.168.1.10", tv, "tv-living")},
	{"<30>Nov 28 06:42:20 gw dnsmasq-dhcp[21812]: 14247743 DHCPREPLY(sv0) 2001:db8:50::101 00:01:00:01:32:9e:d8:f1:2e:7d:4d:8d:87:1b tv-living", lease("2001:db8:50::101", "", "tv-living")},
	{"<30>Nov 28 06:42:20 gw dnsmasq-dhcp[21812]: SLAAC-CONFIRM(br-lan) 2001:db8:50::5eff:fe10:22 tv-living", lease("2001:db8:50::5eff:fe10:22", "", "tv-living")},
	{"<30>Nov 28 06:42:20 gw dnsmasq-dhcp[1]: DHCPREQUEST(br-lan) 192.168.1.10 02:00:5e:10:00:22 ", nothing()},
	{"<30>Nov 28 06:42:20 gw dnsmasq-dhcp[1]: DHCPDISCOVER(br-lan) 02:00:5e:10:00:22 ", nothing()},
	{"<30>Nov 28 06:42:20 gw dnsmasq-dhcp[1]: RTR-ADVERT(br-lan) 2001:db8:50::", nothing()},
	{"<30>Nov 28 06:42:20 gw dnsmasq-dhcp[1]: 870140960 sent size:  9 option: 12 hostname  tv-living", nothing()},

	{"<190>Nov 28 06:42:22 opnsense dhcpd[40152]: DHCPACK on 192.168.1.10 to 02:00:5e:10:00:22 (tv-living) via igb1", lease("192.168.1.10", tv, "tv-living")},
	{"<190>Nov 28 06:42:22 dhcpd: DHCPACK on 192.168.1.10 to 02:00:5e:10:00:22 via em1", lease("192.168.1.10", tv, "")},
	{"<190>Nov 28 06:42:22 gw dhcpd[1]: DHCPACK on 192.168.1.10 to 02:00:5e:10:00:22 (Anna's phone) via em1", lease("192.168.1.10", tv, "Anna's phone")},
	{"<190>Nov 28 06:42:22 gw dhcpd[1]: DHCPACK to 192.168.1.10 (02:00:5e:10:00:22) via em1", lease("192.168.1.10", tv, "")},
	{"<190>Nov 28 06:42:22 gw dhcpd[1]: DHCPREQUEST for 192.168.1.10 (192.168.1.1) from 02:00:5e:10:00:22 (tv) via em1", nothing()},

	{"<134>1 2026-11-28T06:42:20+01:00 opnsense kea-dhcp4 40152 - [meta sequenceId=\"9\"] INFO [kea-dhcp4.leases.0x2f9a12000] DHCP4_LEASE_ALLOC [hwtype=1 02:00:5e:10:00:22], cid=[01:02:00:5e:10:00:22], tid=0x21f2433a: lease 192.168.1.10 has been allocated for 4000 seconds",
		func() capture.Sighting {
			s := lease("192.168.1.10", tv, "")
			s.For = 4000 * time.Second
			return s
		}()},
	{"<134>Nov 28 06:42:20 gw kea-dhcp4[1]: INFO  [kea-dhcp4.leases/1] DHCP4_LEASE_ALLOC [hwtype=1 02:00:5e:10:00:22], cid=[no info], tid=0xf192aa47: lease 192.168.1.10 has been allocated", lease("192.168.1.10", tv, "")},
	{"<134>Nov 28 06:42:20 gw kea-dhcp4[1]: INFO  [kea-dhcp4.leases/1] DHCP4_LEASE_ADVERT [hwtype=1 02:00:5e:10:00:22], cid=[no info], tid=0xf192aa47: lease 192.168.1.10 will be advertised", nothing()},

	{"<31>Nov 28 06:42:20 OpenWrt odhcpd[1311]: Sent DHCPV4_MSG_ACK to 02:00:5e:10:00:22 - 192.168.1.10", lease("192.168.1.10", tv, "")},
	{"<30>Nov 28 06:42:20 ddwrt udhcpd[332]: sending ACK to 192.168.1.10", nothing()},

	{"dhcp,info defconf assigned 192.168.88.10 for 02:00:5E:10:00:22 tv-living", lease("192.168.88.10", tv, "tv-living")},
	{"<30>Nov 28 06:42:20 MikroTik dhcp1 assigned 192.168.88.10 to 02:00:5E:10:00:22", lease("192.168.88.10", tv, "")},
	{"dns,info dns query from 192.168.88.10: #22433118 WWW.Example.COM. A", nothing()},
	{"dns,info dns done query: #22433118 www.example.com 203.0.113.9", answer("192.168.88.10", "www.example.com", "203.0.113.9")},
	{"<30>Nov 28 06:42:20 MikroTik dns done query: #7 cdn.example.net 203.0.113.10", answer("", "cdn.example.net", "203.0.113.10")},
	{"dns,info dns done query: #8 dns server failure", nothing()},
	{"dns,info dns local query: #33347 cloud.mikrotik.com. AAAA", nothing()},

	{"[DHCP IP: (192.168.1.10)] to MAC address 02:00:5E:10:00:22, Saturday, Nov 28,2026 06:42:20", lease("192.168.1.10", tv, "")},
	{"<14>[DHCP IP: 192.168.1.10] to MAC address 02:00:5e:10:00:22, Saturday, November 28, 2026 06:42:20", lease("192.168.1.10", tv, "")},

	{`<142>Nov 28 06:42:10 2026 usgflex src="0.0.0.0:0" dst="0.0.0.0:0" msg="Requested 192.168.1.10 from tv-living(02:00:5E:10:00:22)" note="DHCP Request" user="unknown" devID="02005e100001" cat="DHCP"`, nothing()},
	{`<142>Nov 28 06:42:10 2026 usgflex src="0.0.0.0:0" dst="0.0.0.0:0" msg="DHCP server offered 192.168.1.10 to tv-living(02:00:5E:10:00:22)" note="DHCP Offer" user="unknown" devID="02005e100001" cat="DHCP"`, nothing()},
	{`<142>Nov 28 06:42:10 2026 usgflex src="0.0.0.0:0" dst="0.0.0.0:0" msg="DHCP server assigned 192.168.1.10 to tv-living(02:00:5E:10:00:22)" note="DHCP ACK" user="unknown" devID="02005e100001" cat="DHCP"`, lease("192.168.1.10", tv, "tv-living")},
	{`<142>src="0.0.0.0:0" dst="0.0.0.0:0" msg="DHCP server assigned 192.168.1.10 to (02:00:5E:10:00:22)" note="DHCP ACK" cat="DHCP"`, lease("192.168.1.10", tv, "")},
	{`<142>src="0.0.0.0:0" dst="0.0.0.0:0" msg="DHCP server assigned 192.168.1.10 to Ben's phone (2)(02:00:5E:10:00:22)" note="DHCP ACK" cat="DHCP"`, lease("192.168.1.10", tv, "Ben's phone (2)")},
	{"<30>Mar  7 07:28:23 UDM-SE UDM-SE dnsmasq-dhcp[3861005]: DHCPACK(br4) 192.168.1.10 02:00:5e:10:00:22 tv-living", lease("192.168.1.10", tv, "tv-living")},

	{"<30>Nov 28 06:42:20 gw unbound[3310]: [3310:0] info: 192.168.1.10 www.example.com. A IN", nothing()},
	{"<30>Nov 28 06:42:20 gw unbound[3310]: [3310:0] info: 192.168.1.10 www.example.com. A IN NOERROR 0.000277 0 49", nothing()},
	{"<30>Nov 28 06:42:20 gw unbound[3310]: [3310:0] info: ads.example. always_nxdomain 192.168.1.10@32771 ads.example. A IN", nothing()},

	// A question that is asked and answered, of dnsmasq.
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: query[A] www.example.com from 192.168.1.10", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: forwarded www.example.com to 198.51.100.53", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: reply www.example.com is 203.0.113.9", answer("192.168.1.10", "www.example.com", "203.0.113.9")},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: reply www.example.com is 203.0.113.10", answer("192.168.1.10", "www.example.com", "203.0.113.10")},
	// One with aliases.
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: query[AAAA] WWW.Shop.example from 192.168.1.10", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: reply WWW.Shop.example is <CNAME>", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: reply shop.cdn.example is <CNAME>", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: reply e1.cdn.example is 2001:db8:9::10", answer("192.168.1.10", "www.shop.example", "2001:db8:9::10")},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: reply e1.cdn.example is 2001:db8:9::11", answer("192.168.1.10", "www.shop.example", "2001:db8:9::11")},
	// Somebody else is answered at once.
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: query[A] www.shop.example from 192.168.1.20", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: cached www.shop.example is <CNAME>", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: cached shop.cdn.example is 203.0.113.12", answer("192.168.1.20", "www.shop.example", "203.0.113.12")},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: query[A] nas.lan from 192.168.1.20", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: /tmp/hosts/dhcp.cfg01411c nas.lan is 192.168.1.5", answer("192.168.1.20", "nas.lan", "192.168.1.5")},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: DHCP tv-living.lan is 192.168.1.10", answer("", "tv-living.lan", "192.168.1.10")},
	// Two ask for the same: whose the answer is, the log does not say.
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: query[A] both.example from 192.168.1.10", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: forwarded both.example to 198.51.100.53", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: query[A] both.example from 192.168.1.20", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: reply both.example is 203.0.113.13", answer("", "both.example", "203.0.113.13")},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: query[A] both.example from 192.168.1.20", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: cached both.example is 203.0.113.13", answer("192.168.1.20", "both.example", "203.0.113.13")},
	// Answers of two questions that follow each other.
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: query[A] one.example from 192.168.1.10", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: query[A] two.example from 192.168.1.20", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: reply two.example is 203.0.113.15", answer("192.168.1.20", "two.example", "203.0.113.15")},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: reply one.example is 203.0.113.14", answer("192.168.1.10", "one.example", "203.0.113.14")},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: reply nobody-asked.example is 203.0.113.16", answer("", "nobody-asked.example", "203.0.113.16")},
	// With log-queries=extra each line says who asked.
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: 4 192.168.1.10/35177 query[A] www.shop.example from 192.168.1.10", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: 5 192.168.1.20/35178 query[A] www.shop.example from 192.168.1.20", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: 4 192.168.1.10/35177 forwarded www.shop.example to 127.0.0.1#5300", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: 4 192.168.1.10/35177 reply www.shop.example is <CNAME>", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: 4 192.168.1.10/35177 reply cdn.example.net is 203.0.113.10", answer("192.168.1.10", "www.shop.example", "203.0.113.10")},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: 5 192.168.1.20/35178 reply www.shop.example is <CNAME>", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: 5 192.168.1.20/35178 reply cdn.example.net is 203.0.113.10", answer("192.168.1.20", "www.shop.example", "203.0.113.10")},
	// What is no answer, and what Pi-hole answers instead of one.
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: query[PTR] 9.113.0.203.in-addr.arpa from 192.168.1.10", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: reply 203.0.113.9 is host.example", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: reply error is REFUSED", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: reply www.example.com is NODATA-IPv6", nothing()},
	{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: query[A] weird name.example from 192.168.1.10", nothing()},
	{"<30>Nov 28 06:42:21 pi dnsmasq[1]: gravity blocked ads.example is 0.0.0.0", nothing()},
	{"<30>Nov 28 06:42:21 pi dnsmasq[1]: config ads.example is 0.0.0.0", nothing()},
	{"<30>Nov 28 06:42:21 pi dnsmasq[1]: reply mdns.example is 224.0.0.251", nothing()},
}

func TestSightings(t *testing.T) {
	var r Reader
	for _, test := range servers {
		got, found := sight(t, &r, test.line)
		if !found || got != test.want {
			t.Errorf("%q: found %v\n got %+v\nwant %+v", test.line, found, got, test.want)
		}
		h, ev := syslog.Parse(test.line), capture.Event{}
		if found, err := r.Line(&ev, &h); found || err != nil {
			t.Errorf("%q is traffic, too: %+v, %v", test.line, ev, err)
		}
	}
}

// TestNoSightings are what such servers say about themselves, what they refuse, and what
// is meant to deceive.
func TestNoSightings(t *testing.T) {
	var r Reader
	for _, line := range []string{
		"<30>Nov 28 06:42:20 gw dnsmasq[1]: started, version 2.90 cachesize 150",
		"<30>Nov 28 06:42:20 gw dnsmasq[1]: using nameserver 198.51.100.53#53",
		"<30>Nov 28 06:42:20 gw dnsmasq[1]: LOUD WARNING: listening on 203.0.113.7 is bad",
		"<30>Nov 28 06:42:20 gw dnsmasq-dhcp[1]: DHCP, IP range 192.168.50.100 -- 192.168.50.110, lease time 1h",
		"<30>Nov 28 06:42:20 gw dnsmasq-dhcp[1]: DHCPNAK(br-lan) 192.168.1.10 02:00:5e:10:00:22 wrong network",
		"<30>Nov 28 06:42:20 gw dnsmasq-dhcp[1]: DHCPACK(br-lan) 192.168.1.300 02:00:5e:10:00:22 tv",
		"<30>Nov 28 06:42:20 gw dnsmasq-dhcp[1]: DHCPACK(br-lan) 224.0.0.1 02:00:5e:10:00:22 tv",
		"<30>Nov 28 06:42:20 gw dnsmasq-dhcp[1]: DHCPACK(br-lan) 192.168.1.10",
		"<30>Nov 28 06:42:20 gw dhcpd[1]: DHCPREQUEST for 192.168.1.10 from 02:00:5e:10:00:22 via em1: wrong network.",
		"<30>Nov 28 06:42:20 gw unbound[1]: [1:0] info: service stopped (unbound 1.17.1).",
		"<30>Nov 28 06:42:20 gw unbound[1]: [1:0] info: server stats for thread 0: 12 queries",
		"<30>Nov 28 06:42:20 gw kea-dhcp4[1]: INFO [kea-dhcp4.dhcp4] DHCP4_STARTED Kea DHCPv4 server version 2.2.0 started",
		"dhcp,info defconf deassigned 192.168.88.10 for 02:00:5E:10:00:22 tv",
		"system,info,account user admin logged in from 192.168.88.10 via winbox",
		`src="0.0.0.0:0" dst="0.0.0.0:0" msg="DHCP server assigned 192.168.1.300 to tv(02:00:5E:10:00:22)" note="DHCP ACK" cat="DHCP"`,
		`src="0.0.0.0:0" dst="0.0.0.0:0" msg="DHCP pool full" note="DHCP" cat="DHCP"`,
		`src="0.0.0.0:0" dst="0.0.0.0:0" msg="Requested 192.168.1.10 from x" note="DHCP ACK" cat="DHCP"`,
		"the doctor assigned 192.168.88.10 for them",
		"<4>Nov 28 06:42:20 gw kernel: DHCPACK on 192.168.1.10 to 02:00:5e:10:00:22 (tv-living) via igb1",
	} {
		if got, found := sight(t, &r, line); found {
			t.Errorf("%q: %+v", line, got)
		}
	}
	for _, line := range []string{
		"dnsmasq[1]: query[A] x is 203.0.113.66 from 192.168.1.10",
		"dnsmasq[1]: reply x is 203.0.113.66 is 203.0.113.67",
		"dnsmasq[1]: reply bank.example\x1b[2J is 203.0.113.66",
		"dnsmasq[1]: reply bank\u0430.example is 203.0.113.66",
		"dnsmasq[1]: reply " + strings.Repeat("a", 254) + " is 203.0.113.66",
	} {
		if got, _ := sight(t, &r, line); got.Kind != 0 {
			t.Errorf("%q: %+v", line, got)
		}
	}
	sight(t, &r, "dnsmasq[1]: query[A] bank.example from 192.168.1.99 from 192.168.1.66")
	if got, _ := sight(t, &r, "dnsmasq[1]: reply bank.example is 203.0.113.66"); got != answer("", "bank.example", "203.0.113.66") {
		t.Errorf("a question whose name holds a client: %+v", got)
	}
}

// TestQuestionsOfRouters are not mixed: each router has a log of its own.
func TestQuestionsOfRouters(t *testing.T) {
	var r Reader
	read := func(router, line string) capture.Sighting {
		h := syslog.Parse(line)
		s, _ := r.Sighting(arrival, netip.MustParseAddr(router), &h)
		return s
	}
	read("192.168.1.1", "dnsmasq[1]: query[A] www.example.com from 192.168.1.10")
	read("192.168.1.2", "dnsmasq[1]: query[A] www.example.com from 192.168.1.20")
	if s := read("192.168.1.1", "dnsmasq[1]: reply www.example.com is 203.0.113.9"); s.Client.String() != "192.168.1.10" {
		t.Errorf("asked by %v", s.Client)
	}
	if s := read("192.168.1.2", "dnsmasq[1]: reply www.example.com is 203.0.113.9"); s.Client.String() != "192.168.1.20" {
		t.Errorf("asked by %v", s.Client)
	}
}

// TestQuestionsAreForgotten once no answer can come any more, also after a jump of the clock.
func TestQuestionsAreForgotten(t *testing.T) {
	for _, test := range []struct {
		later time.Duration
		known bool
	}{{0, true}, {questionsLast, true}, {3 * questionsLast, false}, {-time.Hour, false}} {
		var r Reader
		read := func(at time.Time, line string) capture.Sighting {
			h := syslog.Parse(line)
			s, _ := r.Sighting(at, gateway, &h)
			return s
		}
		read(arrival, "dnsmasq[1]: query[A] www.example.com from 192.168.1.10")
		read(arrival, "dns query from 192.168.1.10: #5 www.example.com. A")
		for _, line := range []string{"dnsmasq[1]: reply www.example.com is 203.0.113.9", "dns done query: #5 www.example.com 203.0.113.9"} {
			if s := read(arrival.Add(test.later), line); s.Client.IsValid() != test.known || s.Name != "www.example.com" {
				t.Errorf("%v later, %q: asked by %v", test.later, line, s.Client)
			}
		}
	}
}

// TestQuestionsAreBounded asks more than is remembered, through more routers.
func TestQuestionsAreBounded(t *testing.T) {
	var r Reader
	for i := range 5 * maxQuestions {
		for _, line := range []string{
			fmt.Sprintf("dnsmasq[1]: query[A] www%d.example from 192.168.1.10", i),
			fmt.Sprintf("dns query from 192.168.1.10: #%d www%d.example. A", i, i),
		} {
			h := syslog.Parse(line)
			r.Sighting(arrival, gateway, &h)
		}
	}
	for i := range 3 * maxAskedRouters {
		h := syslog.Parse("dnsmasq[1]: query[A] www.example from 192.168.1.10")
		r.Sighting(arrival, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), &h)
		if q := r.asked.routers[gateway]; q != nil {
			for _, n := range []int{len(q.byName), len(q.oldByName), len(q.byNumber), len(q.oldByNumber)} {
				if n > maxQuestions {
					t.Fatalf("%d questions", n)
				}
			}
		}
		if n := len(r.asked.routers); n > maxAskedRouters {
			t.Fatalf("%d routers", n)
		}
	}
}

func TestNeighbours(t *testing.T) {
	var r Reader
	for _, test := range []struct{ line, addr, mac string }{
		{"<4>Nov 28 06:42:15 ubnt kernel: [WAN_OUT-2000-A]IN=eth1 OUT=eth0 MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=192.168.1.10 DST=203.0.113.9 LEN=60 PROTO=TCP SPT=43189 DPT=443 SYN", "192.168.1.10", tv},
		{"<4>Nov 28 06:42:15 gw kernel: LinkLog-out IN=br-lan OUT=eth0 MACSRC=02:00:5e:10:00:22 MACDST=02:00:5e:10:00:01 MACPROTO=86dd SRC=2001:db8:1::10 DST=2001:db8:9::1 LEN=60 PROTO=TCP SPT=5 DPT=443 SYN", "2001:db8:1::10", tv},
		{"firewall,info A|out| forward: in:bridge out:ether1, connection-state:new src-mac 02:00:5E:10:00:22, proto UDP, 192.168.88.10:53212->198.51.100.53:53, len 52", "192.168.88.10", tv},
		{"<134>Feb 11 15:03:45 vigor: Local User (MAC=02-00-5E-10-00-22): 192.168.1.4:2428 -> 198.51.100.102:80 (TCP) Web", "192.168.1.4", tv},
		{`<4>Nov 28 06:42:15 UDM UDM [LAN_WAN-A-1] DESCR="x MAC=02:00:5e:10:00:01:02:00:5e:10:00:66:08:00 y" IN=br0 OUT=eth8 MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=192.168.1.2 DST=203.0.113.9 LEN=60 PROTO=TCP SPT=3 DPT=4 SYN`, "192.168.1.2", tv},
		// From outside it is the provider's; from the router itself there is none.
		{"<4>Nov 28 06:42:12 kernel: DROPIN=eth0 OUT= MAC=02:00:5e:10:00:01:02:00:5e:10:00:02:08:00 SRC=203.0.113.9 DST=198.51.100.7 LEN=40 PROTO=TCP SPT=40001 DPT=23 SYN", "", ""},
		{"<4>Nov 28 06:42:12 kernel: IN= OUT=eth0 MAC= SRC=192.168.1.1 DST=198.51.100.7 LEN=40 PROTO=TCP SPT=40001 DPT=23 SYN", "", ""},
		{"<4>Nov 28 06:42:12 kernel: IN=br0 OUT=eth0 MAC=ff:ff SRC=192.168.1.1 DST=198.51.100.7 LEN=40 PROTO=TCP SPT=40001 DPT=23 SYN", "", ""},
	} {
		h := syslog.Parse(test.line)
		ev := capture.Event{Time: arrival, Router: gateway}
		if _, err := r.Line(&ev, &h); err != nil || ev.Kind != capture.Traffic {
			t.Fatalf("%q: %v, %v", test.line, ev.Kind, err)
		}
		s, found := r.Neighbour(&ev, &h)
		if found != (test.addr != "") {
			t.Errorf("%q: found %v, %+v", test.line, found, s)
		}
		if found && (s.Kind != capture.Neighbour || s.Addr.String() != test.addr || s.MAC.String() != test.mac || s.Time != arrival || s.Router != gateway) {
			t.Errorf("%q: %+v", test.line, s)
		}
	}
}

func TestSightingsAllocate0(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector allocates on its own")
	}
	var r Reader
	read := func() {
		for i := range servers {
			h := syslog.Parse(servers[i].line)
			r.Sighting(arrival, gateway, &h)
		}
	}
	read()
	if n := testing.AllocsPerRun(100, read); n != 0 {
		t.Errorf("%v allocations for %d lines", n, len(servers))
	}
}

// BenchmarkSighting reads header and body.
func BenchmarkSighting(b *testing.B) {
	for name, line := range map[string]string{
		"lease":  "<30>Nov 28 06:42:20 OpenWrt dnsmasq-dhcp[1234]: DHCPACK(br-lan) 192.168.1.10 02:00:5e:10:00:22 tv-living",
		"query":  "<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: query[A] www.example.com from 192.168.1.10",
		"answer": "<30>Nov 28 06:42:21 OpenWrt dnsmasq[1]: reply www.example.com is 203.0.113.9",
	} {
		b.Run(name, func(b *testing.B) {
			var r Reader
			b.ReportAllocs()
			for b.Loop() {
				h := syslog.Parse(line)
				if _, found := r.Sighting(arrival, gateway, &h); !found {
					b.Fatal("not found")
				}
			}
		})
	}
}

// FuzzSightings reads several lines of one router and holds what is true of each sighting.
func FuzzSightings(f *testing.F) {
	var all []string
	for _, s := range servers {
		f.Add(s.line)
		all = append(all, s.line)
	}
	f.Add(strings.Join(all, "\n"))
	f.Fuzz(func(t *testing.T, text string) {
		var r Reader
		for line := range strings.SplitSeq(text, "\n") {
			s, found := sight(t, &r, line)
			if s.Kind == 0 {
				continue
			}
			host := strings.Trim(s.Name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
			switch {
			case !found, !single(s.Addr), s.Addr.Is4In6(), s.Addr.Zone() != "", s.Client.Zone() != "",
				len(s.Name) > 3*capture.MaxName, s.Name != capture.Clean(s.Name), // one byte may become U+FFFD
				s.Kind == capture.Answer && (s.Name == "" || !host || len(s.Name) > capture.MaxName),
				s.Kind == capture.Lease && s.MAC == (capture.MAC{}) && s.Name == "":
				t.Errorf("%q: %+v", line, s)
			}
		}
	})
}
