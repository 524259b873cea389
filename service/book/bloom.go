package book

import "hash/maphash"

// bloom tells of a host, by the text of its Ref, that it is certainly not in the
// file, so that an invented address costs no look-up. Where it cannot tell (about
// one new host in a hundred), the file is asked.
type bloom struct {
	seed maphash.Seed
	bits []uint64
	n    int // entries, also of hosts that were forgotten since
	size int // entries it is made for
}

const (
	bitsPerHost = 10 // 1.2 bytes a host
	bloomHashes = 7
	minBloom    = 4096 // hosts
)

// newBloom makes one for that many hosts and as many to come.
func newBloom(hosts int) bloom {
	size := max(2*hosts, minBloom)
	return bloom{seed: maphash.MakeSeed(), bits: make([]uint64, (size*bitsPerHost+63)/64), size: size}
}

// full reports whether it cannot tell well any more.
func (b *bloom) full() bool { return b.n > b.size }

func (b *bloom) add(key []byte) {
	h := maphash.Bytes(b.seed, key)
	for range bloomHashes {
		i := b.place(h)
		b.bits[i/64] |= 1 << (i % 64)
		h = step(h)
	}
	b.n++
}

// has is false for what was never added.
func (b *bloom) has(key []byte) bool {
	h := maphash.Bytes(b.seed, key)
	for range bloomHashes {
		if i := b.place(h); b.bits[i/64]&(1<<(i%64)) == 0 {
			return false
		}
		h = step(h)
	}
	return true
}

func (b *bloom) place(h uint64) uint64 { return h % uint64(len(b.bits)*64) }

// step gives the next of a series of independent places (SplitMix64).
func step(h uint64) uint64 {
	h += 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
