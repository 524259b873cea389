package oldlogs

import (
	"bufio"
	"bytes"
	"net/netip"
	"strconv"
	"strings"

	"linklog/capture"
)

// parser makes events of lines.
type parser struct {
	format   Format
	router   netip.Addr
	clock    clock
	services portsByName
	message  *message
	names    map[string]string
	columns  []string // of CSV
	dayFirst bool     // WallWatcher's dates
	remarks  remarks
}

func newParser(f Format, o *Options, head []byte) *parser {
	p := &parser{
		format:  f,
		router:  o.Router,
		clock:   clock{location: o.Location, years: newYears(o)},
		message: newMessage(),
		names:   make(map[string]string),
	}
	switch f {
	case LinkLog:
		p.services = newPortsByName(o.Services)
	case WallWatcher:
		p.dayFirst = daysComeFirst(head)
	case CSV:
		p.columns = usualColumns()
	}
	return p
}

// line makes an event of one line; skip tells that there is none to make, as of
// a header.
func (p *parser) line(s string) (ev capture.Event, skip bool, err error) {
	switch p.format {
	case LinkLog:
		ev, err = p.linkLog(s)
	case JSON:
		ev, err = p.json(s)
	case CSV:
		ev, skip, err = p.csv(s)
	case Linksysmon:
		ev, err = p.linksysmon(s)
	case TrapLogger:
		ev, err = p.trapLogger(s)
	case WallWatcher:
		ev, skip, err = p.wallWatcher(s)
	default:
		ev, err = p.syslog(s)
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
func (p *parser) bareStamp(s string) (st stamp, rest string, ok bool) {
	if p.format == LinkLog {
		return bsdStamp(s)
	}
	return syslogStamp(s)
}

// lacksYears reports whether a line in head has a date without a year.
func (p *parser) lacksYears(head []byte) bool {
	if p.format != LinkLog && p.format != Syslog {
		return false
	}
	for line := range bytes.Lines(head) {
		if st, _, ok := p.bareStamp(string(withoutBOM(trimEnd(line)))); ok && st.year == 0 {
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
		if st, _, ok := p.bareStamp(string(line)); ok && st.year == 0 {
			p.clock.years.see(st)
		}
	}
}

// notes tells what was assumed.
func (p *parser) notes() []string { return append(p.clock.notes(), p.remarks.list()...) }

// host reads "ip", "[ip]", "name", "name(ip)" or "name()" into e.
func (p *parser) host(e *capture.Endpoint, s string) error {
	if n := len(s); n > 0 && s[n-1] == ')' {
		name, ip, found := strings.Cut(s[:n-1], "(")
		if !found {
			return bad("not a host: %s", quoted(s))
		}
		if ip == "" {
			return p.name(e, name)
		}
		addr, ok := address(ip)
		if !ok {
			return bad("not an address: %s", quoted(ip))
		}
		e.Addr, e.Name = addr, p.clean(name)
		return nil
	}
	addr, ok := address(s)
	if ok {
		e.Addr = addr
		return nil
	}
	return p.name(e, s)
}

// maxName bounds a name, in bytes: DNS allows no more.
const maxName = 253

// name takes a name that stands for an address. What has digits and dots only,
// or a colon or a star, is an address that broke or was masked.
func (p *parser) name(e *capture.Endpoint, s string) error {
	if len(s) > maxName || s == "-" || !looksLikeName(s) {
		return bad("not a host: %s", quoted(s))
	}
	if e.Name = p.clean(s); e.Name == "" {
		return bad("no host")
	}
	return nil
}

func looksLikeName(s string) bool {
	other := false
	for i := range len(s) {
		switch c := s[i]; c {
		case ':', '*', '[', ']', '(', ')':
			return false
		default:
			other = other || !digit(c) && c != '.'
		}
	}
	return other
}

// maxNames bounds the names that are remembered, so that a line's text can go
// and the same name is kept once.
const maxNames = 8192

// clean gives a name cleaned and not longer than names may be.
func (p *parser) clean(s string) string {
	if len(s) > maxName {
		s = s[:maxName]
	}
	if known, ok := p.names[s]; ok {
		return known
	}
	if len(p.names) == maxNames {
		clear(p.names)
	}
	key := strings.Clone(s)
	p.names[key] = capture.Clean(key)
	return p.names[key]
}

// text gives a text cleaned and bounded as capture.Event has it.
func text(s string) string {
	return capture.Clean(strings.Clone(s[:min(len(s), capture.MaxText)]))
}

// address reads an IP address, also in brackets. A zone would be an interface of
// another machine.
func address(s string) (netip.Addr, bool) {
	const longest = 64 // with brackets and a sensible zone
	if n := len(s); n > 2 && s[0] == '[' && s[n-1] == ']' {
		s = s[1 : n-1]
	}
	if len(s) < 2 || len(s) > longest {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(s)
	return a.WithZone("").Unmap(), err == nil
}

// port reads a port number.
func port(e *capture.Endpoint, s string) error {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || s[0] == '+' {
		return bad("not a port: %s", quoted(s))
	}
	e.Port = uint16(n)
	return nil
}

// protocol reads a protocol's name or number.
func protocol(s string) (capture.Protocol, error) {
	proto, ok := capture.ParseProtocol(s)
	if !ok {
		return 0, bad("not a protocol: %s", quoted(s))
	}
	return proto, nil
}

// direction reads "in" or "out".
func direction(s string) (capture.Direction, error) {
	switch {
	case strings.EqualFold(s, "in"):
		return capture.In, nil
	case strings.EqualFold(s, "out"):
		return capture.Out, nil
	}
	return 0, bad("neither in nor out: %s", quoted(s))
}

// end reads a host and its port.
func (p *parser) end(e *capture.Endpoint, host, number string) error {
	if err := p.host(e, host); err != nil {
		return err
	}
	return port(e, number)
}

// hasPorts reports whether a protocol's attempts name ports.
func hasPorts(p capture.Protocol) bool {
	return p == capture.TCP || p == capture.UDP || p == capture.SCTP
}

// hostPort cuts "host:port", "[ip]:port" and, for protocols without ports, a host
// alone.
func hostPort(s string) (host, port string) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || strings.HasSuffix(s, "]") {
		return s, ""
	}
	return s[:i], s[i+1:]
}
