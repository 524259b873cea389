package oldlogs

import (
	"strings"

	"linklog/capture"
	"linklog/capture/router"
	"linklog/capture/syslog"
	"linklog/phrase"
)

// dshield reads "2001-12-28 10:11:12 -05:00", user, count, source, port, destination,
// port and protocol, tab separated, as DShield's client wrote what Linksys routers sent.
// A protocol of "???" is one that the router did not name.
func (p *parser) dshield(s string) (ev capture.Event, err error) {
	f := strings.Split(s, "\t")
	if len(f) < 8 {
		return ev, router.Malformed(phrase.Say("{{.Count}} fields instead of {{.Of}}", "Count", len(f), "Of", 8))
	}
	st, rest, ok := syslog.ISO(f[0])
	if !ok || rest != "" {
		return ev, router.Malformed(phrase.Say("not a date and time: {{.Text}}", "Text", router.Quoted(f[0])))
	}
	if ev.Time, err = p.clock.at(st); err != nil {
		return ev, err
	}
	ev.Kind = capture.Traffic
	if f[7] != "???" {
		if ev.Proto, err = router.Protocol(f[7]); err != nil {
			return ev, err
		}
	}
	if n, rest, ok := syslog.Number(f[2], 1, 6); ok && rest == "" && n > 1 {
		p.repeats += n - 1
	}
	if err = p.end(&ev.Src, f[3], f[4]); err != nil {
		return ev, err
	}
	ev.Dir = router.Way(ev.Src.Addr)
	return ev, p.end(&ev.Dst, f[5], f[6])
}

// windowsFirewall reads a line of pfirewall.log by the columns that "#Fields:" names.
// The columns are those of Windows 7 and newer until such a line comes.
func (p *parser) windowsFirewall(s string) (ev capture.Event, header bool, err error) {
	if fields, ok := strings.CutPrefix(s, "#Fields:"); ok {
		p.columns = strings.Fields(fields)
		return ev, true, nil
	}
	if strings.HasPrefix(s, "#") {
		return ev, true, nil
	}
	f := strings.Fields(s)
	column := func(name string) string {
		for i, c := range p.columns {
			if c == name && i < len(f) && f[i] != "-" {
				return f[i]
			}
		}
		return ""
	}
	if ev.Time, err = p.dateTime(column("date"), column("time")); err != nil {
		return ev, false, err
	}
	ev.Kind, ev.Verdict = capture.Traffic, capture.VerdictOf(column("action"))
	if ev.Verdict == 0 {
		return ev, false, router.Foreign(phrase.Say("nothing about traffic"))
	}
	switch column("path") {
	case "RECEIVE":
		ev.Dir = capture.In
	case "SEND":
		ev.Dir = capture.Out
	}
	if ev.Proto, err = router.Protocol(column("protocol")); err != nil {
		return ev, false, err
	}
	for _, end := range [...]struct {
		to         *capture.Endpoint
		host, port string
	}{{&ev.Src, column("src-ip"), column("src-port")}, {&ev.Dst, column("dst-ip"), column("dst-port")}} {
		if err = p.reader.Host(end.to, end.host); err != nil {
			return ev, false, err
		}
		if router.HasPorts(ev.Proto) {
			if err = router.Port(end.to, end.port); err != nil {
				return ev, false, err
			}
		}
	}
	if ev.Dir == 0 {
		ev.Dir = router.Way(ev.Src.Addr)
	}
	return ev, false, nil
}
