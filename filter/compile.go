package filter

import (
	"cmp"
	"slices"
	"time"

	"linklog/phrase"
)

// Compile makes a Matcher of the filter. The error, an *Error, is about the
// first pattern that is wrong or can match nothing. services may be nil: then
// patterns that need the names of services are errors, and words of Any are not
// looked for in them. What "yesterday" is, and when days begin, depends on now and its
// place.
func (f Filter) Compile(services Services, now time.Time) (*Matcher, error) {
	b, err := f.bounds(now)
	if err != nil {
		return nil, err
	}
	m := &Matcher{conditions: make([]Condition, 0, 4), of: &f}
	if b != (bounds{}) {
		m.bounds = &b
	}
	if f.New {
		m.conditions = append(m.conditions, isNew())
	}
	for i := range fields {
		fd := &fields[i]
		switch {
		case fd.compile != nil:
			list, err := splitList(fd.name, *fd.value(&f))
			if err != nil {
				return nil, err
			}
			if len(list) == 0 {
				continue
			}
			c, err := fd.compile(fd, list, services)
			if err != nil {
				return nil, err
			}
			m.conditions = append(m.conditions, c)
		case fd.form == words:
			all, err := compileWords(fd, f.Any, services)
			if err != nil {
				return nil, err
			}
			m.conditions = append(m.conditions, all...)
		}
	}
	slices.SortStableFunc(m.conditions, func(a, b Condition) int { return cmp.Compare(a.cost, b.cost) })
	return m, nil
}

func (fd *field) error(text string, reason phrase.Phrase) error {
	return &Error{Field: fd.name, Pattern: text, Reason: reason, Offset: -1}
}
