// Package listed says whether an address or a name is on one of the lists that the user
// chose: of networks that belong to criminals, of Tor's exits, of advertisers. It reads such
// lists as they are published, and holds them for the whole program; service/lists gets them.
//
// Addresses of home networks and others that nobody owns are on no list, whatever it says.
package listed

import (
	"net/netip"
	"slices"
	"sync/atomic"

	"linklog/capture"
)

// List is a list with its name.
type List struct {
	Name string
	*Set

	// Quiet: who is on it is worth a mark, but no alert.
	Quiet bool
}

// Lists are all that are in use, and the user's own networks, which are on none.
type Lists struct {
	All []List
	Own []netip.Prefix
}

// Hit is a list with its entry that matches.
type Hit struct {
	*List
	Network netip.Prefix // invalid: it is a name
	Domain  string       // of the name that was asked for
}

// Entry is what stands in the list.
func (h *Hit) Entry() string {
	switch {
	case !h.Network.IsValid():
		return h.Domain
	case h.Network.IsSingleIP():
		return h.Network.Addr().String()
	}
	return h.Network.String()
}

var current atomic.Pointer[Lists]

// Use has these lists answer, in the whole program; nil: none. As with owners of addresses
// there is one answer, which stands in no value that is passed around. They must not change.
func Use(l *Lists) { current.Store(l) }

// Using reports whether there is any list that could match.
func Using() bool {
	l := current.Load()
	return l != nil && len(l.All) > 0
}

// All are the lists in use.
func All() []List {
	if l := current.Load(); l != nil {
		return l.All
	}
	return nil
}

// Match finds the first list that an address or a name is on; name may be "". One that
// is not quiet comes before others. It does not allocate.
func Match(a netip.Addr, name string) (first Hit, found bool) {
	Each(a, name, func(h Hit) bool {
		if !found || first.Quiet && !h.Quiet {
			first, found = h, true
		}
		return first.Quiet
	})
	return first, found
}

// Each calls f with all lists that an address or a name is on, until it returns false.
func Each(a netip.Addr, name string, f func(Hit) bool) {
	l := current.Load()
	if l == nil {
		return
	}
	a = a.Unmap().WithZone("")
	asked := false // whether it is at home: most are on no list, and nobody needs to know
	for i := range l.All {
		h := Hit{List: &l.All[i]}
		var on bool
		if h.Network, on = h.holds(a); !on {
			if h.Domain, on = h.calls(name); !on {
				continue
			}
		}
		if !asked && (nobodys(a) || slices.ContainsFunc(l.Own, func(p netip.Prefix) bool { return p.Contains(a) })) {
			return
		}
		asked = true
		if !f(h) {
			return
		}
	}
}

// nobodys are addresses that cannot be those of somebody on the internet: of home networks, of
// providers' NAT, of measurements, and what is reserved (RFC 6890, RFC 6598).
func nobodys(a netip.Addr) bool {
	if !a.IsValid() {
		return false // of a name without an address nothing else is known
	}
	if a.Is4() {
		b := a.As4()
		switch b[0] {
		case 0, 10, 127:
			return true
		case 100:
			return b[1]&0xc0 == 64
		case 169:
			return b[1] == 254
		case 172:
			return b[1]&0xf0 == 16
		case 192:
			return b[1] == 168 || b[1] == 0 && b[2] == 0 || b[1] == 88 && b[2] == 99
		case 198:
			return b[1]&0xfe == 18
		}
		return b[0] >= 224
	}
	return !a.IsGlobalUnicast() || a.IsPrivate() || slices.ContainsFunc(special[:], func(p netip.Prefix) bool { return p.Contains(a) })
}

// special are networks of IPv6 that nobody owns but those that netip knows (RFC 6890): in the
// form of IPv4, of NAT, and what is thrown away.
var special = [...]netip.Prefix{netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("100::/64")}

// OfEvent finds the first list that an end of an attempt is on, the outer one first; other
// events are on none.
func OfEvent(ev *capture.Event) (Hit, bool) {
	if ev.Kind != capture.Traffic || !Using() {
		return Hit{}, false
	}
	first, second := &ev.Dst, &ev.Src
	if ev.Dir == capture.In {
		first, second = second, first
	}
	h, found := Match(first.Addr, first.Name)
	if !found {
		h, found = Match(second.Addr, second.Name)
	}
	return h, found
}
