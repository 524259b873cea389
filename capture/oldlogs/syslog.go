package oldlogs

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"linklog/capture"
	"linklog/capture/router"
	"linklog/capture/syslog"
	"linklog/phrase"
)

// header takes a line of a system log apart, also one that grep put the name of its file
// before.
func header(s string) syslog.Header {
	h := syslog.Parse(s)
	if h.Dated() {
		return h
	}
	if name, after, ok := strings.Cut(s, ":"); ok && name != "" && !strings.ContainsAny(name, " \t<[{\"") {
		if behind := syslog.Parse(after); behind.Dated() {
			return behind
		}
	}
	if dated, ok := sinceEpoch(s); ok {
		return syslog.Parse(dated)
	}
	if st, ok := keyedStamp(s); ok {
		h.Stamp, h.Stamped = st, true
	} else {
		h.Misdated = st.Misdated()
	}
	return h
}

// sinceEpoch writes the time of "journalctl -o short-unix", seconds since 1970, as a date.
func sinceEpoch(s string) (dated string, ok bool) {
	stamp, rest, _ := strings.Cut(s, " ")
	whole, fraction, ok := strings.Cut(stamp, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if !ok || err != nil || len(whole) < 9 || len(whole) > 11 || len(fraction) != 6 || strings.Trim(fraction, "0123456789") != "" {
		return "", false
	}
	return time.Unix(seconds, 0).UTC().Format("2006-01-02T15:04:05.") + fraction + "Z " + rest, true
}

// keyedStamp finds the time that firewalls have among their values:
//
//	id=firewall … time="2009-01-16 23:29:58 UTC" …
//	date=2026-11-28 time=06:42:10 … tz="+0100" …
func keyedStamp(s string) (st syslog.Stamp, ok bool) {
	var rest string
	if _, quoted, found := strings.Cut(s, ` time="`); found && (strings.Contains(s, "id=firewall ") || strings.Contains(s, " sn=")) {
		at, _, _ := strings.Cut(quoted, `"`)
		st, rest, ok = syslog.ISO(at)
		return st, ok && rest == ""
	}
	_, at, found := strings.Cut(s, "date=")
	date, after, _ := strings.Cut(at, " ")
	clock, timed := strings.CutPrefix(after, "time=")
	if !found || !timed {
		return st, false
	}
	clock, after, _ = strings.Cut(clock, " ")
	zone := ""
	if _, tz, found := strings.Cut(after, "tz="); found {
		zone, _, _ = strings.Cut(tz, " ")
	}
	st, rest, ok = syslog.ISO(strings.ReplaceAll(date+" "+clock+zone, `"`, ""))
	return st, ok && rest == ""
}

// syslog reads a line of a system log.
func (p *parser) syslog(s string) (ev capture.Event, skip bool, err error) {
	if strings.HasPrefix(s, "#") || strings.HasPrefix(s, "-- ") { // headers of files, and journalctl's
		return ev, true, nil
	}
	h := header(s)
	found, err := p.reader.Line(&ev, &h)
	var at time.Time
	var wrong error
	switch {
	case h.Misdated:
		wrong = p.clock.never()
	case !h.Stamped:
		return p.timeless(ev, h, found, err)
	default: // the clock is told of every line, as it finds the years by their order
		if at, wrong = p.clock.at(h.Stamp); wrong == nil {
			p.latest = at
		}
	}
	if found && err == nil {
		err = wrong
	}
	return p.hear(ev, h, at, found, err)
}

// timeless takes a line without a time, as MikroTik sends it: at the time of the line before or,
// of the first ones, of the file.
func (p *parser) timeless(ev capture.Event, h syslog.Header, found bool, err error) (_ capture.Event, skip bool, _ error) {
	at, whose := p.latest, phrase.Say("lines without a time: taken as that of the line before")
	if at.IsZero() {
		at, whose = p.written, phrase.Say("lines without a time: taken as when the file was last written")
	}
	if at.IsZero() {
		at, whose = p.now, phrase.Say("lines without a time: taken as now")
	}
	ev, skip, err = p.hear(ev, h, at, found, err)
	switch {
	case !found && (err != nil || ev.Kind == capture.System) && !p.latest.IsZero() && !router.RouterOS(h.Message): // where all others have a time
		p.heard = heard{}
		err = router.Malformed(phrase.Say("no date and time at the beginning"))
	case err == nil && !skip:
		p.remarks.add(whose)
	}
	return ev, skip, err
}

// hear makes an event of what the dialects found in a line of some time.
func (p *parser) hear(ev capture.Event, h syslog.Header, at time.Time, found bool, err error) (_ capture.Event, skip bool, _ error) {
	p.heard = heard{at: at, header: h}
	if n := h.Repeats(); n > 0 {
		if p.repeatsAttempt(&h) {
			p.repeats += n
		}
		return ev, true, nil
	}
	own := found && err == nil && p.reader.OwnLog(&ev, p.from(&h))
	p.last.is(h.Host, found && err == nil && !own && ev.Kind == capture.Traffic)
	switch {
	case err != nil:
		return ev, false, err
	case !found:
		if err = router.Unclaimed(&h); !p.system || !p.tellsSystem(&ev, &h, at, err) {
			return ev, false, err
		}
	case own:
		return ev, false, router.Foreign(phrase.Say(capture.OwnLog.String()))
	}
	ev.Time = at
	if !ev.Router.IsValid() { // who wrote the line is the router
		ev.Router, _ = router.Address(strings.TrimSuffix(h.Host, ":"))
		p.reader.Name(&ev, &h)
	}
	p.reader.Enter(&ev)
	return ev, false, nil
}

// tellsSystem makes a message of the router's system of a line that no dialect knows, as it is when
// it is received: unless it is part of a traffic message, or says who is who.
func (p *parser) tellsSystem(ev *capture.Event, h *syslog.Header, at time.Time, err error) bool {
	var fault *router.Fault
	if !errors.As(err, &fault) || fault.Code != 0 {
		return false
	}
	if p.heard.said, p.heard.sighted = p.reader.Sighting(at, p.from(h), h); p.heard.sighted {
		return false
	}
	said := *ev
	if p.reader.System(&said, h); said.Kind == capture.System {
		*ev = said
	}
	return said.Kind == capture.System
}

// repeatsAttempt reports whether what a line says came again is an attempt: it says it in brackets,
// or it is what its host said before.
func (p *parser) repeatsAttempt(h *syslog.Header) bool {
	_, inner, bracketed := strings.Cut(h.Message, ": [")
	if !bracketed {
		return p.last.attempt[h.Host]
	}
	again := *h
	again.Message = strings.Trim(strings.TrimSuffix(inner, "]"), " ")
	again.Text = again.Message
	var ev capture.Event
	found, err := p.reader.Line(&ev, &again)
	return found && err == nil && ev.Kind == capture.Traffic && !p.reader.OwnLog(&ev, p.from(h))
}

// lastLines tells whether the last line of each host was an attempt.
type lastLines struct{ attempt map[string]bool }

func (l *lastLines) is(host string, attempt bool) {
	const most = 1024 // hosts: who forges more loses the count of repeats
	if l.attempt == nil || len(l.attempt) >= most {
		l.attempt = make(map[string]bool)
	}
	if l.attempt[host] != attempt {
		l.attempt[strings.Clone(host)] = attempt
	}
}

// heard is a line of a system log.
type heard struct {
	at      time.Time
	header  syslog.Header
	said    capture.Sighting // by it, if it was asked already
	sighted bool
}

// sighting is what the last line, of which ev was made if it has a Kind, says about who is who.
func (p *parser) sighting(ev *capture.Event) (s capture.Sighting, found bool) {
	h := &p.heard.header
	switch {
	case p.heard.at.IsZero():
		return s, false
	case ev.Kind != 0:
		return p.reader.Neighbour(ev, h)
	case p.heard.sighted:
		return p.heard.said, p.heard.said.Kind != 0
	}
	s, found = p.reader.Sighting(p.heard.at, p.from(h), h)
	return s, found && s.Kind != 0
}

// from is the address of who wrote a line, invalid if nobody knows.
func (p *parser) from(h *syslog.Header) netip.Addr {
	if a, ok := router.Address(strings.TrimSuffix(h.Host, ":")); ok {
		return a
	}
	return p.router
}
