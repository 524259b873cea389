package intake

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"linklog/capture"
	"linklog/service/gap"
	"linklog/service/health"
)

// addressEvery is how often it is looked whether this computer still has the address
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

// bind notes the addresses that are listened on.
func (a *address) bind(o *Options) {
	add := func(addr netip.Addr) {
		if addr = addr.Unmap(); addr.IsValid() && !addr.IsUnspecified() && !addr.IsLoopback() && !addr.IsMulticast() {
			a.bound = append(a.bound, addr.WithZone(""))
		}
	}
	for _, c := range o.Conns {
		if local, ok := c.LocalAddr().(*net.UDPAddr); ok {
			add(local.AddrPort().Addr())
		}
	}
	if len(o.Conns) == 0 {
		add(o.Listen.Address.Addr)
	}
}

// lookAtAddress tells when the address goes and when it is back.
func (in *Intake) lookAtAddress(now time.Time) {
	a := &in.address
	if len(a.bound) == 0 || !in.anyOpen() || now.Sub(a.looked) < addressEvery {
		return
	}
	a.looked = now
	there, err := addressesUp()
	if err != nil {
		return
	}
	var missing []string
	for _, b := range a.bound {
		if !slices.Contains(there, b) {
			missing = append(missing, b.String())
		}
	}
	switch {
	case len(missing) > 0 && a.gone.IsZero():
		a.gone = now
		in.health.Report(health.New(health.AddressGone, "", "Address", strings.Join(missing, ", ")))
	case len(missing) == 0 && !a.gone.IsZero():
		in.gaps.Add(gap.Gap{Since: a.gone, Text: capture.GapText(capture.GapAddress, "Address", a.bound[0].String())})
		a.gone = time.Time{}
		in.health.Over(health.AddressGone, "")
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
