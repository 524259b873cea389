package ui

import (
	"strings"

	"fyne.io/fyne/v2/lang"

	"linklog/capture"
	"linklog/phrase"
	"linklog/service/api"
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
			v = Say(of(err))
		}
		values[name] = v
	}
	return lang.L(p.Format, values)
}

// Reason says why a datagram is no message we know, "" for none.
func Reason(r capture.Reason) string {
	return Say(phrase.Say(r.Plain()))
}

// Trouble says what is wrong with the service, and with which part of it.
func Trouble(t api.Trouble) string {
	part := t.Where
	if word := t.Code.Part(); word != "" {
		part = strings.TrimSpace(Say(phrase.Say(word)) + " " + t.Place)
	}
	return part + ": " + Say(t.Phrase())
}
