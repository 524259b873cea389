// Package search is the field for the search text: it knows what can be written
// next, shows what was understood, term by term, and where it is wrong.
//
// A Box is the entry itself. Its List, with what can be written next, and its Strip,
// with the terms, are put elsewhere in the window by whoever owns it. What they show
// is found by Read and Complete, which know nothing of Fyne.
package search

import (
	"errors"
	"slices"
	"strings"
	"time"

	"linklog/filter"
	"linklog/phrase"
)

// Query is a search text and what it means.
type Query struct {
	Text    string
	Terms   []Term
	Filter  filter.Filter
	Matcher *filter.Matcher // nil if Err is not

	Err       *filter.Error // what is wrong, nil: nothing
	Wrong     int           // the index of the term that it is about, -1: none, or all of them
	WrongPart Part          // the piece of that term
}

// Read reads a search text.
func Read(text string, services filter.Services) Query {
	q := Query{Text: text, Wrong: -1}
	var err error
	if q.Filter, err = filter.Parse(text); err == nil {
		q.Terms = Terms(text)
		q.Matcher, err = q.Filter.Compile(services, time.Now())
	}
	if err == nil {
		return q
	}
	if !errors.As(err, &q.Err) {
		q.Err = &filter.Error{Reason: phrase.Of(err), Offset: -1} // cannot be: see filter.Error
	}
	if len(text) > maxTerms {
		return q
	}
	if q.Terms == nil {
		q.Terms = Terms(text)
	}
	q.locate(services)
	return q
}

// Right is the query without the terms that are wrong, false if it cannot be told
// which those are, or if they are many.
func (q Query) Right(services filter.Services) (Query, bool) {
	for range 8 {
		if q.Err == nil || q.Wrong < 0 {
			break
		}
		q = Read(Remove(q.Text, q.Terms[q.Wrong]), services)
	}
	return q, q.Err == nil
}

// maxTerms bounds the search text that is taken apart when it is wrong, in bytes.
const maxTerms = 64 << 10

// locate finds the term that the error is about. Parse tells where it is; Compile
// knows of fields only, so that their terms are compiled one by one.
func (q *Query) locate(services filter.Services) {
	if at := q.Err.Offset; at >= 0 {
		q.Wrong = slices.IndexFunc(q.Terms, func(t Term) bool { return t.Start <= at && at < t.End })
	} else {
		for i, t := range q.Terms {
			if name := t.Field; name != q.Err.Field && (name != "" || q.Err.Field != anyField) {
				continue
			}
			f, err := filter.Parse(q.Text[t.Start:t.End])
			if err == nil {
				_, err = f.Compile(services, time.Now())
			}
			if e := new(filter.Error); errors.As(err, &e) {
				q.Wrong, q.Err = i, e
				break
			}
		}
	}
	if q.Wrong < 0 {
		return
	}
	t := q.Terms[q.Wrong]
	q.WrongPart = Part{Start: t.Start, End: t.End}
	if at := indexElement(q.Text[t.value:t.End], q.Err.Pattern); at >= 0 {
		q.WrongPart.Start = t.value + at
		q.WrongPart.End = q.WrongPart.Start + len(q.Err.Pattern)
	}
}

// indexElement finds a pattern in a list, where it stands alone if it can: the "ht" of
// "https,ht" is the second. It is -1 if there is none.
func indexElement(list, pattern string) int {
	const around = ",! \""
	if pattern == "" {
		return -1
	}
	for from := 0; ; {
		i := strings.Index(list[from:], pattern)
		if i < 0 {
			return strings.Index(list, pattern)
		}
		i += from
		end := i + len(pattern)
		if (i == 0 || strings.IndexByte(around, list[i-1]) >= 0) && (end == len(list) || strings.IndexByte(around, list[end]) >= 0) {
			return i
		}
		from = i + 1
	}
}
