package settings

import (
	"fmt"
	"strings"
)

// Error is all that is wrong with a text of settings.
type Error struct {
	File     string // "": the text is in no file
	Problems []Problem
}

// Problem is one thing that is wrong.
type Problem struct {
	Line   int    // from 1; 0: it is nowhere in the text
	Column int    // from 1, in bytes; 0: it is about the setting, not a place in the line
	Key    string // of the setting, such as "history.days"; "": it is not about one
	Err    error  // what is wrong with it
}

// maxTold bounds the lines of an Error.
const maxTold = 20

// Error gives a line for each problem, such as "line 2: history.days: must be a
// whole number, without quotes"; several in a file have a line with its name above.
func (e *Error) Error() string {
	if e.File != "" && len(e.Problems) == 1 {
		return e.File + ": " + e.Problems[0].String()
	}
	var lines []string
	if e.File != "" {
		lines = append(lines, fmt.Sprintf("%s has %d mistakes", e.File, len(e.Problems)))
	}
	for i := range e.Problems {
		if i == maxTold {
			lines = append(lines, fmt.Sprintf("and %d more", len(e.Problems)-i))
			break
		}
		lines = append(lines, e.Problems[i].String())
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the problems to errors.Is and errors.As.
func (e *Error) Unwrap() []error {
	errs := make([]error, len(e.Problems))
	for i := range e.Problems {
		errs[i] = e.Problems[i].Err
	}
	return errs
}

// String gives the problem in a line.
func (p *Problem) String() string {
	text := p.Err.Error()
	if p.Key != "" {
		text = p.Key + ": " + text
	}
	switch {
	case p.Line == 0:
		return text
	case p.Column == 0:
		return fmt.Sprintf("line %d: %s", p.Line, text)
	}
	return fmt.Sprintf("line %d, column %d: %s", p.Line, p.Column, text)
}
