package oldlogs

import (
	"encoding/hex"
	"net/netip"
	"strings"

	"linklog/capture"
	"linklog/capture/router"
	"linklog/capture/syslog"
)

// record gathers the lines that snmptrapd writes about one trap: one with time
// and sender, which may hold all, and those that follow until the next such.
type record struct {
	text []byte
	line int // of its first line; 0: none is open
	long bool
}

// recordText is a record that is complete.
type recordText struct {
	text string
	line int
	long bool
}

// waits reports whether a record is open.
func (r *record) waits() bool { return r.line != 0 }

// take ends the record that is open.
func (r *record) take() recordText {
	done := recordText{string(r.text), r.line, r.long}
	if done.long { // only an error shows it
		done.text = done.text[:min(len(done.text), maxShown)]
	}
	r.text, r.line, r.long = r.text[:0], 0, false
	return done
}

// add takes a line; ready tells that done is complete.
func (r *record) add(line []byte, long bool, number int) (done recordText, ready bool) {
	switch {
	case beginsRecord(line):
		if ready = r.waits(); ready {
			done = r.take()
		}
		r.line = number
	case !r.waits():
		// What stands before the first record is a record of its own, for an
		// error.
		return recordText{string(line), number, long}, !blank(line)
	default:
		r.text = append(r.text, '\n')
	}
	r.long = r.long || long || len(r.text)+len(line) > maxLine
	if !r.long {
		r.text = append(r.text, line...)
	} else if len(r.text) < maxShown {
		r.text = append(r.text, line[:min(len(line), maxShown)]...)
	}
	return done, ready
}

// beginsRecord knows the lines with the time: it is the first word or, in logs
// for linksysmon, the second behind the router.
func beginsRecord(line []byte) bool {
	if len(line) == 0 || line[0] == ' ' || line[0] == '\t' {
		return false
	}
	const enough = 320 // for a host name and the time
	_, _, _, ok := recordStamp(string(line[:min(len(line), enough)]))
	return ok
}

// recordStamp reads the time of a record, the host before it if there is one, and
// gives what follows.
func recordStamp(s string) (st syslog.Stamp, host, rest string, ok bool) {
	if st, rest, ok = syslog.ISO(s); ok {
		return st, "", rest, true
	}
	host, after, _ := strings.Cut(s, " ")
	st, rest, ok = syslog.ISO(strings.TrimLeft(after, " "))
	return st, host, rest, ok
}

// trapRecord makes an event of a record of snmptrapd. The spellings of the OID
// (enterprises.3955.1.1.0, SNMPv2-SMI::enterprises…, iso.3.6.1.4.1.3955…,
// .1.3.6.1.4.1.3955…) do not matter: the text decides, as it does in traps.
func (p *parser) trapRecord(s string) (ev capture.Event, err error) {
	st, host, rest, ok := recordStamp(s)
	if !ok {
		return ev, router.Foreign("no trap")
	}
	texts := trapTexts(rest)
	if len(texts) == 0 {
		return ev, router.Foreign("no trap with a text")
	}
	told := p.tells(texts)
	if told.Kind != capture.Traffic && told.Kind != capture.WAN && !strings.Contains(rest, "3955") {
		return ev, router.Foreign("a trap of another device")
	}
	if told.Time, err = p.clock.at(st); err != nil {
		return ev, err
	}
	if told.Router, ok = trapRouter(rest); !ok {
		told.Router, _ = router.Address(host)
	}
	if !told.Router.IsValid() {
		told.Router = p.router
	}
	return told, nil
}

// trapRouter finds the sender: the address the trap came from (in "UDP: [a]:1")
// rather than the one it says itself, which is only data.
func trapRouter(s string) (netip.Addr, bool) {
	head, _, _ := strings.Cut(s, "\n")
	for _, before := range [...]string{"UDP: [", "UDP6: [", "(via ", " ["} {
		_, after, found := strings.Cut(head, before)
		if !found {
			continue
		}
		if end := strings.IndexAny(after, "])"); end > 0 {
			if a, ok := router.Address(after[:end]); ok && !a.IsUnspecified() {
				return a, true
			}
		}
	}
	word, _, _ := strings.Cut(strings.TrimLeft(head, " "), " ")
	word, _, _ = strings.Cut(word, "(")
	a, ok := router.Address(strings.TrimSuffix(word, ":"))
	return a, ok && !a.IsUnspecified()
}

// maxTexts bounds the texts of one trap: up to 64 were seen.
const maxTexts = 64

// trapTexts gives the strings among the values of a trap: those behind
// `= STRING: "`, `= "` and `= Hex-STRING: `, without quotes up to the end of the line, and
// in quotes right behind an OID of Linksys.
func trapTexts(s string) (texts [][]byte) {
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
