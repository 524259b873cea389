package oldlogs

import (
	"bufio"
	"bytes"
	"net/netip"
	"strings"
	"time"

	"linklog/capture"
	"linklog/capture/router"
	"linklog/capture/syslog"
	"linklog/phrase"
)

// parser makes events of lines.
type parser struct {
	format   Format
	router   netip.Addr
	clock    clock
	services portsByName
	reader   router.Reader
	heard    heard    // the last line of a system log
	columns  []string // of CSV and WindowsFirewall
	system   bool     // Options.System
	header   bool     // CSV has named its columns
	dayFirst bool     // WallWatcher's dates
	remarks  remarks
	latest   time.Time // of the system log's line before that has one
	written  time.Time // when the file was last written; zero: nobody knows
	now      time.Time
	repeats  int // attempts that a log has only as "repeated N times"
	last     lastLines
}

func newParser(f Format, o *Options, head []byte) *parser {
	p := &parser{
		format: f,
		router: o.Router,
		clock:  clock{location: o.Location, years: newYears(o)},
		now:    inSeconds(o.Now),
		system: o.System,
	}
	if !o.FileTime.IsZero() {
		p.written = inSeconds(o.FileTime)
	}
	switch f {
	case LinkLog:
		p.services = newPortsByName(o.Services)
	case WallWatcher:
		p.dayFirst = daysComeFirst(head)
	case CSV:
		p.columns = usualColumns()
	case WindowsFirewall:
		p.columns = strings.Fields("date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path")
	}
	return p
}

// inSeconds is a time as those of lines are: UTC, in seconds.
func inSeconds(t time.Time) time.Time { return time.Unix(t.Unix(), 0).UTC() }

// line makes an event of one line; skip tells that there is none to make, as of
// a header.
func (p *parser) line(s string) (ev capture.Event, skip bool, err error) {
	p.heard = heard{}
	switch p.format {
	case LinkLog:
		ev, err = p.linkLog(s)
	case JSON:
		if isJournal(s) {
			ev, skip, err = p.journal(s)
		} else {
			ev, err = p.json(s)
		}
	case CSV:
		ev, skip, err = p.csv(s)
	case Linksysmon:
		ev, err = p.linksysmon(s)
	case TrapLogger:
		ev, err = p.trapLogger(s)
	case WallWatcher:
		ev, skip, err = p.wallWatcher(s)
	case DShield:
		ev, err = p.dshield(s)
	case WindowsFirewall:
		ev, skip, err = p.windowsFirewall(s)
	default:
		ev, skip, err = p.syslog(s)
	}
	if err != nil || skip {
		return capture.Event{}, skip, err
	}
	if !ev.Router.IsValid() && ev.Kind != capture.Gap { // which is about no router
		ev.Router = p.router
	}
	return ev, false, nil
}

// bareStamp reads the stamp of a line of the formats that may lack the year, and
// gives what follows.
func (p *parser) bareStamp(s string) (st syslog.Stamp, rest string, ok bool) {
	if p.format == LinkLog {
		return syslog.BSD(s)
	}
	h := header(s)
	return h.Stamp, "", h.Stamped
}

// lacksYears reports whether a line in head has a date without a year.
func (p *parser) lacksYears(head []byte) bool {
	if p.format != LinkLog && p.format != Syslog {
		return false
	}
	for line := range bytes.Lines(head) {
		if st, _, ok := p.bareStamp(string(withoutBOM(trimEnd(line)))); ok && st.Year == 0 {
			return true
		}
	}
	return false
}

// survey reads all lines for their dates alone.
func (p *parser) survey(in *bufio.Reader) {
	for first := true; ; first = false {
		line, long, err := readLine(in)
		if err != nil {
			p.clock.years.settle()
			return // what is wrong with the file is told when it is read in earnest
		}
		if first {
			line = withoutBOM(line)
		}
		if long {
			continue
		}
		if st, _, ok := p.bareStamp(string(line)); ok && st.Year == 0 {
			p.clock.years.see(st)
		}
	}
}

// tells makes an event of the texts of a router's trap; only what they say is filled.
// Texts that are none of a router's make one of kind Other.
func (p *parser) tells(texts [][]byte) (ev capture.Event) {
	p.reader.Texts(&ev, texts, true)
	return ev
}

// told is tells for a single text.
func (p *parser) told(text string) capture.Event { return p.tells([][]byte{[]byte(text)}) }

// end reads a host and its port.
func (p *parser) end(e *capture.Endpoint, host, number string) error {
	if err := p.reader.Host(e, host); err != nil {
		return err
	}
	return router.Port(e, number)
}

// notes tells what was assumed.
func (p *parser) notes() []phrase.Phrase {
	return append(append(p.clock.notes(), p.remarks.list()...), repetitions(p.repeats)...)
}

// repetitions tells how many attempts are only repeats of others.
func repetitions(n int) []phrase.Phrase {
	switch n {
	case 0:
		return nil
	case 1:
		return []phrase.Phrase{phrase.Say("1 more attempt, which the log has only as a repetition, is left out")}
	}
	return []phrase.Phrase{phrase.Say("{{.Count}} more attempts, which the log has only as repetitions, are left out", "Count", n)}
}

// text gives a text cleaned and bounded as capture.Event has it.
func text(s string) string {
	return capture.Clean(strings.Clone(s[:min(len(s), capture.MaxText)]))
}

// direction reads "in" or "out".
func direction(s string) (capture.Direction, error) {
	switch {
	case strings.EqualFold(s, "in"):
		return capture.In, nil
	case strings.EqualFold(s, "out"):
		return capture.Out, nil
	}
	return 0, router.Malformed(phrase.Say("neither in nor out: {{.Text}}", "Text", router.Quoted(s)))
}
