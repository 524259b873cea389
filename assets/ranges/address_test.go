package ranges

import (
	"net/netip"
	"testing"
)

func TestHalves(t *testing.T) {
	for text, want := range map[string][2]uint64{
		"2001:db8:1:2:3:4:5:6": {0x20010db800010002, 0x0003000400050006},
		"fe80::1%eth0":         {0xfe80000000000000, 1},
		"::ffff:8.8.8.8":       {0, 0xffff08080808},
		"8.8.8.8":              {},
	} {
		if upper, lower := Halves(netip.MustParseAddr(text)); upper != want[0] || lower != want[1] {
			t.Errorf("%s: %x and %x, want %x", text, upper, lower, want)
		}
	}
	if upper, lower := Halves(netip.Addr{}); upper != 0 || lower != 0 {
		t.Errorf("no address: %x and %x", upper, lower)
	}
	a := netip.MustParseAddr("fe80::1%eth0")
	var sum uint64
	if n := testing.AllocsPerRun(100, func() { upper, lower := Halves(a); sum += upper ^ lower }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
