package format

import (
	"fmt"
	"unicode/utf8"

	"linklog/phrase"
)

// Error says where and why a template cannot be compiled.
type Error struct {
	// Offset is where the token begins, in bytes from 0.
	Offset int
	// Column is where the token begins, in characters from 1.
	Column int
	// Token is the text that is wrong, as the template has it.
	Token string
	// Reason says what is wrong with it, for people.
	Reason phrase.Phrase
}

func newError(template string, offset, length int, reason phrase.Phrase) *Error {
	return &Error{
		Offset: offset,
		Column: 1 + utf8.RuneCountInString(template[:offset]),
		Token:  template[offset : offset+length],
		Reason: reason,
	}
}

// Error gives a line like `template, column 7: unknown token "%x": …`.
func (e *Error) Error() string {
	return fmt.Sprintf("template, column %d: %s", e.Column, e.Reason)
}
