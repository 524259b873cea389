package ui

import (
	"net/netip"
	"strings"

	"linklog/assets/origin"
)

// Owner says who an address belongs to and where it is registered: "Apple, US"; "": that is
// not known.
func Owner(a netip.Addr) string {
	of := origin.Of(a)
	return strings.TrimPrefix(strings.TrimSuffix(of.Owner+", "+of.Country, ", "), ", ")
}
