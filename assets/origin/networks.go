package origin

import (
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
)

// Networks are those of some owners, or of some countries. Asked for many addresses, it first
// finds out which they are: most addresses are then known to be in none by one look at a few
// thousand bytes.
type Networks struct {
	owner   func(as uint32, name string) bool
	country func(code string) bool

	asked atomic.Uint32
	mu    sync.Mutex
	found atomic.Pointer[found]
}

// own are the networks at home; nil: they are not known.
var own atomic.Pointer[[]netip.Prefix]

// UseOwn takes the user's own networks, in the whole program. Networks have none of their addresses: with
// IPv6 all attempts of a home are from or to its provider's, and whoever looks for an owner or a
// country means the other end.
func UseOwn(list []netip.Prefix) { own.Store(&list) }

func isOwn(a netip.Addr) bool {
	list := own.Load()
	if list == nil {
		return false
	}
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(*list, func(p netip.Prefix) bool { return p.Contains(a) })
}

// found is what there is of them in the data built in.
type found struct {
	owners    []uint64 // bits, by numbers; nil: countries count
	countries [256]bool
	upper     [1 << 10]uint64 // bits of the upper halves of addresses of IPv4 that begin one of theirs
}

// OfOwners are the networks of the owners that f is true for.
func OfOwners(f func(as uint32, name string) bool) *Networks { return &Networks{owner: f} }

// OfCountries are the networks that were given out in the countries that f is true for.
func OfCountries(f func(code string) bool) *Networks { return &Networks{country: f} }

// muchAsked is how many addresses are looked up one by one: to find out all takes as long as some
// ten thousand of them.
const muchAsked = 1 << 14

// Has reports whether an address is in one of the networks, and not the user's own.
func (n *Networks) Has(a netip.Addr) bool { return n.has(a) && !isOwn(a) }

func (n *Networks) has(a netip.Addr) bool {
	if files.Load() != nil {
		return n.matches(Of(a))
	}
	a = a.Unmap()
	t := builtIn()
	f := n.found.Load()
	if f == nil {
		if n.asked.Add(1) < muchAsked {
			return n.matches(t.of(a))
		}
		f = n.find(t)
	}
	if a.Is4() {
		b := a.As4()
		upper := uint(b[0])<<8 | uint(b[1])
		if f.upper[upper>>6]>>(upper&63)&1 == 0 {
			return false
		}
	}
	return f.has(t.value(a))
}

func (n *Networks) matches(o Origin) bool {
	if n.owner != nil {
		return (o.AS != 0 || o.Owner != "") && n.owner(o.AS, o.Owner)
	}
	return o.Country != "" && n.country(o.Country)
}

func (f *found) has(v value) bool {
	if f.owners == nil {
		return f.countries[v&0xff]
	}
	return f.owners[v>>14]>>(v>>8&63)&1 != 0
}

// find tries all owners, or countries, once.
func (n *Networks) find(t *table) *found {
	n.mu.Lock()
	defer n.mu.Unlock()
	if f := n.found.Load(); f != nil {
		return f
	}
	f := &found{}
	if n.owner != nil {
		f.owners = make([]uint64, len(t.owners)/64+1)
		for i := range t.owners {
			if n.matches(t.origin(value(i << 8))) {
				f.owners[i/64] |= 1 << (i % 64)
			}
		}
	} else {
		for i := value(1); 2*int(i) <= len(t.countries); i++ {
			f.countries[i] = n.country(t.country(i))
		}
	}
	now := false // whether an address is in one, from the last beginning on
	for upper := range uint(1 << 16) {
		some := now
		for i := t.index[upper]; i < t.index[upper+1]; i++ {
			now = f.has(t.four[i].val())
			some = some || now
		}
		if some {
			f.upper[upper>>6] |= 1 << (upper & 63)
		}
	}
	n.found.Store(f)
	return f
}
