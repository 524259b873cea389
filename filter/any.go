package filter

import (
	"net/netip"
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

// wordTest is one word of Any with its alternatives.
type wordTest struct{ want, not wordList }

type wordList []*word

func (t *wordTest) condition() Condition {
	c := Condition{asks: verdicts(t.want != nil, t.not != nil), names: true, cost: costWord, looks: make([]look, 0, 8)}
	is := func(property func(*word) bool) bool {
		return slices.ContainsFunc(t.want, property) || slices.ContainsFunc(t.not, property)
	}
	// The cheap ones first.
	if is(func(w *word) bool { return !w.address.empty() }) {
		c.look(func(_ *capture.Event, end *capture.Endpoint, ask Verdict) Verdict {
			return search(ask, &t.want, &t.not, (*wordList).hasAddress, bare(end.Addr))
		}, Source, Dest)
	}
	if is(func(w *word) bool { return w.inDigits }) {
		c.look(func(_ *capture.Event, end *capture.Endpoint, ask Verdict) Verdict {
			return search(ask, &t.want, &t.not, (*wordList).hasDigits, bare(end.Addr))
		}, Source, Dest)
	}
	c.look(func(ev *capture.Event, end *capture.Endpoint, ask Verdict) Verdict {
		if ev.Kind != capture.Traffic {
			return 0
		}
		return search(ask, &t.want, &t.not, (*wordList).hasService, portOf{end.Port, ev.Proto})
	}, DestPort)
	c.look(func(_ *capture.Event, end *capture.Endpoint, ask Verdict) Verdict {
		return search(ask, &t.want, &t.not, (*wordList).hasText, end.Name)
	}, Source, Dest)
	c.look(func(ev *capture.Event, _ *capture.Endpoint, ask Verdict) Verdict {
		return search(ask, &t.want, &t.not, (*wordList).hasText, ev.Text)
	}, Message)
	return c
}

func (l *wordList) hasAddress(a netip.Addr) bool {
	return slices.ContainsFunc(*l, func(w *word) bool { return w.address.has(a) })
}

func (l *wordList) hasText(s string) bool {
	return s != "" && slices.ContainsFunc(*l, func(w *word) bool { return match(&w.text, s) })
}

// hasDigits looks into the text of an address.
func (l *wordList) hasDigits(a netip.Addr) bool {
	if !a.IsValid() {
		return false
	}
	var buf [maxAddressText]byte
	text := a.AppendTo(buf[:0])
	for _, w := range *l {
		if w.inDigits && match(&w.text, text) {
			return true
		}
	}
	return false
}

type portOf struct {
	port  uint16
	proto capture.Protocol
}

func (l *wordList) hasService(p portOf) bool {
	return slices.ContainsFunc(*l, func(w *word) bool { return w.services.has(p.port, p.proto) })
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
		return Quote(p.text)
	}
	return p.text
}

// isSpecial reports whether a character means something in the search text.
func isSpecial(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == '"' || r == ':' }

// Quote puts a text in quotes as Parse reads them.
func Quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
