package filter

import (
	"iter"
	"net/netip"
	"testing"
	"time"

	"linklog/capture"
)

// entry is one name of one port.
type entry struct {
	name  string
	port  uint16
	proto capture.Protocol
}

// table is a small services file; the first name of a port is the one shown.
type table []entry

var services = table{
	{"ssh", 22, capture.TCP}, {"domain", 53, capture.TCP}, {"domain", 53, capture.UDP},
	{"http", 80, capture.TCP}, {"www", 80, capture.TCP}, {"www-http", 80, capture.UDP},
	{"ntp", 123, capture.UDP}, {"https", 443, capture.TCP}, {"https", 443, capture.UDP},
	{"shell", 514, capture.TCP}, {"syslog", 514, capture.UDP}, {"http-alt", 8080, capture.TCP},
	{"sshell", 614, capture.TCP}, {"9pfs", 564, capture.TCP}, {"diameter", 3868, capture.SCTP},
}

func (t table) Name(port uint16, proto capture.Protocol) string {
	if proto == 0 {
		tcp, udp := t.Name(port, capture.TCP), t.Name(port, capture.UDP)
		switch {
		case udp == "" || tcp == udp:
			return tcp
		case tcp == "":
			return udp
		}
		return ""
	}
	for _, e := range t {
		if e.port == port && e.proto == proto {
			return e.name
		}
	}
	return ""
}

func (t table) Each(yield func(name string, port uint16, proto capture.Protocol) bool) {
	for _, e := range t {
		if !yield(e.name, e.port, e.proto) {
			return
		}
	}
}

func (t table) Categories() iter.Seq2[string, iter.Seq2[uint16, capture.Protocol]] {
	return func(yield func(string, iter.Seq2[uint16, capture.Protocol]) bool) {
		_ = yield("games", func(func(uint16, capture.Protocol) bool) {}) && yield("names and time", func(yield func(uint16, capture.Protocol) bool) {
			_ = yield(53, capture.TCP) && yield(53, capture.UDP) && yield(53, 0) && yield(123, capture.UDP) && yield(123, 0)
		}) && yield("web", func(yield func(uint16, capture.Protocol) bool) {
			_ = yield(80, capture.TCP) && yield(443, capture.TCP) && yield(443, 0)
		})
	}
}

func end(addr, name string, port uint16) capture.Endpoint {
	e := capture.Endpoint{Name: name, Port: port}
	if addr != "" {
		e.Addr = netip.MustParseAddr(addr)
	}
	return e
}

var (
	home    = netip.MustParseAddr("192.168.1.1")
	started = time.Date(2026, 11, 23, 2, 48, 23, 0, time.UTC)
)

func attempt(dir capture.Direction, proto capture.Protocol, src, dst capture.Endpoint) capture.Event {
	return capture.Event{Time: started, Router: home, Kind: capture.Traffic, Dir: dir, Proto: proto, Src: src, Dst: dst}
}

// The events of the tests, one of each form.
func outbound() capture.Event {
	ev := attempt(capture.Out, capture.TCP, end("192.168.1.10", "laptop", 51234), end("17.5.7.8", "www.Apple.com", 443))
	ev.RouterName = "OpenWrt"
	return ev
}

func inbound() capture.Event {
	return attempt(capture.In, capture.UDP, end("203.0.113.9", "", 40000), end("192.168.1.20", "", 514))
}

// oldNamed has no protocol and no destination address.
func oldNamed() capture.Event {
	return attempt(capture.Out, 0, end("192.168.1.61", "", 32949), end("", "slashdot.org", 80))
}

func sixes() capture.Event {
	ev := attempt(capture.Out, capture.TCP, end("2001:db8::10", "", 50000), end("2001:db8:0:1::1", "straße.example", 22))
	ev.New = true
	return ev
}

func ping() capture.Event {
	return attempt(capture.In, capture.ICMP, end("203.0.113.9", "", 0), end("192.168.1.10", "", 0))
}

func system() capture.Event {
	return capture.Event{Time: started, Router: home, Kind: capture.System, Text: "Firmware Version : 1.04.12, Oct 21 2003"}
}

func wan() capture.Event {
	return capture.Event{Time: started, Router: home, Kind: capture.WAN, Dst: end("203.0.113.7", "", 0), Text: "WAN IP = 203.0.113.7"}
}

func rejected() capture.Event {
	return capture.Event{Time: started, Router: home, Kind: capture.Rejected, Reason: capture.NotSNMP, Raw: "x"}
}

// now is when the filters of tests are asked: an hour after the events.
var now = started.Add(time.Hour)

var events = map[string]capture.Event{
	"outbound": outbound(), "inbound": inbound(), "oldNamed": oldNamed(), "sixes": sixes(),
	"ping": ping(), "system": system(), "wan": wan(), "rejected": rejected(),
}

func mustParse(t testing.TB, query string) Filter {
	t.Helper()
	f, err := Parse(query)
	if err != nil {
		t.Fatalf("Parse(%q): %v", query, err)
	}
	return f
}

func mustCompile(t testing.TB, f Filter) *Matcher {
	t.Helper()
	m, err := f.Compile(services, now)
	if err != nil {
		t.Fatalf("%.200s: %v", f, err)
	}
	return m
}
