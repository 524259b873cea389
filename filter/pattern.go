package filter

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"linklog/capture"
	"linklog/phrase"
)

// Bounds of a field, far over what a person writes. They keep the time to
// compile a filter and to match an event within bounds, as filters also come
// from files and from other programs.
const (
	maxField    = 4096 // bytes
	maxPatterns = 256
)

// pattern is one element of a list.
type pattern struct {
	not    bool // it excludes
	text   string
	quoted bool // part of it stood in quotes; for words only
}

// String gives the pattern as it stands in a list.
func (p pattern) String() string {
	if p.not {
		return "!" + p.text
	}
	return p.text
}

// Reasons for lists that cannot be read.
var (
	emptyPattern = phrase.Say("a pattern is missing at a comma")
	emptyNot     = phrase.Say("a pattern is missing after the !")
	doubleNot    = phrase.Say("one ! is enough")
)

// splitList reads the text of a field, but for Any; nil if it is empty.
func splitList(name, text string) ([]pattern, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	if err := checkLength(name, text); err != nil {
		return nil, err
	}
	var list []pattern
	for element := range strings.SplitSeq(text, ",") {
		p := pattern{text: strings.TrimSpace(element)}
		if rest, ok := strings.CutPrefix(p.text, "!"); ok {
			p.not, p.text = true, strings.TrimSpace(rest)
		}
		var reason phrase.Phrase
		switch {
		case p.text == "" && p.not:
			reason = emptyNot
		case p.text == "":
			reason = emptyPattern
		case strings.HasPrefix(p.text, "!"):
			reason = doubleNot
		default:
			list = append(list, p)
			continue
		}
		return nil, &Error{Field: name, Pattern: text, Reason: reason, Offset: -1}
	}
	return list, checkCount(name, text, len(list))
}

func checkLength(name, text string) error {
	if len(text) > maxField {
		return &Error{Field: name, Pattern: text, Reason: phrase.Say("longer than {{.Most}} bytes", "Most", maxField), Offset: -1}
	}
	return nil
}

func checkCount(name, text string, n int) error {
	if n > maxPatterns {
		return &Error{Field: name, Pattern: text, Reason: phrase.Say("more than {{.Most}} patterns", "Most", maxPatterns), Offset: -1}
	}
	return nil
}

// joinList writes a list as splitList reads it.
func joinList(list []pattern) string {
	var b strings.Builder
	for i, p := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(p.String())
	}
	return b.String()
}

// checkText gives the reason why a pattern can match no name and no text, which
// are cleaned before they get here; the zero Phrase if it can.
func checkText(text string) (reason phrase.Phrase) {
	if !utf8.ValidString(text) {
		return phrase.Say("is not valid UTF-8")
	}
	for _, r := range text {
		if !capture.Printable(r) {
			return phrase.Say("has the character {{.Character}}, which no name or text has", "Character", fmt.Sprintf("%U", r))
		}
	}
	return reason
}
