package router

import (
	"strings"

	"linklog/capture"
)

// usual reads a line as nearly all are: of IPv4, with ports of TCP or UDP, and of exactly the
// form that the kernel gives it, in which no other key can hide:
//
//	ACCEPT IN=br0 OUT=eth0 MAC=… SRC=192.168.1.13 DST=198.51.100.12 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=58179 DF PROTO=UDP SPT=58147 DPT=3478 …
//
// In front of it there may be a value in quotes, as UniFi's DESCR="…". ok tells whether it
// is one, else neither f nor ev is touched; read and fill find the same in it, in three times the time.
func (f *netfilterFields) usual(ev *capture.Event, s string) (ok bool) {
	const in, out, mac, src = "IN=", "OUT=", "MAC=", "SRC="
	eq := strings.IndexByte(s, '=')
	if eq < 2 {
		return false
	}
	ahead := 0 // behind what is in quotes
	if eq+1 < len(s) && s[eq+1] == '"' && !endsKey(s[eq-1]) {
		if strings.IndexByte(s[:eq], '"') >= 0 {
			return false
		}
		end := strings.IndexByte(s[eq+2:], '"')
		if end < 0 {
			return false
		}
		ahead = eq + 2 + end + 1
		if eq = strings.IndexByte(s[ahead:], '='); eq < 2 {
			return false
		}
		eq += ahead
	}
	begin := eq - len("IN")
	if !strings.HasPrefix(s[begin:], in) {
		return false
	}
	at := begin + len(in)
	end := at + wordEnd(s[at:])
	name := s[at:end]
	at = end + 1
	if end == len(s) || !strings.HasPrefix(s[at:], out) {
		return false
	}
	at += len(out)
	end = at + wordEnd(s[at:])
	other := s[at:end]
	at = end + 1
	if end == len(s) {
		return false
	}
	if strings.HasPrefix(s[at:], mac) {
		at += len(mac)
		next := strings.IndexByte(s[at:], '=') - len("SRC")
		if next < 1 || s[at+next-1] != ' ' {
			return false
		}
		at += next
	}
	if !strings.HasPrefix(s[at:], src) || strings.IndexByte(s[ahead:at], '"') >= 0 || !usualKeys(ev, s[at+len(src):]) {
		return false
	}
	f.begin, f.in, f.out = begin, name, other
	return true
}

// wordEnd is where a word without a "=" ends, at a blank or at the end of a text.
func wordEnd(s string) int {
	for i := range len(s) {
		if s[i] == ' ' {
			return i
		}
		if s[i] == '=' {
			break
		}
	}
	return len(s)
}

// usualKeys reads what stands behind SRC=.
func usualKeys(ev *capture.Event, s string) bool {
	src, s, ok := leadingIPv4(s)
	if !ok || !strings.HasPrefix(s, " DST=") {
		return false
	}
	dst, s, ok := leadingIPv4(s[len(" DST="):])
	if !ok || !strings.HasPrefix(s, " LEN=") {
		return false
	}
	s = behindValue(s[len(" LEN="):])
	if !strings.HasPrefix(s, " TOS=") {
		return false
	}
	s = behindValue(s[len(" TOS="):])
	if !strings.HasPrefix(s, " PREC=") {
		return false
	}
	s = behindValue(s[len(" PREC="):])
	if !strings.HasPrefix(s, " TTL=") {
		return false
	}
	s = behindValue(s[len(" TTL="):])
	if !strings.HasPrefix(s, " ID=") {
		return false
	}
	s = behindValue(s[len(" ID="):])
	if strings.HasPrefix(s, " DF ") { // do not fragment
		s = s[len(" DF"):]
	}
	proto := capture.TCP
	if !strings.HasPrefix(s, " PROTO=TCP SPT=") {
		if proto = capture.UDP; !strings.HasPrefix(s, " PROTO=UDP SPT=") {
			return false
		}
	}
	from, s, ok := leadingPort(s[len(" PROTO=TCP SPT="):])
	if !ok || !strings.HasPrefix(s, " DPT=") {
		return false
	}
	to, s, ok := leadingPort(s[len(" DPT="):])
	if !ok || s != "" && s[0] != ' ' {
		return false
	}
	ev.Src.Addr, ev.Src.Port, ev.Dst.Addr, ev.Dst.Port, ev.Proto = src, from, dst, to, proto
	return true
}

// behindValue gives what follows a number, decimal or as 0x1F.
func behindValue(s string) string {
	i := 0
	for i < len(s) && (s[i]-'0' <= 9 || wordly(s[i])) {
		i++
	}
	return s[i:]
}
