package doctor

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// LANAddresses are the IPv4 addresses by which a router can reach this machine,
// the likeliest first: that of the way to the internet. Those of virtual bridges
// (containers) are left out: a router does not reach them.
func LANAddresses() (addrs []netip.Addr) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 || isVirtual(i.Name) {
			continue
		}
		ips, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, ip := range ips {
			prefix, err := netip.ParsePrefix(ip.String())
			if err != nil {
				continue
			}
			if a := prefix.Addr().Unmap(); a.Is4() && !a.IsLoopback() && !a.IsLinkLocalUnicast() && !slices.Contains(addrs, a) {
				addrs = append(addrs, a)
			}
		}
	}
	if i := slices.Index(addrs, outward()); i > 0 {
		a := addrs[i]
		addrs = slices.Insert(slices.Delete(addrs, i, i+1), 0, a)
	}
	return addrs
}

// Reachable are the addresses of this computer by which a router reaches a service that
// listens on some; none: on all.
func Reachable(listens []netip.Addr) (addrs []netip.Addr) {
	if len(listens) == 0 {
		return LANAddresses()
	}
	for _, a := range listens {
		if !a.IsLoopback() && IsOwn(a) {
			addrs = append(addrs, a)
		}
	}
	return addrs
}

// outward is the address this machine has on its way to the internet; invalid:
// there is none. Nothing is sent: connecting a UDP socket only asks the routes.
func outward() netip.Addr {
	c, err := net.Dial("udp4", "192.0.2.1:9") // for documentation (RFC 5737)
	if err != nil {
		return netip.Addr{}
	}
	defer c.Close()
	if a, ok := c.LocalAddr().(*net.UDPAddr); ok {
		return a.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}

// IsOwn reports whether an address is one of this machine's: what comes from
// there is a test, and no router.
func IsOwn(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if a.IsLoopback() {
		return true
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, x := range addrs {
		if p, err := netip.ParsePrefix(x.String()); err == nil && p.Addr().Unmap() == a {
			return true
		}
	}
	return false
}

// isVirtual knows the names that container and virtual machine managers give to
// interfaces.
func isVirtual(name string) bool {
	for _, prefix := range [...]string{"docker", "br-", "veth", "virbr", "lxc", "lxd", "podman", "cni", "vmnet", "vEthernet"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func list(addrs []netip.Addr) string {
	words := make([]string, len(addrs))
	for i, a := range addrs {
		words[i] = a.String()
	}
	return strings.Join(words, " / ")
}
