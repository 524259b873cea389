package flow

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"linklog/capture"
)

func newLines() *Lines { return NewLines(homeNetwork.Contains) }

// logged is an attempt as a router logged it, so long before arrival0.
func logged(seq uint64, dir capture.Direction, src, dst string, before time.Duration) *capture.Event {
	s, d := port(src), port(dst)
	return &capture.Event{
		Seq: seq, Time: ago(before), Router: exporter.Addr(), Kind: capture.Traffic, Dir: dir, Proto: 6, Verdict: capture.Blocked,
		Src: capture.Endpoint{Addr: s.Addr(), Port: s.Port()}, Dst: capture.Endpoint{Addr: d.Addr(), Port: d.Port()},
	}
}

// flowed is an attempt as flows show it; it began so long before arrival0.
func flowed(src, dst string, before time.Duration) *Attempt {
	return &Attempt{Received: arrival0, First: ago(before), Exporter: exporter.Addr(), Src: port(src), Dst: port(dst), Proto: 6}
}

const (
	device  = "192.168.1.10:50000"
	outside = "203.0.113.5:61000" // the device's, behind translation
	server  = "198.51.100.80:443"
)

// TestLines finds the line that is about the same connection as flows.
func TestLines(t *testing.T) {
	for _, test := range []struct {
		name         string
		line         *capture.Event
		attempt      *Attempt
		found, turns bool
	}{
		{"the same", logged(7, capture.Out, device, server, 10*time.Second), flowed(device, server, 10*time.Second), true, false},
		{"the other began", logged(7, capture.Out, device, server, 10*time.Second), flowed(server, device, 10*time.Second), true, true},
		{"logged at its end", logged(7, capture.Out, device, server, 0), flowed(device, server, time.Hour), true, false},
		{"half an hour long", logged(7, capture.Out, device, server, 30*time.Minute), flowed(device, server, 30*time.Minute), true, false},
		{"an earlier one", logged(7, capture.Out, device, server, 10*time.Minute), flowed(device, server, 8*time.Minute), false, false},
		{"a later one", logged(7, capture.Out, device, server, -2*time.Minute), flowed(device, server, 8*time.Minute), false, false},
		{"another port", logged(7, capture.Out, device, server, 10*time.Second), flowed("192.168.1.10:50001", server, 10*time.Second), false, false},
		{"flows behind translation", logged(7, capture.Out, device, server, 10*time.Second), flowed(outside, server, 9*time.Second), true, false},
		{"lines behind translation", logged(7, capture.Out, outside, server, 10*time.Second), flowed(device, server, 11*time.Second), true, false},
		{"behind translation, the other began", logged(7, capture.Out, device, server, 10*time.Second), flowed(server, outside, 9*time.Second), true, true},
		{"behind translation, too late", logged(7, capture.Out, device, server, 10*time.Second), flowed(outside, server, 7*time.Second), false, false},
		{"another device", logged(7, capture.Out, device, server, 10*time.Second), flowed("192.168.1.11:50000", server, 10*time.Second), false, false},
		{"a forwarded port", logged(7, capture.In, "198.51.100.80:40000", "203.0.113.5:8080", 10*time.Second), flowed("198.51.100.80:40000", "192.168.1.20:80", 10*time.Second), true, false},
		{"a forwarded port, logged behind translation", logged(7, capture.In, "198.51.100.80:40000", "192.168.1.20:80", 10*time.Second), flowed("198.51.100.80:40000", "203.0.113.5:8080", 10*time.Second), true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLines()
			l.Add(test.line, false)
			seq, turned := l.Find(test.attempt)
			if (seq == 7) != test.found || seq != 0 && seq != 7 || turned != test.turns {
				t.Errorf("found %d, turned %v", seq, turned)
			}
			elsewhere := *test.attempt
			elsewhere.Exporter = netip.MustParseAddr("192.168.1.99")
			l.Add(test.line, false)
			if seq, _ := l.Find(&elsewhere); seq != 0 {
				t.Errorf("found %d, of a different router", seq)
			}
			if l.Log(elsewhere.Exporter, arrival0) || !l.Log(exporter.Addr(), arrival0) || l.Log(exporter.Addr(), arrival0.Add(2*time.Hour)) {
				t.Error("who logs?")
			}
		})
	}
}

// TestLinesOfDevices: many devices go to one server at once, behind translation: each line is found once, that with
// the same port, else that of the nearest time.
func TestLinesOfDevices(t *testing.T) {
	l := newLines()
	for i := range uint64(5) {
		l.Add(logged(i+1, capture.Out, fmt.Sprintf("192.168.1.%d:5000%d", 10+i, i), server, 10*time.Second-time.Duration(i)*100*time.Millisecond), false)
	}
	for _, test := range []struct {
		src    string
		before time.Duration
		want   uint64
	}{
		{"203.0.113.5:50003", 10 * time.Second, 4}, {"203.0.113.5:61000", 9800 * time.Millisecond, 3}, {"203.0.113.5:61001", 9800 * time.Millisecond, 2},
		{"203.0.113.5:61002", 9 * time.Second, 5}, {"203.0.113.5:61003", 9 * time.Second, 1}, {"203.0.113.5:61004", 9 * time.Second, 0},
	} {
		if got, _ := l.Find(flowed(test.src, server, test.before)); got != test.want {
			t.Errorf("%s, %v before: %d, not %d", test.src, test.before, got, test.want)
		}
	}
}

// TestLinesTwice: a line that says the verdict of an attempt later is the one that counts; a repeat only says
// that it lasts; and once it was found by both ends, it is not found by the one outside.
func TestLinesTwice(t *testing.T) {
	l := newLines()
	l.Add(logged(1, capture.Out, device, server, 3*time.Minute), false)
	l.Add(logged(2, capture.Out, device, server, 3*time.Minute), false)
	l.Add(logged(3, capture.Out, device, server, 150*time.Second), true)
	l.Add(logged(4, capture.Out, "192.168.1.11:50000", server, time.Minute), true)
	if seq, _ := l.Find(flowed("192.168.1.11:50000", server, time.Minute)); seq != 0 {
		t.Errorf("found %d, a repeat of nothing that is known", seq)
	}
	if seq, _ := l.Find(flowed(device, server, 100*time.Second)); seq != 2 {
		t.Errorf("found %d", seq)
	}
	if seq, _ := l.Find(flowed(outside, server, 3*time.Minute)); seq != 0 {
		t.Errorf("found %d once more", seq)
	}
}

func TestLinesAllocateNothing(t *testing.T) {
	l := newLines()
	ev, a, other := logged(1, capture.Out, device, server, 0), flowed(device, server, 0), flowed(outside, server, 0)
	found := 0
	allocs := testing.AllocsPerRun(1000, func() {
		ev.Src.Port++
		ev.Seq++
		a.Src = netip.AddrPortFrom(ev.Src.Addr, ev.Src.Port)
		l.Add(ev, false)
		if seq, _ := l.Find(other); seq == ev.Seq {
			found++
		}
		if seq, _ := l.Find(a); seq == ev.Seq {
			found++
		}
	})
	if allocs != 0 && !testing.Short() || found != 2002 {
		t.Errorf("%v allocations, %d found", allocs, found)
	}
}

// BenchmarkLines takes a line and finds it: a step is a line and a connection.
func BenchmarkLines(b *testing.B) {
	l := newLines()
	ev, a := logged(1, capture.Out, device, server, 0), flowed(device, server, 0)
	b.ReportAllocs()
	for i := range b.N {
		ev.Src.Port, ev.Seq = uint16(i), uint64(i+1)
		ev.Dst.Addr = netip.AddrFrom4([4]byte{198, 51, 100, byte(i >> 3)})
		a.Src, a.Dst = netip.AddrPortFrom(ev.Src.Addr, ev.Src.Port), netip.AddrPortFrom(ev.Dst.Addr, ev.Dst.Port)
		l.Add(ev, false)
		if seq, _ := l.Find(a); seq != ev.Seq {
			b.Fatal(seq)
		}
	}
}

// TestHeldForLine: attempts of an exporter that logs wait for their lines, also when they are whole.
func TestHeldForLine(t *testing.T) {
	a := newAttempts()
	a.Logs = true
	there, back := one(device, server, 10*time.Second, time.Second), one(server, device, 10*time.Second, time.Second)
	if told := add(a, there, back); len(told) != 0 {
		t.Fatalf("told at once: %+v", told)
	}
	var told []Attempt
	tell := func(t *Attempt) { told = append(told, *t) }
	a.Due(there.Received.Add(holdsLogged-time.Millisecond), tell)
	if len(told) != 0 {
		t.Fatalf("told too soon: %+v", told)
	}
	a.Logs = false
	if got := add(a, one("192.168.1.11:50000", server, 5*time.Second, time.Second)); len(got) != 0 {
		t.Fatalf("told out of turn: %+v", got)
	}
	a.Due(there.Received.Add(holdsLogged), tell)
	if len(told) != 2 || told[0].Out.Bytes != 1000 || told[0].Back.Bytes != 1000 {
		t.Errorf("told %+v", told)
	}
	a.Turn(&told[0])
	if told[0].Src != port(server) || told[0].Dir != capture.In {
		t.Errorf("turned %+v", told[0])
	}
	a.Stored(told[0].ID, 99)
	more := add(a, one(device, server, 0, time.Second, volume(5, 1)))
	if len(more) != 1 || !more[0].More || more[0].Of != 99 || more[0].Src != port(server) || more[0].Back.Bytes != 5 {
		t.Errorf("more %+v", more)
	}
}
