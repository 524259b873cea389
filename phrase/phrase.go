// Package phrase holds sentences that are said to a person, as data: what is said is decided
// where it is known, and the words are chosen where they are shown, in the language of
// whoever reads them. The English sentence is the key of its translations.
package phrase

import (
	"fmt"
	"strings"
)

// Phrase is a sentence with values in it, kept apart so that it can be said in
// another language. The zero Phrase says nothing.
type Phrase struct {
	Format string         // "Port {{.Port}} is free."
	Values map[string]any // by name
}

// Say makes a Phrase of names and their values.
func Say(format string, values ...any) Phrase {
	p := Phrase{Format: format}
	for i := 0; i+1 < len(values); i += 2 {
		if p.Values == nil {
			p.Values = make(map[string]any)
		}
		p.Values[values[i].(string)] = values[i+1]
	}
	return p
}

// String gives the sentence in English.
func (p Phrase) String() string {
	var pairs []string
	for name, v := range p.Values {
		pairs = append(pairs, "{{."+name+"}}", fmt.Sprint(v))
	}
	// One pass: values that look like names stay as they are.
	return strings.NewReplacer(pairs...).Replace(p.Format)
}
