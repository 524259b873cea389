package book

import (
	"net/netip"
	"slices"
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

// ownNetworks tells one's own addresses from others.
type ownNetworks []netip.Prefix

func newOwnNetworks(list []netip.Prefix) ownNetworks {
	if len(list) == 0 {
		return DefaultOwnNetworks()
	}
	own := make(ownNetworks, 0, len(list))
	for _, p := range list {
		if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
		}
		own = append(own, p.Masked())
	}
	return own
}

// contains reports whether the address is that of a device.
func (o ownNetworks) contains(a netip.Addr) bool {
	// Broadcasts and multicast groups are sent to on own networks, too, but are
	// nobody.
	if !a.IsGlobalUnicast() && !a.IsLinkLocalUnicast() && !a.IsLoopback() {
		return false
	}
	return slices.ContainsFunc(o, func(p netip.Prefix) bool { return p.Contains(a) })
}

// external reports whether the address may be that of a host, if no router has it.
func (o ownNetworks) external(a netip.Addr) bool {
	if !a.IsGlobalUnicast() {
		return false
	}
	// "This network" and what is reserved for the future: global unicast for Go, but
	// nobody's address.
	if a.Is4() {
		if first := a.As4()[0]; first == 0 || first >= 240 {
			return false
		}
	}
	return !slices.ContainsFunc(o, func(p netip.Prefix) bool { return p.Contains(a) })
}
