package router

import (
	"bytes"
	"net/netip"
	"strings"
	"unicode/utf8"

	"linklog/capture"
)

// parseTraffic reads a traffic message (MESSAGES.md, "Traffic messages") into
// ev and sets ev.Kind if text is one. begun tells that the text begins as a
// traffic message, whether or not it goes on as one.
func (r *Reader) parseTraffic(ev *capture.Event, text []byte) (begun bool) {
	start := 0
	for start < len(text) && blank(text[start]) {
		start++
	}
	// There may be junk before the "@", with more "@" in it; but not without end: 64
	// KiB of "@in" must not take longer than any other datagram.
	for at := 0; at < capture.MaxText; at++ {
		i := bytes.IndexByte(text[at:], '@')
		if i < 0 {
			return begun
		}
		at += i
		dir, rest, ok := direction(text[at+1:])
		if !ok {
			continue
		}
		if at <= start {
			begun = true
		}
		if r.attempt(ev, rest) {
			ev.Kind, ev.Dir = capture.Traffic, dir
			return true
		}
		// A message that breaks off leaves nothing behind in ev, whose ends nobody filled before.
		ev.Proto, ev.Src, ev.Dst, ev.Text = 0, capture.Endpoint{}, capture.Endpoint{}, ""
	}
	return begun
}

// blank knows what separates words and surrounds texts: routers end some with CR, LF or NUL.
func blank(c byte) bool { return c == ' ' || c <= '\r' && (c >= '\t' || c == 0) }

// word cuts the first word off b.
func word(b []byte) (w, rest []byte) {
	i := 0
	for i < len(b) && blank(b[i]) {
		i++
	}
	j := i
	for j < len(b) && !blank(b[j]) {
		j++
	}
	return b[i:j], b[j:]
}

// direction reads the "in" or "out" behind the "@".
func direction(b []byte) (capture.Direction, []byte, bool) {
	// Not the whole word, which may be very long: see parseTraffic.
	switch w, _ := word(b[:min(len(b), len("OUT")+1)]); {
	case len(b) == 0 || blank(b[0]):
		return 0, nil, false
	case bytes.EqualFold(w, []byte("IN")):
		return capture.In, b[len(w):], true
	case bytes.EqualFold(w, []byte("OUT")):
		return capture.Out, b[len(w):], true
	}
	return 0, nil, false
}

// attempt reads what follows the direction: "TCP from a:1 to b:2." in the new
// form, "a 1 b 2." in the old one.
func (r *Reader) attempt(ev *capture.Event, b []byte) bool {
	first, rest := word(b)
	second, rest := word(rest)
	var ok bool
	if !bytes.EqualFold(second, []byte("FROM")) {
		return r.old(ev, first, second, rest)
	}
	if ev.Proto, ok = capture.ParseProtocol(first); !ok {
		return false
	}
	src, rest := word(rest)
	to, rest := word(rest)
	dst, rest := word(rest)
	if !bytes.EqualFold(to, []byte("TO")) {
		return false
	}
	// Only TCP and UDP must have ports: ICMP and GRE have none to tell.
	must := ev.Proto == capture.TCP || ev.Proto == capture.UDP
	if !r.endpoint(&ev.Src, src, must) || !r.endpoint(&ev.Dst, undotted(dst), must) {
		return false
	}
	ev.Text = r.remark(rest)
	return true
}

func (r *Reader) old(ev *capture.Event, src, srcPort, rest []byte) bool {
	dst, rest := word(rest)
	dstPort, rest := word(rest)
	if !r.host(&ev.Src, src) || !r.host(&ev.Dst, dst) ||
		!port(&ev.Src, srcPort) || !port(&ev.Dst, undotted(dstPort)) {
		return false
	}
	ev.Text = r.remark(rest)
	return true
}

// remark is what a router adds behind a message: nothing, as a rule.
func (r *Reader) remark(b []byte) string {
	for len(b) > 0 && blank(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && blank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	if len(b) == 0 {
		return ""
	}
	return r.texts.Clean(b)
}

func undotted(b []byte) []byte { return bytes.TrimSuffix(b, []byte{'.'}) }

func port(e *capture.Endpoint, b []byte) (ok bool) {
	e.Port, ok = number(b)
	return ok
}

// endpoint reads "host:port", or "host" alone where the port may be missing.
func (r *Reader) endpoint(e *capture.Endpoint, b []byte, mustHavePort bool) bool {
	i := len(b) - 1
	for i >= 0 && b[i] >= '0' && b[i] <= '9' {
		i--
	}
	if i > 0 && b[i] == ':' && i < len(b)-1 {
		return port(e, b[i+1:]) && r.host(e, b[:i])
	}
	return !mustHavePort && r.host(e, b)
}

// host reads "ip", "[ip]", "name", "name(ip)", "name()" or "(ip)".
func (r *Reader) host(e *capture.Endpoint, b []byte) bool {
	if addr, ok := parseIPv4(b); ok {
		e.Addr = addr
		return true
	}
	if n := len(b); n > 0 && b[n-1] == ')' {
		open := bytes.LastIndexByte(b, '(')
		if open < 0 {
			return false
		}
		name, ip := b[:open], b[open+1:n-1]
		if len(ip) == 0 {
			return r.name(e, name)
		}
		// The address tells who it was. Whoever chose the name must not be able
		// to hide behind one that is no name.
		e.Name = r.texts.Name(name)
		return address(e, ip)
	}
	return bytes.IndexByte(b, ':') >= 0 && address(e, b) || r.name(e, b)
}

func address(e *capture.Endpoint, b []byte) (ok bool) {
	if e.Addr, ok = parseIPv4(b); ok {
		return true
	}
	if n := len(b); n > 2 && b[0] == '[' && b[n-1] == ']' {
		b = b[1 : n-1]
	}
	if bytes.IndexByte(b, ':') < 0 || len(b) > maxIPv6Text {
		return false
	}
	addr, err := netip.ParseAddr(string(b))
	// A zone ("%eth0") would be an interface of the sender's, and free text.
	e.Addr = addr.WithZone("").Unmap()
	return err == nil
}

// maxIPv6Text is longer than any IPv6 address with a sensible zone.
const maxIPv6Text = 64

// name takes a host name that stands for an address. The catalogue knows
// letters, digits, "-", "." and "_"; other characters are cleaned rather than the
// message lost, but brackets, colons and quotes mean that this is no name, and
// what has only digits and dots is an address that broke.
func (r *Reader) name(e *capture.Endpoint, b []byte) bool {
	if len(b) == 0 || len(b) > capture.MaxName || bytes.ContainsAny(b, "()[]:\"'`,;") {
		return false
	}
	if len(bytes.Trim(b, "0123456789.")) == 0 {
		return false
	}
	e.Name = r.texts.Name(b)
	return e.Name != ""
}

// parseIPv4 reads four numbers of up to three digits, which may begin with zeros.
func parseIPv4[T string | []byte](b T) (netip.Addr, bool) {
	if len(b) < len("0.0.0.0") || len(b) > len("255.255.255.255") {
		return netip.Addr{}, false
	}
	var a [4]byte
	at := 0
	for part := range a {
		n, begin := 0, at
		for ; at < len(b); at++ {
			c := b[at] - '0'
			if c > 9 {
				break
			}
			n = n*10 + int(c)
		}
		if digits := at - begin; digits == 0 || digits > 3 || n > 255 {
			return netip.Addr{}, false
		}
		a[part] = byte(n)
		if part == len(a)-1 {
			break
		}
		if at == len(b) || b[at] != '.' {
			return netip.Addr{}, false
		}
		at++
	}
	if at < len(b) {
		return netip.Addr{}, false
	}
	return netip.AddrFrom4(a), true
}

// parseWAN reads the messages by which a router tells its outer address:
// "WAN IP = a", "IP=a.", "WAN(DHCP) IP is a". The text must be clean.
func parseWAN(text string) (netip.Addr, bool) {
	s := strings.ToLower(text)
	if s, found := strings.CutPrefix(s, "wan"); found {
		s = strings.TrimLeft(s, " ")
		if kind, after, found := strings.Cut(s, ")"); found && strings.HasPrefix(kind, "(") {
			s = after
		}
		return parseWANAddress(s)
	}
	return parseWANAddress(s)
}

func parseWANAddress(s string) (netip.Addr, bool) {
	s, ok := strings.CutPrefix(strings.TrimLeft(s, " "), "ip")
	if !ok {
		return netip.Addr{}, false
	}
	s = strings.TrimPrefix(strings.TrimLeft(s, " "), "address")
	s = strings.TrimLeft(s, " ")
	switch {
	case strings.HasPrefix(s, "="), strings.HasPrefix(s, ":"):
		s = s[1:]
	case strings.HasPrefix(s, "is "):
		s = s[3:]
	default:
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimSpace(s), "."))
	return addr.WithZone("").Unmap(), err == nil
}

// knownSystemText knows the beginnings of router messages that were seen from
// others than Linksys; a trap with a Linksys OID needs no such proof.
func knownSystemText(text string) bool {
	for _, start := range [...]string{"system is ", "firmware version", "wan(", "wan ", "pppoe", "login", "nat ", "ras ", "crc"} {
		if len(text) >= len(start) && strings.EqualFold(text[:len(start)], start) {
			return true
		}
	}
	return false
}

// readable reports whether b is a text, as against binary data: valid UTF-8
// with a letter and no control characters but blanks. (On switches the varbind
// that holds the text of a router may hold anything.)
func readable(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	letter := false
	for _, c := range b {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80:
			letter = true
		case c < 0x20 && !blank(c), c == 0x7f:
			return false
		}
	}
	return letter
}
