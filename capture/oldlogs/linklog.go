package oldlogs

import (
	"strconv"
	"strings"
	"time"

	"linklog/capture"
	"linklog/capture/router"
	"linklog/capture/syslog"
	"linklog/phrase"
)

// linkLog reads a line of LinkLog's default templates:
//
//	Sep 16 12:00:00 [ in, TCP] host:port -> host:service
//	Sep 16 12:00:00 [wan, 192.168.1.1] WAN IP = 203.0.113.7
func (p *parser) linkLog(s string) (ev capture.Event, err error) {
	st, rest, ok := syslog.BSD(s)
	if st.Misdated() {
		return ev, p.clock.never()
	}
	if !ok {
		return ev, router.Malformed(phrase.Say("no date and time of the form {{.Text}} at the beginning", "Text", `"Sep 16 12:00:00"`))
	}
	if ev.Time, err = p.clock.at(st); err != nil {
		return ev, err
	}
	inside, rest, ok := strings.Cut(strings.TrimPrefix(strings.TrimLeft(rest, " "), "["), "] ")
	first, second, comma := strings.Cut(inside, ", ")
	if !ok || !comma {
		return ev, router.Malformed(phrase.Say("nothing of the form {{.Text}} behind the time", "Text", `"[ in, TCP]"`))
	}
	first = strings.TrimLeft(first, " ")
	if kind := systemKind(first); kind != 0 {
		return p.systemLine(ev, kind, second, rest)
	}
	ev.Kind = capture.Traffic
	if ev.Dir, err = direction(first); err != nil {
		return ev, err
	}
	if second != "---" { // the router named none
		if ev.Proto, err = router.Protocol(second); err != nil {
			return ev, err
		}
	}
	const arrow = " -> "
	src, dst, ok := strings.Cut(rest, arrow)
	if !ok {
		return ev, router.Malformed(phrase.Say("no arrow between source and destination"))
	}
	// A host may have any name, also one that looks like half a line.
	if strings.Contains(dst, arrow) {
		return ev, router.Malformed(phrase.Say("more than one arrow"))
	}
	if err = p.hostService(&ev.Src, ev.Proto, src); err != nil {
		return ev, err
	}
	return ev, p.hostService(&ev.Dst, ev.Proto, strings.TrimRight(dst, " \t"))
}

// hostService reads "host:port" or "host:service". IPv6 addresses are without
// brackets here: the last colon is the one before the port.
func (p *parser) hostService(e *capture.Endpoint, proto capture.Protocol, s string) error {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return router.Malformed(phrase.Say("no port: {{.Text}}", "Text", router.Quoted(s)))
	}
	host, service := s[:i], s[i+1:]
	if err := p.reader.Host(e, host); err != nil {
		return err
	}
	if service != "" && '0' <= service[0] && service[0] <= '9' {
		if _, rest, ok := syslog.Number(service, 1, 5); ok && rest == "" {
			return router.Port(e, service)
		}
	}
	known, ok := p.services[serviceKey{service, proto}]
	if !ok {
		return router.Malformed(phrase.Say("unknown service {{.Service}}", "Service", router.Quoted(service)))
	}
	if known.many {
		p.remarks.add(phrase.Say("service {{.Service}} stands for several ports: taken as {{.Port}}", "Service", router.Quoted(service), "Port", known.port))
	}
	e.Port = known.port
	return nil
}

// systemKind finds the kind of a line that is no traffic; 0: it is none.
func systemKind(s string) capture.Kind {
	for k := capture.System; k <= capture.Gap; k++ {
		if s == k.String() {
			return k
		}
	}
	return 0
}

// gap reads what format.AppendGap wrote: "7 messages lost: text (from … to …)". A line of
// an earlier LinkLog has the text alone.
func (p *parser) gap(ev *capture.Event) {
	if at := strings.LastIndex(ev.Text, " (from "); at >= 0 && strings.HasSuffix(ev.Text, ")") {
		from, to, _ := strings.Cut(ev.Text[at+len(" (from "):len(ev.Text)-1], " to ")
		since, err1 := time.ParseInLocation(time.DateTime, from, p.clock.location)
		end, err2 := time.ParseInLocation(time.DateTime, to, p.clock.location)
		if err1 == nil && err2 == nil && !since.After(end) {
			ev.Since = since.UTC().Add(ev.Time.Sub(end)) // the hour that comes twice is that of the line
			ev.Text = ev.Text[:at]
		}
	}
	before, rest, found := strings.Cut(ev.Text, " lost: ")
	number, _, _ := strings.Cut(before, " message")
	if n, err := strconv.ParseUint(number, 10, 64); found && err == nil {
		ev.Lost, ev.Text = n, rest
	}
}

// systemLine reads the rest of a line of system messages: "router] text (reason)".
func (p *parser) systemLine(ev capture.Event, kind capture.Kind, from, message string) (capture.Event, error) {
	ev.Kind = kind
	if from != "-" {
		addr, ok := router.Address(from)
		if !ok {
			return ev, router.Malformed(phrase.Say("not an address: {{.Text}}", "Text", router.Quoted(from)))
		}
		ev.Router = addr
	}
	if kind == capture.Other || kind == capture.Rejected {
		if at := strings.LastIndexByte(message, '('); at >= 0 && strings.HasSuffix(message, ")") {
			if r, known := capture.ParseReason(message[at+1 : len(message)-1]); known {
				ev.Reason, message = r, strings.TrimRight(message[:at], " ")
			}
		}
		if ev.Reason == 0 || (kind == capture.Rejected) != ev.Reason.Rejects() {
			return ev, router.Malformed(phrase.Say("no reason at its end why the message was not understood"))
		}
	}
	ev.Text = text(message)
	if kind == capture.Gap {
		p.gap(&ev)
	}
	if kind == capture.WAN {
		told := p.told(ev.Text)
		if told.Kind != capture.WAN {
			return ev, router.Malformed(phrase.Say("no address in the message"))
		}
		ev.Dst = told.Dst
	}
	return ev, nil
}
