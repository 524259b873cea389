package capture

import "strconv"

// Protocol is a protocol number as IANA assigns them
// (https://www.iana.org/assignments/protocol-numbers). 0, which is assigned to
// an IPv6 extension header that no router logs, means: the router named none.
type Protocol uint8

// The protocols that home routers were seen to log.
const (
	ICMP   Protocol = 1
	IGMP   Protocol = 2
	TCP    Protocol = 6
	UDP    Protocol = 17
	GRE    Protocol = 47
	ESP    Protocol = 50
	AH     Protocol = 51
	ICMPv6 Protocol = 58
	SCTP   Protocol = 132
)

// protocolNames holds IANA's keywords, upper case as in router messages, for
// the protocols that can be met outside a laboratory.
var protocolNames = [256]string{
	1: "ICMP", 2: "IGMP", 3: "GGP", 4: "IPV4", 6: "TCP", 8: "EGP", 9: "IGP", 17: "UDP", 27: "RDP",
	33: "DCCP", 41: "IPV6", 43: "IPV6-ROUTE", 44: "IPV6-FRAG", 46: "RSVP", 47: "GRE", 50: "ESP", 51: "AH",
	58: "ICMPV6", 59: "IPV6-NONXT", 60: "IPV6-OPTS", 88: "EIGRP", 89: "OSPF", 94: "IPIP", 103: "PIM",
	108: "IPCOMP", 112: "VRRP", 115: "L2TP", 132: "SCTP", 136: "UDPLITE", 137: "MPLS-IN-IP",
}

// String gives the protocol's keyword in upper case ("TCP"), its number where
// it has none here ("99"), and "" for 0.
func (p Protocol) String() string {
	switch {
	case p == 0:
		return ""
	case protocolNames[p] != "":
		return protocolNames[p]
	}
	return strconv.Itoa(int(p))
}

// ParseProtocol reads a keyword in upper or lower case or a number from 1 to
// 255; false if s is neither.
func ParseProtocol[T string | []byte](s T) (Protocol, bool) {
	// The two that make up nearly all traffic come first.
	switch {
	case equalFold(s, "TCP"):
		return TCP, true
	case equalFold(s, "UDP"):
		return UDP, true
	case len(s) == 0:
		return 0, false
	}
	if s[0] >= '0' && s[0] <= '9' {
		n, err := strconv.ParseUint(string(s), 10, 8)
		return Protocol(n), err == nil && n != 0
	}
	if equalFold(s, "IPV6-ICMP") { // IANA's own spelling of ICMPV6
		return ICMPv6, true
	}
	for p, name := range protocolNames {
		if name != "" && equalFold(s, name) {
			return Protocol(p), true
		}
	}
	return 0, false
}

// equalFold reports whether s is upper, which must be in upper case ASCII,
// whatever the case of its letters.
func equalFold[T string | []byte](s T, upper string) bool {
	if len(s) != len(upper) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != upper[i] {
			return false
		}
	}
	return true
}
