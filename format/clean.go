package format

import (
	"net/netip"
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
	if a.Is4() || a.Zone() == "" {
		return a.AppendTo(dst)
	}
	dst = a.WithZone("").AppendTo(dst)
	dst = append(dst, '%')
	return appendClean(dst, a.Zone())
}
