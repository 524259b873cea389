package router

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"linklog/capture"
	"linklog/phrase"
)

// Host reads "ip", "[ip]", "name", "name(ip)" or "name()" into e.
func (r *Reader) Host(e *capture.Endpoint, s string) error {
	if n := len(s); n > 0 && s[n-1] == ')' {
		name, ip, found := strings.Cut(s[:n-1], "(")
		if !found {
			return Malformed(phrase.Say("not a host: {{.Text}}", "Text", Quoted(s)))
		}
		if ip == "" {
			return r.hostName(e, name)
		}
		addr, ok := Address(ip)
		if !ok {
			return notAddress(ip)
		}
		e.Addr, e.Name = addr, r.Clean(name)
		return nil
	}
	addr, ok := Address(s)
	if ok {
		e.Addr = addr
		return nil
	}
	return r.hostName(e, s)
}

// hostName takes a name that stands for an address. What has digits, dots and blanks only,
// or a colon or a star, is an address that broke or was masked.
func (r *Reader) hostName(e *capture.Endpoint, s string) error {
	if len(s) > capture.MaxName || s == "-" || !looksLikeName(s) {
		return Malformed(phrase.Say("not a host: {{.Text}}", "Text", Quoted(s)))
	}
	if e.Name = r.Clean(s); e.Name == "" {
		return Malformed(phrase.Say("no host"))
	}
	return nil
}

func looksLikeName(s string) bool {
	other := false
	for i := range len(s) {
		switch c := s[i]; c {
		case ':', '*', '[', ']', '(', ')':
			return false
		default:
			other = other || (c < '0' || c > '9') && c != '.' && c != ' '
		}
	}
	return other
}

// Clean gives a text cleaned and not longer than names may be.
func (r *Reader) Clean(s string) string { return r.texts.CleanString(cut(s, capture.MaxName)) }

// cut cuts a text to a number of bytes, not within a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Address reads an IP address, also in brackets. A zone would be an interface of
// another computer.
func Address(s string) (netip.Addr, bool) {
	if len(s) > 3 && (s[3] == '.' || s[2] == '.' || s[1] == '.') { // nearly all are of IPv4
		if a, rest, ok := leadingIPv4(s); ok && rest == "" {
			return a, true
		}
	}
	const longest = 64 // with brackets and a sensible zone
	if n := len(s); n > 2 && s[0] == '[' && s[n-1] == ']' {
		s = s[1 : n-1]
	}
	if len(s) < 2 || len(s) > longest {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(s)
	return a.WithZone("").Unmap(), err == nil
}

// leadingIPv4 reads an address, in which no number begins with a zero, and gives what follows.
func leadingIPv4(s string) (a netip.Addr, rest string, ok bool) {
	number := uint32(0) // not four bytes, which to read at once the processor would wait for
	for part := range 4 {
		if s == "" || s[0]-'0' > 9 {
			return a, s, false
		}
		n := uint(s[0] - '0')
		i := 1
		for ; i < 3 && i < len(s); i++ {
			c := s[i] - '0'
			if c > 9 {
				break
			}
			n = n*10 + uint(c)
		}
		if n > 255 || i > 1 && s[0] == '0' {
			return a, s, false
		}
		number = number<<8 | uint32(n)
		s = s[i:]
		if part < 3 {
			if s == "" || s[0] != '.' {
				return a, s, false
			}
			s = s[1:]
		}
	}
	return netip.AddrFrom4([4]byte{byte(number >> 24), byte(number >> 16), byte(number >> 8), byte(number)}), s, true
}

// Port reads a port number.
func Port(e *capture.Endpoint, s string) error {
	n, ok := number(s)
	if !ok {
		return Malformed(phrase.Say("not a port: {{.Text}}", "Text", Quoted(s)))
	}
	e.Port = n
	return nil
}

// number reads one that a port can have, which may begin with zeros.
func number[T string | []byte](s T) (port uint16, ok bool) {
	n := 0
	for i := range len(s) {
		digit := s[i] - '0'
		if n = n*10 + int(digit); digit > 9 || n > 65535 {
			return 0, false
		}
	}
	return uint16(n), len(s) > 0
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

// Protocol reads a protocol's name or number.
func Protocol(s string) (capture.Protocol, error) {
	proto, ok := capture.ParseProtocol(s)
	if !ok {
		return 0, Malformed(phrase.Say("not a protocol: {{.Text}}", "Text", Quoted(s)))
	}
	return proto, nil
}

// HasPorts reports whether a protocol's attempts name ports.
func HasPorts(p capture.Protocol) bool {
	return p == capture.TCP || p == capture.UDP || p == capture.SCTP
}

// HostPort cuts "host:port", "[ip]:port" and, for protocols without ports, a host
// alone.
func HostPort(s string) (host, port string) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || strings.HasSuffix(s, "]") {
		return s, ""
	}
	return s[:i], s[i+1:]
}

// endOf reads "host:port", or a host alone of protocols without ports.
func (r *Reader) endOf(e *capture.Endpoint, proto capture.Protocol, s string) error {
	host, number := HostPort(s)
	if !HasPorts(proto) && strings.Contains(host, ":") && s[0] != '[' { // of IPv6
		host, number = s, ""
	}
	if err := r.Host(e, host); err != nil || number == "" && !HasPorts(proto) {
		return err
	}
	return Port(e, number)
}

// join puts parts of a line together to a clean text.
func (r *Reader) join(parts ...string) string {
	r.joined = r.joined[:0]
	for _, p := range parts {
		r.joined = append(r.joined, p...)
	}
	return r.texts.Name(r.joined)
}

// between fills an attempt from its protocol and its ends as endOf reads them.
func (r *Reader) between(ev *capture.Event, proto, src, dst string) (err error) {
	ev.Kind = capture.Traffic
	if ev.Proto, err = Protocol(proto); err != nil {
		return err
	}
	if err = r.endOf(&ev.Src, ev.Proto, src); err != nil {
		return err
	}
	if ev.Dir == 0 {
		ev.Dir = Way(ev.Src.Addr)
	}
	return r.endOf(&ev.Dst, ev.Proto, dst)
}

// fill fills an attempt from the texts of its parts: protocol, both hosts and, where
// the protocol has ports, both ports. The direction is that of the addresses unless it
// is set already.
func (r *Reader) fill(ev *capture.Event, proto, src, srcPort, dst, dstPort string) (err error) {
	ev.Kind = capture.Traffic
	if ev.Proto, err = Protocol(proto); err != nil {
		return err
	}
	if err = r.Host(&ev.Src, src); err != nil {
		return err
	}
	if err = r.Host(&ev.Dst, dst); err != nil {
		return err
	}
	if HasPorts(ev.Proto) {
		if err = Port(&ev.Src, srcPort); err != nil {
			return err
		}
		if err = Port(&ev.Dst, dstPort); err != nil {
			return err
		}
	}
	if ev.Dir == 0 {
		ev.Dir = Way(ev.Src.Addr)
	}
	return nil
}

// value finds the value of a key in a line of key=value or key="value", where the key
// is a word of its own.
func value(s, key string) (v string, ok bool) {
	for from := 0; ; {
		i := strings.Index(s[from:], key)
		if i < 0 {
			return "", false
		}
		i += from
		end := i + len(key)
		if end < len(s) && s[end] == '=' && (i == 0 || !wordly(s[i-1])) {
			v = s[end+1:]
			break
		}
		from = i + 1
	}
	if strings.HasPrefix(v, `"`) {
		v, _, _ = strings.Cut(v[1:], `"`)
		return v, true
	}
	if end := strings.IndexAny(v, " \t"); end >= 0 {
		v = v[:end]
	}
	return v, true
}
