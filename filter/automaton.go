package filter

import (
	"net/netip"
	"strconv"
	"strings"
)

// automaton finds out whether any address at all has a text that a wildcard
// matches, so that one that cannot match (1.2*3.4.5.6, 2001:db8:0:0:0:*:1) is an
// error and not an empty list. It is the wildcard as a nondeterministic
// automaton: bit i of a state says that its first i symbols are matched.
type automaton struct {
	chars [128]uint64 // for each character the symbols that it matches
	stars uint64
	end   uint64
}

// newAutomaton is false for wildcards with more symbols than a state has bits;
// the longest text of an address has 39.
func newAutomaton(glob string) (*automaton, bool) {
	if len(glob) >= 64 {
		return nil, false
	}
	a := &automaton{end: 1 << len(glob)}
	for i := range len(glob) {
		if glob[i] == '*' {
			a.stars |= 1 << i
		} else {
			a.chars[glob[i]&0x7f] |= 1 << i
		}
	}
	return a, true
}

// skip goes on over stars, which may stand for nothing. There are never two in
// a row.
func (a *automaton) skip(state uint64) uint64 { return state | (state&a.stars)<<1 }

// step goes on over one character of those whose symbols are given.
func (a *automaton) step(state, symbols uint64) uint64 {
	return a.skip((state&symbols)<<1 | state&a.stars)
}

func (a *automaton) any(chars string) (symbols uint64) {
	for i := range len(chars) {
		symbols |= a.chars[chars[i]]
	}
	return symbols
}

// matchesIPv4 goes over the texts of all IPv4 addresses at once, part by part.
func (a *automaton) matchesIPv4() bool {
	state := a.skip(1)
	for part := range 4 {
		if part > 0 {
			state = a.step(state, a.chars['.'])
		}
		next := uint64(0)
		for n := range 256 {
			s := state
			for _, digit := range strconv.Itoa(n) {
				s = a.step(s, a.chars[digit])
			}
			next |= s
		}
		state = next
	}
	return state&a.end != 0
}

// matchesIPv6 goes over the texts of all IPv6 addresses. Where they have "::"
// and "0" depends only on which of the eight groups are zero: netip writes one
// address for each of these 256 forms, and its ones stand for any group that is
// not zero.
func (a *automaton) matchesIPv6() bool {
	const group = "1111"
	first, next := a.any("123456789abcdef"), a.any("0123456789abcdef")
	for form := range 256 {
		var b [16]byte
		for i := range 8 {
			if form>>i&1 != 0 {
				b[2*i], b[2*i+1] = 0x11, 0x11
			}
		}
		state := a.skip(1)
		for text := netip.AddrFrom16(b).String(); text != ""; {
			if rest, ok := strings.CutPrefix(text, group); ok {
				state = a.step(state, first)
				for s, digit := state, 1; digit < 4; digit++ {
					s = a.step(s, next)
					state |= s
				}
				text = rest
				continue
			}
			state = a.step(state, a.chars[text[0]])
			text = text[1:]
		}
		if state&a.end != 0 {
			return true
		}
	}
	return false
}
