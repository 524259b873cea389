package search

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"linklog/capture"
	"linklog/filter"
	"linklog/format/services"
)

func TestSeen(t *testing.T) {
	end := func(addr, name string, port uint16) capture.Endpoint {
		e := capture.Endpoint{Name: name, Port: port}
		if addr != "" {
			e.Addr = netip.MustParseAddr(addr)
		}
		return e
	}
	router := netip.MustParseAddr("192.168.1.1")
	tv, web := end("192.168.1.15", "Living-room TV", 40001), end("17.253.57.203", "time.apple.com", 123)
	events := []*capture.Event{
		{Kind: capture.Traffic, Router: router, Dir: capture.Out, Proto: capture.UDP, Src: tv, Dst: end("17.253.57.203", "", 123)},
		{Kind: capture.Traffic, Router: router, Dir: capture.Out, Proto: capture.UDP, Src: tv, Dst: web},
		{Kind: capture.Traffic, Router: router, Dir: capture.Out, Proto: capture.TCP, Src: end("", "nas", 5), Dst: end("2001:db8::1", "", 443)},
		{Kind: capture.Traffic, Proto: capture.ICMP, Src: tv, Dst: end("10.0.0.1", "", 0)},
		{Kind: capture.System, Router: router, Text: "new firmware", Src: end("9.9.9.9", "no", 9), Dst: end("9.9.9.9", "no", 9)},
	}
	apple, ipv6, plain := Known{"17.253.57.203", "time.apple.com"}, Known{"2001:db8::1", ""}, Known{"10.0.0.1", ""}
	tvAddr, tvName, nas := Known{"192.168.1.15", "Living-room TV"}, Known{"Living-room TV", "192.168.1.15"}, Known{"nas", ""}
	ports := []Known{{"123", "ntp"}, {"443", "https"}}
	want := map[string][]Known{
		"ip": {tvAddr, apple, plain, ipv6}, "ip-source": {tvAddr}, "ip-dest": {apple, plain, ipv6},
		"host": {tvName, nas, {"time.apple.com", "17.253.57.203"}}, "host-source": {tvName, nas}, "host-dest": {{"time.apple.com", "17.253.57.203"}},
		"port": ports, "port-dest": ports, "service": {{"ntp", "123"}, {"https", "443"}}, "protocol": {{"udp", ""}, {"icmp", ""}, {"tcp", ""}}, "router": {{"192.168.1.1", ""}},
	}
	for _, f := range filter.Fields() {
		got := Seen(f.Name, slices.Values(events), services.IANA())
		if len(got)+len(want[f.Name]) > 0 && !reflect.DeepEqual(got, want[f.Name]) {
			t.Errorf("%s: %q, not %q", f.Name, got, want[f.Name])
		}
	}
	if got := Seen("service", slices.Values(events), nil); len(got) != 0 {
		t.Errorf("%q", got)
	}
}
