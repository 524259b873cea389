package search

import (
	"slices"
	"strings"

	"linklog/filter"
)

// Narrow adds a term to a search text so that fewer events match, never more: patterns of
// one field would be alternatives. The term is one of a single pattern; it is about an event
// that matches the text.
func Narrow(query, term string) string {
	terms := Terms(term)
	if len(terms) != 1 {
		return query
	}
	n := terms[0]
	all := Terms(query)
	has := func(text string) bool {
		return slices.ContainsFunc(all, func(t Term) bool { return strings.EqualFold(query[t.Start:t.End], text) })
	}
	if has(term) {
		return query
	}
	if n.Not || n.Field == "" {
		return joined(query, term)
	}
	for i := len(all) - 1; i >= 0; i-- {
		t := all[i]
		if t.Field != n.Field || t.Not {
			continue
		}
		var not []string
		for element := range strings.SplitSeq(t.text, ",") {
			if element = strings.TrimSpace(element); strings.HasPrefix(element, "!") {
				not = append(not, element)
			}
		}
		if len(not) == strings.Count(t.text, ",")+1 {
			continue
		}
		if word := wordOf(n); word != "" { // both are to be there: each may be either end
			if has(word) {
				return query
			}
			return joined(query, word)
		}
		// It is about one thing: what the term says goes for it, beside what it is not.
		var rest filter.Filter
		_ = rest.Set(n.Field, strings.Join(not, ",")) // a field with patterns takes any text
		query = joined(Remove(query, t), rest.String())
		all = Terms(query)
	}
	return joined(query, term)
}

// wordOf is the word by which an end can be found, for a term about either end; "": it is about one.
func wordOf(t Term) string {
	switch t.Field {
	case "ip":
		return t.text
	case "host":
		return filter.Quote(t.text)
	}
	return ""
}

func joined(a, b string) string { return strings.TrimSpace(strings.TrimSpace(a) + " " + b) }
