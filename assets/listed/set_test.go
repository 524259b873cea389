package listed

import (
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"linklog/bench/used"
)

func read(t testing.TB, text string) *Set {
	t.Helper()
	s, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// use has lists answer during a test.
func use(t testing.TB, l *Lists) {
	before := current.Load()
	Use(l)
	t.Cleanup(func() { Use(before) })
}

func TestRead(t *testing.T) {
	s := read(t, "\ufeff# a list\r\n\r\n; comment\n// comment\n"+
		"203.0.114.7\r\n"+ // 5
		"1.10.16.0/20 ; SBL256894\n"+
		"5.6.7.8\t17\n"+
		"2a06:e480::/29\n"+
		"::ffff:9.9.9.9\n"+
		`{"cidr":"45.6.0.0/16","sblid":"SBL1","rir":"arin"}`+"\n"+ // 10
		`{"type":"metadata","timestamp":1,"terms":"…"}`+"\n"+
		"0.0.0.0 ads.example.com Track.Example.org # both\n"+
		"127.0.0.1 localhost localhost.localdomain\n::1 ip6-localhost\n"+
		"*.wild.example\nplain.example.net.\n"+ // 15, 16
		"10.0.0.0/8\n192.168.1.1\n"+
		"this is no entry\n"+ // 19
		"0.0.0.0/0\n::/0\ncom\n1.2.3\nx..example.com\n{broken\n-\n0.0.0.0 ok.example not_one\n")
	if s.Entries != 13 || s.Home != 2 || s.Wrong != 9 || s.First != 19 {
		t.Errorf("entries %d, at home %d, wrong %d from line %d", s.Entries, s.Home, s.Wrong, s.First)
	}
	use(t, &Lists{All: []List{{Name: "one", Set: s}}, Own: []netip.Prefix{netip.MustParsePrefix("1.10.17.0/24")}})
	for _, x := range []struct{ addr, name, want string }{
		{"203.0.114.7", "", "203.0.114.7"}, {"203.0.114.8", "", ""}, {"203.0.114.6", "", ""},
		{"1.10.16.0", "", "1.10.16.0/20"}, {"1.10.31.255", "", "1.10.16.0/20"}, {"1.10.32.0", "", ""}, {"1.10.15.255", "", ""},
		{"1.10.17.9", "", ""}, // one's own
		{"::ffff:5.6.7.8", "", "5.6.7.8"}, {"9.9.9.9", "", "9.9.9.9"},
		{"2a06:e487:ffff::1", "", "2a06:e480::/29"}, {"2a06:e488::", "", ""}, {"2a06:e47f:ffff:ffff:ffff:ffff:ffff:ffff", "", ""},
		{"45.6.200.1", "", "45.6.0.0/16"},
		{"10.1.2.3", "", ""}, {"192.168.1.1", "", ""}, {"127.0.0.1", "", ""}, {"224.0.0.1", "", ""},
		{"8.8.8.8", "ads.example.com", "ads.example.com"}, {"8.8.8.8", "x.y.ADS.example.com.", "ADS.example.com"}, {"", "track.example.org", "track.example.org"},
		{"8.8.8.8", "bads.example.com", ""}, {"8.8.8.8", "example.com", ""}, {"8.8.8.8", "localhost.localdomain", ""},
		{"8.8.8.8", "a.wild.example", "wild.example"}, {"8.8.8.8", "plain.example.net", "plain.example.net"}, {"8.8.8.8", "ok.example", "ok.example"},
		{"192.168.1.9", "ads.example.com", ""}, {"1.10.17.9", "ads.example.com", ""}, // the user's own
		{"8.8.8.8", ".", ""}, {"8.8.8.8", "..", ""}, {"8.8.8.8", strings.Repeat("a.", 200) + "ads.example.com", ""},
		{"203.0.114.7", "ads.example.com", "203.0.114.7"},
	} {
		var a netip.Addr
		if x.addr != "" {
			a = netip.MustParseAddr(x.addr)
		}
		hit, found := Match(a, x.name)
		got := ""
		if found {
			got = hit.Entry()
		}
		if got != x.want || found && hit.Name != "one" {
			t.Errorf("%s %s: is on %q, want %q", x.addr, x.name, got, x.want)
		}
	}
}

// TestNoList holds that what is no list is refused: it must not take the place of a good one.
func TestNoList(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "it has no entries",
		"# only a comment\n\n":        "it has no entries",
		"<html>\n<p>a</p>\n1.2.3.4\n": "2 lines are not understood, the first is line 1",
		strings.Repeat("x", 1<<20):    "1 lines are not understood",
		strings.Repeat("1.2.3.4\n", MaxEntries+1): "more than 1000000 entries",
		strings.Repeat(" ", MaxBytes+1):           "larger than 64 MiB",
	} {
		if _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: error %v, want one with %q", text, err, want)
		}
	}
}

// TestAgainstAll compares what a set says with a look at every entry.
func TestAgainstAll(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var list []netip.Prefix
		var text strings.Builder
		six := random.IntN(2) == 1
		addr := func() netip.Addr {
			if six {
				b := [16]byte{0x20, 1, 0xff, byte(random.IntN(2)) * 0xff, 0xff, 0xff, 0xff, byte(random.IntN(3) + 253)}
				b[8], b[15] = byte(random.IntN(2))*255, byte(random.IntN(4)+252)
				return netip.AddrFrom16(b)
			}
			return netip.AddrFrom4([4]byte{byte(222 + random.IntN(2)), byte(random.IntN(2)) * 255, byte(random.IntN(2)) * 255, byte(random.IntN(8) + 248)})
		}
		for range random.IntN(40) + 1 {
			a := addr()
			size := a.BitLen() - random.IntN(min(a.BitLen()-least6, 112)+1)
			if !six {
				size = 32 - random.IntN(25)
			}
			p := netip.PrefixFrom(a, size).Masked()
			list = append(list, p)
			fmt.Fprintln(&text, p)
		}
		s := read(t, text.String())
		for range 200 {
			a := addr()
			var want netip.Prefix
			for _, p := range list {
				if p.Contains(a) && p.Bits() >= want.Bits() {
					want = p
				}
			}
			if got, on := s.holds(a); on != want.IsValid() || on && got != want {
				t.Fatalf("%s is in %v (%v), want %v; of %s", a, got, on, want, text.String())
			}
		}
	}
	s := read(t, "223.0.0.0/8\n223.255.255.255\nffff:ffff::/32\nffff:ffff:ffff::/48\n")
	for text, want := range map[string]string{"223.255.255.255": "223.255.255.255/32", "223.255.255.254": "223.0.0.0/8", "ffff:ffff::1": "ffff:ffff::/32", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff": "ffff:ffff:ffff::/48", "ffff:ffff:fffe::": "ffff:ffff::/32"} {
		if got, _ := s.holds(netip.MustParseAddr(text)); got.String() != want {
			t.Errorf("%s is in %v, want %s", text, got, want)
		}
	}
}

// TestNames holds that each name is found, however it is written, and that others are hardly
// ever looked for among all hashes, even when there is no room for one more.
func TestNames(t *testing.T) {
	const n = 1<<14 - 1
	var l names
	name := func(kind string, i int) string { return fmt.Sprintf("ads%d.%s.example", i, kind) }
	for i := range n {
		l.add([]byte(name("listed", i)))
	}
	if len(l.hashes) != 2*(n+1) {
		t.Fatalf("%d names have room for %d", l.n, len(l.hashes))
	}
	passed := 0
	for i := range n {
		known := name("listed", i)
		for _, asked := range []string{known, strings.ToUpper(known) + ".", "www." + known, "A.b." + known} {
			if domain, on := l.calls(asked); !on || !strings.EqualFold(domain, known) {
				t.Fatalf("%s is on %q, want %s", asked, domain, known)
			}
		}
		other := name("other", i)
		if domain, on := l.calls(other); on {
			t.Fatalf("%s is on %q", other, domain)
		}
		if at, marks := l.marks(maphash.String(l.seed, other)); l.few[at]&marks == marks {
			passed++
		}
	}
	if passed > n*3/100 {
		t.Errorf("%d of %d others are looked for", passed, n)
	}
}

// TestSeveral holds that one that alerts comes before one that does not.
func TestSeveral(t *testing.T) {
	a := netip.MustParseAddr("8.8.8.8")
	use(t, &Lists{All: []List{{Name: "tor", Set: read(t, "8.8.8.8"), Quiet: true}, {Name: "bad", Set: read(t, "8.8.0.0/16")}}})
	if hit, found := Match(a, ""); !found || hit.Name != "bad" || hit.Entry() != "8.8.0.0/16" {
		t.Errorf("found %v: %v", found, hit)
	}
	var all []string
	Each(a, "", func(h Hit) bool { all = append(all, h.Name); return true })
	if fmt.Sprint(all) != "[tor bad]" {
		t.Errorf("is on %v", all)
	}
	if n := testing.AllocsPerRun(100, func() { Match(a, "www.example.com") }); n != 0 {
		t.Errorf("a match allocates %v times", n)
	}
	Use(nil)
	if _, found := Match(a, ""); found || Using() {
		t.Error("there is no list, and it matches")
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{"1.2.3.4\n5.6.0.0/16 ; x", `{"cidr":"1.2.0.0/16"}`, "0.0.0.0 a.example b.example\n", "2001:db8::/32\nfe80::1%eth0\n", "\xff\xfe\x00", "a.b.\n.a.b\n*.c.d"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Read(strings.NewReader(string(text)))
		if err != nil {
			return
		}
		if s.Entries == 0 || s.Wrong > s.Entries || s.Wrong > 0 && s.First == 0 {
			t.Errorf("a list with %d entries and %d wrong lines, the first %d", s.Entries, s.Wrong, s.First)
		}
		for line := range strings.Lines(string(text)) {
			word := strings.TrimSpace(line)
			if a, err := netip.ParseAddr(word); err == nil && a.Zone() == "" && !nobodys(a.Unmap()) {
				if _, on := s.holds(a.Unmap()); !on {
					t.Errorf("%s is not on it", a)
				}
			}
			s.calls(word)
		}
	})
}

const many = 500_000

// lists have many entries each.
func lists() map[string]string {
	random := rand.New(rand.NewPCG(3, 4))
	var four, nets, six, names strings.Builder
	for i := range many {
		u := random.Uint32()
		fmt.Fprintf(&four, "%d.%d.%d.%d\n", 1+u>>24%220, u>>16&255, u>>8&255, u&255)
		fmt.Fprintf(&nets, "%d.%d.%d.%d/%d\n", 1+u>>24%220, u>>16&255, u>>8&255, u&255, 16+u%17)
		fmt.Fprintf(&six, "2a%02x:%x:%x:%x::%x/%d\n", u>>28, u>>16&0xffff, random.Uint32()&0xffff, random.Uint32()&0xffff, u&0xffff, []int{32, 48, 64, 128}[u%4])
		fmt.Fprintf(&names, "0.0.0.0 ads%d.tracker%d.example\n", i, u%5000)
	}
	return map[string]string{"addresses": four.String(), "networks": nets.String(), "IPv6": six.String(), "names": names.String()}
}

// TestLoading measures how long a list of 500,000 entries takes to be read, and how much memory it has then.
func TestLoading(t *testing.T) {
	for name, text := range lists() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		start := time.Now()
		s := read(t, text)
		took := time.Since(start)
		runtime.GC()
		runtime.ReadMemStats(&after)
		used := float64(int64(after.HeapAlloc)-int64(before.HeapAlloc)) / 1e6
		t.Logf("%s: %d entries in %v, %.1f MB", name, s.Entries, took, used)
		if used > 24 {
			t.Errorf("%s: a list with %d entries takes %.1f MB", name, s.Entries, used)
		}
		runtime.KeepAlive(s)
	}
}

// BenchmarkMatch is of addresses and names most of which are on no list.
func BenchmarkMatch(b *testing.B) {
	random := rand.New(rand.NewPCG(5, 6))
	type end struct {
		addr netip.Addr
		name string
	}
	four, six, named := make([]end, 1<<14), make([]end, 1<<14), make([]end, 1<<14)
	for i := range four {
		u := random.Uint32()
		four[i].addr = netip.AddrFrom4([4]byte{byte(1 + u>>24%220), byte(u >> 16), byte(u >> 8), byte(u)})
		six[i].addr = netip.AddrFrom16([16]byte{0x2a, byte(u >> 28), byte(u >> 16), byte(u >> 8), byte(random.Uint32()), byte(u), 15: 1})
		named[i] = end{four[i].addr, fmt.Sprintf("ads%d.tracker%d.example", random.IntN(2*many), u%5000)}
	}
	texts := lists()
	for name, ends := range map[string][]end{"addresses": four, "networks": four, "IPv6": six, "names": named} {
		b.Run(name, func(b *testing.B) {
			use(b, &Lists{All: []List{{Name: name, Set: read(b, texts[name])}}})
			b.ReportAllocs()
			i, before := 0, used.CPU()
			for b.Loop() {
				e := &ends[i&(1<<14-1)]
				Match(e.addr, e.name)
				i++
			}
			b.ReportMetric(float64((used.CPU()-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
		})
	}
}

func BenchmarkRead(b *testing.B) {
	for name, text := range lists() {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				read(b, text)
			}
		})
	}
}
