package filter

import (
	"slices"
	"strings"
	"unicode"
)

// String writes the filter as search text, "" for the zero value. Parse gives
// the same filter back if it is in canonical form, as from Parse; otherwise its
// canonical form or, if a field cannot be read, the error about it.
func (f Filter) String() string {
	var b strings.Builder
	add := func(term string) {
		if b.Len() > 0 && term != "" {
			b.WriteByte(' ')
		}
		b.WriteString(term)
	}
	for i := range fields {
		switch fd := &fields[i]; fd.form {
		case yes:
			if f.New {
				add("is:new")
			}
		case words:
			text := f.Any
			if list, err := splitWords(fd.name, text); err == nil {
				text = joinWords(list)
			}
			add(text)
		default:
			add(fd.term(*fd.value(&f)))
		}
	}
	return b.String()
}

// term writes a field as a term of the search text.
func (fd *field) term(text string) string {
	key := fd.keys[0] + ":"
	list, err := splitList(fd.name, text)
	switch {
	case err != nil: // left as it is, for Parse to find
	case len(list) == 0:
		return ""
	default:
		if allNot(list) {
			key = "!" + key
			for i := range list {
				list[i].not = false
			}
		}
		text = joinList(list)
	}
	if NeedsQuotes(text) {
		text = Quote(text)
	}
	return key + text
}

// NeedsQuotes reports whether what is to stand behind a key needs quotes.
func NeedsQuotes(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '"' })
}

func allNot(list []pattern) bool {
	return !slices.ContainsFunc(list, func(p pattern) bool { return !p.not })
}
