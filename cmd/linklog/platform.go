package main

import (
	"net"
	"net/netip"
)

// What differs between systems lies in platform_*.go, the same functions in each:
//
//	dropTo(user)            gives up root for good; "" is the default user
//	ignoreBrokenPipe()      makes a write to a closed pipe an error, not the end
//	reopenOnHangup(o, f, t) reopens the log file f of o on SIGHUP; returns its end
//	isBrokenPipe's twin     isClosedByReader(err)
//	isPermission, isInUse   of the error of opening a port
//	portAdvice, raiseBuffer what a person can do about it
//	enableColour(f)         makes a terminal take colours

// lanAddresses are the addresses of this machine's interfaces that are up, those
// of virtual bridges (containers) left out: a router does not reach them.
func lanAddresses() (addrs []netip.Addr) {
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
			if prefix, err := netip.ParsePrefix(ip.String()); err == nil {
				addrs = append(addrs, prefix.Addr().Unmap())
			}
		}
	}
	return addrs
}

// isVirtual knows the names that container and virtual machine managers give to
// interfaces.
func isVirtual(name string) bool {
	for _, prefix := range [...]string{"docker", "br-", "veth", "virbr", "lxc", "lxd", "podman", "cni", "vmnet", "vEthernet"} {
		if len(name) >= len(prefix) && name[:len(prefix)] == prefix {
			return true
		}
	}
	return false
}
