package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2/lang"

	"linklog/app/ui/date"
	"linklog/capture"
	"linklog/filter"
)

// Candidate is something that can be written at the cursor.
type Candidate struct {
	Text  string // what it is: "dst:", "https"
	Hint  string // what that means, in the language of Fields and Known; may be ""
	Field string // the name of the filter's field
	Key   bool   // it is a key, behind which a value is expected

	start, end int    // what it takes the place of, in bytes
	insert     string // what is written there
	cursor     int    // where the cursor is afterwards, in bytes from start
}

// Known is a value that is known for a field, such as the name of a device.
type Known struct {
	Text string
	Hint string // may be ""
}

// Source lists what can be written.
type Source struct {
	Services filter.Services            // nil: none
	Known    func(field string) []Known // most likely first, by the field's name; nil: none
}

// maxCandidates bounds what is offered.
const maxCandidates = 40

// Complete returns what can be written at the cursor, which is in bytes: what is most
// likely first, nothing if nothing is known.
func Complete(query string, cursor int, s Source) []Candidate {
	if cursor < 0 || cursor > len(query) || len(query) > maxTerms || cursor < len(query) && !utf8.RuneStart(query[cursor]) {
		return nil
	}
	t := Term{Start: cursor, End: cursor, value: cursor}
	for _, x := range Terms(query) {
		if x.Start <= cursor && cursor <= x.End {
			t = x
		}
	}
	switch {
	case t.Start < t.End && cursor == t.Start:
		return nil // before a term, not in one
	case t.Field == anyField:
		return nil
	case t.Field != "" && cursor >= t.value:
		return values(query, cursor, t, s)
	}
	return keys(query, cursor, t)
}

// Apply writes the candidate into the text that it was made for. The cursor is in bytes.
func (c Candidate) Apply(query string) (text string, cursor int) {
	return query[:c.start] + c.insert + query[c.end:], c.start + c.cursor
}

// keys completes the key of a term.
func keys(query string, cursor int, t Term) (list []Candidate) {
	start := t.Start
	if t.Not {
		start++
	}
	end := cursor
	if t.Field != "" {
		end = t.value // its key is replaced
	}
	if cursor < start || strings.ContainsAny(query[t.Start:max(end, t.value)], `"`) {
		return nil
	}
	typed := query[start:cursor]
	if typed == "" && start < t.End {
		return nil
	}
	rest := query[end:t.End]
	var second []Candidate
	for _, f := range filter.Fields() {
		c := Candidate{Hint: f.Label, Field: f.Name, Key: true, start: start, end: end}
		if c.Text = f.Keys[0] + ":"; f.Bool {
			if c.Text, c.Key = yesTerm(f), false; t.Not || rest != "" {
				continue
			}
		}
		if f.Name == anyField || c.Text == typed {
			continue // words need no key
		}
		c.insert, c.cursor = c.Text, len(c.Text)
		switch {
		case hasPrefix(c.Text, typed), slices.ContainsFunc(f.Keys, func(k string) bool { return hasPrefix(k, typed) }):
			list = append(list, c)
		case inWords(f.Label, typed), inWords(lang.L(f.Label), typed):
			second = append(second, c)
		}
	}
	return append(list, second...)
}

// values completes an element of the list behind a key. The list is written again: what
// is in quotes and what is not need not be distinguished.
func values(query string, cursor int, t Term, s Source) (list []Candidate) {
	at, _ := slices.BinarySearch(t.at, cursor)
	from := strings.LastIndexByte(t.text[:at], ',') + 1
	to := len(t.text)
	if comma := strings.IndexByte(t.text[at:], ','); comma >= 0 {
		to = at + comma
	}
	typed := strings.TrimLeftFunc(t.text[from:at], unicode.IsSpace)
	not := ""
	if rest, ok := strings.CutPrefix(typed, "!"); ok && !t.Not {
		not, typed = "!", strings.TrimLeftFunc(rest, unicode.IsSpace)
	}
	others := make(map[string]bool)
	for e := range strings.SplitSeq(t.text[:from]+t.text[to:], ",") {
		others[strings.ToLower(strings.TrimLeft(strings.TrimSpace(e), "!"))] = true
	}
	head := query[t.Start:t.value]
	for _, k := range matching(t.Field, typed, s) {
		if others[strings.ToLower(k.Text)] || k.Text == typed || !isWritable(k.Text) {
			continue
		}
		before, after := t.text[:from]+not+k.Text, t.text[to:]
		c := Candidate{Text: k.Text, Hint: k.Hint, Field: t.Field, start: t.value, end: t.End}
		c.insert, c.cursor = before+after, len(before)
		if filter.NeedsQuotes(c.insert) {
			c.insert, c.cursor = filter.Quote(c.insert), len(filter.Quote(before))
			if after != "" {
				c.cursor-- // the quote that is closed further on
			}
		}
		if _, err := filter.Parse(head + c.insert); err != nil {
			continue
		}
		if list = append(list, c); len(list) == maxCandidates {
			break
		}
	}
	return list
}

// matching are the values of a field that fit what is typed of one.
func matching(field, typed string, s Source) (out []Known) {
	var all []Known
	if s.Known != nil {
		all = append(all, s.Known(field)...)
	}
	switch field {
	case "direction":
		all = append(all, Known{Text: capture.In.String()}, Known{Text: capture.Out.String()})
	case "verdict":
		all = append(all, Known{Text: capture.Allowed.String()}, Known{Text: capture.Blocked.String()}, Known{Text: "unknown"})
	case "protocol":
		all = append(all, protocols()...)
	case "since", "until":
		all = append(all, words(date.Words())...)
	case "date":
		all = append(all, words(date.Days())...)
	case "port", "port-source", "port-dest":
		all = append(all, ports(typed, true, s.Services)...)
	case "service":
		all = append(all, ports(typed, false, s.Services)...)
	case "category":
		if s.Services != nil {
			for category := range s.Services.Categories() {
				all = append(all, Known{Text: category})
			}
		}
	}
	for _, f := range filter.Fields() {
		if f.Name == field && f.Bool {
			_, value, _ := strings.Cut(yesTerm(f), ":")
			all = append(all, Known{Text: value}, Known{Text: f.Example}) // only one of them fits the key
		}
	}
	var second []Known
	seen := make(map[string]bool)
	for _, k := range all {
		if seen[k.Text] {
			continue
		}
		seen[k.Text] = true
		switch {
		case hasPrefix(k.Text, typed):
			out = append(out, k)
		case inWords(k.Text, typed), inWords(k.Hint, typed):
			second = append(second, k)
		}
	}
	return append(out, second...)
}

// hasPrefix is strings.HasPrefix whatever the case.
func hasPrefix(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// inWords reports whether a word of a text begins with what is typed.
func inWords(s, typed string) bool {
	for i := range s {
		if i > 0 && strings.IndexByte(" .-_/", s[i-1]) >= 0 && hasPrefix(s[i:], typed) || i == 0 && hasPrefix(s, typed) {
			return typed != ""
		}
	}
	return false
}

// isWritable reports whether a value stands for itself in a list.
func isWritable(s string) bool {
	return s != "" && s == strings.TrimSpace(s) && !strings.HasPrefix(s, "!") && !strings.ContainsAny(s, ",*") &&
		!strings.ContainsFunc(s, func(r rune) bool { return r == unicode.ReplacementChar || !capture.Printable(r) })
}
