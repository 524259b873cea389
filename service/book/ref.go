package book

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"linklog/capture"
)

// Ref tells which host or device is meant: by its address or, where the router
// only ever told a name (its messages of the old form), by that. Refs can be
// compared with == if they come from this package.
type Ref struct {
	Addr netip.Addr
	Name string // in lower case; "" if Addr is valid
}

// ByAddr is the Ref of an address. Zones do not count.
func ByAddr(a netip.Addr) Ref { return Ref{Addr: a.Unmap().WithZone("")} }

// ByName is the Ref of a host that is known by its name only.
func ByName(name string) Ref { return Ref{Name: key(name)} }

// byMAC is the Ref of a device that is known by its hardware address.
func byMAC(mac capture.MAC) Ref { return Ref{Name: mac.String()} }

// ParseRef reads an address or a name.
func ParseRef(s string) Ref {
	s = strings.TrimSpace(s)
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return ByAddr(a)
	}
	return ByName(s)
}

// IsZero reports whether it means nobody.
func (r Ref) IsZero() bool { return !r.Addr.IsValid() && r.Name == "" }

// String gives the address or the name, by which ParseRef finds the Ref again. It
// is also what the file has.
func (r Ref) String() string {
	if r.Addr.IsValid() {
		return r.Addr.String()
	}
	return r.Name
}

// maxName is the longest name that is kept, in bytes: the longest of DNS.
const maxName = 253

// key brings a name into the form by which hosts are told apart. It does not
// allocate for names that have it.
func key(name string) string { return cut(strings.ToLower(cut(name, maxName)), maxName) }

// Tidy makes a text fit to be kept, in so many bytes.
func Tidy(name string, limit int) string { return cut(capture.Clean(name), limit) }

// cut shortens a text to a number of bytes, in front of a character.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
