package ranges

import (
	"encoding/binary"
	"net/netip"
)

// Halves are those of an address of IPv6. It takes them as a slice, which goes nowhere and is
// not allocated: the array of As16 is written as two halves and at once copied as a whole, for
// which the processor waits until all that it does is done, longer than it takes to find a range.
func Halves(a netip.Addr) (upper, lower uint64) {
	b := a.AsSlice()
	if len(b) < 16 {
		return 0, 0 // it is none
	}
	return binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])
}
