package alerts

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/book"
)

func builtin(name string) string { return fmt.Sprintf("[[rule]]\nbuiltin = %q\n", name) }

// Without settings only new hosts and public addresses are told about, as ever; both can be
// switched off.
func TestBuiltinDefaults(t *testing.T) {
	does := func(b *bench) {
		b.wanIs("198.51.100.1")
		b.wanIs("198.51.100.2")
		b.out("203.0.113.1:443")
		for port := range 40 {
			b.see(capture.In, "203.0.113.1:50000", fmt.Sprintf("192.168.1.10:%d", port+1))
		}
		b.Problems([]Problem{{"disk", "full"}})
		b.Routers([]Heard{{router, b.clock.T.Add(-2 * time.Hour)}, {router, b.clock.T}})
		b.untilDue(7300)
		b.Problems([]Problem{{"disk", "full"}})
		b.Routers(nil)
	}
	b := newBench(t, book.Options{}, Options{})
	does(b)
	b.expect("wan-change 198.51.100.1>198.51.100.2, new-host 203.0.113.1")
	b = newBench(t, book.Options{}, Options{Rules: rulesOf(t, quietHosts+"[[rule]]\nbuiltin = \"public-address\"\noff = true\n")})
	does(b)
	b.expect("")
	if err := b.Alerts.Configure(Options{Services: b.o.Services}); err != nil { // what was, is no news now
		t.Fatal(err)
	}
	b.wanIs("198.51.100.3")
	b.out("203.0.113.2:443")
	b.expect("wan-change 198.51.100.2>198.51.100.3, new-host 203.0.113.2")
}

func TestNewDevice(t *testing.T) {
	b := newBench(t, book.Options{}, Options{Rules: rulesOf(t, quietHosts+builtin("new-device"))})
	mac := capture.MAC{2, 0, 0x5e, 0x10, 0, 0x22}
	b.see(capture.Out, "192.168.1.10:5", "203.0.113.1:443")
	b.see(capture.Out, "192.168.1.11:5", "203.0.113.1:443")
	b.see(capture.Out, "[fd00::11]:5", "203.0.113.1:443") // of whom, nobody knows
	b.clock.Advance(time.Second)
	b.Sight(&capture.Sighting{Kind: capture.Lease, Time: b.clock.T, Addr: b.addr("192.168.1.11"), MAC: mac, Name: "tablet"})
	b.commit()
	b.crash()
	b.untilDue(15)
	b.want("new device 192.168.1.10\nnew device tablet (192.168.1.11), 02:00:5e:10:00:22")
	// It stays the same with a different address.
	b.clock.Advance(time.Hour)
	b.Sight(&capture.Sighting{Kind: capture.Lease, Time: b.clock.T, Addr: b.addr("192.168.1.12"), MAC: mac, Name: "tablet"})
	b.see(capture.Out, "192.168.1.12:5", "203.0.113.1:443")
	b.see(capture.Out, "192.168.1.10:5", "203.0.113.2:443")
	b.untilDue(15)
	b.want("new device 192.168.1.10\nnew device tablet (192.168.1.11), 02:00:5e:10:00:22")
}

func TestPortScan(t *testing.T) {
	b := newBench(t, book.Options{}, Options{Rules: rulesOf(t, quietHosts+builtin("port-scan"))})
	scan := func(from string, first, n int) {
		for i := range n {
			b.see(capture.In, from, fmt.Sprintf("192.168.1.10:%d", first+i))
		}
	}
	scan("203.0.113.1:50000", 1, scanPorts-1)
	scan("203.0.113.1:50000", 1, scanPorts-1) // the same again
	scan("203.0.113.2:443", 40000, 100)       // late answers
	b.see(capture.Out, "192.168.1.10:5", "203.0.113.1:443")
	b.commit()
	b.crash()
	b.want("")
	scan("203.0.113.1:50000", 100, 1)
	b.want("port scan by 203.0.113.1")
	b.clock.Advance(10 * time.Hour)
	scan("203.0.113.1:50000", 1, 100)
	b.want("port scan by 203.0.113.1")
	b.clock.Advance(20 * time.Hour)
	scan("203.0.113.1:50000", 1, 100)
	b.want("port scan by 203.0.113.1\nport scan by 203.0.113.1")
	// However many sources there are, what is known of them is bounded.
	for i := range 5 * maxScans {
		scan(fmt.Sprintf("%v:50000", public(i)), 1, scanPorts)
	}
	w := b.builtin["port-scan"]
	if len(w.own.Scans) > maxScans || len(w.own.Scanned) > maxScanned || len(w.own.Scanned) < maxScanned/2 {
		t.Errorf("%d and %d", len(w.own.Scans), len(w.own.Scanned))
	}
	b.untilDue(120)
	if n := len(b.alerts()); n > 8 {
		t.Errorf("%d alerts", n)
	}
}

func TestRouterSilent(t *testing.T) {
	b := newBench(t, book.Options{}, Options{Rules: rulesOf(t, quietHosts+builtin("router-silent"))})
	var last time.Time
	hears := func(minutes int) {
		for range minutes {
			last = b.clock.T
			b.Routers([]Heard{{router, b.clock.T}})
			b.clock.Advance(time.Minute)
		}
	}
	waits := func(minutes int) {
		for range minutes {
			b.clock.Advance(time.Minute)
			b.Routers([]Heard{{router, last}})
		}
	}
	hears(30)
	waits(100)
	b.want("") // it never reported for an hour
	hears(61)
	waits(50)
	hears(1)
	waits(58)
	b.want("")
	waits(2)
	text := "nothing comes any more from the router 192.168.1.1, since "
	if got := b.lines(); len(got) < len(text) || got[:len(text)] != text {
		t.Error(got)
	}
	waits(100)
	b.reopen()
	waits(100)
	if n := len(b.alerts()); n != 1 {
		t.Errorf("%d alerts", n)
	}
	hears(2)
	b.commit()
	b.o.Alive = b.clock.T
	b.clock.Advance(24 * time.Hour) // LinkLog was off
	b.reopen()
	for range 55 {
		b.Routers(nil)
		b.clock.Advance(time.Minute)
	}
	if n := len(b.alerts()); n != 1 {
		t.Errorf("%d alerts:\n%s", n, b.lines())
	}
	b.clock.Advance(10 * time.Minute)
	b.Routers(nil)
	if n := len(b.alerts()); n != 2 {
		t.Errorf("%d alerts:\n%s", n, b.lines())
	}
}

func TestTrouble(t *testing.T) {
	b := newBench(t, book.Options{}, Options{Rules: rulesOf(t, quietHosts+builtin("trouble"))})
	full := []Problem{{"history-unwritten", "the disk is full"}}
	lasts := func(seconds int, list []Problem) {
		for range seconds {
			b.Problems(list)
			b.clock.Advance(time.Second)
		}
	}
	lasts(50, full)
	lasts(10, nil)
	b.want("")
	lasts(70, full)
	b.want("LinkLog has a problem: the disk is full")
	lasts(100, nil)
	b.reopen()
	lasts(1000, full)
	b.want("LinkLog has a problem: the disk is full") // the same still
	lasts(3700, nil)
	lasts(70, full)
	b.want("LinkLog has a problem: the disk is full\nLinkLog has a problem: the disk is full")
	b.seq++
	b.Observe(&capture.Event{Seq: b.seq, Time: b.clock.T, Kind: capture.Gap, Lost: 7, Text: "7 were lost", Since: b.clock.T})
	b.want("LinkLog has a problem: the disk is full\nLinkLog has a problem: the disk is full\nLinkLog has a problem: 7 were lost")
	var many []Problem
	for i := range 5 * maxTroubles {
		many = append(many, Problem{fmt.Sprint(i), "x"})
	}
	lasts(1, many)
	if n := len(b.builtin["trouble"].own.Troubles); n > maxTroubles {
		t.Errorf("%d are kept", n)
	}
}

func (b *bench) addr(text string) netip.Addr { return netip.MustParseAddr(text) }
