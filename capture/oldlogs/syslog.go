package oldlogs

import (
	"net/netip"
	"strings"

	"linklog/capture"
	"linklog/capture/router"
	"linklog/capture/syslog"
)

// header takes a line of a system log apart, also one that grep put the name of its file
// before.
func header(s string) syslog.Header {
	h := syslog.Parse(s)
	if h.Stamped {
		return h
	}
	if name, after, ok := strings.Cut(s, ":"); ok && name != "" && !strings.ContainsAny(name, " \t<[{\"") {
		if behind := syslog.Parse(after); behind.Stamped {
			return behind
		}
	}
	return h
}

// repeated is how system logs abbreviate what they were told again.
const repeated = "last message repeated "

// syslog reads a line of a system log.
func (p *parser) syslog(s string) (ev capture.Event, skip bool, err error) {
	if strings.HasPrefix(s, "#") || strings.HasPrefix(s, "-- ") { // headers of files, and journalctl's
		return ev, true, nil
	}
	h := header(s)
	found, err := false, error(nil)
	for _, read := range [...]func(*capture.Event, *syslog.Header) (bool, error){p.trapInLog, p.linksysd, p.reader.Line} {
		if found, err = read(&ev, &h); found {
			break
		}
	}
	if !h.Stamped {
		return ev, false, router.Malformed("no date and time at the beginning")
	}
	// The clock is told of every line, as it finds the years by their order.
	time, wrong := p.clock.at(h.Stamp)
	if err == nil {
		err = wrong
	}
	switch {
	case err != nil:
		return ev, false, err
	case found:
	case strings.HasPrefix(h.Text, repeated):
		count, _, _ := strings.Cut(h.Text[len(repeated):], " ")
		if n, _, ok := syslog.Number(count, 1, 6); ok {
			p.repeats += n
		}
		return ev, true, nil
	default:
		return ev, false, router.Foreign("nothing about a router's traffic")
	}
	ev.Time = time
	if addr, ok := router.Address(strings.TrimSuffix(h.Host, ":")); ok && !ev.Router.IsValid() {
		ev.Router = addr
	}
	return ev, false, nil
}

// behind gives what follows a word in a line.
func behind(s, word string) (string, bool) {
	_, after, found := strings.Cut(s, word)
	return after, found
}

// trapInLog reads a line of snmptrapd in a system log.
func (p *parser) trapInLog(ev *capture.Event, h *syslog.Header) (bool, error) {
	rest := h.Text
	if !strings.Contains(rest, "3955") {
		return false, nil
	}
	texts := trapTexts(rest)
	if len(texts) == 0 {
		return false, nil
	}
	*ev = p.tells(texts)
	if _, after, ok := strings.Cut(rest, "snmptrapd"); ok {
		_, rest, _ = strings.Cut(after, ": ")
	}
	if from, ok := trapRouter(rest); ok {
		ev.Router = from
	}
	return true, nil
}

// linksysd reads "linksysd: [router] message", and a message of the usual form
// from any program.
func (p *parser) linksysd(ev *capture.Event, h *syslog.Header) (bool, error) {
	rest := h.Text
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
	var from netip.Addr
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
	told.Router = from
	*ev = told
	return true, nil
}
