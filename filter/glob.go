package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// glob is a pattern with any number of "*". It is kept as the texts between the
// stars, so that matching goes over a text once, from left to right, and never
// back before a text it found: the time is bounded by the product of both
// lengths, whatever the pattern.
type glob struct {
	first, last string   // what the text begins and ends with; folded, like middle
	middle      []string // what stands between, in this order; none is empty
	star        bool     // false: first is all there is
}

func newGlob(pattern string) glob {
	parts := strings.Split(foldString(pattern), "*")
	n := len(parts) - 1
	g := glob{first: parts[0]}
	if n == 0 {
		return g
	}
	g.star, g.last = true, parts[n]
	for _, part := range parts[1:n] {
		if part != "" {
			g.middle = append(g.middle, part)
		}
	}
	return g
}

// newContains is a glob for what is to be found anywhere.
func newContains(pattern string) glob { return newGlob("*" + pattern + "*") }

// match reports whether the pattern matches all of s.
func match[T string | []byte](g *glob, s T) bool {
	n := prefix(s, g.first)
	if n < 0 || !g.star {
		return n == len(s)
	}
	s = s[n:]
	if n = suffix(s, g.last); n < 0 {
		return false
	}
	s = s[:len(s)-n]
	for _, part := range g.middle {
		if n = indexEnd(s, part); n < 0 {
			return false
		}
		s = s[n:]
	}
	return true
}

// prefix gives how many bytes of s a folded part takes at its beginning, -1 if
// s does not begin with it.
func prefix[T string | []byte](s T, part string) int {
	i := 0
	for j := 0; j < len(part); {
		if i == len(s) {
			return -1
		}
		if s[i] < utf8.RuneSelf && part[j] < utf8.RuneSelf {
			if lower(s[i]) != part[j] {
				return -1
			}
			i++
			j++
			continue
		}
		r, n := decode(s[i:])
		p, m := utf8.DecodeRuneInString(part[j:])
		if fold(r) != p {
			return -1
		}
		i += n
		j += m
	}
	return i
}

// suffix gives how many bytes of s a folded part takes at its end, -1 if s does
// not end with it.
func suffix[T string | []byte](s T, part string) int {
	i := len(s)
	for j := len(part); j > 0; {
		if i == 0 {
			return -1
		}
		if s[i-1] < utf8.RuneSelf && part[j-1] < utf8.RuneSelf {
			if lower(s[i-1]) != part[j-1] {
				return -1
			}
			i--
			j--
			continue
		}
		r, n := decodeLast(s[:i])
		p, m := utf8.DecodeLastRuneInString(part[:j])
		if fold(r) != p {
			return -1
		}
		i -= n
		j -= m
	}
	return len(s) - i
}

// indexEnd gives where the first occurrence of a folded part ends in s, -1 if
// there is none. part must not be empty.
func indexEnd[T string | []byte](s T, part string) int {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf && lower(s[i]) != part[0] {
			i++
			continue
		}
		if n := prefix(s[i:], part); n >= 0 {
			return i + n
		}
		_, n := decode(s[i:])
		i += n
	}
	return -1
}

// decode and decodeLast work on both types; copies of 4 bytes stay off the heap.
func decode[T string | []byte](s T) (rune, int) {
	return utf8.DecodeRuneInString(string(s[:min(len(s), utf8.UTFMax)]))
}

func decodeLast[T string | []byte](s T) (rune, int) {
	return utf8.DecodeLastRuneInString(string(s[max(0, len(s)-utf8.UTFMax):]))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// fold gives the same character for all that differ only in case (Unicode's
// simple folding): the first of them, for letters of ASCII the lower case one.
func fold(r rune) rune {
	least := r
	if r >= utf8.RuneSelf {
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
	}
	if 'A' <= least && least <= 'Z' {
		least += 'a' - 'A'
	}
	return least
}

func foldString(s string) string { return strings.Map(fold, s) }
