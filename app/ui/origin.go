package ui

import (
	"net/netip"

	"linklog/assets/origin"
)

// Owner says who an address belongs to and where it is registered: "Apple, US"; "": that is
// not known.
func Owner(a netip.Addr) string { return origin.Of(a).String() }
