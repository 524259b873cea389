//go:build unix

package receive

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"
)

// send tries once. A write with a deadline would not do: on a busy computer the
// deadline can be over before the write begins, and then nothing is tried at all.
func (s *socket) send(b []byte, to netip.AddrPort) error {
	raw, err := s.conn.SyscallConn()
	if err != nil {
		return err
	}
	address, err := sockaddr(to, s.conn.LocalAddr().(*net.UDPAddr).IP.To4() != nil)
	if err != nil {
		return err
	}
	if e := raw.Control(func(fd uintptr) { err = unix.Sendto(int(fd), b, unix.MSG_DONTWAIT, address) }); e != nil {
		return e
	}
	return err
}

// sockaddr is an address as a socket of one family takes it: one of IPv6 takes
// those of IPv4, too, in its own form.
func sockaddr(to netip.AddrPort, v4 bool) (unix.Sockaddr, error) {
	addr := to.Addr().Unmap()
	if v4 {
		if !addr.Is4() {
			return nil, fmt.Errorf("%v cannot be reached through an IPv4 socket", addr)
		}
		return &unix.SockaddrInet4{Port: int(to.Port()), Addr: addr.As4()}, nil
	}
	sa := &unix.SockaddrInet6{Port: int(to.Port()), Addr: addr.As16()}
	if zone := addr.Zone(); zone != "" {
		n, err := strconv.ParseUint(zone, 10, 32)
		if err != nil {
			i, err := net.InterfaceByName(zone)
			if err != nil {
				return nil, err
			}
			n = uint64(i.Index)
		}
		sa.ZoneId = uint32(n)
	}
	return sa, nil
}
