package filter

import (
	"slices"
	"strings"
	"unicode"

	"linklog/capture"
	"linklog/phrase"
)

// word is one alternative of a word of Any, looked for everywhere.
type word struct {
	text     glob       // to be found anywhere
	address  addressSet // if the word is an address pattern
	inDigits bool       // the text can be part of an address, which is not to be compared as one
	services portSet    // those whose shown name has the text
}

// compileWords compiles each word, with its alternatives, to a condition.
func compileWords(fd *field, text string, services Services) (all []Condition, err error) {
	lists, err := splitWords(fd.name, text)
	if err != nil {
		return nil, err
	}
	var every []*word
	for _, list := range lists {
		var t wordTest
		for _, p := range list {
			w, reason := newWord(p)
			if !reason.IsZero() {
				return nil, fd.error(p.text, reason)
			}
			set := choose(p, &t.want, &t.not)
			*set = append(*set, w)
			every = append(every, w)
		}
		all = append(all, t.condition())
	}
	if len(every) > 0 {
		addShownServices(every, services)
	}
	return all, nil
}

type wordTest struct{ want, not []*word }

func (t *wordTest) condition() Condition {
	c := Condition{wants: len(t.want) > 0, nots: len(t.not) > 0, names: true, cost: costWord}
	inDigits := func(w *word) bool { return w.inDigits }
	digits := slices.ContainsFunc(t.want, inDigits) || slices.ContainsFunc(t.not, inDigits)
	c.lookAtEnds(either, func(end *capture.Endpoint) Verdict {
		var buf [maxAddressText]byte
		var text []byte
		addr := bare(end.Addr)
		if digits && addr.IsValid() {
			text = addr.AppendTo(buf[:0])
		}
		in := func(words []*word) bool {
			for _, w := range words {
				if w.address.has(addr) || w.inDigits && len(text) > 0 && match(&w.text, text) || end.Name != "" && match(&w.text, end.Name) {
					return true
				}
			}
			return false
		}
		return verdicts(in(t.want), in(t.not))
	})
	c.look(DestPort, func(ev *capture.Event) Verdict {
		if ev.Kind != capture.Traffic {
			return 0
		}
		in := func(words []*word) bool {
			for _, w := range words {
				if w.services.has(ev.Dst.Port, ev.Proto) {
					return true
				}
			}
			return false
		}
		return verdicts(in(t.want), in(t.not))
	})
	c.look(Message, func(ev *capture.Event) Verdict {
		in := func(words []*word) bool {
			for _, w := range words {
				if ev.Text != "" && match(&w.text, ev.Text) {
					return true
				}
			}
			return false
		}
		return verdicts(in(t.want), in(t.not))
	})
	return c
}

// newWord compiles an alternative; the reason says why it cannot match.
func newWord(p pattern) (w *word, reason phrase.Phrase) {
	w = &word{}
	if reason = checkText(p.text); !reason.IsZero() {
		return w, reason
	}
	if !p.quoted && isNetworkLike(p.text) {
		if _, reason := parseAddress(p.text); !reason.IsZero() {
			return w, reason
		}
	}
	w.text = newContains(p.text)
	if address, ok := p.address(); ok {
		w.address.add(address)
		w.address.done()
	} else {
		w.inDigits = strings.Trim(strings.ToLower(p.text), "0123456789abcdef.:*") == ""
	}
	return w, reason
}

// addShownServices looks for services whose shown name has the text of a word.
// Aliases do not count: "www" would bring in all that goes to the port of http.
func addShownServices(words []*word, services Services) {
	if services == nil {
		return // the names are not shown either
	}
	add := func(name string, port uint16, proto capture.Protocol) {
		for _, w := range words {
			if match(&w.text, name) {
				w.services.addNamed(port, proto)
			}
		}
	}
	services.Each(func(name string, port uint16, proto capture.Protocol) bool {
		if proto != 0 && services.Name(port, proto) == name {
			add(name, port, proto)
		}
		if services.Name(port, 0) == name {
			add(name, port, 0)
		}
		return true
	})
	for _, w := range words {
		w.services.done()
	}
}

// address gives the address pattern that a word is, if it is one: it must have
// a dot or colon and a digit, and no quotes around it.
func (p pattern) address() (addressPattern, bool) {
	if p.quoted || !strings.ContainsAny(p.text, ".:") ||
		!strings.ContainsAny(p.text, "0123456789abcdefABCDEF") && p.text != "::" {
		return addressPattern{}, false
	}
	address, reason := parseAddress(p.text)
	return address, reason.IsZero()
}

// joinWords writes the words of Any as splitWords reads them.
func joinWords(words [][]pattern) string {
	var b strings.Builder
	for i, list := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		for j, p := range list {
			if j > 0 {
				b.WriteByte(',')
			}
			if p.not {
				b.WriteByte('!')
			}
			b.WriteString(p.word())
		}
	}
	return b.String()
}

// word gives the text of a word, in quotes if it would be read as something
// else without.
func (p pattern) word() string {
	if _, ok := p.address(); ok {
		return p.text
	}
	p.quoted = false
	if _, ok := p.address(); ok || strings.HasPrefix(p.text, "!") || strings.ContainsFunc(p.text, isSpecial) {
		return quote(p.text)
	}
	return p.text
}

// isSpecial reports whether a character means something in the search text.
func isSpecial(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == '"' || r == ':' }

// quote puts a text in quotes as splitTerms reads them.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
