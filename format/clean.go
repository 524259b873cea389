package format

import (
	"net/netip"
	"slices"
	"strconv"
	"unicode/utf8"

	"linklog/capture"
)

// appendClean appends a text from the network. Events hold texts that were
// cleaned when they came in; this is the second door, for those that came some
// other way: from a file, over a socket, by a fault. What capture.Printable
// does not allow becomes U+FFFD.
func appendClean(dst []byte, s string) []byte {
	if plain(s) {
		return append(dst, s...)
	}
	for _, r := range s { // a broken byte is U+FFFD here
		if !capture.Printable(r) {
			r = utf8.RuneError
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// plain reports whether s is printable ASCII, as nearly all texts are.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f {
			return false
		}
	}
	return true
}

// appendAddr appends an address. Its zone is a text like any other: netip takes
// every character in it.
func appendAddr(dst []byte, a netip.Addr) []byte {
	if a.Is4() { // most are
		return appendIPv4(dst, a.As4())
	}
	dst = appendUnzoned(dst, a)
	if a.Zone() == "" {
		return dst
	}
	dst = append(dst, '%')
	return appendClean(dst, a.Zone())
}

// appendUnzoned appends an address without its zone.
func appendUnzoned(dst []byte, a netip.Addr) []byte {
	if a.Is4() {
		return appendIPv4(dst, a.As4())
	}
	return a.WithZone("").AppendTo(dst)
}

// appendIPv4 appends an address as netip does, in half the time: what the length of a
// number is the processor could only guess.
func appendIPv4(dst []byte, a [4]byte) []byte {
	const most = len("255.255.255.255.")
	n := len(dst)
	dst = slices.Grow(dst, most)[:n+most]
	for _, b := range a {
		p := &octets[b]
		*(*[4]byte)(dst[n:]) = p.text
		n += int(p.n)
	}
	return dst[:n-1]
}

// octets are the numbers of addresses as they are written, each with the dot behind it.
var octets = func() (all [256]struct {
	text [4]byte
	n    uint8
}) {
	for i := range all {
		all[i].n = uint8(copy(all[i].text[:], strconv.Itoa(i)+"."))
	}
	return all
}()
