package origin

import (
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter/mmdbtype"

	"linklog/bench/used"
)

// Networks have the same addresses before and after it was found out which they are, and
// with files of the user's.
func TestNetworks(t *testing.T) {
	list := append(addresses(t, true, many), addresses(t, false, many)...)
	for _, s := range []string{"8.8.8.8", "::ffff:8.8.8.8", "10.1.2.3", "0.0.0.0", "255.255.255.255", "::", "fe80::1%eth0"} {
		list = append(list, netip.MustParseAddr(s))
	}
	list = append(list, netip.Addr{})
	for name, c := range map[string]struct {
		n    func() *Networks
		want func(Origin) bool
	}{
		"google": {func() *Networks {
			return OfOwners(func(_ uint32, name string) bool { return strings.Contains(name, "Google") })
		}, func(o Origin) bool { return strings.Contains(o.Owner, "Google") }},
		"number":  {func() *Networks { return OfOwners(func(as uint32, _ string) bool { return as == 3320 }) }, func(o Origin) bool { return o.AS == 3320 }},
		"any":     {func() *Networks { return OfOwners(func(uint32, string) bool { return true }) }, func(o Origin) bool { return o.Owner != "" }},
		"country": {func() *Networks { return OfCountries(func(code string) bool { return code == "DE" }) }, func(o Origin) bool { return o.Country == "DE" }},
		"none":    {func() *Networks { return OfCountries(func(string) bool { return false }) }, func(Origin) bool { return false }},
	} {
		n := c.n()
		for range 2 {
			for _, a := range list {
				if got := n.Has(a); got != c.want(Of(a)) {
					t.Fatalf("%s: %v, %+v: %v", name, a, Of(a), got)
				}
			}
			n.find(builtIn())
		}
		if n := testing.AllocsPerRun(100, func() { n.Has(list[0]) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	own := OfOwners(func(as uint32, _ string) bool { return as == 15169 })
	UseOwn([]netip.Prefix{netip.MustParsePrefix("8.8.8.0/24"), netip.MustParsePrefix("2001:4860:4860::/48")})
	defer UseOwn(nil)
	for text, want := range map[string]bool{"8.8.8.8": false, "::ffff:8.8.8.8": false, "8.8.4.4": true, "2001:4860:4860::8888": false, "2001:4860:4861::8888": true} {
		if a := netip.MustParseAddr(text); own.Has(a) != want || Of(a).Owner != "Google" {
			t.Errorf("%v in networks of Google that are not at home: %v; of %+v", a, !want, Of(a))
		}
	}
	UseOwn(nil)
	path := write(t, "GeoLite2-ASN", map[string]mmdbtype.Map{"203.0.113.0/24": {"autonomous_system_number": mmdbtype.Uint32(64500), "autonomous_system_organization": mmdbtype.String("Example")}})
	f, err := Open(filepath.Clean(path), "")
	if err != nil {
		t.Fatal(err)
	}
	n := OfOwners(func(as uint32, _ string) bool { return as == 64500 || as == 15169 })
	n.find(builtIn())
	Use(f)
	defer Use(nil)
	if test, google := n.Has(netip.MustParseAddr("203.0.113.40")), n.Has(netip.MustParseAddr("8.8.8.8")); !test || google {
		t.Errorf("with a file: %v, and what is built in: %v", test, google)
	}
}

func BenchmarkNetworks(b *testing.B) {
	for name, v4 := range map[string]bool{"IPv4": true, "IPv6": false} {
		list := addresses(b, v4, many)
		n := OfOwners(func(_ uint32, name string) bool { return strings.Contains(name, "Google") })
		n.find(builtIn())
		b.Run(name, func(b *testing.B) {
			i, before := 0, used.CPU()
			for b.Loop() {
				n.Has(list[i&(many-1)])
				i++
			}
			report(b, before)
		})
	}
	b.Run("find", func(b *testing.B) {
		for b.Loop() {
			OfOwners(func(_ uint32, name string) bool { return strings.Contains(name, "Google") }).find(builtIn())
		}
	})
}
