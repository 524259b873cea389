package filter

import "net/netip"

// addressSet is what several address patterns match together.
type addressSet struct {
	spans []span[netip.Addr] // sorted, not overlapping; of both families
	globs []glob
}

func (s *addressSet) add(p addressPattern) {
	s.spans = append(s.spans, p.spans...)
	if p.glob != nil {
		s.globs = append(s.globs, *p.glob)
	}
}

func (s *addressSet) done() { s.spans = mergeSpans(s.spans, netip.Addr.Compare) }

func (s *addressSet) empty() bool { return len(s.spans) == 0 && len(s.globs) == 0 }

// has reports whether the set has an address, which must be bare. It never has
// the invalid one.
func (s *addressSet) has(a netip.Addr) bool {
	if !a.IsValid() {
		return false
	}
	if s.inSpans(a) {
		return true
	}
	return len(s.globs) > 0 && s.inGlobs(a)
}

// fewSpans is up to how many spans are looked at one after the other.
const fewSpans = 8

func (s *addressSet) inSpans(a netip.Addr) bool {
	low, high := 0, len(s.spans)
	for high-low > fewSpans {
		if middle := int(uint(low+high) / 2); s.spans[middle].last.Less(a) {
			low = middle + 1
		} else {
			high = middle + 1
		}
	}
	for _, sp := range s.spans[low:high] {
		if sp.first.Compare(a) <= 0 && a.Compare(sp.last) <= 0 {
			return true
		}
	}
	return false
}

func (s *addressSet) inGlobs(a netip.Addr) bool {
	var buf [maxAddressText]byte
	return matchAny(s.globs, a.AppendTo(buf[:0]))
}

// maxAddressText is the length of the longest text of a bare address.
const maxAddressText = 39 // eight groups of IPv6
