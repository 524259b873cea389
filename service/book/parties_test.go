package book

import (
	"net/netip"
	"testing"
	"time"

	"linklog/capture"
	"linklog/filter"
)

func TestExternal(t *testing.T) {
	own := newOwnNetworks(nil)
	for text, want := range map[string]string{
		"203.0.113.9": "external", "8.8.8.8": "external", "1.0.0.0": "external", "172.32.0.1": "external", "100.128.0.1": "external", "192.167.255.255": "external",
		"2001:db8::1": "external", "2a00:1450::1": "external", "64:ff9b::808:808": "external",
		"192.168.1.10": "own", "10.1.2.3": "own", "172.16.0.1": "own", "172.31.255.255": "own", "100.64.0.1": "own", "169.254.1.1": "own", "127.0.0.1": "own",
		"fd00::1": "own", "fe80::1": "own", "::1": "own",
		"0.0.0.0": "", "0.1.2.3": "", "255.255.255.255": "", "224.0.0.1": "", "239.255.255.250": "", "240.0.0.1": "", "ff02::1": "", "::": "",
	} {
		a := netip.MustParseAddr(text)
		got := ""
		if own.external(a) {
			got += "external"
		}
		if own.contains(a) {
			got += "own"
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	own = newOwnNetworks([]netip.Prefix{netip.MustParsePrefix("2001:db8:1::5/48"), netip.MustParsePrefix("::ffff:192.168.1.0/120")})
	for text, want := range map[string]bool{
		"2001:db8:1::1": false, "2001:db8:2::1": true, "192.168.1.1": false, "192.168.2.1": true, "10.0.0.1": true,
		"fe80::1": false, "127.0.0.1": false, // never, whatever is configured
	} {
		if got := own.external(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

// TestParties is the catalogue of attempts: who is the host, and who the device.
func TestParties(t *testing.T) {
	const pc, far, farther = "192.168.1.10:1000", "203.0.113.9:2000", "198.51.100.7:3000"
	const outer = "198.51.100.120" // the router's, as it told
	for _, c := range []struct {
		name         string
		dir          capture.Direction
		src, dst     string
		host, device string
	}{
		{"new form, in", capture.In, far, pc, "203.0.113.9", "192.168.1.10"},
		{"new form, out", capture.Out, pc, far, "203.0.113.9", "192.168.1.10"},
		{"no direction, like in", 0, far, pc, "203.0.113.9", "192.168.1.10"},
		{"no direction, outwards", 0, pc, far, "203.0.113.9", "192.168.1.10"},
		{"named", capture.Out, "laptop=" + pc, "dns.example=" + far, "203.0.113.9", "192.168.1.10"},
		{"IPv6", capture.Out, "[fd00::10]:1000", "[2001:db8::1]:443", "2001:db8::1", "fd00::10"},
		{"IPv6 link-local", capture.Out, "[fe80::10]:1000", "[2001:db8::1]:443", "2001:db8::1", "fe80::10"},
		{"public IPv6 at home, not configured", capture.Out, "[2001:db8:9::10]:1000", "[2001:db8::1]:443", "2001:db8::1", ""},
		{"old form", capture.In, "24.26.198.27:27960", "192.168.1.61:27960", "24.26.198.27", "192.168.1.61"},
		{"old form, named host", capture.Out, "192.168.1.61:32949", "Slashdot.org", "slashdot.org", "192.168.1.61"},
		{"old form, named device", capture.In, "24.26.198.27:27960", "laptop", "24.26.198.27", ""},
		{"old form, two names", capture.Out, "laptop", "slashdot.org", "slashdot.org", ""},
		{"old form, named host from outside", capture.In, "mail.example", "192.168.1.61:25", "mail.example", "192.168.1.61"},
		{"refused by the router", capture.In, far, outer + ":111", "203.0.113.9", ""},
		{"refused, form WAN", capture.In, far, "WAN=" + outer + ":111", "203.0.113.9", ""},
		{"refused, form WAN, another address", capture.In, far, "WAN=198.51.100.121:111", "203.0.113.9", ""},
		{"refused, outer address unknown", capture.In, far, farther, "203.0.113.9", ""},
		{"both external, out", capture.Out, far, farther, "198.51.100.7", ""},
		{"the router itself, out", capture.Out, outer + ":68", far, "203.0.113.9", ""},
		{"to the own outer address", capture.Out, pc, outer + ":80", "", "192.168.1.10"},
		{"from the own outer address", capture.In, outer + ":80", pc, "", "192.168.1.10"},
		{"wrong direction, in", capture.In, pc, far, "203.0.113.9", "192.168.1.10"},
		{"wrong direction, out", capture.Out, far, pc, "203.0.113.9", "192.168.1.10"},
		{"wrong direction, form WAN", capture.In, pc, "WAN=198.51.100.121:111", "", ""},
		{"both own", capture.Out, pc, "192.168.1.11:22", "", "192.168.1.10"},
		{"both own, in", capture.In, pc, "192.168.1.11:22", "", "192.168.1.11"},
		{"provider's network", capture.In, "100.64.0.1:5", pc, "", "192.168.1.10"},
		{"broadcast", capture.Out, pc, "255.255.255.255:67", "", "192.168.1.10"},
		{"multicast", capture.In, "239.255.255.250:1900", pc, "", "192.168.1.10"},
		{"multicast of IPv6", capture.Out, "[fe80::1]:5", "[ff02::fb]:5353", "", "fe80::1"},
		{"unspecified", capture.Out, "0.0.0.0:68", far, "203.0.113.9", ""},
		{"reserved source", capture.In, "240.1.2.3:5", pc, "", "192.168.1.10"},
		{"WAN without an address", capture.In, "24.26.198.27:5", "WAN", "24.26.198.27", ""},
		{"to WAN without an address", capture.Out, "192.168.1.61:5", "WAN", "", "192.168.1.61"},
		{"host named WAN", capture.In, "WAN=" + far, pc, "203.0.113.9", "192.168.1.10"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{})
			b.wanIs(outer)
			isNew := b.see(c.dir, c.src, c.dst)
			if isNew != (c.host != "") {
				t.Errorf("New is %v", isNew)
			}
			hosts, devices := b.hostList(HostQuery{}), b.Devices()
			host, device := "", ""
			if len(hosts) > 0 {
				host = hosts[0].Ref.String()
			}
			if len(devices) > 0 {
				device = devices[0].Addr.String()
			}
			if host != c.host || device != c.device || len(hosts) > 1 || len(devices) > 1 {
				t.Errorf("got host %q and device %q of %d and %d, want %q and %q", host, device, len(hosts), len(devices), c.host, c.device)
			}
			if host != "" && device != "" && (len(hosts[0].Devices) != 1 || hosts[0].Devices[0].Addr != devices[0].Addr || devices[0].Hosts != 1) {
				t.Errorf("%+v does not belong to %+v", hosts[0], devices[0])
			}
			// What the file has of the first attempt is the attempt.
			if len(hosts) == 1 {
				if ok, err := matches(b, hosts[0], "src:"+bare(c.src)+" dst:"+bare(c.dst)); err != nil || !ok && !byName(c.src, c.dst) {
					t.Errorf("the ignore list sees another attempt: %v", err)
				}
			}
		})
	}
}

func byName(ends ...string) bool {
	for _, s := range ends {
		if _, err := netip.ParseAddr(bare(s)); err != nil {
			return true
		}
	}
	return false
}

// bare gives the address of an end, or "*".
func bare(s string) string {
	p := end(s)
	if !p.Addr.IsValid() {
		return "*"
	}
	return p.Addr.String()
}

// matches reports whether the host is ignored under a filter.
func matches(b *bench, h Host, query string) (bool, error) {
	f, err := filter.Parse(query)
	if err != nil {
		return false, err
	}
	m, err := f.Compile(nil, time.Now())
	if err != nil {
		return false, err
	}
	b.quiet.ignoring = m.Match
	h, _, err = b.Host(h.Ref)
	b.quiet.ignoring = nil
	return h.Ignored, err
}

func TestOtherKinds(t *testing.T) {
	b := newBench(t, Options{})
	for _, k := range []capture.Kind{capture.System, capture.Other, capture.Rejected, capture.Gap} {
		b.seq++
		ev := capture.Event{Seq: b.seq, Kind: k, Time: b.clock.T, Src: end("203.0.113.9:5"), New: true}
		if b.Observe(&ev); ev.New {
			t.Errorf("%v is New", k)
		}
	}
	ev := attempt(0, b.clock.T, capture.Out, "192.168.1.10:5", "203.0.113.9:80")
	if b.Observe(&ev); ev.New {
		t.Error("an event without a Seq is New")
	}
	if n := len(b.hostList(HostQuery{})) + len(b.Devices()); n > 0 {
		t.Errorf("%d hosts and devices", n)
	}
	if err := b.Close(); err != nil || b.Committed() != 4 {
		t.Errorf("committed %d, %v", b.Committed(), err)
	}
}
