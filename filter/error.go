package filter

import (
	"strconv"
	"unicode/utf8"

	"linklog/phrase"
)

// Error says what is wrong with a filter, for the person who wrote it. All
// errors of this package are of this type.
type Error struct {
	// Field is the name of the field (see Field), "" where the error is not
	// about one.
	Field string
	// Pattern is the text that is wrong, as it was written.
	Pattern string
	// Reason says what is wrong with it, and where possible what to write.
	Reason phrase.Phrase
	// Offset is where it begins in the search text, in bytes from 0. Errors
	// that are not from Parse have -1.
	Offset int
}

// maxShown bounds how much of a pattern an error repeats, in bytes.
const maxShown = 80

// Error gives one line like `ip-dest: "300.1.1.1": each part of an address is 0
// to 255`, safe for a terminal.
func (e *Error) Error() string { return e.Phrase().String() }

// Phrase is what Error gives, to be translated.
func (e *Error) Phrase() phrase.Phrase {
	p := e.Reason
	if e.Pattern != "" {
		p = phrase.Say("{{.Text}}: {{.Reason}}", "Text", quoteShort(e.Pattern), "Reason", p)
	}
	if e.Field != "" {
		p = phrase.Say("{{.Field}}: {{.Reason}}", "Field", e.Field, "Reason", p)
	}
	return p
}

func quoteShort(s string) string {
	if len(s) <= maxShown {
		return strconv.Quote(s)
	}
	cut := maxShown
	for cut > maxShown-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strconv.Quote(s[:cut]) + "…"
}
