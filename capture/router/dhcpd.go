package router

import (
	"strconv"
	"strings"
	"time"

	"linklog/capture"
	"linklog/capture/syslog"
)

// iscDHCP reads what ISC's dhcpd says (pfSense, OPNsense, EdgeOS, VyOS):
//
//	DHCPACK on 192.168.1.10 to 02:00:5e:10:00:22 (tv-living) via igb1
//	DHCPACK to 192.168.1.10 (02:00:5e:10:00:22) via igb1
func (r *Reader) iscDHCP(s *capture.Sighting, message string) bool {
	what, rest := syslog.Word(message)
	switch what {
	case "DHCPACK":
		rest, _, _ = strings.Cut(rest, " via ")
		joint, rest := syslog.Word(rest)
		addr, rest := syslog.Word(rest)
		if joint == "to" {
			return r.lease(s, addr, strings.Trim(rest, "()"), "")
		}
		to, rest := syslog.Word(rest)
		mac, name := syslog.Word(rest)
		name = strings.TrimSuffix(strings.TrimPrefix(name, "("), ")")
		return joint == "on" && to == "to" && r.lease(s, addr, mac, name)
	case "DHCPDISCOVER", "DHCPOFFER", "DHCPREQUEST", "DHCPINFORM":
		return !strings.Contains(rest, ": ") // behind a colon it says what is wrong
	}
	return false
}

// keaDHCP reads what ISC's Kea says (pfSense, OPNsense):
//
//	INFO [kea-dhcp4.leases.0x1] DHCP4_LEASE_ALLOC [hwtype=1 02:00:5e:10:00:22], cid=[01:…], tid=0xf192aa47: lease 192.168.1.10 has been allocated for 3600 seconds
func (r *Reader) keaDHCP(s *capture.Sighting, message string) bool {
	_, rest, ok := strings.Cut(message, "DHCP4_LEASE_")
	if !ok {
		if _, rest, ok = strings.Cut(message, "DHCP6_LEASE_"); !ok {
			return false
		}
	}
	what, rest := syslog.Word(rest)
	switch what {
	case "ADVERT", "OFFER":
		return true
	case "ALLOC", "RENEW", "REUSE":
	default:
		return false
	}
	_, hardware, _ := strings.Cut(rest, "[hwtype=1 ")
	mac, _, _ := strings.Cut(hardware, "]")
	_, addr, ok := strings.Cut(rest, ": lease ")
	if !ok {
		return false
	}
	addr = strings.TrimPrefix(addr, "for address ")
	addr, rest = syslog.Word(addr)
	if !r.lease(s, addr, mac, "") {
		return false
	}
	if _, after, ok := strings.Cut(rest, " for "); ok {
		n, _ := syslog.Word(after)
		if seconds, err := strconv.ParseUint(n, 10, 32); err == nil {
			s.For = time.Duration(seconds) * time.Second
		}
	}
	return true
}

// odhcpd reads what OpenWrt's own server says, where it logs that much:
//
//	Sent DHCPV4_MSG_ACK to 02:00:5e:10:00:22 - 192.168.1.10
func (r *Reader) odhcpd(s *capture.Sighting, message string) bool {
	verb, rest := syslog.Word(message)
	what, rest := syslog.Word(rest)
	if !strings.EqualFold(verb, "sent") && !strings.EqualFold(verb, "sending") || what != "DHCPV4_MSG_ACK" {
		return false
	}
	to, rest := syslog.Word(rest)
	mac, rest := syslog.Word(rest)
	dash, addr := syslog.Word(rest)
	return to == "to" && dash == "-" && r.lease(s, addr, mac, "")
}

// netgearDHCP reads what Netgear's firmware says of its own:
//
//	[DHCP IP: (192.168.1.10)] to MAC address 02:00:5E:10:00:22, Saturday, Nov 28,2026 06:42:20
func (r *Reader) netgearDHCP(s *capture.Sighting, message string) bool {
	rest, ok := strings.CutPrefix(message, "[DHCP IP: ")
	if !ok {
		return false
	}
	addr, rest, _ := strings.Cut(rest, "]")
	mac, ok := strings.CutPrefix(rest, " to MAC address ")
	mac, _, _ = strings.Cut(mac, ",")
	return ok && r.lease(s, strings.Trim(addr, "()"), mac, "")
}
