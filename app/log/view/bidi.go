package view

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
)

// maxOrdered bounds the texts whose order is kept.
const maxOrdered = 1000

// inOrder is a text as it is to be drawn, from left to right: of some scripts the characters come
// the other way round. It also tells whether a text that is too long loses its left side: so do
// those scripts, and names in DNS, which are read as they are written.
func (p *pen) inOrder(text []byte, domain bool) (ordered []byte, leftGoes bool) {
	if !slices.ContainsFunc(text, func(b byte) bool { return b >= 0xd6 }) || !slices.ContainsFunc([]rune(string(text)), rightToLeft) {
		return text, domain
	}
	ordered, known := p.ordered[string(text)]
	if !known {
		ordered = visual(text, domain)
		if p.ordered == nil || len(p.ordered) >= maxOrdered {
			p.ordered = make(map[string][]byte)
		}
		p.ordered[string(text)] = ordered
	}
	return ordered, domain || beginsRight(string(text))
}

// beginsRight reports whether the first letter of a text belongs to a script that is written from right to left.
func beginsRight(s string) bool {
	i := strings.IndexFunc(s, strong)
	if i < 0 {
		return false
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	return rightToLeft(r)
}

// rightToLeft reports whether a character belongs to a script that is written so.
func rightToLeft(r rune) bool {
	if r < 0x590 {
		return false
	}
	c, _ := bidi.LookupRune(r)
	return c.Class() == bidi.R || c.Class() == bidi.AL
}

// strong reports whether a character has a direction of its own.
func strong(r rune) bool {
	c, _ := bidi.LookupRune(r)
	return c.Class() == bidi.L || c.Class() == bidi.R || c.Class() == bidi.AL
}

// visual puts a text into the order in which it is drawn. A name in DNS begins on the left,
// whatever its first letter.
func visual(text []byte, domain bool) []byte {
	const leftToRight = "\u200e" // says so, and has no width
	s := string(text)
	if domain {
		s = leftToRight + s
	}
	var p bidi.Paragraph
	if _, err := p.SetString(s); err != nil {
		return text
	}
	o, err := p.Order()
	if err != nil {
		return text
	}
	// The runs come as they are read. Where right to left is the rule, all change places, else
	// those in a row that are so, with the numbers among them.
	var runs []bidi.Run
	for i := range o.NumRuns() {
		runs = append(runs, o.Run(i))
	}
	right := func(r bidi.Run) bool { return r.Direction() == bidi.RightToLeft }
	number := func(r bidi.Run) bool { return strings.IndexFunc(r.String(), strong) < 0 }
	if beginsRight(s) {
		slices.Reverse(runs)
	} else {
		for i := 0; i < len(runs); i++ {
			end := i
			for k := i; k < len(runs) && right(runs[i]) && (right(runs[k]) || number(runs[k])); k++ {
				if right(runs[k]) {
					end = k
				}
			}
			slices.Reverse(runs[i : end+1])
			i = end
		}
	}
	var out []byte
	for _, r := range runs {
		text := r.String()
		if right(r) {
			text = bidi.ReverseString(text)
		}
		out = append(out, text...)
	}
	return bytes.ReplaceAll(out, []byte(leftToRight), nil)
}
