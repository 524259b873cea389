package origin

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
	"github.com/oschwald/maxminddb-golang/v2"

	"linklog/assets/ranges"
	"linklog/bench/used"
)

// many is what a household meets in some days.
const many = 1 << 10

// addresses are those that somebody owns, all over the internet: of IPv4 anywhere, of IPv6
// as many of a network for one household as of one for a country.
func addresses(tb testing.TB, v4 bool, n int) []netip.Addr {
	tab, random := builtIn(), rand.New(rand.NewPCG(1, 2))
	six := networksOfSix(tb).begins
	list := make([]netip.Addr, 0, n)
	for len(list) < cap(list) {
		var a netip.Addr
		if v4 {
			n := random.Uint32()
			a = netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
		} else {
			a = addr6(six[random.IntN(len(six))], uint64(random.Uint32()))
		}
		if tab.of(a).AS != 0 {
			list = append(list, a)
		}
	}
	return list
}

// usual are addresses of owners that most households talk to.
func usual(tb testing.TB, v4 bool, n int) (list []netip.Addr) {
	owners := []string{"Akamai", "Amazon", "Apple", "Cloudflare", "Deutsche Telekom", "Facebook", "Fastly", "Google", "Microsoft", "Netflix", "Telefonica"}
	for _, a := range addresses(tb, v4, 100*n) {
		owner := builtIn().of(a).Owner
		if len(list) < n && slices.ContainsFunc(owners, func(name string) bool { return strings.HasPrefix(owner, name) }) {
			list = append(list, a)
		}
	}
	if len(list) < n {
		tb.Fatalf("only %d of %d", len(list), n)
	}
	return list
}

func BenchmarkOf(b *testing.B) {
	for _, v := range []string{"IPv4", "IPv6"} {
		for _, c := range []struct {
			name string
			list []netip.Addr
		}{
			{"", addresses(b, v == "IPv4", many)},
			{"/usual", usual(b, v == "IPv4", many)},
			{"/cold", addresses(b, v == "IPv4", 1<<20)}, // at each, what is asked for was long forgotten by the processor
		} {
			b.Run(v+c.name, func(b *testing.B) {
				b.ReportAllocs()
				i, before := 0, used.CPU()
				for b.Loop() {
					Of(c.list[i&(len(c.list)-1)])
					i++
				}
				report(b, before)
			})
		}
	}
}

// networksOfSix reads the networks of IPv6 once more.
func networksOfSix(tb testing.TB) sixes {
	_, six, _, err := unpack(packed, new(memory))
	if err != nil {
		tb.Fatal(err)
	}
	return six
}

func addr6(upper, lower uint64) netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], upper)
	binary.BigEndian.PutUint64(b[8:], lower)
	return netip.AddrFrom16(b)
}

// report adds the processor's time.
func report(b *testing.B, before time.Duration) {
	b.ReportMetric(float64((used.CPU()-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// BenchmarkMMDB asks a MaxMind DB with the same networks, owners and countries.
func BenchmarkMMDB(b *testing.B) {
	db, err := maxminddb.OpenBytes(asMMDB(b, builtIn()))
	if err != nil {
		b.Fatal(err)
	}
	for name, v4 := range map[string]bool{"IPv4": true, "IPv6": false} {
		list := addresses(b, v4, many)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			i, before := 0, used.CPU()
			for b.Loop() {
				var record struct {
					AS      uint32 `maxminddb:"autonomous_system_number"`
					Owner   string `maxminddb:"autonomous_system_organization"`
					Country struct {
						Code string `maxminddb:"iso_code"`
					} `maxminddb:"country"`
				}
				if err := db.Lookup(list[i&(many-1)]).Decode(&record); err != nil || record.AS == 0 {
					b.Fatal(record, err)
				}
				i++
			}
			report(b, before)
		})
	}
}

// BenchmarkLoad reads the data built in, and says how much memory it then has, most of it
// outside of Go's heap.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	var tab *table
	for b.Loop() {
		if tab = load(); len(tab.four) == 0 {
			b.Fatal("nothing was read")
		}
	}
	size := 4*len(tab.index) + int(unsafe.Sizeof(four{}))*len(tab.four) + int(unsafe.Sizeof(owner{}))*len(tab.owners) + len(tab.names)
	six := networksOfSix(b)
	ranges.New(six.begins, six.values, func(bytes int) []byte {
		size += bytes
		return make([]byte, bytes)
	})
	b.ReportMetric(float64(size)/1e6, "MB")
}

func asMMDB(tb testing.TB, tab *table) []byte {
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "Test", RecordSize: 28})
	if err != nil {
		tb.Fatal(err)
	}
	insert := func(first, last netip.Addr, v value) {
		if v == 0 || last.Less(first) {
			return
		}
		o := tab.origin(v)
		err := tree.InsertRange(net.IP(first.AsSlice()), net.IP(last.AsSlice()), mmdbtype.Map{
			"autonomous_system_number":       mmdbtype.Uint32(o.AS),
			"autonomous_system_organization": mmdbtype.String(o.Owner),
			"country":                        mmdbtype.Map{"iso_code": mmdbtype.String(o.Country)},
		})
		if err != nil {
			tb.Fatal(first, last, err)
		}
	}
	four := func(n uint32) netip.Addr {
		return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	}
	first, v := uint32(0), value(0)
	for upper := range 1 << 16 {
		for i := tab.index[upper]; i < tab.index[upper+1]; i++ {
			n := uint32(upper)<<16 | uint32(tab.four[i].low)
			if n > 0 {
				insert(four(first), four(n-1), v)
			}
			first, v = n, tab.four[i].val()
		}
	}
	six := networksOfSix(tb)
	for i := 1; i < len(six.begins); i++ {
		insert(addr6(six.begins[i-1], 0), addr6(six.begins[i]-1, ^uint64(0)), six.values[i-1])
	}
	var out bytes.Buffer
	if _, err := tree.WriteTo(&out); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}
