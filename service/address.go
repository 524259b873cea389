package service

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// addressEvery is how often it is looked whether this machine still has the address
// that we listen on.
const addressEvery = 2 * time.Second

// address notices that the address we listen on goes away: a cable is pulled, a
// lease ends. The socket stays open, and receives again when the address is back;
// nothing says so but the addresses of the interfaces.
type address struct {
	bound  []netip.Addr // none: all addresses will do
	looked time.Time
	gone   time.Time // since when; zero: it is there
}

func (e *Engine) startAddress() *address {
	a := &address{}
	add := func(addr netip.Addr) {
		if addr = addr.Unmap(); addr.IsValid() && !addr.IsUnspecified() && !addr.IsLoopback() && !addr.IsMulticast() {
			a.bound = append(a.bound, addr.WithZone(""))
		}
	}
	for _, c := range e.config.Conns {
		if local, ok := c.LocalAddr().(*net.UDPAddr); ok {
			add(local.AddrPort().Addr())
		}
	}
	if len(e.config.Conns) == 0 {
		add(e.config.Settings.Listen.Address.Addr)
	}
	return a
}

// lookAtAddress tells when the address goes and when it is back.
func (e *Engine) lookAtAddress(a *address, now time.Time) {
	if len(a.bound) == 0 || e.listener.Load() == nil || now.Sub(a.looked) < addressEvery {
		return
	}
	a.looked = now
	there, err := addressesUp()
	if err != nil {
		return
	}
	missing := slices.DeleteFunc(slices.Clone(a.bound), func(b netip.Addr) bool { return slices.Contains(there, b) })
	var list []string
	for _, b := range missing {
		list = append(list, b.String())
	}
	text := strings.Join(list, ", ")
	switch {
	case len(missing) > 0 && a.gone.IsZero():
		a.gone = now
		e.trouble("address", fmt.Errorf("this machine has no address %s now, or its network is down; what is sent there is received when it is back", text))
	case len(missing) == 0 && !a.gone.IsZero():
		e.appendGap(gap{Since: a.gone, Text: fmt.Sprintf("this machine did not have the address that is listened on (%s)", a.bound[0])})
		a.gone = time.Time{}
		e.trouble("address", nil)
	}
}

// addressesUp are the addresses of all interfaces that are up.
func addressesUp() (addrs []netip.Addr, err error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("look at the network interfaces: %w", err)
	}
	for i := range interfaces {
		if interfaces[i].Flags&net.FlagUp == 0 {
			continue
		}
		list, err := interfaces[i].Addrs()
		if err != nil {
			continue // gone meanwhile
		}
		for _, addr := range list {
			if p, err := netip.ParsePrefix(addr.String()); err == nil {
				addrs = append(addrs, p.Addr().Unmap().WithZone(""))
			}
		}
	}
	return addrs, nil
}
