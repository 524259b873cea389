package router

import (
	"encoding/hex"
	"net/netip"
	"strings"

	"linklog/capture"
	"linklog/capture/syslog"
)

// snmptrapd reads a trap that snmptrapd wrote to a system log. It names its router.
func (r *Reader) snmptrapd(ev *capture.Event, h *syslog.Header) (bool, error) {
	rest := h.Text
	if !strings.Contains(rest, "3955") {
		return false, nil
	}
	texts := TrapTexts(rest)
	if len(texts) == 0 {
		return false, nil
	}
	r.Texts(ev, texts, true)
	if _, after, ok := strings.Cut(rest, "snmptrapd"); ok {
		_, rest, _ = strings.Cut(after, ": ")
	}
	if from, ok := TrapSender(rest); ok {
		ev.Router = from
	}
	return true, nil
}

// TrapSender finds the sender: the address the trap came from (in "UDP: [a]:1")
// rather than the one it says itself, which is only data.
func TrapSender(s string) (netip.Addr, bool) {
	head, _, _ := strings.Cut(s, "\n")
	for _, before := range [...]string{"UDP: [", "UDP6: [", "(via ", " ["} {
		_, after, found := strings.Cut(head, before)
		if !found {
			continue
		}
		if end := strings.IndexAny(after, "])"); end > 0 {
			if a, ok := Address(after[:end]); ok && !a.IsUnspecified() {
				return a, true
			}
		}
	}
	word, _, _ := strings.Cut(strings.TrimLeft(head, " "), " ")
	word, _, _ = strings.Cut(word, "(")
	a, ok := Address(strings.TrimSuffix(word, ":"))
	return a, ok && !a.IsUnspecified()
}

// maxTexts bounds the texts of one trap: up to 64 were seen.
const maxTexts = 64

// TrapTexts gives the strings among the values of a trap: those behind
// `= STRING: "`, `= "` and `= Hex-STRING: `, without quotes up to the end of the line, and
// in quotes right behind an OID of Linksys.
func TrapTexts(s string) (texts [][]byte) {
	for len(texts) < maxTexts {
		at, quote := strings.Index(s, " = "), strings.Index(s, ` "`)
		if quote >= 0 && (at < 0 || quote < at) && strings.Contains(s[strings.LastIndexAny(s[:quote], " \n\t")+1:quote], ".3955.") {
			var text string
			text, s = unquote(s[quote+2:])
			texts = append(texts, []byte(text))
			continue
		}
		if at < 0 {
			break
		}
		s = s[at+3:]
		value := strings.TrimLeft(s, " ")
		for _, kind := range [...]string{"Hex-STRING: ", "Hex: "} {
			if digits, ok := strings.CutPrefix(value, kind); ok {
				texts = append(texts, []byte(hexText(digits)))
			}
		}
		plain, isString := strings.CutPrefix(value, "STRING: ")
		if inner, ok := strings.CutPrefix(plain, `"`); ok {
			var text string
			text, s = unquote(inner)
			texts = append(texts, []byte(text))
		} else if isString {
			plain, _, _ = strings.Cut(plain, "\n")
			texts = append(texts, []byte(plain))
		}
	}
	return texts
}

// unquote reads up to the quote that is not behind a backslash, or to the end.
func unquote(s string) (text, rest string) {
	end := strings.IndexAny(s, `"\`)
	if end < 0 {
		return s, ""
	}
	if s[end] == '"' {
		return s[:end], s[end+1:]
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '"':
			return b.String(), s[i+1:]
		case c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			c = s[i]
		}
		b.WriteByte(c)
	}
	return b.String(), ""
}

// hexText reads pairs of digits, on any number of lines, as long as there are
// such.
func hexText(s string) string {
	var b []byte
	for word := range strings.FieldsSeq(s) {
		if len(word) != 2 {
			break
		}
		pair, err := hex.DecodeString(word)
		if err != nil {
			break
		}
		b = append(b, pair...)
	}
	return string(b)
}
