package settings

import (
	"errors"
	"strings"

	"linklog/app/ui"
	"linklog/filter"
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
	for _, g := range f.groups {
		for i := range g.fields {
			if x := &g.fields[i]; strings.Contains(err.Error(), x.key+": ") {
				return &fieldError{x.key, x.reason(err)}
			}
		}
	}
	return nil
}

// problem is something wrong with the text of a settings file.
type problem settings.Problem

// said is the text in the user's language, as far as it is ours and not the TOML
// parser's.
func (p problem) said() string {
	text := reason(p.Err)
	if p.Key != "" {
		text = p.Key + ": " + text
	}
	return text
}

// reason says in the user's language what is wrong with a setting.
func reason(err error) string {
	var wrong *filter.Error
	if errors.As(err, &wrong) {
		return strings.Replace(err.Error(), wrong.Reason, ui.Wrong(wrong.Reason), 1)
	}
	return ui.Wrong(err.Error())
}

// problems are what is wrong with the text of a settings file, by line.
func problems(text string) (out []problem) {
	_, err := settings.Parse([]byte(text))
	var wrong *settings.Error
	if errors.As(err, &wrong) {
		for _, p := range wrong.Problems {
			out = append(out, problem(p))
		}
	}
	return out
}
