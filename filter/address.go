package filter

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"linklog/phrase"
)

// addressPattern is an address pattern that was understood: addresses from
// spans, or those whose text a glob matches.
type addressPattern struct {
	spans []span[netip.Addr]
	glob  *glob
}

// parseAddress reads an exact address, a prefix, a range or a wildcard. If it
// cannot be read, or no address can match, reason says why.
func parseAddress(s string) (p addressPattern, reason phrase.Phrase) {
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") { // IPv6 as in URLs
		s = s[1 : len(s)-1]
	}
	var only span[netip.Addr]
	switch {
	case strings.Contains(s, "*"):
		return parseAddressGlob(s)
	case strings.Contains(s, "/"):
		only, reason = parsePrefix(s)
	case strings.Contains(s, "-"):
		only, reason = parseRange(s)
	default:
		only.first, reason = parseExact(s)
		only.last = only.first
	}
	return addressPattern{spans: []span[netip.Addr]{only}}, reason
}

// isHostName tells host names from what is meant to be an address.
func isHostName(s string) bool {
	if isNetworkLike(s) {
		return false
	}
	s, _, _ = strings.Cut(s, "%") // the zone of an IPv6 address may have any letters
	letters := false
	for _, r := range s {
		switch {
		case r == '.' || r == ':' || r == '*' || r == '/' || r == '-' || r == ' ' || '0' <= r && r <= '9':
		case 'a' <= r|0x20 && r|0x20 <= 'f':
			letters = true
		case 'a' <= r|0x20 && r|0x20 <= 'z', r == '_', r >= 0x80:
			return true
		}
	}
	// Without a colon hexadecimal digits are no address, except at a wildcard:
	// "fe80*".
	return letters && !strings.Contains(s, ":") && (strings.ContainsAny(s, ".-/") || !strings.Contains(s, "*"))
}

// isNetworkLike tells what is meant to be a network, whatever its length is: no name has
// an address in front of a slash.
func isNetworkLike(s string) bool {
	text, _, found := strings.Cut(s, "/")
	if !found {
		return false
	}
	_, err := netip.ParseAddr(strings.TrimSpace(text))
	return err == nil
}

// bare gives an address as events have it and filters compare it: IPv4 not in
// its IPv6-mapped form, IPv6 without a zone, which belongs to one machine only.
func bare(a netip.Addr) netip.Addr {
	if a.Is4() { // most are, and so this is inlined
		return a
	}
	return bare6(a)
}

func bare6(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func parseExact(s string) (a netip.Addr, reason phrase.Phrase) {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return a, whyNoAddress(s)
	}
	return bare(a), reason
}

func parsePrefix(s string) (only span[netip.Addr], reason phrase.Phrase) {
	text, length, _ := strings.Cut(s, "/")
	text, length = strings.TrimSpace(text), strings.TrimSpace(length)
	a, err := netip.ParseAddr(text)
	if err != nil {
		return only, whyNoAddress(text)
	}
	bits, ok := number(length, a.BitLen())
	if !ok {
		family := "IPv4"
		if a.Is6() {
			family = "IPv6"
		}
		return only, phrase.Say("the prefix length of an {{.Family}} address is a number from 0 to {{.Most}}", "Family", family, "Most", a.BitLen())
	}
	if a.Is4In6() && bits >= 96 {
		a, bits = a.Unmap(), bits-96
	}
	prefix, err := a.WithZone("").Prefix(bits)
	if err != nil { // cannot be: the length was checked
		return only, notAnAddress
	}
	return prefixSpan(prefix), reason
}

// prefixSpan gives the first and the last address of a masked prefix.
func prefixSpan(p netip.Prefix) span[netip.Addr] {
	last := p.Addr().AsSlice()
	for i := range last {
		host := min(8, max(0, 8*(i+1)-p.Bits())) // bits of this byte behind the prefix
		last[i] |= byte(1<<host - 1)
	}
	a, _ := netip.AddrFromSlice(last)
	return span[netip.Addr]{p.Addr(), a}
}

// parseRange reads "10.0.0.1-10.0.0.9" and "10.0.0.1-9".
func parseRange(s string) (only span[netip.Addr], reason phrase.Phrase) {
	from, to, _ := strings.Cut(s, "-")
	from, to = strings.TrimSpace(from), strings.TrimSpace(to)
	if from == "" || to == "" {
		return only, phrase.Say("a range has two ends: write 192.168.1.10-192.168.1.50 or 192.168.1.10-50")
	}
	if only.first, reason = parseExact(from); !reason.IsZero() {
		return only, reason
	}
	switch {
	case only.first.Is4() && !strings.ContainsAny(to, ".:"):
		to = from[:strings.LastIndexAny(from, ".:")+1] + to // the short form; the colon is that of ::ffff:0a00:0001
	case only.first.Is6() && !strings.ContainsAny(to, ".:"):
		group, err := strconv.ParseUint(to, 16, 16)
		if err != nil {
			return only, phrase.Say("the short end of an IPv6 range is one group, of up to four hexadecimal digits")
		}
		b := only.first.As16()
		b[14], b[15] = byte(group>>8), byte(group)
		to = netip.AddrFrom16(b).String()
	}
	if only.last, reason = parseExact(to); !reason.IsZero() {
		return only, reason
	}
	switch {
	case only.first.BitLen() != only.last.BitLen():
		return only, phrase.Say("one end of the range is IPv4, the other IPv6")
	case only.last.Less(only.first):
		return only, endsFirst
	}
	return only, reason
}

// whyNoAddress explains why s, which netip cannot read, is no address.
func whyNoAddress(s string) phrase.Phrase {
	if host, port, ok := strings.Cut(s, ":"); ok && strings.Contains(host, ".") {
		if _, err := netip.ParseAddr(host); err == nil && isDigits(port) {
			return phrase.Say("leave out the port, it has its own field")
		}
	}
	if strings.Contains(s, ":") {
		return phrase.Say("is not an IPv6 address: up to eight groups of one to four hexadecimal digits, and one :: for a run of zeros")
	}
	if s == "" {
		return notAnAddress
	}
	parts := strings.Split(strings.TrimSuffix(s, "."), ".")
	for _, part := range parts {
		if reason := octetReason(part); !reason.IsZero() {
			return reason
		}
	}
	switch {
	case len(parts) > 4:
		return tooManyParts(len(parts))
	case len(parts) < 4:
		start := strings.Join(parts, ".")
		return phrase.Say("is only a part of an address: write {{.Wildcard}} or {{.Network}}",
			"Wildcard", start+".*", "Network", fmt.Sprintf("%s%s/%d", start, strings.Repeat(".0", 4-len(parts)), 8*len(parts)))
	}
	return notAnAddress
}

var (
	notAnAddress = phrase.Say("is not an address")
	wrongOctet   = phrase.Say("each part of an address is 0 to 255")
	endsFirst    = phrase.Say("the range ends before it begins") // of addresses or ports
)

func tooManyParts(n int) phrase.Phrase {
	return phrase.Say("an IPv4 address has four parts, this has {{.Parts}}", "Parts", n)
}

// octetReason says why a part of an IPv4 address is wrong; the zero Phrase if it is right.
func octetReason(part string) (reason phrase.Phrase) {
	switch _, ok := number(part, 255); {
	case part == "":
		return phrase.Say("a part between two dots is missing")
	case !isDigits(part):
		return notAnAddress
	case len(part) > 1 && part[0] == '0':
		return phrase.Say("leave out the leading zeros, which some programs read as octal")
	case !ok:
		return wrongOctet
	}
	return reason
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// number reads a number of digits only, up to a limit.
func number(s string, limit int) (int, bool) {
	if !isDigits(s) {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n <= limit
}
