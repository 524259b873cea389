package format

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"linklog/capture"
)

// short is one of the few characters between two names. It is written whole, with what
// follows them, which costs less than to move as many as they are: their number the
// processor could only guess.
type short struct {
	text [maxShort]byte
	n    uint8
}

const maxShort = 16

func newShort(s string) (t short) {
	t.n = uint8(copy(t.text[:], s))
	return t
}

func (t *short) appendTo(dst []byte) []byte {
	n := len(dst)
	dst = slices.Grow(dst, maxShort)[:n+maxShort]
	*(*[maxShort]byte)(dst[n:]) = t.text
	return dst[:n+int(t.n)]
}

// appendPortNumber appends a number as strconv does, whose digits it does not count in a loop.
func appendPortNumber(dst []byte, port uint16) []byte {
	const most = len("65535")
	p := uint64(port)
	digits := p/10_000 | p/1000%10<<8 | p/100%10<<16 | p/10%10<<24 | p%10<<32 // a byte each
	zeros := bits.TrailingZeros64(digits|1<<32) / 8                           // in front; the last digit stays
	n := len(dst)
	dst = slices.Grow(dst, 8)[:n+8]
	binary.LittleEndian.PutUint64(dst[n:], (digits|0x30_30_30_30_30)>>(8*zeros)) // '0' each
	return dst[:n+most-zeros]
}

// What templates show of directions and protocols.
var (
	directions       = [...]short{newShort("-"), capture.In: newShort("in"), capture.Out: newShort("out")}
	paddedDirections = [...]short{newShort("---"), capture.In: newShort(" in"), capture.Out: newShort("out")}
	protocols        = func() (all [256]short) {
		for i := range all {
			all[i] = newShort(capture.Protocol(i).String())
		}
		all[0] = newShort("---")
		return all
	}()
)
