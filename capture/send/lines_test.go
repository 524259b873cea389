package send

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/decode"
)

var written = time.Date(2026, 11, 28, 6, 42, 10, 0, time.UTC)

// hostNames are what routers call themselves; the others do not.
var hostNames = map[string]string{"unifi": "UDM-SE", "unificef": "UDM-SE", "openwrt": "OpenWrt", "opnsense": "opnsense", "ddwrt": "DD-WRT", "edgeos": "ubnt", "vyos": "vyos",
	"zyxel": "usgflex", "lancom": "lancom", "netgear": "fvs", "cisco": "asa"}

// TestRouters sends attempts as every router does, and reads the same attempts again.
func TestRouters(t *testing.T) {
	for _, r := range Routers() {
		t.Run(r.Name, func(t *testing.T) {
			m, d := NewMessages(1), new(decode.Decoder)
			ways := map[capture.Direction]int{}
			for range 300 {
				a := m.attempt()
				line := r.attempt(nil, &a, written)
				var got capture.Event
				d.Decode(&capture.Datagram{Data: line, From: netip.MustParseAddrPort("192.168.1.1:514"), Time: written}, &got)
				proto, _ := capture.ParseProtocol(a.proto)
				want := capture.Event{
					Time: written, Router: netip.MustParseAddr("192.168.1.1"), Kind: capture.Traffic, Dir: a.dir, Proto: proto, Verdict: capture.Blocked,
					Src: capture.Endpoint{Addr: a.src, Port: a.srcPort}, Dst: capture.Endpoint{Addr: a.dst, Port: a.dstPort}, Text: got.Text, RouterName: hostNames[r.Name],
				}
				if a.dir == capture.Out && r.allows {
					want.Verdict = capture.Allowed
				}
				if got != want {
					t.Fatalf("%s\n got %+v\nwant %+v", line, got, want)
				}
				if h := d.Header(); h.Stamped && (h.Stamp.Month != 11 || h.Stamp.Day != 28 || h.Stamp.Second != 10) {
					t.Fatalf("%s: written at %+v", line, h.Stamp)
				}
				if strings.Contains(got.Text, "kernel") {
					t.Fatalf("%s: text %q", line, got.Text)
				}
				ways[a.dir]++
			}
			if ways[capture.In] < 50 || ways[capture.Out] < 50 {
				t.Errorf("ways %v", ways)
			}
			if found, ok := ParseRouter(r.Name); !ok || found != r || r.Help == "" {
				t.Errorf("ParseRouter: %+v", found)
			}
			if _, err := ParseForm(r.Name); err == nil {
				t.Error("the name of a form, too")
			}
		})
	}
}

// TestNamesPlayed has those routers whose guide says how to log leases and DNS' answers.
func TestNamesPlayed(t *testing.T) {
	for name, answers := range map[string]bool{
		"asus": true, "openwrt": true, "mikrotik": true, "tomato": true, "ddwrt": true, "edgeos": true, "vyos": true,
		"pfsense": false, "opnsense": false, // which log answers with a server that is not the usual one
	} {
		r, ok := ParseRouter(name)
		if !ok || r.names.lease == "" || (r.names.asked != "") != answers || (r.names.answered != "") != answers {
			t.Errorf("%s: %+v", name, r.names)
		}
	}
}

// TestDemoLines is an evening with each router: everybody takes part, and where the router
// is the DHCP and DNS server, it says who they are.
func TestDemoLines(t *testing.T) {
	for _, r := range Routers() {
		demo, again, d := NewDemo(1), NewDemo(1), new(decode.Decoder)
		var sightings [4]int
		devices, in, asked := map[netip.Addr]int{}, 0, 0
		const n = 1500
		for i := range n {
			line := demo.AppendLine(nil, &r, written)
			if other := again.AppendLine(nil, &r, written); string(other) != string(line) {
				t.Fatalf("%s: message %d: %q, and again %q", r.Name, i, line, other)
			}
			var ev capture.Event
			d.Decode(&capture.Datagram{Data: line, From: netip.MustParseAddrPort("192.168.1.1:514"), Time: written}, &ev)
			if s, found := d.Sighting(&ev); found {
				sightings[s.Kind]++
				if s.Kind == capture.Answer && s.Client.IsPrivate() && s.Name != "" {
					asked++
				}
			}
			switch {
			case ev.Kind == capture.Traffic && ev.Dir == capture.In:
				in++
			case ev.Kind == capture.Traffic:
				devices[ev.Src.Addr]++
			case ev.Reason != capture.Sighted:
				t.Fatalf("%s: %q: %+v", r.Name, line, ev)
			}
		}
		if len(devices) != len(DemoDevices()) || in < n/100 || in > n/10 {
			t.Errorf("%s: devices %v, %d in", r.Name, devices, in)
		}
		leases, answers := 0, 0
		if r.names.lease != "" {
			leases = len(DemoDevices()) - 1
		}
		if r.names.answered != "" {
			answers = 20
		}
		if sightings[capture.Lease] != leases || sightings[capture.Answer] < answers || sightings[capture.Answer] > 20*answers || asked != sightings[capture.Answer] {
			t.Errorf("%s: sightings %v, %d of them by who asked", r.Name, sightings, asked)
		}
	}
}
