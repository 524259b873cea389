package oldlogs

import (
	"strings"
	"time"

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

// syslog reads a line of a system log.
func (p *parser) syslog(s string) (ev capture.Event, skip bool, err error) {
	if strings.HasPrefix(s, "#") || strings.HasPrefix(s, "-- ") { // headers of files, and journalctl's
		return ev, true, nil
	}
	h := header(s)
	found, err := p.reader.Line(&ev, &h)
	if !h.Stamped {
		return ev, false, router.Malformed("no date and time at the beginning")
	}
	// The clock is told of every line, as it finds the years by their order.
	at, wrong := p.clock.at(h.Stamp)
	if err == nil {
		err = wrong
	}
	p.heard = heard{at, h}
	switch n := h.Repeats(); {
	case n > 0:
		p.repeats += n
		return ev, true, nil
	case err != nil:
		return ev, false, err
	case found:
	default:
		return ev, false, router.Unclaimed(&h)
	}
	ev.Time = at
	if addr, ok := router.Address(strings.TrimSuffix(h.Host, ":")); ok && !ev.Router.IsValid() {
		ev.Router = addr
	}
	return ev, false, nil
}

// heard is a line of a system log.
type heard struct {
	at     time.Time
	header syslog.Header
}

// sighting is what the last line, of which ev was made if it has a Kind, says about who is who.
func (p *parser) sighting(ev *capture.Event) (s capture.Sighting, found bool) {
	h := &p.heard.header
	switch {
	case p.heard.at.IsZero():
		return s, false
	case ev.Kind != 0:
		return p.reader.Neighbour(ev, h)
	}
	from, ok := router.Address(strings.TrimSuffix(h.Host, ":"))
	if !ok {
		from = p.router
	}
	s, found = p.reader.Sighting(p.heard.at, from, h)
	return s, found && s.Kind != 0
}
