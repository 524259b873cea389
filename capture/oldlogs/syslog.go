package oldlogs

import (
	"strings"

	"linklog/capture"
	"linklog/capture/router"
)

// syslogStamp reads the stamp of a line of a system log: RFC 3164 and RFC 5424
// with or without the priority in front, OpenWrt's logread, files that name
// facility and level first. It gives what follows: host, program, message.
func syslogStamp(s string) (st stamp, rest string, ok bool) {
	if strings.HasPrefix(s, "<") {
		if end := strings.IndexByte(s[:min(len(s), 6)], '>'); end > 1 {
			s = strings.TrimPrefix(s[end+1:], "1 ")
		}
	}
	for range 3 { // the stamp may be the third word
		if st, rest, ok = isoStamp(s); ok {
			return st, rest, true
		}
		if st, rest, ok = bsdStamp(s); ok {
			return st, rest, true
		}
		_, after, more := strings.Cut(s, " ")
		if !more {
			break
		}
		s = strings.TrimLeft(after, " ")
	}
	return stamp{}, s, false
}

// syslog reads a line of a system log.
func (p *parser) syslog(s string) (ev capture.Event, err error) {
	st, rest, ok := syslogStamp(s)
	if !ok {
		return ev, router.Malformed("no date and time at the beginning")
	}
	if ev.Time, err = p.clock.at(st); err != nil {
		return ev, err
	}
	rest = strings.TrimLeft(rest, " ")
	host, _, _ := strings.Cut(rest, " ")
	if addr, ok := router.Address(strings.TrimSuffix(host, ":")); ok {
		ev.Router = addr
	}
	for _, read := range [...]func(*capture.Event, string) (bool, error){
		p.trapInLog, p.linksysd, p.reader.Line,
	} {
		if found, err := read(&ev, rest); found {
			return ev, err
		}
	}
	return ev, router.Foreign("nothing about a router's traffic")
}

// behind gives what follows a word in a line.
func behind(s, word string) (string, bool) {
	_, after, found := strings.Cut(s, word)
	return after, found
}

// trapInLog reads a line of snmptrapd in a system log.
func (p *parser) trapInLog(ev *capture.Event, rest string) (bool, error) {
	if !strings.Contains(rest, "3955") {
		return false, nil
	}
	texts := trapTexts(rest)
	if len(texts) == 0 {
		return false, nil
	}
	told := p.tells(texts)
	told.Time, told.Router = ev.Time, ev.Router
	if _, after, ok := strings.Cut(rest, "snmptrapd"); ok {
		_, rest, _ = strings.Cut(after, ": ")
	}
	if from, ok := trapRouter(rest); ok {
		told.Router = from
	}
	*ev = told
	return true, nil
}

// linksysd reads "linksysd: [router] message", and a message of the usual form
// from any program.
func (p *parser) linksysd(ev *capture.Event, rest string) (bool, error) {
	message, ours := behind(rest, "linksysd")
	if ours {
		_, message, ours = strings.Cut(message, ": ")
	}
	if !ours {
		at := strings.Index(rest, "@in ")
		if out := strings.Index(rest, "@out "); at < 0 || out >= 0 && out < at {
			at = out
		}
		if at < 0 {
			return false, nil
		}
		message = rest[at:]
	}
	from := ev.Router
	if inside, after, ok := strings.Cut(strings.TrimPrefix(message, "["), "] "); ok && strings.HasPrefix(message, "[") {
		if addr, ok := router.Address(inside); ok {
			from = addr
		}
		message = after
	}
	told := p.told(message)
	if !ours && told.Kind != capture.Traffic { // somebody else's words
		return false, nil
	}
	told.Time, told.Router = ev.Time, from
	*ev = told
	return true, nil
}
