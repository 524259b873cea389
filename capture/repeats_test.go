package capture

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// packet is one that a router logged, so long after the first.
func packet(after time.Duration, src, dst string, v Verdict) Event {
	ev := Event{
		Time: time.Date(2026, 11, 28, 6, 42, 10, 0, time.UTC).Add(after), Router: netip.MustParseAddr("192.168.1.1"),
		Kind: Traffic, Dir: In, Proto: TCP, Verdict: v,
	}
	from, to := netip.MustParseAddrPort(src), netip.MustParseAddrPort(dst)
	ev.Src, ev.Dst = Endpoint{Addr: from.Addr(), Port: from.Port()}, Endpoint{Addr: to.Addr(), Port: to.Port()}
	if from.Addr().IsPrivate() || from.Addr() == netip.MustParseAddr("198.51.100.7") {
		ev.Dir = Out
	}
	return ev
}

func TestRepeats(t *testing.T) {
	const device, wan, site = "192.168.1.10:5000", "198.51.100.7:5000", "203.0.113.9:443"
	second := time.Second
	changed := func(ev Event, change func(*Event)) Event { change(&ev); return ev }
	for _, test := range []struct {
		name   string
		events []Event
		again  string // a letter an event: n new, r repeat
	}{
		{"the same", []Event{packet(0, device, site, 0), packet(second, device, site, 0), packet(59*second, device, site, 0)}, "nrr"},
		{"a minute later", []Event{packet(0, device, site, 0), packet(60*second, device, site, 0)}, "nn"},
		{"on and on", []Event{packet(0, device, site, 0), packet(50*second, device, site, 0), packet(100*second, device, site, 0)}, "nrr"},
		{"days later", []Event{packet(0, device, site, 0), packet(48*time.Hour, device, site, 0), packet(-24*time.Hour, device, site, 0)}, "nnn"},
		{"a clock put back", []Event{packet(0, device, site, 0), packet(-time.Hour, device, site, 0), packet(-time.Hour, device, site, 0)}, "nnr"},
		{"other ports", []Event{packet(0, device, site, 0), packet(0, "192.168.1.10:5001", site, 0), packet(0, device, "203.0.113.9:80", 0)}, "nnn"},
		{"other addresses", []Event{packet(0, device, site, 0), packet(0, "192.168.1.11:5000", site, 0), packet(0, device, "203.0.113.8:443", 0)}, "nnn"},
		{"other names", []Event{changed(packet(0, device, site, 0), func(ev *Event) { ev.Dst = Endpoint{Name: "a"} }), changed(packet(0, device, site, 0), func(ev *Event) { ev.Dst = Endpoint{Name: "b"} })}, "nn"},
		{"a different protocol", []Event{packet(0, device, site, 0), changed(packet(0, device, site, 0), func(ev *Event) { ev.Proto = UDP })}, "nn"},
		{"a different router", []Event{packet(0, device, site, 0), changed(packet(0, device, site, 0), func(ev *Event) { ev.Router = netip.MustParseAddr("192.168.1.2") })}, "nn"},
		{"a router of a different name behind the same address", []Event{
			changed(packet(0, device, site, 0), func(ev *Event) { ev.RouterName = "attic" }), changed(packet(0, device, site, 0), func(ev *Event) { ev.RouterName = "cellar" }),
			changed(packet(0, device, site, 0), func(ev *Event) { ev.RouterName = "attic" }), packet(0, device, site, 0), changed(packet(0, device, site, 0), func(ev *Event) { ev.RouterName = "cellar" }),
		}, "nnrnr"},
		{"translated by a router of a different name", []Event{
			changed(packet(0, device, site, Allowed), func(ev *Event) { ev.RouterName = "attic" }), changed(packet(0, wan, site, Allowed), func(ev *Event) { ev.RouterName = "cellar" }),
		}, "nn"},
		{"a verdict that was not said", []Event{packet(0, device, site, 0), packet(0, device, site, Blocked), packet(0, device, site, Blocked), packet(0, device, site, 0)}, "nnrr"},
		{"a late packet of an allowed one", []Event{packet(0, device, site, Allowed), packet(second, device, site, Blocked)}, "nr"},
		{"translated", []Event{packet(0, device, site, Allowed), packet(0, wan, site, Allowed), packet(second, wan, site, Allowed)}, "nrr"},
		{"translated to a different port", []Event{packet(0, device, site, Allowed), packet(0, "198.51.100.7:61000", site, Allowed)}, "nr"},
		{"one of the router's own beside it", []Event{packet(0, device, site, Allowed), packet(0, "198.51.100.7:61000", site, Allowed), packet(0, "198.51.100.7:61001", site, Allowed)}, "nrn"},
		{"one of the router's own later", []Event{packet(0, device, site, Allowed), packet(3*second, wan, site, Allowed)}, "nn"},
		{"one of the router's own", []Event{packet(0, wan, site, Allowed)}, "n"},
		{"from outside", []Event{packet(0, "203.0.113.9:443", "198.51.100.7:23", Blocked), packet(0, "203.0.113.9:443", "198.51.100.7:23", Blocked)}, "nr"},
		{"no traffic", []Event{{Kind: System, Text: "x"}, {Kind: System, Text: "x"}}, "nn"},
	} {
		r, got := NewRepeats(), ""
		for _, ev := range test.events {
			if r.Again(&ev) {
				got += "r"
			} else {
				got += "n"
			}
		}
		if got != test.again {
			t.Errorf("%s: %s, want %s", test.name, got, test.again)
		}
	}
}

// TestRepeatsAreBounded meets more attempts than are remembered: none of them is taken for
// one that it is not, and the newest are remembered.
func TestRepeatsAreBounded(t *testing.T) {
	r := NewRepeats()
	event := func(i int) Event {
		return packet(time.Duration(i)*time.Microsecond, fmt.Sprintf("10.0.%d.%d:%d", i>>8&0xff, i&0xff, 1024+i>>16), "203.0.113.9:443", 0)
	}
	const n = 200_000
	for i := range n {
		if ev := event(i); r.Again(&ev) {
			t.Fatalf("%d is new", i)
		}
	}
	for i := n - 100; i < n; i++ {
		if ev := event(i); !r.Again(&ev) {
			t.Errorf("%d is forgotten", i)
		}
	}
	ev := event(n)
	if allocations := testing.AllocsPerRun(1000, func() { r.Again(&ev) }); allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

func BenchmarkRepeats(b *testing.B) {
	r, ev := NewRepeats(), packet(0, "192.168.1.10:5000", "203.0.113.9:443", 0)
	b.ReportAllocs()
	for b.Loop() {
		ev.Src.Port++
		r.Again(&ev)
	}
}
