package oldlogs

import (
	"strings"

	"linklog/capture"
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
		return ev, bad("no date and time at the beginning")
	}
	if ev.Time, err = p.clock.at(st); err != nil {
		return ev, err
	}
	rest = strings.TrimLeft(rest, " ")
	host, _, _ := strings.Cut(rest, " ")
	if addr, ok := address(strings.TrimSuffix(host, ":")); ok {
		ev.Router = addr
	}
	for _, read := range [...]func(*capture.Event, string) (bool, error){
		p.trapInLog, p.linksysd, p.netfilter, p.dlink, p.amit, p.netgear, p.draytek,
	} {
		if found, err := read(&ev, rest); found {
			return ev, err
		}
	}
	return ev, foreign("nothing about a router's traffic")
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
	told := p.best(texts)
	told.Time, told.Router = ev.Time, ev.Router
	if _, after, ok := strings.Cut(rest, "snmptrapd"); ok {
		_, rest, _ = strings.Cut(after, ": ")
	}
	if router, ok := trapRouter(rest); ok {
		told.Router = router
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
	router := ev.Router
	if inside, after, ok := strings.Cut(strings.TrimPrefix(message, "["), "] "); ok && strings.HasPrefix(message, "[") {
		if addr, ok := address(inside); ok {
			router = addr
		}
		message = after
	}
	told := p.message.read(message)
	if !ours && told.Kind != capture.Traffic { // somebody else's words
		return false, nil
	}
	told.Time, told.Router = ev.Time, router
	*ev = told
	return true, nil
}
