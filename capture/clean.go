package capture

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes a text from the network safe for a terminal, a file, a
// notification or a window, on one line: every control character (escape
// sequences begin with one), every character that turns the direction of
// writing or hides itself, line and paragraph separators, private-use and
// unassigned code points and every byte of invalid UTF-8 becomes U+FFFD; spaces
// and the usual line ends and NULs around the text go. A clean text is
// returned as it is, without a copy, and Clean(Clean(s)) == Clean(s).
func Clean(s string) string {
	s = strings.Trim(s, " \t\r\n\v\f\x00")
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f {
			return cleanFrom(s, i)
		}
	}
	return s
}

func cleanFrom(s string, start int) string {
	clean := true
	for _, r := range s[start:] {
		if !Printable(r) {
			clean = false
			break
		}
	}
	if clean && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	b.WriteString(s[:start])
	for _, r := range s[start:] {
		if !Printable(r) {
			r = utf8.RuneError
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Printable reports whether a character may reach a terminal or the screen as
// it is: letters, marks, numbers, punctuation, symbols and the plain space, but
// no control or format character (bidirectional overrides and zero-width
// characters are of these), no separator other than the space, nothing
// unassigned. U+FFFD, which replaces what may not, is printable.
func Printable(r rune) bool {
	if r < 0x7f {
		return r >= 0x20
	}
	return unicode.IsPrint(r)
}
