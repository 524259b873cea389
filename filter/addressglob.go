package filter

import (
	"net/netip"
	"strings"

	"linklog/phrase"
)

// parseAddressGlob reads an address with wildcards. Those that are whole
// prefixes become spans, which are faster and do not depend on how IPv6
// addresses are written; the others stay globs over the text of addresses.
func parseAddressGlob(s string) (p addressPattern, reason phrase.Phrase) {
	s = collapseStars(strings.ToLower(s))
	switch {
	case s == "*":
		for _, all := range []string{"0.0.0.0/0", "::/0"} {
			p.spans = append(p.spans, prefixSpan(netip.MustParsePrefix(all)))
		}
		return p, reason
	case strings.Contains(s, "/"):
		return p, phrase.Say("has a prefix length and a *: write one of them")
	case strings.Contains(s, "-"):
		return p, phrase.Say("is a range with a *: write two addresses")
	case strings.Trim(s, "0123456789abcdef.:*") != "":
		return p, notAnAddress
	case strings.Contains(s, ":") && strings.Contains(s, "."):
		return p, phrase.Say("has dots as in IPv4 and colons as in IPv6")
	case strings.Contains(s, "."):
		reason = checkGlob4(s)
	case strings.Contains(s, ":"):
		s, reason = normalGlob6(s)
	}
	if !reason.IsZero() {
		return p, reason
	}
	if prefix, ok := globPrefix(s); ok {
		p.spans = append(p.spans, prefixSpan(prefix))
		return p, reason
	}
	a, ok := newAutomaton(s)
	if !ok || !a.matchesIPv4() && !a.matchesIPv6() {
		return p, phrase.Say("no address looks like this (addresses are compared in their shortest form: 10.0.0.1, 2001:db8::1)")
	}
	g := newGlob(s)
	return addressPattern{glob: &g}, reason
}

// collapseStars makes one star of several in a row, which mean the same.
func collapseStars(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if s[i] != '*' || i == 0 || s[i-1] != '*' {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// checkGlob4 explains the usual mistakes in IPv4 wildcards. What it lets pass
// may still match no address: see automaton.
func checkGlob4(s string) (reason phrase.Phrase) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return tooManyParts(len(parts))
	}
	for _, part := range parts {
		if !strings.Contains(part, "*") {
			if reason := octetReason(part); !reason.IsZero() {
				return reason
			}
		}
		for digits := range strings.SplitSeq(part, "*") {
			if _, ok := number(digits, 255); digits != "" && !ok {
				return wrongOctet
			}
		}
	}
	return reason
}

// normalGlob6 takes leading zeros from whole groups, since the text of an
// address has none.
func normalGlob6(s string) (_ string, reason phrase.Phrase) {
	groups := strings.Split(s, ":")
	for i, group := range groups {
		if strings.Contains(group, "*") || group == "" {
			continue
		}
		if len(group) > 4 {
			return s, phrase.Say("each group of an IPv6 address has up to four hexadecimal digits")
		}
		groups[i] = strings.TrimLeft(group[:len(group)-1], "0") + group[len(group)-1:]
	}
	return strings.Join(groups, ":"), reason
}

// globPrefix gives the prefix that a checked wildcard stands for, if it does:
// whole octets and then only stars, or whole groups and then a star. A star
// covers dots, so that 17.* and 17.*.*.* are the same.
func globPrefix(s string) (netip.Prefix, bool) {
	separator, size, most := ".", 8, 4
	if strings.Contains(s, ":") {
		separator, size, most = ":", 16, 8
	}
	parts := strings.Split(s, separator)
	n := 0
	for n < len(parts) && parts[n] != "" && !strings.Contains(parts[n], "*") {
		n++
	}
	stars := parts[n:]
	if len(parts) < 2 || n >= most || len(stars) == 0 || separator == ":" && len(stars) > 1 {
		return netip.Prefix{}, false
	}
	for _, part := range stars {
		if part != "*" {
			return netip.Prefix{}, false
		}
	}
	text := strings.Join(parts[:n], separator) + strings.Repeat(separator+"0", most-n)
	a, err := netip.ParseAddr(strings.TrimPrefix(text, separator))
	if err != nil || a.Is4In6() { // 0:0:0:0:0:ffff:*, which no event has
		return netip.Prefix{}, false
	}
	p, err := a.Prefix(size * n)
	return p, err == nil
}
