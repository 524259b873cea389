package origin

import (
	"bytes"
	"compress/gzip"
	"net/netip"
	"strings"
	"testing"

	"linklog/capture"
)

func TestOf(t *testing.T) {
	for address, want := range map[string]Origin{
		"8.8.8.8":              {15169, "Google", "US"},
		"::ffff:8.8.8.8":       {15169, "Google", "US"},
		"1.1.1.1":              {13335, "Cloudflare", "AU"}, // registered by APNIC
		"17.253.144.10":        {714, "Apple", "US"},
		"52.94.236.248":        {16509, "Amazon.com", "US"},
		"193.0.6.139":          {3333, "Reseaux IP Europeens Network Coordination Centre (RIPE NCC)", "NL"},
		"2606:4700:4700::1111": {13335, "Cloudflare", "US"},
		"2001:4860:4860::8888": {15169, "Google", "US"},
		"2a03:2880:f112::1":    {32934, "Facebook", "IE"},
		"2001:200::1":          {2500, "Wide Project", "JP"},
		"9.9.9.9":              {19281, "Quad9", "US"},
	} {
		if got := Of(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %+v, want %+v", address, got, want)
		}
	}
}

// Nobody owns these, whatever somebody announces.
func TestOfNobody(t *testing.T) {
	for _, address := range []string{
		"0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.1.1", "172.16.0.1", "192.0.2.7", "192.168.1.10",
		"198.51.100.7", "203.0.113.40", "224.0.0.251", "239.255.255.250", "240.0.0.1", "255.255.255.255",
		"::", "::1", "64:ff9b::808:808", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::fb", "2001::1", "2001:db8::1", "2002:808:808::1", "3fff::1",
	} {
		if got := Of(netip.MustParseAddr(address)); got != (Origin{}) {
			t.Errorf("%s: %+v", address, got)
		}
	}
	if got := Of(netip.Addr{}); got != (Origin{}) {
		t.Errorf("no address: %+v", got)
	}
}

// TestBuiltIn holds that the data is whole, sorted, small enough and of its date, and that
// names can be shown as they are.
func TestBuiltIn(t *testing.T) {
	tab, six, date, err := unpack(packed, new(memory))
	if err != nil {
		t.Fatal(err)
	}
	if date != Date {
		t.Errorf("the data is of %s, Date is %s", date, Date)
	}
	if len(packed) > 4<<20 {
		t.Errorf("%d bytes", len(packed))
	}
	if len(tab.four) < 300_000 || len(six.begins) < 100_000 || len(tab.owners) < 50_000 || len(tab.countries) < 2*200 {
		t.Errorf("%d networks of IPv4, %d of IPv6, %d owners, %d countries", len(tab.four), len(six.begins), len(tab.owners), len(tab.countries)/2)
	}
	for upper := range 1 << 16 {
		for i := tab.index[upper] + 1; i < tab.index[upper+1]; i++ {
			if tab.four[i-1].low >= tab.four[i].low {
				t.Fatalf("network %d of IPv4 is not behind the one before", i)
			}
		}
	}
	for i := 1; i < len(tab.owners); i++ {
		if o := tab.origin(value(i << 8)); o.AS == 0 || o.Owner == "" || len(o.Owner) > 120 || capture.Clean(o.Owner) != o.Owner || strings.Contains(o.Owner, "\n") {
			t.Errorf("AS%d is called %q", o.AS, o.Owner)
		}
	}
}

// Every address of IPv4 gets what the list says when it is read from the beginning.
func TestFindsAll(t *testing.T) {
	tab := builtIn()
	i := 0
	var v value
	for upper := range 1 << 16 {
		for ; i < int(tab.index[upper+1]); i++ {
			first := uint32(upper)<<16 | uint32(tab.four[i].low)
			check := func(n uint32, v value) {
				want := tab.origin(v)
				got := tab.of(netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}))
				if got != want {
					t.Fatalf("%x: %+v, want %+v", n, got, want)
				}
			}
			if first > 0 {
				check(first-1, v)
			}
			v = tab.four[i].val()
			check(first, v)
		}
	}
	six, before := networksOfSix(t), value(0)
	for i, upper := range six.begins {
		for _, x := range []struct {
			address netip.Addr
			value   value
		}{{addr6(upper-1, ^uint64(0)), before}, {addr6(upper, 0), six.values[i]}, {addr6(upper, ^uint64(0)), six.values[i]}} {
			if got, want := tab.of(x.address), tab.origin(x.value); got != want {
				t.Fatalf("%v: %+v, want %+v", x.address, got, want)
			}
		}
		before = six.values[i]
	}
}

// Data that is damaged gives an error, and nothing worse.
func TestDamaged(t *testing.T) {
	zip := func(b string) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		w.Write([]byte(b))
		w.Close()
		return out.Bytes()
	}
	for _, b := range [][]byte{
		nil, packed[:len(packed)/2], zip(""), zip("LinkLog origin 2\n"), zip("LinkLog origin 1\n2026-01-01\n\xff\xff\xff\xff\xff\xff\xff\x01"),
		zip("LinkLog origin 1\n2026-01-01\n\x00\x01\x02A\n\x01\x05\x00\x00\x00\x01\x01\x09\x00\x00\x00\x00"),                 // an owner 9 of 1
		zip("LinkLog origin 1\n2026-01-01\n\x00\x01\x02A\n\x01\x05\x07\x00\x00\x00\x00"),                                     // a name 7 of 1
		zip("LinkLog origin 1\n2026-01-01\n\x00\x01\x02A\n\x01\x05\x00\x00\x00\x00\x02\x01\x00" + strings.Repeat("\x00", 8)), // a network that begins where the one before does
	} {
		if _, _, _, err := unpack(b, new(memory)); err == nil {
			t.Errorf("%d bytes were read", len(b))
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	four, six := netip.MustParseAddr("8.8.8.8"), netip.MustParseAddr("2001:4860:4860::8888")
	builtIn()
	if n := testing.AllocsPerRun(1000, func() { Of(four); Of(six) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzOf(f *testing.F) {
	f.Add([]byte{8, 8, 8, 8})
	f.Add(netip.MustParseAddr("2001:4860:4860::8888").AsSlice())
	f.Fuzz(func(t *testing.T, b []byte) {
		a, _ := netip.AddrFromSlice(b)
		if o := Of(a); (o.AS == 0) != (o.Owner == "") || len(o.Country) != 0 && len(o.Country) != 2 {
			t.Errorf("%v: %+v", a, o)
		}
	})
}
