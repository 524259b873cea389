package filter

import (
	"net/netip"
	"strings"
	"unicode"

	"linklog/capture"
)

// wordTest is one word of Any with its alternatives.
type wordTest struct{ want, not []word }

// word is one alternative, looked for everywhere.
type word struct {
	text     glob       // to be found anywhere
	address  addressSet // if the word is an address pattern
	inDigits bool       // the text can be part of an address, which is not to be compared as one
	services portSet    // those whose shown name has the text
}

// ends are the texts that all words of an event look at.
type ends struct {
	src, dst         netip.Addr
	srcText, dstText []byte // empty if no word looks at them
}

func (m *Matcher) matchWords(ev *capture.Event) bool {
	e := ends{src: bare(ev.Src.Addr), dst: bare(ev.Dst.Addr)}
	var srcBuf, dstBuf [maxAddressText]byte
	if m.inDigits && e.src.IsValid() {
		e.srcText = e.src.AppendTo(srcBuf[:0])
	}
	if m.inDigits && e.dst.IsValid() {
		e.dstText = e.dst.AppendTo(dstBuf[:0])
	}
	for i := range m.words {
		if t := &m.words[i]; anyWord(t.not, ev, &e) || len(t.want) > 0 && !anyWord(t.want, ev, &e) {
			return false
		}
	}
	return true
}

func anyWord(words []word, ev *capture.Event, e *ends) bool {
	for i := range words {
		if words[i].match(ev, e) {
			return true
		}
	}
	return false
}

func (w *word) match(ev *capture.Event, e *ends) bool {
	switch {
	case w.address.has(e.src), w.address.has(e.dst):
		return true
	case w.inDigits && (len(e.srcText) > 0 && match(&w.text, e.srcText) || len(e.dstText) > 0 && match(&w.text, e.dstText)):
		return true
	case ev.Kind == capture.Traffic && w.services.has(ev.Dst.Port, ev.Proto):
		return true
	}
	return ev.Src.Name != "" && match(&w.text, ev.Src.Name) ||
		ev.Dst.Name != "" && match(&w.text, ev.Dst.Name) ||
		ev.Text != "" && match(&w.text, ev.Text)
}

// newWord compiles an alternative; the reason says why it cannot match.
func newWord(p pattern) (w word, reason string) {
	if reason = checkText(p.text); reason != "" {
		return w, reason
	}
	w.text = newContains(p.text)
	if address, ok := p.address(); ok {
		w.address.add(address)
		w.address.done()
	} else {
		w.inDigits = strings.Trim(strings.ToLower(p.text), "0123456789abcdef.:*") == ""
	}
	return w, ""
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
	return address, reason == ""
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
