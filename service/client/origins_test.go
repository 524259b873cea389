package client

import (
	"net/netip"
	"testing"
	"time"

	"linklog/assets/origin"
	"linklog/capture"
	"linklog/filter"
	"linklog/service/api"
	"linklog/service/client/overssh"
)

// The service's own networks are this program's, too: of the attempts of a home by IPv6, filters find
// the owner and the country of the other end.
func TestOrigins(t *testing.T) {
	defer origin.UseOwn(nil)
	ev := capture.Event{
		Kind: capture.Traffic, Dir: capture.Out,
		Src: capture.Endpoint{Addr: netip.MustParseAddr("2003:de:1234::10")}, Dst: capture.Endpoint{Addr: netip.MustParseAddr("2001:4860:4860::8888")},
	}
	matches := func(text string) bool {
		f, err := filter.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		m, err := f.Compile(nil, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return m.Match(&ev)
	}
	var o Origins
	here := New(Options{})
	for i, c := range []struct {
		own            string // network
		changed, found bool
	}{{"", false, true}, {"2003:de:1234::/48", true, false}, {"2003:de:1234::/48", false, false}, {"2003:de:ffff::/48", true, true}} {
		var s api.Status
		if c.own != "" {
			s.OwnNetworks = []netip.Prefix{netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix(c.own)}
		}
		changed, err := o.Use(here, &s)
		if err != nil || changed != c.changed {
			t.Errorf("%d: changed: %v, %v", i, changed, err)
		}
		if matches("country:DE") != c.found || matches("owner:telekom") != c.found || matches("!country:DE") == c.found || !matches("owner:google") {
			t.Errorf("%d, own %s: the home's provider is found: %v", i, c.own, !c.found)
		}
	}
	wrong := &api.Status{Origins: api.Origins{ASN: "/nowhere.mmdb"}}
	if changed, err := o.Use(here, wrong); err == nil || !changed {
		t.Errorf("a file that is not there: changed: %v, %v", changed, err)
	}
	if changed, err := o.Use(here, wrong); err != nil || changed {
		t.Errorf("the same again: changed: %v, %v", changed, err)
	}

	// The files of a different computer are not those of this one.
	if changed, err := new(Origins).Use(New(Options{Host: overssh.Host{Name: "pi"}}), wrong); err != nil || changed {
		t.Errorf("the same of a different computer: changed: %v, %v", changed, err)
	}
}
