package oldlogs

import (
	"strings"

	"linklog/capture"
	"linklog/capture/router"
	"linklog/capture/syslog"
	"linklog/phrase"
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
		return ev, router.Foreign(phrase.Say("no trap"))
	}
	texts := router.TrapTexts(rest)
	if len(texts) == 0 {
		return ev, router.Foreign(phrase.Say("no trap with a text"))
	}
	told := p.tells(texts)
	if told.Kind != capture.Traffic && told.Kind != capture.WAN && !strings.Contains(rest, "3955") {
		return ev, router.Foreign(phrase.Say("a trap of a different device"))
	}
	if told.Time, err = p.clock.at(st); err != nil {
		return ev, err
	}
	if told.Router, ok = router.TrapSender(rest); !ok {
		told.Router, _ = router.Address(host)
	}
	if !told.Router.IsValid() {
		told.Router = p.router
	}
	return told, nil
}
