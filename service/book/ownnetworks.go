package book

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// DefaultOwnNetworks are the networks that homes use: the private ones, link-local,
// loopback, the shared addresses of providers (CGNAT) and unique local IPv6.
func DefaultOwnNetworks() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
		netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("127.0.0.0/8"),
		netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("::1/128"),
	}
}

// ownNetworks tells one's own addresses from others. It is asked some times for each event.
type ownNetworks struct {
	four []network4
	six  []netip.Prefix
}

// network4 is a network of IPv4.
type network4 struct{ addr, mask uint32 }

func newOwnNetworks(list []netip.Prefix) ownNetworks {
	if len(list) == 0 {
		list = DefaultOwnNetworks()
	}
	return ownNetworks{}.and(list)
}

// and are these networks and others.
func (o ownNetworks) and(list []netip.Prefix) ownNetworks {
	sum := ownNetworks{append([]network4(nil), o.four...), append([]netip.Prefix(nil), o.six...)}
	for _, p := range list {
		if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
		}
		if p = p.Masked(); p.Addr().Is4() {
			sum.four = append(sum.four, network4{number4(p.Addr()), ^uint32(0) << (32 - p.Bits())})
		} else {
			sum.six = append(sum.six, p)
		}
	}
	return sum
}

// number4 is an address of IPv4 as a number.
func number4(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

func (o *ownNetworks) has4(n uint32) bool {
	for i := range o.four {
		if n&o.four[i].mask == o.four[i].addr {
			return true
		}
	}
	return false
}

func (o *ownNetworks) has6(a netip.Addr) bool {
	for i := range o.six {
		if o.six[i].Contains(a) {
			return true
		}
	}
	return false
}

// contains reports whether the address is that of a device. Broadcasts and multicast
// groups are sent to on own networks, too, but are nobody.
func (o *ownNetworks) contains(a netip.Addr) bool {
	if a.Is4() {
		n := number4(a)
		return n != 0 && n != 255<<24|255<<16|255<<8|255 && n>>28 != 0xe && o.has4(n)
	}
	return (a.IsGlobalUnicast() || a.IsLinkLocalUnicast() || a.IsLoopback()) && o.has6(a)
}

// external reports whether the address may be that of a host, if no router has it: of IPv4
// not "this network", loopback, link-local, a multicast group or what is reserved for the
// future.
func (o *ownNetworks) external(a netip.Addr) bool {
	if a.Is4() {
		n := number4(a)
		first := n >> 24
		return first != 0 && first != 127 && first < 224 && n>>16 != 169<<8|254 && !o.has4(n)
	}
	return a.IsGlobalUnicast() && !o.has6(a)
}

// AtHome reports whether an address is that of a device on an own network, not one that a router has
// outside.
func (s *Store) AtHome(a netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.home.atHome(a)
}

func (s *home) atHome(a netip.Addr) bool { return s.own.contains(a) && !s.isPublic(a) }

// OfRouter reports whether an address is one that a router has outside.
func (s *Store) OfRouter(a netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.isPublic(a)
}

// AtHome reports what Store.AtHome does.
func (h *Household) AtHome(a netip.Addr) bool { return h.atHome(a) }

// OfRouter reports what Store.OfRouter does.
func (h *Household) OfRouter(a netip.Addr) bool { return h.isPublic(a) }

// OwnNetworks are all networks that are one's own, also those of IPv6 that were learned, and
// the public addresses of routers.
func (s *Store) OwnNetworks() (list []netip.Prefix) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.own.four {
		b := [4]byte{}
		binary.BigEndian.PutUint32(b[:], n.addr)
		list = append(list, netip.PrefixFrom(netip.AddrFrom4(b), bits.OnesCount32(n.mask)))
	}
	list = append(list, s.own.six...)
	for i := range s.routers {
		if a := s.routers[i].Public; a.IsValid() {
			list = append(list, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	return list
}
