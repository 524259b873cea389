package origin

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// write writes a database with what it says about networks.
func write(t testing.TB, kind string, records map[string]mmdbtype.Map) string {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: kind, RecordSize: 24, IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	for network, record := range records {
		_, n, err := net.ParseCIDR(network)
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.Insert(n, record); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := tree.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return saved(t, b.Bytes())
}

func saved(t testing.TB, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.mmdb")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFiles holds that databases of several makers are understood, and that each replaces
// only what it is for.
func TestFiles(t *testing.T) {
	google := netip.MustParseAddr("8.8.8.8")
	test := netip.MustParseAddr("203.0.113.40")
	six := netip.MustParseAddr("2001:db8::7")
	type m = mmdbtype.Map
	owners := write(t, "GeoLite2-ASN", map[string]m{"203.0.113.0/24": {
		"autonomous_system_number": mmdbtype.Uint32(64500), "autonomous_system_organization": mmdbtype.String("Example\x1b[2J"),
	}, "2001:db8::/32": {"autonomous_system_number": mmdbtype.Uint32(64501)}})
	countries := write(t, "GeoLite2-Country", map[string]m{"203.0.113.0/24": {
		"country": m{"iso_code": mmdbtype.String("FR")}, "registered_country": m{"iso_code": mmdbtype.String("de")},
	}})
	both := write(t, "ipinfo lite", map[string]m{"203.0.113.0/24": {
		"asn": mmdbtype.String("AS64500"), "as_name": mmdbtype.String("Example"), "country": mmdbtype.String("Utopia"), "country_code": mmdbtype.String("UT"),
	}})
	strange := write(t, "strange", map[string]m{
		"203.0.113.0/24": {"autonomous_system_number": mmdbtype.String("x"), "asn": m{}, "as_name": mmdbtype.String(strings.Repeat("x", 300)), "country": m{"iso_code": mmdbtype.Uint32(7)}},
		"192.0.2.0/24":   {"country": mmdbtype.String("FR"), "asn": mmdbtype.String("64499")},
	})
	for _, c := range []struct {
		owners, countries  string
		test, google, sixs Origin
	}{
		{owners, "", Origin{64500, "Example\ufffd[2J", ""}, Origin{0, "", "US"}, Origin{AS: 64501}},
		{"", countries, Origin{0, "", "DE"}, Origin{15169, "Google", ""}, Origin{}},
		{owners, countries, Origin{64500, "Example\ufffd[2J", "DE"}, Origin{}, Origin{AS: 64501}},
		{both, both, Origin{64500, "Example", "UT"}, Origin{}, Origin{}},
		{strange, strange, Origin{}, Origin{}, Origin{}},
	} {
		f, err := Open(c.owners, c.countries)
		if err != nil {
			t.Fatal(err)
		}
		Use(f)
		for range 2 { // the second answer is one that was kept
			for a, want := range map[netip.Addr]Origin{test: c.test, google: c.google, six: c.sixs, {}: {}} {
				if got := Of(a); got != want {
					t.Errorf("%s, %s: %v: %+v, want %+v", c.owners, c.countries, a, got, want)
				}
			}
		}
		if n := testing.AllocsPerRun(100, func() { Of(test) }); n > 1 {
			t.Errorf("%v allocations", n)
		}
		Use(nil)
	}
}

func TestOpenWrong(t *testing.T) {
	type m = mmdbtype.Map
	countries := write(t, "GeoLite2-Country", map[string]m{"203.0.113.0/24": {"country": m{"iso_code": mmdbtype.String("FR")}}})
	whole, err := os.ReadFile(countries)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, want string }{
		{filepath.Join(t.TempDir(), "none.mmdb"), "no such file"},
		{t.TempDir(), "is not a file"},
		{saved(t, nil), "the file is empty"},
		{saved(t, []byte("start,end,country\n")), "is not a MaxMind DB file"},
		{saved(t, whole[:len(whole)/2]), "is not a MaxMind DB file"},
		{countries, `has no autonomous systems: it is of the type "GeoLite2-Country"`},
	} {
		if _, err := Open(c.path, ""); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.path, err, c.want)
		}
	}
}

// FuzzFile holds that no file does more than give an error.
func FuzzFile(f *testing.F) {
	f.Add([]byte("\xab\xcd\xefMaxMind.com"))
	whole, err := os.ReadFile(write(f, "both", map[string]mmdbtype.Map{"8.8.8.0/24": {
		"asn": mmdbtype.String("AS64500"), "as_name": mmdbtype.String("Example"), "country_code": mmdbtype.String("UT"), "country": mmdbtype.Map{"iso_code": mmdbtype.Uint32(7)},
	}}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "a")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if opened, err := Open(path, path); err == nil {
			opened.owners.of(netip.MustParseAddr("8.8.8.8"))
			opened.owners.of(netip.MustParseAddr("2001:db8::1"))
		}
	})
}

// TestLargeFile holds that a file that is too large is not read first, and that what is read takes as
// much memory as the file.
func TestLargeFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file with nothing in it has its size on the disk")
	}
	path := filepath.Join(t.TempDir(), "large.mmdb")
	for _, x := range []struct {
		size  int64
		most  uint64
		wrong string
	}{{maxFile + 1, 1 << 20, "is larger than 512 MB"}, {8 << 20, 9 << 20, "is not a MaxMind DB file"}} {
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, x.size)); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Open(path, "")
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), x.wrong) {
			t.Errorf("%d bytes: %v", x.size, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > x.most {
			t.Errorf("%d bytes: %d were allocated", x.size, used)
		}
	}
}
