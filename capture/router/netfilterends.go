package router

import (
	"net/netip"
	"strings"

	"linklog/capture"
)

// usualEnds are what nearly all lines of netfilter have from SRC= on: addresses of IPv4, and
// ports of TCP or UDP.
type usualEnds struct {
	src, dst netip.AddrPort
	proto    capture.Protocol
}

// readUsualEnds reads what stands behind SRC= if it has exactly the form that the kernel
// gives it, in which no other key can hide:
//
//	192.168.1.13 DST=198.51.100.12 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=58179 DF PROTO=UDP SPT=58147 DPT=3478 …
//
// ok tells whether it has; netfilterFields.read gives the same, in three times the time.
func readUsualEnds(s string) (e usualEnds, ok bool) {
	src, s, ok := leadingIPv4(s)
	if !ok || !strings.HasPrefix(s, " DST=") {
		return e, false
	}
	dst, s, ok := leadingIPv4(s[len(" DST="):])
	if !ok || !strings.HasPrefix(s, " LEN=") {
		return e, false
	}
	s = behindValue(s[len(" LEN="):])
	if !strings.HasPrefix(s, " TOS=") {
		return e, false
	}
	s = behindValue(s[len(" TOS="):])
	if !strings.HasPrefix(s, " PREC=") {
		return e, false
	}
	s = behindValue(s[len(" PREC="):])
	if !strings.HasPrefix(s, " TTL=") {
		return e, false
	}
	s = behindValue(s[len(" TTL="):])
	if !strings.HasPrefix(s, " ID=") {
		return e, false
	}
	s = behindValue(s[len(" ID="):])
	if strings.HasPrefix(s, " DF ") { // do not fragment
		s = s[len(" DF"):]
	}
	switch {
	case strings.HasPrefix(s, " PROTO=TCP SPT="):
		e.proto = capture.TCP
	case strings.HasPrefix(s, " PROTO=UDP SPT="):
		e.proto = capture.UDP
	default:
		return e, false
	}
	from, s, ok := leadingPort(s[len(" PROTO=TCP SPT="):])
	if !ok || !strings.HasPrefix(s, " DPT=") {
		return e, false
	}
	to, s, ok := leadingPort(s[len(" DPT="):])
	if !ok || s != "" && s[0] != ' ' {
		return e, false
	}
	e.src, e.dst = netip.AddrPortFrom(src, from), netip.AddrPortFrom(dst, to)
	return e, true
}

// leadingPort reads a port, and gives what follows.
func leadingPort(s string) (port uint16, rest string, ok bool) {
	n, i := 0, 0
	for ; i < len(s) && i < 5; i++ {
		c := s[i] - '0'
		if c > 9 {
			break
		}
		n = n*10 + int(c)
	}
	return uint16(n), s[i:], i > 0 && n <= 65535
}

// behindValue gives what follows a number, decimal or as 0x1F.
func behindValue(s string) string {
	i := 0
	for i < len(s) && (s[i]-'0' <= 9 || wordly(s[i])) {
		i++
	}
	return s[i:]
}
