package main

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/format/services"
)

// attempted is an attempt with a host.
func attempted(at time.Time, host string, dir capture.Direction, port uint16, v capture.Verdict) *capture.Event {
	far := capture.Endpoint{Addr: netip.MustParseAddr(host), Port: 50_000}
	near := capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10"), Name: "nas", Port: port}
	ev := &capture.Event{Kind: capture.Traffic, Time: at, Dir: dir, Proto: capture.TCP, Verdict: v, Src: far, Dst: near}
	if dir == capture.Out {
		ev.Src, ev.Dst = near, far
		ev.Src.Port, ev.Dst.Port = 50_000, port
	}
	return ev
}

func TestTally(t *testing.T) {
	by, err := parseDimensions([]string{"host"})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	y := tally{by: by[0], services: services.IANA()}
	for i := range 10 {
		y.add(attempted(start, "203.0.113.1", capture.In, 22, capture.Blocked), start)
		if i < 4 {
			y.add(attempted(start.Add(50*time.Second), "203.0.113.2", capture.Out, 443, capture.Allowed), start.Add(50*time.Second))
		}
	}
	y.add(&capture.Event{Kind: capture.System, Text: "no attempt"}, start)
	now := start.Add(70 * time.Second)
	y.add(attempted(now.Add(time.Hour), "203.0.113.3", capture.In, 22, 0), now) // its clock is ahead
	shown := func(name string, n int) (hosts string) {
		t.Helper()
		for i := range orders {
			if orders[i].name == name {
				for _, row := range y.top(&orders[i], n, now).rows {
					hosts += row[1][len(row[1])-1:] + ":" + row[2] + "/" + row[3] + " "
				}
			}
		}
		return strings.TrimSpace(hosts)
	}
	for order, want := range map[string]string{
		"minute": "2:4/4 3:1/1 1:0/10", "total": "1:0/10 2:4/4 3:1/1", "in": "1:0/10 3:1/1 2:4/4", "out": "2:4/4 1:0/10 3:1/1", "allowed": "2:4/4 1:0/10 3:1/1",
		"blocked": "1:0/10 2:4/4 3:1/1", "last": "3:1/1 2:4/4 1:0/10", "name": "1:0/10 2:4/4 3:1/1",
	} {
		if got := shown(order, 0); got != want {
			t.Errorf("by %s: %s, want %s", order, got, want)
		}
	}
	if got := shown("total", 1); got != "1:0/10" || y.total != 15 {
		t.Error(got, y.total)
	}
	// The minute goes by without anything coming.
	if now = now.Add(time.Minute); shown("name", 0) != "1:0/10 2:0/4 3:0/1" {
		t.Error(shown("name", 0))
	}
}

// Ports are told apart by protocol, and have names.
func TestTallyOfPorts(t *testing.T) {
	by, _ := parseDimensions([]string{"port"})
	y := tally{by: by[0], services: services.IANA()}
	now := time.Now()
	y.add(attempted(now, "203.0.113.1", capture.In, 443, 0), now)
	udp := attempted(now, "203.0.113.1", capture.In, 443, 0)
	udp.Proto = capture.UDP
	y.add(udp, now)
	if rows := y.top(&orders[0], 0, now).rows; len(rows) != 2 || rows[0][2] != "https" {
		t.Errorf("%q", rows)
	}
}

// Routers are apart by address and by name.
func TestTallyOfRouters(t *testing.T) {
	by, err := parseDimensions([]string{"router"})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	y := tally{by: by[0], services: services.IANA()}
	for i, name := range []string{"attic", "shed", "", "attic"} {
		ev := attempted(now, "203.0.113.1", capture.In, 22, capture.Blocked)
		ev.RouterName, ev.Router = name, netip.MustParseAddr("192.168.1.5")
		if i == 3 {
			ev.Router = netip.MustParseAddr("192.168.1.6")
		}
		y.add(ev, now)
	}
	if rows := y.top(&orders[0], 0, now).rows; len(rows) != 4 {
		t.Errorf("routers behind one address, and with one name: %q", rows)
	}
}

// However many hosts there are, the lines are bounded, and those with many attempts stay.
func TestTallyIsBounded(t *testing.T) {
	by, _ := parseDimensions([]string{"host"})
	y := tally{by: by[0], services: services.IANA()}
	now := time.Now()
	for range 5 {
		y.add(attempted(now, "203.0.113.1", capture.In, 22, 0), now)
	}
	for i := range 3 * maxTallied {
		y.add(attempted(now, fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255), capture.In, 22, 0), now)
		if len(y.lines) > maxTallied {
			t.Fatalf("%d lines", len(y.lines))
		}
	}
	sum := y.gone
	for _, l := range y.lines {
		sum += l.count
	}
	if rows := y.top(&orders[1], 1, now).rows; rows[0][1] != "203.0.113.1" || sum != y.total || y.total != 3*maxTallied+5 {
		t.Errorf("%q, %d of %d", rows, sum, y.total)
	}
}
