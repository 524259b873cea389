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
	all = make([]Condition, 0, len(lists))
	every := make([]*word, 0, len(lists))
	for _, list := range lists {
		t := wordTest{c: Condition{names: true, cost: costWord, looks: make([]look, 0, 8)}}
		for _, p := range list {
			w, reason := newWord(p)
			if !reason.IsZero() {
				return nil, fd.error(p.text, reason)
			}
			set := t.of(t.c.ask(p))
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
type wordTest struct {
	sought[[]*word]
	c Condition
}

func (t *wordTest) condition() Condition {
	// The cheap ones first.
	if t.any(func(w *word) bool { return !w.address.empty() }) {
		t.look(func(w *word, _ *capture.Event, end *capture.Endpoint) bool { return w.address.has(bare(end.Addr)) }, Source, Dest)
	}
	if t.any(func(w *word) bool { return w.inDigits }) {
		t.look(func(w *word, _ *capture.Event, end *capture.Endpoint) bool {
			var buf [maxAddressText]byte
			return w.inDigits && end.Addr.IsValid() && match(&w.text, bare(end.Addr).AppendTo(buf[:0]))
		}, Source, Dest)
	}
	t.look(func(w *word, ev *capture.Event, end *capture.Endpoint) bool {
		return ev.Kind == capture.Traffic && w.services.has(end.Port, ev.Proto)
	}, DestPort)
	t.look(func(w *word, _ *capture.Event, end *capture.Endpoint) bool {
		return end.Name != "" && match(&w.text, end.Name)
	}, Source, Dest)
	t.look(func(w *word, ev *capture.Event, _ *capture.Endpoint) bool {
		return ev.Text != "" && match(&w.text, capture.InWords(ev.Text))
	}, Message)
	return t.c
}

func (t *wordTest) any(is func(*word) bool) bool {
	return slices.ContainsFunc(t.want, is) || slices.ContainsFunc(t.not, is)
}

// look makes the condition look for the words where has finds one.
func (t *wordTest) look(has func(w *word, ev *capture.Event, end *capture.Endpoint) bool, parts ...Part) {
	t.c.look(func(ev *capture.Event, end *capture.Endpoint, ask Verdict) Verdict {
		return search(ask, &t.sought, func(words *[]*word) bool {
			return slices.ContainsFunc(*words, func(w *word) bool { return has(w, ev, end) })
		})
	}, parts...)
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
