// Package phrase holds sentences that are said to a person, as data: what is said is decided
// where it is known, and the words are chosen where they are shown, in the language of
// whoever reads them. The English sentence is the key of its translations. It also knows
// what may be meant by a mistyped word, for those that ask "did you mean".
package phrase

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Phrase is a sentence with values in it, kept apart so that it can be said in
// another language. The zero Phrase says nothing. A value may be a Phrase itself.
type Phrase struct {
	Format string         `json:"format"`           // "Port {{.Port}} is free."
	Values map[string]any `json:"values,omitempty"` // by name
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

// Lines is a Phrase of one line for each phrase.
func Lines(phrases []Phrase) Phrase {
	switch len(phrases) {
	case 0:
		return Phrase{}
	case 1:
		return phrases[0]
	}
	return Say("{{.Line}}\n{{.Rest}}", "Line", phrases[0], "Rest", Lines(phrases[1:]))
}

// IsZero reports whether nothing is said.
func (p Phrase) IsZero() bool { return p.Format == "" }

// String gives the sentence in English.
func (p Phrase) String() string {
	var pairs []string
	for name, v := range p.Values {
		pairs = append(pairs, "{{."+name+"}}", fmt.Sprint(v))
	}
	// One pass: values that look like names stay as they are.
	return strings.NewReplacer(pairs...).Replace(p.Format)
}

// Error makes a Phrase an error whose text can be translated.
func (p Phrase) Error() string { return p.String() }

// Phrase makes it found by Of.
func (p Phrase) Phrase() Phrase { return p }

// Unwrap gives the errors among the values to errors.Is and errors.As.
func (p Phrase) Unwrap() (errs []error) {
	for _, v := range p.Values {
		if err, ok := v.(error); ok {
			errs = append(errs, err)
		}
	}
	return errs
}

// Of gives the first error in err's tree that can say in a Phrase what it is: a Phrase,
// or one with a method of that name. Without one, it is the text of err as it is.
func Of(err error) Phrase {
	var x interface{ Phrase() Phrase }
	if errors.As(err, &x) {
		return x.Phrase()
	}
	return Say("{{.Text}}", "Text", err.Error())
}

// MarshalJSON keeps texts, numbers and phrases as they are; errors become phrases. Every
// other value is sent as the text that String shows.
func (p Phrase) MarshalJSON() ([]byte, error) {
	type plain Phrase
	sent := plain{Format: p.Format}
	for name, v := range p.Values {
		if sent.Values == nil {
			sent.Values = make(map[string]any, len(p.Values))
		}
		switch v := v.(type) {
		case Phrase, string, bool, int, int64, uint64, float64:
			sent.Values[name] = v
		case error:
			sent.Values[name] = Of(v)
		default:
			sent.Values[name] = fmt.Sprint(v)
		}
	}
	return json.Marshal(sent)
}

// UnmarshalJSON reads what MarshalJSON writes: whole numbers are int, also large ones,
// which would otherwise be shown as 1e+06.
func (p *Phrase) UnmarshalJSON(b []byte) error {
	var sent struct {
		Format string                     `json:"format"`
		Values map[string]json.RawMessage `json:"values"`
	}
	if err := json.Unmarshal(b, &sent); err != nil {
		return err
	}
	*p = Phrase{Format: sent.Format}
	for name, raw := range sent.Values {
		var v any
		var err error
		if bytes.HasPrefix(raw, []byte("{")) {
			var inner Phrase
			err = json.Unmarshal(raw, &inner)
			v = inner
		} else if n, notWhole := strconv.Atoi(string(raw)); notWhole == nil {
			v = n
		} else {
			err = json.Unmarshal(raw, &v)
		}
		if err != nil {
			return err
		}
		if p.Values == nil {
			p.Values = make(map[string]any, len(sent.Values))
		}
		p.Values[name] = v
	}
	return nil
}
