package origin

import (
	"bytes"
	"math/rand/v2"
	"net"
	"net/netip"
	"testing"
	"time"
	"unsafe"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
	"github.com/oschwald/maxminddb-golang/v2"
)

// many is what a household meets in some days.
const many = 1 << 10

// addresses are those that somebody owns, all over the internet.
func addresses(v4 bool) []netip.Addr {
	tab, random := builtIn(), rand.New(rand.NewPCG(1, 2))
	list := make([]netip.Addr, 0, many)
	for len(list) < cap(list) {
		var a netip.Addr
		if v4 {
			n := random.Uint32()
			a = netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
		} else {
			high := tab.six[random.IntN(len(tab.six)-few)].high()
			a = netip.AddrFrom16([16]byte{byte(high >> 56), byte(high >> 48), byte(high >> 40), byte(high >> 32), byte(high >> 24), byte(high >> 16), byte(high >> 8), byte(high), 15: byte(random.Uint32())})
		}
		if tab.of(a).AS != 0 {
			list = append(list, a)
		}
	}
	return list
}

func BenchmarkOf(b *testing.B) {
	for name, v4 := range map[string]bool{"IPv4": true, "IPv6": false} {
		list := addresses(v4)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			i, before := 0, cpu()
			for b.Loop() {
				Of(list[i&(many-1)])
				i++
			}
			report(b, before)
		})
	}
}

// report adds the processor's time.
func report(b *testing.B, before time.Duration) {
	b.ReportMetric(float64((cpu()-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// BenchmarkMMDB asks a MaxMind DB with the same networks, owners and countries.
func BenchmarkMMDB(b *testing.B) {
	db, err := maxminddb.OpenBytes(asMMDB(b, builtIn()))
	if err != nil {
		b.Fatal(err)
	}
	for name, v4 := range map[string]bool{"IPv4": true, "IPv6": false} {
		list := addresses(v4)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			i, before := 0, cpu()
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
		var err error
		if tab, _, err = unpack(packed); err != nil {
			b.Fatal(err)
		}
	}
	size := 4*len(tab.index) + int(unsafe.Sizeof(four{}))*len(tab.four) + int(unsafe.Sizeof(part{}))*len(tab.parts) + int(unsafe.Sizeof(six{}))*len(tab.six) +
		int(unsafe.Sizeof(owner{}))*len(tab.owners) + len(tab.names)
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
	six := func(high, low uint64) netip.Addr {
		return netip.AddrFrom16([16]byte{byte(high >> 56), byte(high >> 48), byte(high >> 40), byte(high >> 32), byte(high >> 24), byte(high >> 16), byte(high >> 8), byte(high),
			byte(low >> 56), byte(low >> 48), byte(low >> 40), byte(low >> 32), byte(low >> 24), byte(low >> 16), byte(low >> 8), byte(low)})
	}
	for i := 1; i < len(tab.six)-few; i++ {
		insert(six(tab.six[i-1].high(), 0), six(tab.six[i].high()-1, ^uint64(0)), tab.six[i-1].value)
	}
	var out bytes.Buffer
	if _, err := tree.WriteTo(&out); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}
