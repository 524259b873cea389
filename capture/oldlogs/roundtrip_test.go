package oldlogs

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"linklog/capture"
	"linklog/format"
	"linklog/format/services"
)

// random makes an event as capture makes them.
func random(r *rand.Rand, at time.Time) capture.Event {
	addr := func() netip.Addr {
		var b [16]byte
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		if r.IntN(3) == 0 {
			b[0] = 0x20 // not a mapped IPv4 address
			return netip.AddrFrom16(b)
		}
		return netip.AddrFrom4([4]byte(b[:4]))
	}
	names := []string{"", "", "WAN", "dns.example", "xn--4ca.example", "a_b-c.example", "näme.example", "with space"}
	end := func() (e capture.Endpoint) {
		e.Name, e.Port = names[r.IntN(len(names))], uint16(r.Uint32()>>r.IntN(16))
		if e.Name == "" || r.IntN(3) > 0 {
			e.Addr = addr()
		}
		return e
	}
	texts := []string{"", "", "more", "'quoted", "=1+1", `a "b", c`}
	ev := capture.Event{Time: at, Kind: capture.Traffic, Router: addr(), Dir: capture.Direction(1 + r.IntN(2)), Src: end(), Dst: end(), Text: texts[r.IntN(len(texts))]}
	ev.Verdict = capture.Verdict(r.IntN(3))
	ev.Proto = []capture.Protocol{0, capture.TCP, capture.UDP, capture.SCTP, capture.ICMP, capture.GRE, 99}[r.IntN(7)]
	switch r.IntN(12) {
	case 0:
		ev = capture.Event{Time: at, Kind: capture.System, Router: ev.Router, Text: "System is ready"}
	case 1:
		ev = capture.Event{Time: at, Kind: capture.WAN, Router: ev.Router, Text: "WAN IP = 203.0.113.7", Dst: capture.Endpoint{Addr: netip.MustParseAddr("203.0.113.7")}}
	case 2:
		ev = capture.Event{Time: at, Kind: capture.Other, Router: ev.Router, Text: "@in TCP from", Reason: []capture.Reason{capture.BadTraffic, capture.CutOff, capture.Unfamiliar, capture.UnknownText}[r.IntN(4)], Raw: "\xfb\xff\x00raw"}
	case 3:
		ev = capture.Event{Time: at, Kind: capture.Rejected, Router: ev.Router, Reason: capture.NotSNMP, Raw: "x"}
	case 4:
		ev = capture.Event{Time: at, Kind: capture.Gap, Since: at.Add(-time.Minute), Lost: 7, Text: "not running"}
	}
	return ev
}

// inTemplate is what of an event the default templates carry.
func inTemplate(ev capture.Event) capture.Event {
	ev.Time = ev.Time.Truncate(time.Second)
	ev.Raw, ev.Since, ev.Seq, ev.New, ev.Verdict = "", ev.Since.Truncate(time.Second), 0, false, 0
	if ev.Kind != capture.Traffic {
		return ev
	}
	ev.Router, ev.Text = netip.Addr{}, ""
	for _, e := range []*capture.Endpoint{&ev.Src, &ev.Dst} {
		if e.Name != "" { // shown instead of the address
			e.Addr = netip.Addr{}
		}
	}
	return ev
}

// TestRoundTrip writes events in our own forms and reads them back.
func TestRoundTrip(t *testing.T) {
	const n = 3000
	table := services.IANA()
	ports := newPortsByName(table)
	zone := berlin(t)
	template, err := format.Compile(format.Default)
	if err != nil {
		t.Fatal(err)
	}
	system, err := format.Compile(format.SystemDefault)
	if err != nil {
		t.Fatal(err)
	}
	traffic := format.NewFormatter(template, format.Options{Services: table, Location: zone})
	others := format.NewFormatter(system, format.Options{Services: table, Location: zone})
	shown := format.Options{Services: table}

	r := rand.New(rand.NewPCG(1, 2))
	at := time.Date(2023, 1, 15, 0, 0, 0, 0, time.UTC)
	var events []capture.Event
	var asLines, asJSON, asCSV []byte
	asCSV = append(format.AppendCSVHeader(asCSV), '\n')
	for i := range n {
		// Over three New Years, both changes of the clocks and a leap day; about
		// nine hours from one to the next.
		at = at.Add(time.Duration(r.Int64N(int64(18 * time.Hour))))
		ev := random(r, at)
		ev.Seq = uint64(i + 1)
		for _, e := range []*capture.Endpoint{&ev.Src, &ev.Dst} {
			// A name of several ports cannot be read back as the right one.
			for ports[serviceKey{table.Name(e.Port, ev.Proto), ev.Proto}].many {
				e.Port = uint16(r.Uint32())
			}
		}
		events = append(events, ev)
		if ev.Kind == capture.Traffic {
			asLines = traffic.Append(asLines, &ev)
		} else {
			asLines = others.Append(asLines, &ev)
		}
		asLines = append(asLines, '\n')
		asJSON = append(format.AppendJSON(asJSON, &ev, &shown), '\n')
		asCSV = append(format.AppendCSV(asCSV, &ev, &shown), '\n')
	}
	for _, form := range []struct {
		format Format
		text   []byte
		want   func(capture.Event) capture.Event
	}{
		{LinkLog, asLines, inTemplate},
		{JSON, asJSON, func(ev capture.Event) capture.Event { return ev }},
		{CSV, asCSV, func(ev capture.Event) capture.Event { return ev }},
	} {
		t.Run(form.format.String(), func(t *testing.T) {
			r, err := Open(bytes.NewReader(form.text), Options{Location: zone, Now: at.Add(time.Hour), FileTime: at, Services: table})
			if err != nil || r.Format() != form.format {
				t.Fatal(r, err)
			}
			for i := range events {
				got, err := r.Next()
				want := form.want(events[i])
				if form.format == LinkLog {
					// The second of two same hours may be taken for the first.
					if wall := want.Time.In(zone); got.Time.In(zone).Format(time.DateTime) == wall.Format(time.DateTime) {
						got.Time = want.Time
					}
				}
				if err != nil || got != want {
					t.Fatalf("event %d: %v\n got %+v\nwant %+v\nline %s", i, err, got, want, bytes.Split(form.text, []byte("\n"))[i])
				}
			}
			if _, err := r.Next(); err != io.EOF {
				t.Error(err)
			}
		})
	}
}

// TestServices reads back every name that LinkLog would show.
func TestServices(t *testing.T) {
	table := services.IANA()
	ports := newPortsByName(table)
	several := 0
	for _, proto := range []capture.Protocol{capture.TCP, capture.UDP, capture.SCTP, 0} {
		for port := range 1 << 16 {
			name := table.Name(uint16(port), proto)
			if name == "" {
				continue
			}
			switch got, ok := ports[serviceKey{name, proto}]; {
			case !ok || got.port != uint16(port) && !got.many:
				t.Errorf("%s of %v is %+v, not %d", name, proto, got, port)
			case got.many:
				several++
			}
		}
	}
	t.Logf("%d of all names stand for several ports", several)
	if x := ports[serviceKey{"x11", capture.TCP}]; x.port != 6000 || !x.many {
		t.Errorf("x11 is %+v", x)
	}
	results, r := all(t, bytes.NewReader([]byte("Sep 16 12:00:00 [ in, TCP] 203.0.113.9:1 -> 192.168.1.10:x11\n")), options(t))
	if notes := r.Notes(); len(results) != 1 || len(notes) != 3 || notes[2].String() != `service "x11" stands for several ports: taken as 6000 (1)` {
		t.Errorf("%v %q", results, notes)
	}
}
