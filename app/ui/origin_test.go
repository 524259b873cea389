package ui

import (
	"net/netip"
	"testing"
)

func TestOwner(t *testing.T) {
	for address, want := range map[string]string{"8.8.8.8": "Google, US", "192.168.1.1": "", "203.0.113.40": ""} {
		if got := Owner(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
	if got := Owner(netip.Addr{}); got != "" {
		t.Errorf("%q", got)
	}
}
