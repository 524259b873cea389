package ui

import (
	"fyne.io/fyne/v2/lang"

	"linklog/phrase"
)

// Say returns a phrase in the user's language, and the phrases and errors in it, too.
func Say(p phrase.Phrase) string {
	switch {
	case p.IsZero():
		return ""
	case p.Values == nil:
		return lang.L(p.Format)
	}
	values := make(map[string]any, len(p.Values))
	for name, v := range p.Values {
		if err, ok := v.(error); ok {
			v = Say(phrase.Of(err))
		}
		values[name] = v
	}
	return lang.L(p.Format, values)
}
