package router

// Here eight characters are looked at together, as the bytes of a number: a branch at each
// of them the processor could only guess.

const (
	eachByte = 0x01_01_01_01_01_01_01_01
	topBits  = 0x80 * eachByte
)

// eight are those from a place on, the first of which is the lowest byte.
func eight(s string, at int) uint64 {
	s = s[at : at+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// nonzero has the top bit of each byte that is not 0. Other bits are of no meaning.
func nonzero(w uint64) uint64 { return w&^topBits + 0x7f*eachByte | w }

// notDigits has the top bit of each byte that is no digit, and no other.
func notDigits(w uint64) uint64 {
	w ^= '0' * eachByte
	return (w&^topBits + (0x80-10)*eachByte | w) & topBits
}

// gather puts the top bits of bytes together, the first of which becomes the lowest.
func gather(w uint64) uint8 { return uint8(w >> 7 * 0x01_02_04_08_10_20_40_80 >> 56) }
