package settings

import (
	"maps"
	"slices"

	"linklog/phrase"
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
func (e *Error) Error() string { return e.Phrase().String() }

// Phrase is what Error gives, to be translated.
func (e *Error) Phrase() phrase.Phrase {
	var lines []phrase.Phrase
	for i := range e.Problems {
		if i == maxTold {
			lines = append(lines, phrase.Say("and {{.Count}} more", "Count", len(e.Problems)-i))
			break
		}
		lines = append(lines, e.Problems[i].Phrase())
	}
	switch {
	case e.File != "" && len(lines) == 1:
		return phrase.Say("{{.File}}: {{.Reason}}", "File", e.File, "Reason", lines[0])
	case e.File != "":
		lines = slices.Insert(lines, 0, phrase.Say("{{.File}} has {{.Count}} mistakes", "File", e.File, "Count", len(e.Problems)))
	}
	return phrase.Lines(lines)
}

// Unwrap gives the problems to errors.Is and errors.As.
func (e *Error) Unwrap() []error {
	errs := make([]error, len(e.Problems))
	for i := range e.Problems {
		errs[i] = e.Problems[i].Err
	}
	return errs
}

// Phrase gives the problem in a line.
func (p *Problem) Phrase() phrase.Phrase {
	reason := p.Reason()
	switch {
	case p.Line == 0:
		return reason
	case p.Column == 0:
		return phrase.Say("line {{.Line}}: {{.Reason}}", "Line", p.Line, "Reason", reason)
	}
	return phrase.Say("line {{.Line}}, column {{.Column}}: {{.Reason}}", "Line", p.Line, "Column", p.Column, "Reason", reason)
}

// About finds the first problem with a setting in a phrase that a Problem or an Error
// gave, which may have come over the socket: the setting's key and what is wrong with it.
func About(p phrase.Phrase) (key string, reason phrase.Phrase) {
	for _, name := range slices.Sorted(maps.Keys(p.Values)) {
		v, _ := p.Values[name].(error)
		if v == nil {
			continue
		}
		inner := phrase.Of(v)
		if key, _ := p.Values["Key"].(string); key != "" && name == "Reason" {
			return key, inner
		}
		if key, reason = About(inner); key != "" {
			return key, reason
		}
	}
	return "", reason
}

// Reason is the problem without the place where it is.
func (p *Problem) Reason() phrase.Phrase {
	reason := phrase.Of(p.Err)
	if p.Key != "" {
		reason = phrase.Say("{{.Key}}: {{.Reason}}", "Key", p.Key, "Reason", reason)
	}
	return reason
}
