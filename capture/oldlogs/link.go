package oldlogs

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"linklog/capture"
	"linklog/capture/router"
	"linklog/phrase"
)

// How packets may begin (https://www.tcpdump.org/linktypes.html).
const (
	linkNull      = 0 // loopback of BSD and macOS: the family, in its own byte order
	linkEthernet  = 1
	linkRaw       = 101
	linkRawBSD    = 12
	linkRawOpen   = 14  // of OpenBSD
	linkLoop      = 108 // loopback of OpenBSD: the family, in network order
	linkCooked    = 113 // Linux, "any" interface
	linkIPv4      = 228
	linkIPv6      = 229
	linkCookedTwo = 276 // Linux, newer
)

// knownLink reports whether packets that begin so can be read.
func knownLink(link uint32) bool {
	switch link {
	case linkNull, linkEthernet, linkRaw, linkRawBSD, linkRawOpen, linkLoop, linkCooked, linkIPv4, linkIPv6, linkCookedTwo:
		return true
	}
	return false
}

// Values of the EtherType (IEEE 802).
const (
	etherIPv4    = 0x0800
	etherIPv6    = 0x86dd
	etherVLAN    = 0x8100
	etherService = 0x88a8 // VLAN of a provider around it
	etherOldQinQ = 0x9100
)

// readUDP finds the datagram in a packet. errNoPacket tells that it is none, or that
// not enough was recorded to see, otherPort that it is one to another port; other
// errors are about a datagram that cannot be read.
func readUDP(p *packet, ports []uint16) (d capture.Datagram, err error) {
	ip, ok := network(p)
	if !ok {
		if !knownLink(p.link) {
			return d, router.Malformed(phrase.Say("link type {{.Type}} cannot be read", "Type", p.link))
		}
		return d, errNoPacket
	}
	switch ip[0] >> 4 {
	case 4:
		return readIPv4(ip, ports)
	case 6:
		return readIPv6(ip, ports)
	}
	return d, errNoPacket
}

// network takes off what is before the IP packet; there is at least one byte.
func network(p *packet) ([]byte, bool) {
	b := p.data
	switch p.link {
	case linkRaw, linkRawBSD, linkRawOpen, linkIPv4, linkIPv6:
		return b, len(b) > 0
	case linkNull, linkLoop: // which family it is, its first byte says as well
		if len(b) <= 4 {
			return nil, false
		}
		return b[4:], true
	case linkEthernet:
		return etherPayload(b, 12)
	case linkCooked:
		return etherPayload(b, 14)
	case linkCookedTwo: // the EtherType is at the beginning
		if len(b) <= 20 {
			return nil, false
		}
		return tagged(binary.BigEndian.Uint16(b), b[20:])
	}
	return nil, false
}

// etherPayload gives what follows the EtherType at an offset.
func etherPayload(b []byte, at int) ([]byte, bool) {
	if len(b) < at+2 {
		return nil, false
	}
	return tagged(binary.BigEndian.Uint16(b[at:]), b[at+2:])
}

// tagged takes VLAN tags off (IEEE 802.1Q).
func tagged(ether uint16, b []byte) ([]byte, bool) {
	const most = 4
	for range most {
		if ether != etherVLAN && ether != etherService && ether != etherOldQinQ || len(b) < 4 {
			break
		}
		ether, b = binary.BigEndian.Uint16(b[2:]), b[4:]
	}
	return b, (ether == etherIPv4 || ether == etherIPv6) && len(b) > 0
}

const protocolUDP = 17

// readIPv4 reads RFC 791.
func readIPv4(b []byte, ports []uint16) (d capture.Datagram, err error) {
	if len(b) < 20 || b[9] != protocolUDP {
		return d, errNoPacket
	}
	head, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
	if total == 0 { // the network card fills it in later
		total = len(b)
	}
	if head < 20 || total < head || len(b) < head {
		return d, errNoPacket
	}
	const more, offset = 0x2000, 0x1fff
	fragment := binary.BigEndian.Uint16(b[6:])
	return unfragmented(b[head:min(total, len(b))], unmapped(b[12:16]), ports, fragment&offset != 0, fragment&more != 0)
}

// readIPv6 reads RFC 8200: a header and any of those that may follow it.
func readIPv6(b []byte, ports []uint16) (d capture.Datagram, err error) {
	const (
		hopByHop    = 0
		routing     = 43
		fragment    = 44
		authentic   = 51
		destination = 60
		most        = 8
	)
	if len(b) < 40 {
		return d, errNoPacket
	}
	from := unmapped(b[8:24])
	next := b[6]
	later, more := false, false
	if n := int(binary.BigEndian.Uint16(b[4:])); n != 0 && 40+n < len(b) {
		b = b[:40+n]
	}
	b = b[40:]
	for range most {
		if next == protocolUDP {
			return unfragmented(b, from, ports, later, more)
		}
		if len(b) < 8 {
			return d, errNoPacket
		}
		size := 8
		switch next {
		case hopByHop, routing, destination:
			size = (int(b[1]) + 1) * 8
		case authentic:
			size = (int(b[1]) + 2) * 4
		case fragment:
			offset := binary.BigEndian.Uint16(b[2:])
			later, more = offset&0xfff8 != 0, offset&1 != 0
		default:
			return d, errNoPacket
		}
		if size > len(b) {
			return d, errNoPacket
		}
		next, b = b[0], b[size:]
	}
	return d, errNoPacket
}

// unfragmented is readDatagram for a packet that may be a fragment. They are not
// put together: no router's message is that long.
func unfragmented(b []byte, from netip.Addr, ports []uint16, later, more bool) (d capture.Datagram, err error) {
	if later { // its port is in another packet
		return d, router.Foreign(phrase.Say("a later fragment of a datagram"))
	}
	if d, err = readDatagram(b, from, ports); err == nil && more {
		return d, router.Malformed(phrase.Say("the first fragment of a datagram"))
	}
	return d, err
}

// readDatagram reads RFC 768. Its checksum is not looked at: on the computer that
// sends, it is often not there yet.
func readDatagram(b []byte, from netip.Addr, ports []uint16) (d capture.Datagram, err error) {
	if len(b) < 8 {
		return d, errNoPacket
	}
	if to := binary.BigEndian.Uint16(b[2:]); !slices.Contains(ports, to) {
		return d, otherPort(to)
	}
	length := int(binary.BigEndian.Uint16(b[4:]))
	if length < 8 {
		return d, router.Malformed(phrase.Say("a datagram of {{.Count}} bytes", "Count", length))
	}
	d.From = netip.AddrPortFrom(from, binary.BigEndian.Uint16(b))
	d.Data = b[8:min(length, len(b))]
	d.Truncated = length > len(b)
	return d, nil
}
