package settings

import (
	"errors"
	"strings"

	"linklog/app/ui"
	"linklog/phrase"
	"linklog/service/settings"
)

// form is the settings of the service as a person changes them: the text of the
// file, and what stands in the fields. It knows nothing of Fyne.
type form struct {
	text   string // of the file, as the service gave it
	groups []group
	values map[string]string // as in the file, by key
	now    map[string]string // as in the fields
}

func newForm() *form {
	return &form{groups: groups(), values: make(map[string]string), now: make(map[string]string)}
}

// load takes the text of the file. A text that is wrong is an error; then there
// is nothing to be shown but the text.
func (f *form) load(text string) error {
	f.text = text
	s, err := settings.Parse([]byte(text))
	if err != nil {
		return err
	}
	for _, g := range f.groups {
		for i := range g.fields {
			x := &g.fields[i]
			f.values[x.key] = x.value(&s)
			f.now[x.key] = f.values[x.key]
		}
	}
	return nil
}

// changed are the fields in which something else stands than in the file.
func (f *form) changed() (out []*field) {
	for _, g := range f.groups {
		for i := range g.fields {
			x := &g.fields[i]
			if strings.TrimSpace(f.now[x.key]) != f.values[x.key] {
				out = append(out, x)
			}
		}
	}
	return out
}

// errors are the fields that are wrong and why, by key.
func (f *form) errors() map[string]error {
	out := make(map[string]error)
	for _, x := range f.changed() {
		if err := x.check(f.now[x.key]); err != nil {
			out[x.key] = err
		}
	}
	return out
}

// next is the text of the file with all that was changed.
func (f *form) next() (string, error) {
	text := f.text
	for _, x := range f.changed() {
		next, err := settings.Set(text, x.key, x.toml(f.now[x.key]))
		if err != nil {
			return "", &fieldError{x.key, x.reason(err)}
		}
		text = next
	}
	return text, nil
}

// fieldError is an error about one field.
type fieldError struct {
	key string
	err error
}

func (e *fieldError) Error() string { return e.key + ": " + e.err.Error() }
func (e *fieldError) Unwrap() error { return e.err }

// blame finds the field an error of the service is about; nil: none.
func (f *form) blame(err error) *fieldError {
	var known *fieldError
	if errors.As(err, &known) {
		return known
	}
	key, reason := settings.About(phrase.Of(err))
	if _, ok := f.values[key]; !ok {
		return nil
	}
	return &fieldError{key, errors.New(ui.Say(reason))}
}

// problems are what is wrong with the text of a settings file, by line.
func problems(text string) []settings.Problem {
	_, err := settings.Parse([]byte(text))
	var wrong *settings.Error
	if errors.As(err, &wrong) {
		return wrong.Problems
	}
	return nil
}
