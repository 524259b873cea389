package engine

import (
	"context"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/settings"
)

// Whose names count: the router's, who sends connections, and those of who sent the first.
func TestTrust(t *testing.T) {
	const router, pihole, liar, here = "192.168.1.1", "192.168.1.2", "192.168.1.66", "127.0.0.1"
	type line struct {
		from string
		kind capture.SightingKind // 0: a connection
		day  float64
		want bool
	}
	const lease, answer = capture.Lease, capture.Answer
	for _, test := range []struct {
		name   string
		chosen string
		lines  []line
	}{
		{"a router alone, and a liar", "", []line{{router, 0, 0, true}, {router, lease, 0, true}, {router, answer, 0, true}, {liar, lease, 1, false}, {liar, answer, 1, false}, {router, lease, 1, true}}},
		{"a liar who sends connections, too", "", []line{{router, 0, 0, true}, {router, lease, 0, true}, {liar, 0, 1, true}, {liar, lease, 1, false}, {router, 0, 1, true}}},
		{"Pi-hole for DNS", "", []line{{router, 0, 0, true}, {pihole, answer, 0, true}, {router, lease, 0, true}, {pihole, lease, 0, false}, {liar, answer, 1, false}, {pihole, answer, 1, true}, {router, answer, 1, true}}},
		{"Pi-hole for both", "", []line{{pihole, lease, 0, true}, {pihole, answer, 0, true}, {router, 0, 0, true}, {liar, lease, 1, false}, {pihole, lease, 1, true}}},
		{"another router after a week", "", []line{{router, 0, 0, true}, {router, lease, 0, true}, {pihole, 0, 6, true}, {pihole, lease, 6, false}, {pihole, 0, 8, true}, {pihole, lease, 8, true}, {router, lease, 8, false}}},
		{"a silent week is one of silence", "", []line{{router, lease, 0, true}, {router, lease, 6, true}, {liar, lease, 8, false}, {liar, lease, 12, false}}},
		{"tests of this computer's own come first", "", []line{{here, 0, 0, true}, {here, lease, 0, true}, {router, 0, 0, true}, {router, lease, 0, true}, {here, lease, 0.1, false}, {liar, lease, 1, false}}},
		{"a program here passes on what comes", "", []line{{here, 0, 0, true}, {here, lease, 0, true}, {here, 0, 1, true}, {here, lease, 1, true}, {liar, 0, 1.01, true}, {liar, lease, 1.01, false}, {here, lease, 1.02, true}, {router, lease, 1.2, true}}},
		{"chosen", "192.168.1.2/32", []line{{router, 0, 0, true}, {router, lease, 0, false}, {pihole, lease, 0, true}, {liar, lease, 0, false}}},
		{"a chosen network", "192.168.1.0/30", []line{{router, lease, 0, true}, {pihole, answer, 0, true}, {liar, lease, 0, false}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			k := new(trust)
			if err := k.open(filepath.Join(folder, "namers")); err != nil {
				t.Fatal(err)
			}
			begin := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
			for i, l := range test.lines {
				if test.chosen != "" {
					k.configure([]netip.Prefix{netip.MustParsePrefix(test.chosen)})
				}
				at, from := begin.Add(time.Duration(l.day*24*float64(time.Hour))), netip.MustParseAddr(l.from)
				got := true
				if l.kind == 0 {
					k.connected(from, at)
				} else {
					got = k.believes(&capture.Sighting{Kind: l.kind, Router: from, Time: at})
				}
				if got != l.want {
					t.Errorf("line %d, of %s: believed %v", i+1, l.from, got)
				}
				// Each line may be the last one before a restart.
				if err := k.write(); err != nil {
					t.Fatal(err)
				}
				k = new(trust)
				if err := k.open(filepath.Join(folder, "namers")); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// Who sends leases beside the router renames no device, which is said; the settings let him.
func TestForgedLease(t *testing.T) {
	e := newEngine(t, t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- e.Run(ctx, func(ctx context.Context) error { <-ctx.Done(); return nil }) }()
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	sent := uint64(0)
	send := func(from, text string) {
		t.Helper()
		dg := capture.Datagram{Time: time.Now().UTC(), From: netip.MustParseAddrPort(from + ":514"), Data: []byte(text)}
		if _, err := e.Spool().AppendDatagrams([]capture.Datagram{dg}); err != nil {
			t.Fatal(err)
		}
		sent++
		for counts := (capture.Counts{}); counts.Received() < sent; counts = e.Stats().Counts {
			time.Sleep(time.Millisecond)
		}
	}
	lease := func(name string) string {
		return "<30>Nov 29 17:40:00 gw dnsmasq-dhcp[1]: DHCPACK(br-lan) 192.168.1.10 02:00:5e:10:00:22 " + name
	}
	named := func(want string) {
		t.Helper()
		if name, _ := e.Hosts().NameOf(netip.MustParseAddr("192.168.1.10")); name != want {
			t.Errorf("called %q, want %q", name, want)
		}
	}
	send("192.168.1.1", connected)
	send("192.168.1.1", lease("tv-living"))
	named("tv-living")
	send("192.168.1.66", lease("liar"))
	named("tv-living")
	said := ""
	for _, c := range e.health.List() {
		said += c.Reason().String()
	}
	if !strings.Contains(said, "192.168.1.66 reports names of devices or hosts, which are not used, as 192.168.1.1 reported such first.") {
		t.Errorf("said: %s", said)
	}
	s := settings.Defaults()
	s.Sources.Names = []settings.Prefix{{Prefix: netip.MustParsePrefix("192.168.1.66/32")}}
	s.Names.DNS = false
	if err := e.Configure(&s); err != nil {
		t.Fatal(err)
	}
	send("192.168.1.66", lease("tablet"))
	named("tablet")
	e.lookForStrangers(time.Now())
	if list := e.health.List(); len(list) > 0 {
		t.Errorf("still said: %v", list[0].Reason())
	}
}
