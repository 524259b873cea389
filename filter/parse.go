package filter

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"linklog/phrase"
)

// maxQuery bounds the search text, in bytes: twice what a filter with all
// fields full can need.
const maxQuery = 256 << 10

// Parse reads a search text (see the package's documentation). It checks how
// the text is written; what the patterns mean is for Compile. The filter is in
// canonical form: no needless spaces and quotes. The error is an *Error.
func Parse(query string) (Filter, error) {
	if len(query) > maxQuery {
		return Filter{}, &Error{Pattern: query, Reason: phrase.Say("the search text is too long")}
	}
	terms, err := splitTerms(query)
	if err != nil {
		return Filter{}, err
	}
	var p parser
	for _, t := range terms {
		if err := p.add(t); err != nil {
			err.(*Error).Offset = t.offset
			return Filter{}, err
		}
	}
	return p.filter()
}

// parser collects what the terms of a search text say.
type parser struct {
	lists   [len(fields)][]pattern
	offsets [len(fields)]int // where the field was last met
	words   [][]pattern
	isNew   bool
}

func (p *parser) filter() (Filter, error) {
	f := Filter{New: p.isNew}
	for i := range fields {
		fd := &fields[i]
		var text string
		var n int
		switch fd.form {
		case yes:
			continue
		case words:
			text = joinWords(p.words)
			for _, list := range p.words {
				n += len(list)
			}
		default:
			text, n = joinList(p.lists[i]), len(p.lists[i])
		}
		err := checkLength(fd.name, text)
		if err == nil {
			err = checkCount(fd.name, text, n)
		}
		if err != nil {
			err.(*Error).Offset = p.offsets[i]
			return Filter{}, err
		}
		*fd.value(&f) = text
	}
	return f, nil
}

// add takes one term.
func (p *parser) add(t term) error {
	key, value, not, ok := t.key()
	if !ok {
		return p.addWord(t, false)
	}
	if strings.EqualFold(key, "is") {
		if not || !strings.EqualFold(value.text, "new") {
			return &Error{Field: "new", Pattern: t.text, Reason: phrase.Say("only is:new is known")}
		}
		p.isNew = true
		return nil
	}
	i := lookup(key)
	if i < 0 {
		if first, _, _ := strings.Cut(strings.TrimPrefix(t.text, "!"), ","); isAddressWord(first) || !isKeyLike(key) {
			return p.addWord(t, false)
		}
		return &Error{Pattern: t.text, Reason: phrase.Say("{{.Reason}} (a word with a colon needs quotes)", "Reason", unknownKey(key))}
	}
	fd := &fields[i]
	p.offsets[i] = t.offset
	if strings.TrimSpace(value.text) == "" {
		return &Error{Field: fd.name, Pattern: t.text, Reason: phrase.Say("a pattern is missing after the colon (no space there)")}
	}
	switch fd.form {
	case words:
		return p.addWord(value, not)
	case yes:
		if yes, ok := yesOrNo(value.text); not || !ok || !yes {
			return &Error{Field: fd.name, Pattern: t.text, Reason: phrase.Say("only new:yes is known")}
		}
		p.isNew = true
		return nil
	}
	list, err := splitList(fd.name, value.text)
	if err == nil {
		list, err = negate(fd.name, t, list, not)
	}
	p.lists[i] = append(p.lists[i], list...)
	return err
}

// addWord takes a word of Any.
func (p *parser) addWord(t term, not bool) error {
	if reason := addressWithPort(t); !reason.IsZero() {
		return &Error{Pattern: t.text, Reason: reason}
	}
	list, err := t.alternatives("")
	if err == nil {
		list, err = negate("", t, list, not)
	}
	p.words = append(p.words, list)
	return err
}

// negate puts a "!" before each pattern of a list, if not is true.
func negate(name string, t term, list []pattern, not bool) ([]pattern, error) {
	for i := range list {
		if not && list[i].not {
			return nil, &Error{Field: name, Pattern: t.text, Reason: doubleNot}
		}
		list[i].not = list[i].not || not
	}
	return list, nil
}

// key cuts a term at the colon behind its key; not tells of a "!" before it.
func (t term) key() (key string, value term, not, ok bool) {
	if not = t.index('!') == 0; not {
		t = t.from(1)
	}
	colon := t.index(':')
	if colon < 0 || slices.Contains(t.quoted[:colon], true) {
		return "", term{}, false, false
	}
	return t.text[:colon], t.from(colon + 1), not, true
}

// isKeyLike tells what was meant as a key from words such as 12:30.
func isKeyLike(key string) bool {
	return key != "" && !strings.ContainsFunc(key, func(r rune) bool { return r != '-' && (r > unicode.MaxASCII || !unicode.IsLetter(r)) })
}

func isAddressWord(s string) bool {
	_, ok := pattern{text: s}.address()
	return ok
}

// addressWithPort is what to write for 192.168.1.10:80 and :80, which otherwise
// were words that are never found; the zero Phrase for all other terms.
func addressWithPort(t term) (reason phrase.Phrase) {
	if t.index(':') < 0 {
		return reason
	}
	text := strings.TrimPrefix(t.text, "!")
	if port, ok := strings.CutPrefix(text, ":"); ok && isDigits(port) {
		return phrase.Say("write port:{{.Port}}", "Port", port)
	}
	if a, err := netip.ParseAddrPort(text); err == nil {
		return phrase.Say("write ip:{{.Address}} port:{{.Port}}", "Address", a.Addr().String(), "Port", a.Port())
	}
	return reason
}
