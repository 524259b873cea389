package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"linklog/filter"
)

// Term is what stands between two spaces of a search text.
type Term struct {
	Start, End int    // in the search text, in bytes
	Key        string // as written, without the colon; "" if it is a word
	Field      string // the name of the filter's field that Key is for; "" if it is a word
	Not        bool   // a "!" stands in front
	Open       bool   // its last quote is not closed
	Parts      []Part // what it is made of: all of it, in its order

	value  int    // where what follows the key begins, in the search text
	text   string // what follows the key, without quotes
	at     []int  // for each byte of text, where it stands in the search text
	quoted []bool // and whether in quotes
}

// Part is a piece of a Term that is to be seen as one.
type Part struct {
	Start, End int // in the search text, in bytes
	Kind       Kind
}

// Kind says what a Part is.
type Kind uint8

// The kinds of parts.
const (
	Value    Kind = iota
	Key           // with its colon
	Negation      // a "!"
)

// Terms takes a search text apart, as filter.Parse does, but goes on where that finds
// an error: it is for text that someone is writing.
func Terms(query string) (terms []Term) {
	for i := 0; ; {
		i += len(query[i:]) - len(strings.TrimLeftFunc(query[i:], unicode.IsSpace))
		if i == len(query) {
			return terms
		}
		t := scan(query, i)
		i = t.End
		t.divide(query)
		terms = append(terms, t)
	}
}

// scan reads the term that begins at start, up to a space that is not in quotes.
func scan(query string, start int) Term {
	t := Term{Start: start, value: start}
	var text []byte
	i := start
	for i < len(query) {
		r, n := utf8.DecodeRuneInString(query[i:])
		switch {
		case r == '"':
			t.Open = !t.Open
			i++
			continue
		case t.Open && r == '\\' && i+1 < len(query) && (query[i+1] == '"' || query[i+1] == '\\'):
			i++
		case !t.Open && unicode.IsSpace(r):
			t.End, t.text = i, string(text)
			return t
		}
		for range n {
			text, t.at, t.quoted = append(text, query[i]), append(t.at, i), append(t.quoted, t.Open)
			i++
		}
	}
	t.End, t.text = i, string(text)
	return t
}

// divide finds the key and the parts.
func (t *Term) divide(query string) {
	from := t.Start
	add := func(to int, k Kind) {
		if from < to {
			t.Parts = append(t.Parts, Part{from, to, k})
		}
		from = to
	}
	if strings.HasPrefix(t.text, "!") && !t.quoted[0] {
		t.Not = true
		t.skip(1)
		add(t.value, Negation)
	}
	if colon := strings.IndexByte(t.text, ':'); colon > 0 && !slices.Contains(t.quoted[:colon+1], true) {
		if name := fieldOf(t.text[:colon]); name != "" {
			t.Key, t.Field = t.text[:colon], name
			t.skip(colon + 1)
			add(t.value, Key)
		}
	}
	begins := true // an element of a list begins
	for i, at := range t.at {
		switch c := query[at]; {
		case c == '!' && begins && (t.isList() || !t.quoted[i]):
			add(at, Value)
			add(at+1, Negation)
			begins = false
		case c == ',' && (t.isList() || !t.quoted[i]):
			begins = true
		case c != ' ':
			begins = false
		}
	}
	add(t.End, Value)
}

// skip takes the first n bytes away from the text.
func (t *Term) skip(n int) {
	t.value = t.at[n-1] + 1
	t.text, t.at, t.quoted = t.text[n:], t.at[n:], t.quoted[n:]
}

// isList reports whether commas separate, in quotes also.
func (t *Term) isList() bool { return t.Field != "" && t.Field != anyField }

// anyField is the field of words, the only one without a key in most cases.
const anyField = "any"

// fieldOf returns the name of the field that a key is for, "" if there is none.
func fieldOf(key string) string {
	for _, f := range filter.Fields() {
		if strings.EqualFold(f.Name, key) || slices.ContainsFunc(f.Keys, func(k string) bool { return strings.EqualFold(k, key) }) {
			return f.Name
		}
		if yes, _, _ := strings.Cut(yesTerm(f), ":"); f.Bool && strings.EqualFold(yes, key) {
			return f.Name
		}
	}
	return ""
}

// yesTerm is the whole term for a field that is yes or no: "is:new".
func yesTerm(f filter.Field) string {
	if !f.Bool {
		return ""
	}
	var yes filter.Filter
	if yes.Set(f.Name, "yes") != nil {
		return ""
	}
	return yes.String()
}

// Remove takes a term out of a search text, with the space beside it.
func Remove(query string, t Term) string {
	before, after := strings.TrimRightFunc(query[:t.Start], unicode.IsSpace), strings.TrimLeftFunc(query[t.End:], unicode.IsSpace)
	if before == "" || after == "" {
		return before + after
	}
	return before + " " + after
}
