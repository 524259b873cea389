package router

import (
	"net/netip"
	"strings"
	"time"

	"linklog/capture"
	"linklog/capture/syslog"
)

// Sighting reads a line of a DHCP or a DNS server: who got which address, and who asked
// for which name. found tells that the line belongs to such a log; its Kind is 0 if it
// says nothing by itself, as the question that stands before its answer. What such a
// server says about itself is not found. Lines of a router must come in the order in
// which they were sent; at is when this one came.
func (r *Reader) Sighting(at time.Time, router netip.Addr, h *syslog.Header) (s capture.Sighting, found bool) {
	switch h.Program {
	case "kernel", "filterlog": // nearly all lines are of these
	case "dnsmasq":
		found = r.dnsmasqDNS(&s, r.asked.of(router, at), h.Message)
	case "dnsmasq-dhcp":
		found = r.dnsmasqDHCP(&s, h.Message)
	case "dhcpd":
		found = r.iscDHCP(&s, h.Message)
	case "kea-dhcp4", "kea-dhcp6":
		found = r.keaDHCP(&s, h.Message)
	case "odhcpd":
		found = r.odhcpd(&s, h.Message)
	case "udhcpd": // it says "sending ACK to 192.168.1.10", and not to whom
		found = strings.HasPrefix(h.Message, "sending ")
	case "unbound":
		found = unbound(h.Message)
	case "":
		found = r.netgearDHCP(&s, h.Message) || r.zyxelDHCP(&s, h.Message) || r.mikrotikNames(&s, router, at, h.Message)
	}
	if s.Kind != 0 {
		s.Time, s.Router = at, router
	}
	return s, found
}

// Neighbour tells the hardware address of who began the attempt that h says: the log of
// a packet filter has it, of those in the home network. Of what comes from outside it
// would be the provider's. With IPv6 the line may not tell which of the two it is. Where it
// has none, the interface may say that the address is one of the home network.
func (r *Reader) Neighbour(ev *capture.Event, h *syslog.Header) (s capture.Sighting, found bool) {
	a := ev.Src.Addr
	if ev.Kind != capture.Traffic || ev.Dir != capture.Out && (!a.Is6() || inside(a)) || !single(a) {
		return s, false
	}
	s = capture.Sighting{Time: ev.Time, Router: ev.Router, Kind: capture.Neighbour, Addr: a}
	if s.MAC, found = neighbourMAC(h.Text); !found && r.fromHouse {
		s.Kind, found = capture.Inside, true
	}
	return s, found
}

// neighbourMAC finds the sender's in a line of netfilter ("MAC=" has destination, source
// and type), of its decoded form, of RouterOS, and of DrayTek.
func neighbourMAC(line string) (capture.MAC, bool) {
	const one = len("02:00:5e:10:00:22")
	for _, key := range [...]struct {
		word string
		skip int
	}{{" MAC=", one + 1}, {"MACSRC=", 0}, {" src-mac ", 0}, {"(MAC=", 0}} {
		at := lastIndex(line, key.word)
		if at < 0 {
			continue
		}
		at += len(key.word) + key.skip
		if at+one > len(line) {
			return capture.MAC{}, false
		}
		return capture.ParseMAC(line[at : at+one])
	}
	return capture.MAC{}, false
}

// lastIndex is strings.LastIndex, which is slow: it looks at one byte after the other.
func lastIndex(s, word string) int {
	last := -1
	for at := 0; ; {
		i := strings.Index(s[at:], word)
		if i < 0 {
			return last
		}
		last = at + i
		at = last + 1
	}
}

// single reports whether an address can be one device's.
func single(a netip.Addr) bool {
	return a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && !a.IsLoopback() && a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// deviceAddress reads an address that can be one device's. What is none, as in most
// lines, costs nothing.
func deviceAddress(s string) (netip.Addr, bool) {
	if s == "" || strings.Trim(s, "0123456789abcdefABCDEF:.") != "" {
		return netip.Addr{}, false
	}
	a, ok := Address(s)
	return a, ok && single(a)
}

// lease fills in whose an address is, and what it calls itself.
func (r *Reader) lease(s *capture.Sighting, addr, mac, name string) bool {
	a, ok := deviceAddress(addr)
	if !ok {
		return false
	}
	m, ok := capture.ParseMAC(mac)
	if name = r.Clean(name); !ok && name == "" {
		return false
	}
	s.Kind, s.Addr, s.MAC, s.Name = capture.Lease, a, m, name
	return true
}

// domain gives a name that was asked for, in lower case and without the dot at its end.
// Names with other characters than those of hosts are of no use and may be meant to
// deceive.
func (r *Reader) domain(s string) (name string, ok bool) {
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > capture.MaxName {
		return "", false
	}
	upper := false
	for i := range len(s) {
		switch c := s[i]; {
		case 'A' <= c && c <= 'Z':
			upper = true
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
		default:
			return "", false
		}
	}
	if strings.Trim(s, "0123456789.") == "" { // the question for an address's name
		return "", false
	}
	if !upper {
		return r.texts.CleanString(s), true
	}
	r.joined = r.joined[:0]
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		r.joined = append(r.joined, c)
	}
	return r.texts.Name(r.joined), true
}
