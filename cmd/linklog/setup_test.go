package main

import (
	"net/netip"
	"strings"
	"testing"

	"linklog/phrase"
	"linklog/service/guide"
)

// The steps say why they have a different port than such routers usually send to.
func TestGuideWithAClosedPort(t *testing.T) {
	asus, _ := guide.Find("asus")
	write := func(listening []uint16, closed ...guide.Closed) string {
		t.Helper()
		var b strings.Builder
		if err := writeGuide(&b, asus, listening, []netip.Addr{netip.MustParseAddr("192.168.1.5")}, closed); err != nil {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(b.String()), " ")
	}
	const why = "LinkLog cannot use UDP port 514, to which such routers send unless they are told otherwise. Until it can, use port 162, as in the steps: LinkLog takes the messages there, too. rsyslogd has it."
	if got := write([]uint16{162, 2055}, guide.Closed{Port: 514, Why: phrase.Say("rsyslogd has it.")}); !strings.Contains(got, why) || !strings.Contains(got, "Remote Log Server Port 162.") {
		t.Error(got)
	}
	if got := write([]uint16{162, 514, 2055}); strings.Contains(got, "LinkLog cannot use") || !strings.Contains(got, "Remote Log Server Port 514.") {
		t.Error(got)
	}
}
