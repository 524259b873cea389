package filter

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"linklog/phrase"
)

// term is what stands between two spaces of the search text, without quotes.
type term struct {
	offset int    // of its beginning in the search text
	text   string // what is in it
	quoted []bool // for each byte of text, whether it stood in quotes
}

// splitTerms cuts the search text at spaces that are not in quotes.
func splitTerms(s string) ([]term, error) {
	var terms []term
	for i := 0; ; {
		i += len(s[i:]) - len(strings.TrimLeftFunc(s[i:], unicode.IsSpace))
		if i == len(s) {
			return terms, nil
		}
		t := term{offset: i}
		var text []byte
		quoteAt := -1 // the quote that is open
		for i < len(s) {
			r, n := utf8.DecodeRuneInString(s[i:])
			inQuotes := quoteAt >= 0
			switch {
			case r == '"' && inQuotes:
				quoteAt = -1
				i++
				continue
			case r == '"':
				quoteAt = i
				i++
				continue
			case inQuotes && r == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
				i++ // n is 1 here too
			}
			if !inQuotes && unicode.IsSpace(r) {
				break
			}
			for range n {
				text = append(text, s[i])
				t.quoted = append(t.quoted, inQuotes)
				i++
			}
		}
		if quoteAt >= 0 {
			return nil, &Error{Pattern: s[quoteAt:], Reason: phrase.Say(`the quote is not closed: a " is missing`), Offset: quoteAt}
		}
		t.text = string(text)
		terms = append(terms, t)
	}
}

// index finds the first c that is not in quotes, -1 if there is none.
func (t term) index(c byte) int {
	for i := range len(t.text) {
		if t.text[i] == c && !t.quoted[i] {
			return i
		}
	}
	return -1
}

// from gives the term without its first n bytes.
func (t term) from(n int) term { return term{t.offset, t.text[n:], t.quoted[n:]} }

// alternatives reads a word of Any.
func (t term) alternatives(name string) ([]pattern, error) {
	var list []pattern
	for rest := t; ; {
		element, comma := rest, rest.index(',')
		if comma >= 0 {
			element = term{t.offset, rest.text[:comma], rest.quoted[:comma]}
		}
		p := pattern{}
		if element.index('!') == 0 {
			p.not = true
			element = element.from(1)
		}
		var reason phrase.Phrase
		switch {
		case element.text == "" && p.not:
			reason = emptyNot
		case element.text == "" && t.text == "":
			return nil, &Error{Field: name, Pattern: `""`, Reason: phrase.Say("nothing is between the quotes"), Offset: t.offset}
		case element.text == "":
			reason = emptyPattern
		case element.index('!') == 0:
			reason = doubleNot
		}
		if !reason.IsZero() {
			return nil, &Error{Field: name, Pattern: t.text, Reason: reason, Offset: t.offset}
		}
		p.text, p.quoted = element.text, slices.Contains(element.quoted, true)
		list = append(list, p)
		if comma < 0 {
			return list, nil
		}
		rest = rest.from(comma + 1)
	}
}

// splitWords reads the text of Any.
func splitWords(name, text string) ([][]pattern, error) {
	if err := checkLength(name, text); err != nil {
		return nil, err
	}
	terms, err := splitTerms(text)
	if err != nil {
		return nil, inField(name, err)
	}
	var words [][]pattern
	n := 0
	for _, t := range terms {
		list, err := t.alternatives(name)
		if err != nil {
			return nil, inField(name, err)
		}
		words = append(words, list)
		n += len(list)
	}
	return words, checkCount(name, text, n)
}

// inField makes an error about the search text one about a field.
func inField(name string, err error) error {
	e := *err.(*Error)
	e.Field, e.Offset = name, -1
	return &e
}
