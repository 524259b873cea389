package flow

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"net/netip"

	"linklog/capture"
)

// hashes makes numbers of ends: who sends flows must not be able to make two look the same.
type hashes struct{ seeds [2]uint64 }

func newHashes() hashes { return hashes{[2]uint64{rand.Uint64(), rand.Uint64()}} }

// pair is a number for two ends and a protocol, never 0, the same for both ways; way 0 goes from the
// lower end to the higher.
func (h *hashes) pair(src, dst netip.AddrPort, proto capture.Protocol) (key uint64, way int) {
	low, high := src, dst
	if src.Compare(dst) > 0 {
		low, high, way = dst, src, 1
	}
	return h.mix(h.end(low, proto), h.end(high, proto)) | 1, way
}

func (h *hashes) end(end netip.AddrPort, proto capture.Protocol) uint64 {
	b := end.Addr().As16()
	rest := uint64(end.Port())<<8 | uint64(proto)
	return h.mix(h.mix(binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])), rest)
}

// mix hashes two numbers.
func (h *hashes) mix(x, y uint64) uint64 {
	high, low := bits.Mul64(x^h.seeds[0], y^h.seeds[1])
	return high ^ low
}
