package router

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/decode"
)

const logPort = 514 // where routers send their log

// TestLines reads what a real router says of real connections.
func TestLines(t *testing.T) {
	b := build(t, logPort)
	conn := b.listen(logPort)
	t.Cleanup(func() { conn.Close() })

	b.lease("device", "tv-living", "")
	device, mac := b.address("device"), b.mac("device")
	b.fetch("device", "http://www.shop.example/")
	b.knock("device", hostIP, 25)
	b.knock("internet", outsideIP, 23)
	b.must("device", "ip", "addr", "add", "2001:db8:50::10/64", "dev", "eth0", "nodad")
	b.must("device", "ip", "-6", "route", "replace", "default", "via", "2001:db8:50::1")
	b.fetch("device", "http://["+hostIPv6+"]:8080/")

	said := read(t, conn, b.mark())
	for _, want := range []capture.Sighting{
		{Kind: capture.Lease, Addr: addr(device), Name: "tv-living", MAC: hardware(t, mac)},
		{Kind: capture.Answer, Addr: addr(hostIP), Name: "www.shop.example", Client: addr(device)},
		{Kind: capture.Neighbour, Addr: addr(device), MAC: hardware(t, mac)},
		{Kind: capture.Neighbour, Addr: addr("2001:db8:50::10"), MAC: hardware(t, mac)},
	} {
		if said.sightings[want] == 0 {
			t.Errorf("not said: %+v\nbut %+v", want, said.sightings)
		}
	}
	for _, want := range []struct {
		attempt
		prefix string
	}{
		{attempt{capture.Out, capture.Allowed, device, hostIP, 80}, "ACCEPT forward"},
		{attempt{capture.Out, capture.Blocked, device, hostIP, 25}, "REJECT mail"},
		{attempt{capture.In, capture.Blocked, "198.51.100.1", outsideIP, 23}, "DROP"},
		{attempt{capture.Out, capture.Allowed, "2001:db8:50::10", hostIPv6, 8080}, "ACCEPT forward"},
	} {
		// One that gets no answer knocks again from the same port, which is a repeat.
		ports := said.attempts[want.attempt]
		if len(ports) != 1 || said.texts[want.attempt] != want.prefix {
			t.Errorf("%+v: %v, %q; all: %+v", want, ports, said.texts[want.attempt], said.attempts)
		}
		for _, n := range ports {
			if want.verdict == capture.Allowed && n != 1 {
				t.Errorf("%+v: %d lines", want, n)
			}
		}
	}
	if len(said.broken) > 0 {
		t.Errorf("not understood: %q", said.broken)
	}
}

// attempt is what is the same in all lines about one.
type attempt struct {
	dir      capture.Direction
	verdict  capture.Verdict
	src, dst string
	port     uint16
}

// lines is what a router said.
type lines struct {
	sightings map[capture.Sighting]int
	attempts  map[attempt]map[uint16]int // by source port
	texts     map[attempt]string
	broken    []string
}

// read reads until a marker comes.
func read(t *testing.T, conn *net.UDPConn, marker string) lines {
	t.Helper()
	said := lines{map[capture.Sighting]int{}, map[attempt]map[uint16]int{}, map[attempt]string{}, nil}
	var d decode.Decoder
	if err := conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for datagram := make([]byte, 65536); ; {
		n, from, err := conn.ReadFromUDPAddrPort(datagram)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(datagram[:n]), marker) {
			return said
		}
		var ev capture.Event
		d.Decode(&capture.Datagram{Data: datagram[:n], From: from}, &ev)
		if s, found := d.Sighting(&ev); found {
			s.Router = netip.Addr{}
			said.sightings[s]++
		}
		switch {
		case ev.Kind == capture.Traffic:
			a := attempt{ev.Dir, ev.Verdict, ev.Src.Addr.String(), ev.Dst.Addr.String(), ev.Dst.Port}
			if said.attempts[a] == nil {
				said.attempts[a] = map[uint16]int{}
			}
			said.attempts[a][ev.Src.Port]++
			said.texts[a] = ev.Text
		case ev.Kind != capture.System && ev.Reason != capture.Sighted:
			said.broken = append(said.broken, string(datagram[:n]))
		}
	}
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func hardware(t *testing.T, s string) capture.MAC {
	t.Helper()
	mac, ok := capture.ParseMAC(s)
	if !ok {
		t.Fatalf("not a hardware address: %q", s)
	}
	return mac
}
