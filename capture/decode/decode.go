// Package decode makes events of datagrams: of traps, and of lines of system logs. Flows it knows,
// and leaves to package flow.
package decode

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
	"unsafe"

	"linklog/capture"
	"linklog/capture/flow"
	"linklog/capture/router"
	"linklog/capture/snmp"
	"linklog/capture/syslog"
)

// Language is what a datagram is written in.
type Language uint8

// The languages.
const (
	Unknown Language = iota
	SNMP
	Syslog
	Flows // NetFlow or IPFIX
)

// Decoder makes events of datagrams. It remembers the names and texts it met,
// so that a usual datagram costs no allocation; it must be used by one goroutine
// at a time. The zero value is ready.
type Decoder struct {
	traps    snmp.Reader
	router   router.Reader
	headers  syslog.Reader
	header   syslog.Header
	language Language
}

// Listens says on which ports this computer takes messages, beside the usual ones: what
// a router logs about its messages to them is capture.OwnLog.
func (d *Decoder) Listens(ports ...uint16) { d.router.Ports = ports }

// Decode fills ev with what a datagram says; every datagram says something, if
// only that it is Rejected and why. Nothing in ev refers to dg.Data. awaited
// tells that the sender waits for an answer: see snmp.AppendInformResponse.
func (d *Decoder) Decode(dg *capture.Datagram, ev *capture.Event) (awaited bool) {
	*ev = capture.Event{} // and then filled: made elsewhere and copied, the processor would have to wait for it
	ev.Time, ev.Router = dg.Time, dg.From.Addr()
	if len(dg.Data) > 0 && dg.Data[0] == '<' && !dg.Truncated && d.line(dg.Data, ev) { // most lines, and no traps
	} else if text, fromLinksys, ok := snmp.Usual(dg.Data); ok && !dg.Truncated {
		d.language = SNMP
		d.router.Text(ev, text, fromLinksys)
	} else {
		awaited = d.unusual(dg, ev)
	}
	if ev.Reason != 0 && !ev.Reason.CountOnly() {
		ev.Raw = string(dg.Data[:min(len(dg.Data), capture.MaxRaw)])
	}
	return awaited
}

// Language is that of the last datagram.
func (d *Decoder) Language() Language { return d.language }

// Count counts the last datagram, of which Decode made ev, as many times as it stands for a message.
func (d *Decoder) Count(c *capture.Counts, ev *capture.Event) {
	c.Add(ev)
	if ev.Reason == capture.Repetition {
		if n := d.header.Repeats(); n > 1 {
			c.AddMore(ev, uint64(n-1))
		}
	}
}

// Header is what stood in front of the last datagram's message; nil if it was not Syslog.
// It is good as long as the datagram's data. Its Host is what the router calls itself,
// which is nobody's proof.
func (d *Decoder) Header() *syslog.Header {
	if d.language != Syslog {
		return nil
	}
	return &d.header
}

// Sighting is what the last datagram, of which Decode made ev, says about who is who. It is
// asked for before the next, and as long as the datagram's data is good.
func (d *Decoder) Sighting(ev *capture.Event) (s capture.Sighting, found bool) {
	if d.language != Syslog {
		return s, false
	}
	return d.router.Seen(ev, &d.header)
}

func (d *Decoder) unusual(dg *capture.Datagram, ev *capture.Event) (awaited bool) {
	d.language = Unknown
	if dg.Truncated {
		ev.Kind, ev.Reason = capture.Rejected, capture.TooLong
		return false
	}
	if flow.Is(dg.Data) {
		d.language = Flows
		ev.Kind, ev.Reason = capture.Other, capture.FlowReport
		return false
	}
	trap, reason := d.traps.Read(dg.Data)
	switch {
	case reason != 0 && d.line(dg.Data, ev): // a text may begin with a "0", as SNMP does
		return false
	case reason != 0:
		ev.Kind, ev.Reason = capture.Rejected, reason
		return false
	}
	d.language = SNMP
	d.router.Texts(ev, trap.Texts, trap.FromLinksys)
	return trap.Inform
}

// line reads a line of a system log; ok tells whether it is one.
func (d *Decoder) line(data []byte, ev *capture.Event) (ok bool) {
	if len(data) > 0 && (data[0] <= ' ' || data[0] == syslog.Mark[0]) {
		data = bytes.TrimLeft(data, syslog.Blanks)
		data = bytes.TrimLeft(bytes.TrimPrefix(data, []byte(syslog.Mark)), syslog.Blanks)
	}
	if !prioritised(data) && !printable(data) {
		return false
	}
	d.language = Syslog
	d.headers.Parse(&d.header, unsafe.String(&data[0], len(data)))
	d.router.Syslog(ev, &d.header)
	return true
}

// prioritised knows what begins as "<134>".
func prioritised(data []byte) bool {
	for i := 1; i < len(data) && i < len("<191>"); i++ {
		switch c := data[i]; {
		case c == '>':
			return data[0] == '<' && i > 1
		case c < '0' || c > '9':
			return false
		}
	}
	return false
}

// ascii reports whether eight bytes are all from ' ' to '~'.
func ascii(w uint64) bool {
	const each = 0x01_01_01_01_01_01_01_01
	return (w|(w+each)|(w-' '*each))&(0x80*each) == 0
}

// printable tells a text without a header, as MikroTik sends it, by its beginning. Some of it may
// be of an encoding that is not UTF-8, as a rule's name that somebody typed: few bytes among
// many letters, and no control character anywhere, which tells it from other protocols' datagrams.
func printable(data []byte) bool {
	const enough = 64
	letter, foreign, i := false, 0, 0
	for i < len(data) && i < enough {
		if letter && i+8 <= len(data) && ascii(binary.LittleEndian.Uint64(data[i:])) { // nearly always
			i += 8
			continue
		}
		if c := data[i]; ' ' <= c && c <= '~' {
			letter = letter || 'a' <= c|0x20 && c|0x20 <= 'z'
			i++
			continue
		}
		r, n := utf8.DecodeRune(data[i:])
		switch {
		case control(r):
			return false
		case r == utf8.RuneError || !capture.Printable(r) && r >= ' ':
			foreign += n
		}
		i += n
	}
	switch {
	case foreign == 0 || !letter:
		return letter
	case i < 8+3*foreign: // it could be chance
		return false
	}
	return !bytes.ContainsFunc(bytes.TrimRight(data, syslog.Blanks), control)
}

// control knows the characters of ASCII that no line has.
func control(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f }
