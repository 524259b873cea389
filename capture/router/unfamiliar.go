package router

import (
	"net/netip"
	"strings"
)

// looksLikeTraffic tells a traffic message of a form that is not known from all that a
// system says: it has two different addresses and a protocol.
func looksLikeTraffic(s string) bool {
	var first netip.Addr
	two, proto := false, false
	for i := 0; i < len(s); {
		if !wordly(s[i]) {
			i++
			continue
		}
		begin := i
		for i < len(s) && (wordly(s[i]) || s[i] == '.') {
			i++
		}
		word := s[begin:i]
		if c := word[0]; c > '9' {
			proto = proto || namesProtocol(word, s[i:])
			continue
		}
		a, ok := parseIPv4(strings.TrimRight(word, "."))
		switch {
		case !ok || a == first:
		case first.IsValid():
			two = true
		default:
			first = a
		}
	}
	return two && proto
}

// namesProtocol knows "TCP", and "proto" before "=" or ":".
func namesProtocol(word, behind string) bool {
	for _, p := range [...]string{"tcp", "udp", "icmp", "gre", "esp"} {
		if strings.EqualFold(word, p) {
			return true
		}
	}
	return behind != "" && (behind[0] == '=' || behind[0] == ':') && (strings.EqualFold(word, "proto") || strings.EqualFold(word, "protocol"))
}
