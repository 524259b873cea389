package book

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"linklog/capture"
)

// Events leave in their order, each once; those that may still get a name wait, and all
// behind them, but not for long and not many.
func TestLate(t *testing.T) {
	b := newBench(t, Options{})
	b.answer("192.168.1.20", "other.example", "203.0.113.77")
	late := NewLate(b.Again)
	var passed []string
	pass := func(events []capture.Event) {
		for _, ev := range events {
			passed = append(passed, fmt.Sprintf("%d:%s", ev.Seq, ev.Dst.Name))
		}
	}
	come := func(hosts ...string) {
		var events []capture.Event
		for _, h := range hosts {
			events = append(events, b.shows(capture.Out, "192.168.1.10:1", h))
		}
		pass(late.Pass(events, b.clock.T))
	}
	expect := func(want string) {
		t.Helper()
		if got := fmt.Sprint(passed); got != want {
			t.Errorf("passed %v, want %s", got, want)
		}
		passed = nil
	}
	come("192.168.1.30:80", "said.example=203.0.113.1:443")
	expect("[1: 2:said.example]")
	come("203.0.113.2:443", "said.example=203.0.113.1:443")
	b.clock.Advance(LateWithin / 2)
	come("203.0.113.3:443")
	expect("[]")
	if first := late.Oldest(); first == nil || first.Seq != 3 {
		t.Errorf("the oldest is %+v", first)
	}
	b.answer("192.168.1.10", "three.example", "203.0.113.3")
	come("203.0.113.4:443")
	expect("[]")
	b.answer("192.168.1.10", "two.example", "203.0.113.2")
	pass(late.Pass(nil, b.clock.T))
	expect("[3:two.example 4:said.example 5:three.example]")
	if h := b.host("203.0.113.2"); h.AskedName != "two.example" {
		t.Errorf("%+v", h)
	}
	b.clock.Advance(LateWithin)
	pass(late.Pass(nil, b.clock.T))
	expect("[6:]")
	come("203.0.113.5:443")
	expect("[]")
	pass(late.All())
	expect("[7:]")
	if late.Oldest() != nil {
		t.Errorf("%+v waits", late.Oldest())
	}
	var flood []string
	for i := range 3 * maxLate {
		flood = append(flood, public(i).String()+":443")
	}
	for i := range flood {
		come(flood[i])
	}
	if n := len(passed); n != 2*maxLate || len(late.kept) > 3*maxLate {
		t.Errorf("%d passed of %d, %d are kept", n, len(flood), len(late.kept))
	}
	pass(late.All())
	for i, p := range passed {
		if p != fmt.Sprintf("%d:", 8+i) {
			t.Fatalf("number %d is %s", i, p)
		}
	}
}

// Where no router logs answers, nothing is kept.
func TestLateWithoutAnswers(t *testing.T) {
	b := newBench(t, Options{})
	late := NewLate(b.Again)
	ev := b.shows(capture.Out, "192.168.1.10:1", web)
	if n := len(late.Pass([]capture.Event{ev}, b.clock.T)); n != 1 {
		t.Errorf("%d events passed", n)
	}
	b.answer("192.168.1.10", "www.shop.example", "203.0.113.9")
	b.clock.Advance(2 * askedWithin) // it is switched off
	ev = b.shows(capture.Out, "192.168.1.10:2", web)
	if n := len(late.Pass([]capture.Event{ev}, b.clock.T)); n != 1 {
		t.Errorf("%d events passed", n)
	}
}

// A Household names events as a Store does.
func TestHousehold(t *testing.T) {
	b, m := newBench(t, Options{}), NewHousehold(nil)
	sight := func(s capture.Sighting) {
		t.Helper()
		b.sight(s)
		s.Time, s.Router = b.clock.T, router
		m.Sight(&s)
	}
	show := func(dir capture.Direction, src, dst string) {
		t.Helper()
		ev := attempt(b.seq+1, b.clock.T, dir, src, dst)
		m.Knows(&ev) // or not: that changes nothing
		m.Observe(&ev)
		if stored := b.shows(dir, src, dst); ev.Dir != stored.Dir || ev.Src != stored.Src || ev.Dst != stored.Dst {
			t.Errorf("in memory %+v\nstored    %+v", ev, stored)
		}
	}
	a := netip.MustParseAddr
	mac := hardware(t, tvMAC)
	show(capture.Out, "192.168.1.10:1", web)
	sight(capture.Sighting{Kind: capture.Lease, Addr: a("192.168.1.10"), MAC: mac, Name: "tv"})
	show(capture.Out, "192.168.1.10:1", web)
	sight(capture.Sighting{Kind: capture.Answer, Addr: a("203.0.113.9"), Name: "www.shop.example", Client: a("192.168.1.10")})
	show(capture.Out, "192.168.1.10:1", web)
	show(capture.Out, "192.168.1.20:1", web)
	show(capture.In, web, "192.168.1.10:1")
	sight(capture.Sighting{Kind: capture.Lease, Addr: a("192.168.1.77"), MAC: mac, Name: "tv"})
	show(capture.Out, "192.168.1.77:1", web)
	show(capture.Out, "192.168.1.10:1", web)
	sight(capture.Sighting{Kind: capture.Neighbour, Addr: a("2001:db8:50::10"), MAC: mac})
	show(capture.In, "[2001:db8:50::10]:1", "[2001:db8:9::9]:443")
	show(capture.Out, "[2001:db8:9::9]:443", "[2001:db8:50::10]:1")
	show(capture.In, web, "WAN=198.51.100.7:80")
	sight(capture.Sighting{Kind: capture.Answer, Addr: a("198.51.100.7"), Name: "home.example", Client: a("192.168.1.10")})
	show(capture.Out, "192.168.1.10:1", "198.51.100.7:80")
	b.clock.Advance(2 * askedWithin)
	show(capture.Out, "192.168.1.77:1", web)

	ev := attempt(b.seq+1, b.clock.T, capture.Out, "192.168.1.77:1", web)
	sight(capture.Sighting{Kind: capture.Answer, Addr: a("203.0.113.9"), Name: "cdn.example", Client: a("192.168.1.20")})
	if m.Observe(&ev); ev.Dst.Name != "" || m.Asked(&ev) != "cdn.example" {
		t.Errorf("%+v, asked for by others: %q", ev, m.Asked(&ev))
	}
}

// What is forged takes no room without end in a Household, and what is usual no allocations.
func TestHouseholdIsBounded(t *testing.T) {
	m := NewHousehold(nil)
	now := time.Now()
	for i := range 50_000 {
		addr := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		mac := capture.MAC{2, 0, 0, byte(i >> 16), byte(i >> 8), byte(i)}
		m.Sight(&capture.Sighting{Time: now, Kind: capture.Lease, Addr: addr, MAC: mac, Name: "forged"})
		m.Sight(&capture.Sighting{Time: now, Kind: capture.Answer, Addr: public(i), Name: "forged.example", Client: addr})
		ev := attempt(0, now, capture.Out, addr.String()+":1", public(i).String()+":443")
		m.Observe(&ev)
	}
	d := &m.devices
	if d.n() > defaultDevices || len(d.byAddr) > defaultDevices || len(d.byMAC) > defaultDevices || len(d.waiting) > defaultDevices || len(d.dirty) > 0 || len(d.deleted) > 0 ||
		len(m.relabelled) > 0 || len(m.answers.of) > maxAskers || len(m.answers.anyone.latest) > maxAnyone {
		t.Errorf("%d devices, %d dirty, %d deleted, %d askers", d.n(), len(d.dirty), len(d.deleted), len(m.answers.of))
	}
	packet := capture.Sighting{Time: now, Kind: capture.Neighbour, Addr: netip.MustParseAddr("10.0.195.79"), MAC: capture.MAC{2, 0, 0, 0, 195, 79}}
	usual := attempt(0, now, capture.Out, "10.0.195.79:1", web)
	late, one := NewLate(m.Again), make([]capture.Event, 1)
	if n := testing.AllocsPerRun(1000, func() {
		m.Sight(&packet)
		ev := usual
		m.Observe(&ev)
		one[0] = ev
		late.Pass(one, now)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
