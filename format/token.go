package format

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"linklog/phrase"
)

// op says what a part of a template shows.
type op uint8

const (
	opLiteral op = iota // the template's own

	opIP // of an end, like the next four
	opName
	opHost
	opPort
	opService
	opOwner
	opCountry
	opList

	opDirectionPadded
	opDirection
	opProtocol

	opStamp
	opHour
	opMinute
	opSecond
	opDay
	opMonth
	opWeekday
	opYear
	opShortYear
	opTime // with a layout
	opUnix
	opUnixMilli

	opRouter
	opRouterName
	opSeq
	opKind
	opText
	opMessage
	opReason
	opVerdict
	opBytes // of an end, or of both
	opPackets
	opNew
)

// end says which end of an attempt a part is about.
type end uint8

const (
	src end = iota
	dst
	remote // outside the home network, by the direction of the attempt
	local
	both // for what can be added
)

// TokenInfo tells people about one token.
type TokenInfo struct {
	Token   string // as it is written: "%a"
	Meaning string // a few words in English
}

// token is one entry of the table of tokens.
type token struct {
	name    string // what stands after the percent sign
	op      op
	end     end
	meaning string
}

// tokens are all tokens, in the order in which to list them: those of the
// original LinkLog, then ours. The four ends of ends and the fields of fields
// make the rest, "%{src.ip}" and so on.
var tokens = [...]token{
	{"t", opStamp, 0, `date and time: "%M %T %h:%m:%z"`},
	{"i", opDirectionPadded, 0, `direction, " in" or "out"`},
	{"p", opProtocol, 0, `protocol, "---" if the router named none`},
	{"s", opHost, src, "source host: name, else IP address"},
	{"a", opIP, src, "source IP address"},
	{"S", opService, src, "source port: service, else number"},
	{"d", opHost, dst, "destination host: name, else IP address"},
	{"A", opIP, dst, "destination IP address"},
	{"D", opService, dst, "destination port: service, else number"},
	{"h", opHour, 0, "hour, 00 to 23"},
	{"m", opMinute, 0, "minute, 00 to 59"},
	{"z", opSecond, 0, "second, 00 to 59"},
	{"w", opWeekday, 0, "day of the week, Mon to Sun"},
	{"T", opDay, 0, `day of the month, " 1" to "31"`},
	{"M", opMonth, 0, "month, Jan to Dec"},
	{"y", opYear, 0, "year, four digits"},
	{"Y", opShortYear, 0, "year, two digits"},
	{"%", opLiteral, 0, "a percent sign; so is % before a blank or at the end"},
	{"{time}", opTime, 0, "date and time with milliseconds, RFC 3339"},
	{"{seq}", opSeq, 0, "number of the event"},
	{"{router}", opRouter, 0, "address of the router that told it"},
	{"{router.name}", opRouterName, 0, "what the router calls itself, else its address"},
	{"{direction}", opDirection, 0, `direction, "in" or "out"`},
	{"{protocol}", opProtocol, 0, "protocol, as %p"},
	{"{verdict}", opVerdict, 0, "allowed, blocked, or nothing where the router does not say"},
	{"{bytes}", opBytes, both, "bytes that both ends sent"},
	{"{packets}", opPackets, both, "packets that both ends sent"},
	{"{service}", opService, dst, "destination port: service, else number"},
	{"{owner}", opOwner, remote, "owner of the address of the outer end"},
	{"{country}", opCountry, remote, "country in which that is registered"},
	{"{list}", opList, 0, "list that an end is on, and its entry; nothing if there is none"},
	{"{new}", opNew, 0, `"new" for the first event with an external host`},
	{"{kind}", opKind, 0, "traffic, system, wan, other, rejected or gap"},
	{"{text}", opText, 0, "message of the router (none for traffic)"},
	{"{reason}", opReason, 0, "why a message was not understood"},
	{"{message}", opMessage, 0, "text, and in parentheses the reason; of a gap, what is missing"},
}

var ends = [...]struct{ name, meaning string }{
	src: {"src", "source"}, dst: {"dst", "destination"}, remote: {"remote", "outer end"}, local: {"local", "inner end"},
}

var fields = [...]struct {
	name, meaning string
	op            op
}{
	{"host", "name, else IP address", opHost},
	{"ip", "IP address", opIP},
	{"name", "name", opName},
	{"port", "port number", opPort},
	{"service", "service, else port number", opService},
	{"bytes", "bytes it sent", opBytes},
	{"packets", "packets it sent", opPackets},
	{"owner", "owner of the address", opOwner},
	{"country", "country in which the address is registered", opCountry},
}

// layouts are the words that may stand for a layout in "%{time:…}".
var layouts = [...]struct {
	name, meaning string
	op            op
	layout        string
}{
	{"rfc3339", "date and time, RFC 3339", opTime, time.RFC3339},
	{"unix", "seconds since 1970", opUnix, ""},
	{"unixms", "milliseconds since 1970", opUnixMilli, ""},
}

// defaultLayout is the layout of "%{time}".
const defaultLayout = "2006-01-02T15:04:05.000Z07:00"

// Tokens lists all tokens in the order in which to show them.
func Tokens() []TokenInfo {
	var infos []TokenInfo
	for _, t := range tokens {
		infos = append(infos, TokenInfo{"%" + t.name, t.meaning})
	}
	for _, l := range layouts {
		infos = append(infos, TokenInfo{"%{time:" + l.name + "}", l.meaning})
	}
	infos = append(infos, TokenInfo{"%{time:LAYOUT}", `date and time as a Go layout shows it: "2006-01-02 15:04"`})
	for _, e := range ends {
		for _, f := range fields {
			infos = append(infos, TokenInfo{"%{" + e.name + "." + f.name + "}", e.meaning + ": " + f.meaning})
		}
	}
	return infos
}

// parseToken reads the token whose percent sign stands before s: its length
// without that sign and what it shows, or the reason why it is none.
func parseToken(s string) (length int, p part, reason phrase.Phrase) {
	r, length := utf8.DecodeRuneInString(s)
	if s == "" || unicode.IsSpace(r) { // "100 %", as the original had it
		return 0, part{op: opLiteral, text: "%"}, reason
	}
	if r != '{' {
		p, ok := lookUp(s[:length])
		if !ok {
			return length, part{}, unknown(s[:length])
		}
		return length, p, reason
	}
	length = strings.IndexByte(s, '}') + 1
	if length == 0 {
		return 1, part{}, phrase.Say(`"%{" without a "}"`)
	}
	name := s[:length]
	if layout, ok := strings.CutPrefix(name, "{time:"); ok {
		p, reason = timePart(layout[:len(layout)-1])
		return length, p, reason
	}
	p, ok := lookUp(name)
	if !ok {
		return length, part{}, unknown(name)
	}
	return length, p, reason
}

// lookUp finds a token by what stands after its percent sign.
func lookUp(name string) (part, bool) {
	for _, t := range tokens {
		if t.name != name {
			continue
		}
		p := part{op: t.op, end: t.end}
		switch t.op {
		case opLiteral:
			p.text = "%"
		case opTime:
			p.text = defaultLayout
		}
		return p, true
	}
	endName, fieldName, _ := strings.Cut(name, ".")
	for e := range ends {
		for _, f := range fields {
			if endName == "{"+ends[e].name && fieldName == f.name+"}" {
				return part{op: f.op, end: end(e)}, true
			}
		}
	}
	return part{}, false
}

// timePart is about what stands after "%{time:".
func timePart(layout string) (p part, reason phrase.Phrase) {
	for _, l := range layouts {
		if l.name == layout {
			return part{op: l.op, text: l.layout}, reason
		}
	}
	if !isLayout(layout) {
		return part{}, phrase.Say(`no part of a time in {{.Layout}}: write "unix", "unixms", "rfc3339" or a Go layout like "2006-01-02 15:04:05"`,
			"Layout", strconv.Quote(layout))
	}
	return part{op: opTime, text: layout}, reason
}

// isLayout reports whether a text holds anything that time.Format replaces: two
// times that differ in all their parts then look different.
func isLayout(layout string) bool {
	a := time.Date(2001, 2, 3, 4, 5, 6, 123456789, time.FixedZone("AAA", 3600))
	b := time.Date(1997, 11, 28, 17, 43, 52, 987654321, time.FixedZone("BBB", -5*3600))
	return a.Format(layout) != b.Format(layout)
}

// nearest is the token in braces that may be meant by a name.
func nearest(name string) string {
	return phrase.Nearest(name, func(yield func(string) bool) {
		for _, t := range tokens {
			if len(t.name) > 1 && !yield(t.name) {
				return
			}
		}
		for _, e := range ends {
			for _, f := range fields {
				if !yield("{" + e.name + "." + f.name + "}") {
					return
				}
			}
		}
	})
}

// unknown tells of a token that does not exist, and of the one that may be meant or of all.
func unknown(name string) phrase.Phrase {
	if near := nearest(name); near != "" {
		return phrase.Say("unknown token {{.Token}}: did you mean {{.Near}}?", "Token", strconv.Quote("%"+name), "Near", "%"+near)
	}
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString("%" + t.name + " ")
	}
	b.WriteString("%{time:LAYOUT}")
	join := func(n int, at func(int) string) {
		for i := range n {
			if i > 0 {
				b.WriteByte('|')
			}
			b.WriteString(at(i))
		}
	}
	b.WriteString(" %{")
	join(len(ends), func(i int) string { return ends[i].name })
	b.WriteByte('.')
	join(len(fields), func(i int) string { return fields[i].name })
	b.WriteString("}")
	return phrase.Say("unknown token {{.Token}}: tokens are {{.Tokens}}", "Token", strconv.Quote("%"+name), "Tokens", b.String())
}
