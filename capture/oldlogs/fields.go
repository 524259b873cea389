package oldlogs

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"linklog/capture"
	"linklog/capture/router"
	"linklog/capture/syslog"
	"linklog/phrase"
)

// linksysmon reads a line of linksysmon: router, date, time, what it is, and the
// rest, tab separated. The number behind the time counts the lines of a second.
// Its own messages and those it could not read itself are none of the router's.
func (p *parser) linksysmon(s string) (ev capture.Event, err error) {
	f := strings.SplitN(s, "\t", 9)
	if strings.HasPrefix(s, "Parse error: ") || len(f) >= 4 && f[3] == "linksysmon" {
		return ev, router.Foreign(phrase.Say("a message of linksysmon itself"))
	}
	if len(f) < 5 {
		return ev, router.Malformed(phrase.Say("{{.Count}} fields instead of 8 (or 5 of a system message)", "Count", len(f)))
	}
	clock, _, _ := strings.Cut(f[2], "-")
	if ev.Time, err = p.dateTime(f[1], clock); err != nil {
		return ev, err
	}
	// Where the router's name was known, the log has it: then nobody knows the
	// address.
	ev.Router, _ = router.Address(f[0])
	if f[3] == "system" {
		told := p.told(strings.Join(f[4:], " "))
		told.Time, told.Router = ev.Time, ev.Router
		return told, nil
	}
	if len(f) != 8 {
		return ev, router.Malformed(phrase.Say("{{.Count}} fields instead of {{.Of}}", "Count", len(f), "Of", 8))
	}
	return p.attempt(ev, f[3], f[4:])
}

// trapLogger reads "2003-01-16 23:29:58,in|out,src,sport,dst,dport".
func (p *parser) trapLogger(s string) (ev capture.Event, err error) {
	f := strings.SplitN(s, ",", 7)
	if len(f) != 6 {
		return ev, router.Malformed(phrase.Say("{{.Count}} fields instead of {{.Of}}", "Count", len(f), "Of", 6))
	}
	date, clock, _ := strings.Cut(f[0], " ")
	if ev.Time, err = p.dateTime(date, clock); err != nil {
		return ev, err
	}
	return p.attempt(ev, f[1], f[2:])
}

// attempt reads the direction and the four fields of both ends. The router named
// no protocol.
func (p *parser) attempt(ev capture.Event, dir string, ends []string) (capture.Event, error) {
	var err error
	ev.Kind = capture.Traffic
	if ev.Dir, err = direction(dir); err != nil {
		return ev, err
	}
	if err = p.end(&ev.Src, ends[0], ends[1]); err != nil {
		return ev, err
	}
	return ev, p.end(&ev.Dst, ends[2], strings.TrimRight(ends[3], ". "))
}

// wallWatcher reads date, time, code, protocol, remote address, remote name,
// remote port, local address, local port, tab separated.
//
// Of the codes only this is known: they begin with I for what comes in and with O
// for what goes out. Of others the ports have to tell: who calls from a high port
// to a low one began it.
func (p *parser) wallWatcher(s string) (ev capture.Event, header bool, err error) {
	f := strings.Split(s, "\t")
	for i := range f {
		f[i] = strings.Trim(f[i], ` "`)
	}
	if strings.EqualFold(f[0], "date") {
		return ev, true, nil
	}
	if len(f) < 9 {
		return ev, false, router.Malformed(phrase.Say("{{.Count}} fields instead of {{.Of}}", "Count", len(f), "Of", 9))
	}
	date, err := p.someDate(f[0])
	if err != nil {
		return ev, false, err
	}
	if ev.Time, err = p.dateTime(date, f[1]); err != nil {
		return ev, false, err
	}
	ev.Kind = capture.Traffic
	if f[3] != "" && f[3] != "-" {
		if ev.Proto, err = router.Protocol(f[3]); err != nil {
			return ev, false, err
		}
	}
	var remote, local capture.Endpoint
	if err = p.end(&remote, f[4], f[6]); err != nil {
		return ev, false, err
	}
	if name := f[5]; name != "" && name != "-" && name != f[4] {
		remote.Name = p.reader.Clean(name)
	}
	if err = p.end(&local, f[7], f[8]); err != nil {
		return ev, false, err
	}
	switch ev.Dir = p.way(f[2], &remote, &local); ev.Dir {
	case capture.In:
		ev.Src, ev.Dst = remote, local
	default:
		ev.Src, ev.Dst = local, remote
	}
	return ev, false, nil
}

// way gives the direction that a code of WallWatcher says.
func (p *parser) way(code string, remote, local *capture.Endpoint) capture.Direction {
	if code != "" {
		switch code[0] | 0x20 {
		case 'i':
			return capture.In
		case 'o':
			return capture.Out
		}
	}
	const low = 1024
	dir := capture.In
	if remote.Port < low && local.Port >= low {
		dir = capture.Out
	}
	p.remarks.add(phrase.Say("WallWatcher code {{.Code}} is not known: direction by the ports", "Code", router.Quoted(code)))
	return dir
}

// someDate makes "2003-1-16" of the dates WallWatcher writes, which follow the
// settings of Windows.
func (p *parser) someDate(s string) (string, error) {
	if _, rest, ok := syslog.ISODate(s); ok && rest == "" {
		return s, nil
	}
	first, second, year, ok := slashDate(s)
	if !ok {
		return "", router.Malformed(phrase.Say("not a date: {{.Text}}", "Text", router.Quoted(s)))
	}
	month, day := first, second
	if p.dayFirst {
		month, day = second, first
		p.remarks.add(phrase.Say("dates are taken as day/month/year"))
	} else {
		p.remarks.add(phrase.Say("dates are taken as month/day/year"))
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day), nil
}

// slashDate reads "1/16/2003", with dots or hyphens as well, and two digits of a
// year.
func slashDate(s string) (first, second, year int, ok bool) {
	f := strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == '.' || r == '-' })
	if len(f) != 3 {
		return 0, 0, 0, false
	}
	var rest string
	if first, rest, ok = syslog.Number(f[0], 1, 2); !ok || rest != "" {
		return 0, 0, 0, false
	}
	if second, rest, ok = syslog.Number(f[1], 1, 2); !ok || rest != "" {
		return 0, 0, 0, false
	}
	if year, rest, ok = syslog.Number(f[2], 2, 4); !ok || rest != "" {
		return 0, 0, 0, false
	}
	if len(f[2]) == 2 {
		year += 2000
	}
	return first, second, year, true
}

// daysComeFirst looks at the beginning of a file for a date that shows the order
// of day and month. The program is American: without such a date the month comes
// first; dots are German.
func daysComeFirst(head []byte) bool {
	for line := range bytes.Lines(head) {
		date, _, _ := strings.Cut(string(withoutBOM(line)), "\t")
		date = strings.Trim(date, ` "`)
		first, second, _, ok := slashDate(date)
		switch {
		case !ok:
		case first > 12 || strings.Contains(date, "."):
			return true
		case second > 12:
			return false
		}
	}
	return false
}

// dateTime reads a date and a time of day, also of twelve hours.
func (p *parser) dateTime(date, clock string) (t time.Time, err error) {
	st, rest, ok := syslog.ISODate(date)
	if !ok || rest != "" {
		return t, router.Malformed(phrase.Say("not a date: {{.Text}}", "Text", router.Quoted(date)))
	}
	rest, ok = st.Clock(strings.Trim(clock, " "))
	switch half := strings.ToUpper(strings.TrimLeft(rest, " ")); {
	case !ok:
		return t, router.Malformed(phrase.Say("not a time: {{.Text}}", "Text", router.Quoted(clock)))
	case half == "AM" && st.Hour == 12:
		st.Hour = 0
	case half == "PM" && st.Hour < 12:
		st.Hour += 12
	case half == "" || half == "AM" || half == "PM":
	default:
		return t, router.Malformed(phrase.Say("not a time: {{.Text}}", "Text", router.Quoted(clock)))
	}
	return p.clock.at(st)
}
