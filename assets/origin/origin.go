// Package origin says who an address of the internet belongs to: who announces it (the
// owner of an autonomous system) and in which country it was given out. Nobody is asked;
// what is known is built in, or in files of the user's own.
//
// A country is where the address was registered, not where it is: networks that are in
// many places are in one of them here. What is not known is empty, as is all about
// addresses of home networks and others that nobody owns.
package origin

import (
	"math/bits"
	"net/netip"
	"sync"
	"sync/atomic"

	"linklog/assets/ranges"
)

//go:generate go run ./gen

// Date is that of the data built in.
const Date = "2026-06-17"

// Attribution says whose data is built in, under which licence, and what was changed, as
// the licence asks for.
const Attribution = `Owners: RouteViews (https://www.routeviews.org/routeviews/) and IP to ASN Lite by DB-IP (https://db-ip.com).
Countries: statistics of the NRO (https://www.nro.net) and its registries AFRINIC, APNIC, ARIN, LACNIC and RIPE NCC.
All are licensed under CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/), put together by ip-location-db (https://github.com/sapics/ip-location-db);
for LinkLog names were shortened, ranges merged and special addresses taken out. As of ` + Date + `.`

// Origin is what is known about an address.
type Origin struct {
	AS      uint32 // number of the autonomous system; 0: not known
	Owner   string // its name; "": not known
	Country string // two capitals (ISO 3166-1, or EU and AP); "": not known
}

// String is the owner and the country, as far as they are known: "Apple, US".
func (o Origin) String() string {
	if o.Owner == "" || o.Country == "" {
		return o.Owner + o.Country
	}
	return o.Owner + ", " + o.Country
}

// files are what answers instead of the data built in; the zero value is none.
var files atomic.Pointer[Files]

// The data built in is read when it is first needed: it takes a moment, and many commands
// need none.
var (
	read     atomic.Pointer[table] // nil before
	readOnce = sync.OnceFunc(func() { read.Store(load()) })
)

func builtIn() *table {
	if t := read.Load(); t != nil {
		return t
	}
	readOnce()
	return read.Load()
}

// Use makes files answer in the place of the data built in, in the whole program: as with
// time zones there is one answer, and it stands in no value that is passed around. nil:
// only what is built in.
func Use(f *Files) { files.Store(f) }

// Of says who an address belongs to. But for addresses that are in files and were not asked
// for lately it does not allocate.
func Of(a netip.Addr) (o Origin) {
	a = a.Unmap()
	if f := files.Load(); f != nil {
		f.fill(&o, a)
	} else {
		t := builtIn()
		t.fill(&o, t.value(a))
	}
	return o
}

// table is the data built in. Of each network it has where it begins; it ends where the
// next begins. What is large is memory that the garbage collector does not count: it would
// give twice as much to the program.
type table struct {
	// IPv4: networks whose first address has the upper half u are from index[u] to index[u+1].
	index []uint32
	four  []four

	six *ranges.Ranges // IPv6: values, by the upper halves of addresses

	// By numbers of owners, from 1 on.
	owners []owner
	names  string

	countries string // two capitals each, by number, from 1 on

	memory memory
}

func (t *table) room(bytes int) []byte { return outside[byte](&t.memory, bytes) }

// value has two numbers: of an owner and, in the lowest byte, of a country.
type value uint32

func (v *value) add(w value) { *v |= w }

// four is a network of IPv4: the lower half of its first address, and a value. What is asked
// for together lies together here: to fetch it from memory takes longer than all else.
type four struct {
	low   uint16
	value [2]uint16
}

func (n *four) add(v value) {
	n.value[0] |= uint16(v)
	n.value[1] |= uint16(v >> 16)
}

func (n *four) val() value { return value(n.value[0]) | value(n.value[1])<<16 }

// owner is an autonomous system, and where in names its name begins, with its length in the
// lowest byte.
type owner struct {
	as   uint32
	name value
}

func (o *owner) add(v value) { o.name |= v }

// value is that of the network an address is in; 0: of none that is known.
func (t *table) value(a netip.Addr) (v value) {
	switch {
	case a.Is4():
		b := a.As4()
		upper, lower := uint(b[0])<<8|uint(b[1]), uint16(b[2])<<8|uint16(b[3])
		from, to := t.index[upper], t.index[upper+1]
		if i := int(from) + upToFour(t.four[from:to], lower); i > 0 {
			v = t.four[i-1].val()
		}
	case a.Is6():
		upper, _ := ranges.Halves(a)
		v = value(t.six.Of(upper))
	}
	return v
}

func (t *table) of(a netip.Addr) Origin { return t.origin(t.value(a)) }

func (t *table) origin(v value) (o Origin) {
	t.fill(&o, v)
	return o
}

// fill is origin for those in a hurry: Go copies a struct of this size such that the
// processor has to wait.
func (t *table) fill(o *Origin, v value) {
	owner := &t.owners[v>>8]
	from := owner.name >> 8
	o.AS, o.Owner, o.Country = owner.as, t.names[from:from+owner.name&0xff], t.country(v)
}

func (t *table) country(v value) string {
	n := int(v & 0xff)
	return t.countries[max(0, 2*n-2) : 2*n]
}

// upToFour counts the networks of a sorted list that begin up to x. It has no branch that
// depends on them: the processor would guess every second one wrong.
func upToFour(list []four, x uint16) int {
	if len(list) == 0 {
		return 0
	}
	from := 0
	for n := len(list); n > 1; {
		half := n / 2
		_, less := bits.Sub64(uint64(x), uint64(list[from+half].low), 0)
		from += half & (int(less) - 1)
		n -= half
	}
	if list[from].low <= x {
		from++
	}
	return from
}
