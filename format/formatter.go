package format

import (
	"strconv"
	"time"

	"linklog/assets/origin"
	"linklog/capture"
)

// Formatter shows events by a template. It remembers the date it showed last,
// so that only one goroutine at a time may use it; make another for another.
type Formatter struct {
	template *Template
	options  Options
	clock    clock
}

// NewFormatter makes a Formatter.
func NewFormatter(t *Template, o Options) *Formatter {
	if o.Location == nil {
		o.Location = time.Local
	}
	return &Formatter{template: t, options: o, clock: clock{location: o.Location}}
}

// Append appends one event, without a line end. Each token is replaced once:
// what stands in a host's name is never taken for a token. Where an event has
// no such thing (a system message has no ports) it shows "-", "---" for the
// direction and the protocol, or nothing for new, text, reason and message.
func (f *Formatter) Append(dst []byte, ev *capture.Event) []byte {
	parts := f.template.parts
	for i := range parts {
		p := &parts[i]
		dst = p.front.appendTo(dst)
		switch p.op {
		case opLiteral:
		case opStamp:
			dst = f.clock.at(ev.Time).stamp.appendTo(dst)
		case opIP, opName, opHost, opPort, opService, opOwner, opCountry:
			dst = f.appendEnd(dst, ev, p)
		case opBytes, opPackets:
			dst = f.appendVolume(dst, ev, p)
		case opDirectionPadded, opDirection, opProtocol:
			dst = appendAttempt(dst, ev, p.op)
		case opList:
			dst = appendList(dst, ev)
		case opMessage:
			dst = appendMessage(dst, ev, f.options.Location)
		case opRouter, opRouterName, opSeq, opKind, opText, opReason, opVerdict, opNew:
			dst = appendAbout(dst, ev, p.op)
		default:
			dst = f.appendTime(dst, ev.Time, p)
		}
	}
	return dst
}

// none stands for what an event does not have: a word, so that the columns of
// a line can still be counted.
const none = '-'

// appendEnd appends a part about one end of an attempt.
func (f *Formatter) appendEnd(dst []byte, ev *capture.Event, p *part) []byte {
	o := &f.options
	e, hide := f.end(ev, p.end)
	if e == nil {
		return append(dst, none)
	}
	switch p.op {
	case opPort, opService:
		switch {
		case ev.Kind != capture.Traffic:
			return append(dst, none)
		case p.op == opService:
			return o.appendPort(dst, ev, e)
		}
		return appendPortNumber(dst, e.Port)
	case opName, opHost:
		if n := name(e, hide); n != "" {
			return appendClean(dst, n)
		}
		if p.op == opName {
			return append(dst, none)
		}
	case opOwner, opCountry:
		found := origin.Of(e.Addr)
		text := found.Owner
		if p.op == opCountry {
			text = found.Country
		}
		if text == "" {
			return append(dst, none)
		}
		return appendClean(dst, text)
	}
	if !e.Addr.IsValid() {
		return append(dst, none)
	}
	return appendAddr(dst, e.Addr)
}

// appendVolume appends how much one end sent, or both.
func (f *Formatter) appendVolume(dst []byte, ev *capture.Event, p *part) []byte {
	sent := ev.Volume()
	if p.end != both {
		e, _ := f.end(ev, p.end)
		if e == nil {
			return append(dst, none)
		}
		sent = e.Sent
	}
	n := sent.Bytes
	if p.op == opPackets {
		n = sent.Packets
	}
	if n == 0 { // not known
		return append(dst, none)
	}
	return strconv.AppendUint(dst, n, 10)
}

// end gives one end of an attempt and whether its name is not wanted; nil where
// the direction does not tell which one is meant.
func (f *Formatter) end(ev *capture.Event, which end) (e *capture.Endpoint, hideName bool) {
	switch {
	case which == src,
		which == remote && ev.Dir == capture.In,
		which == local && ev.Dir == capture.Out:
		return &ev.Src, f.options.NoNamesSource
	case which == dst,
		which == remote && ev.Dir == capture.Out,
		which == local && ev.Dir == capture.In:
		return &ev.Dst, f.options.NoNamesDest
	}
	return nil, false
}

// appendAttempt appends a part about an attempt as a whole.
func appendAttempt(dst []byte, ev *capture.Event, o op) []byte {
	dir := ev.Dir
	if dir > capture.Out {
		dir = 0
	}
	switch o {
	case opProtocol:
		return protocols[ev.Proto].appendTo(dst)
	case opDirectionPadded:
		return paddedDirections[dir].appendTo(dst)
	}
	return directions[dir].appendTo(dst)
}

// appendAbout appends a part about the message itself.
func appendAbout(dst []byte, ev *capture.Event, o op) []byte {
	switch o {
	case opRouter, opRouterName:
		if o == opRouterName && ev.RouterName != "" {
			return appendClean(dst, ev.RouterName)
		}
		if !ev.Router.IsValid() {
			return append(dst, none)
		}
		return appendAddr(dst, ev.Router)
	case opSeq:
		if ev.Seq == 0 {
			return append(dst, none)
		}
		return strconv.AppendUint(dst, ev.Seq, 10)
	case opKind:
		if ev.Kind.String() == "" {
			return append(dst, none)
		}
		return append(dst, ev.Kind.String()...)
	case opText:
		return appendClean(dst, ev.Message())
	case opReason:
		return append(dst, ev.Reason.Plain()...)
	case opVerdict:
		return append(dst, ev.Verdict.String()...)
	case opNew:
		if ev.New {
			dst = append(dst, "new"...)
		}
	}
	return dst
}

// appendMessage appends "text (reason)", or what there is of it; of a gap what is
// missing.
func appendMessage(dst []byte, ev *capture.Event, zone *time.Location) []byte {
	if ev.Kind == capture.Gap {
		return AppendGap(dst, ev, zone)
	}
	dst = appendClean(dst, ev.Text)
	reason := ev.Reason.Plain()
	if reason == "" {
		return dst
	}
	if ev.Text != "" {
		dst = append(dst, ' ')
	}
	dst = append(dst, '(')
	dst = append(dst, reason...)
	return append(dst, ')')
}

// AppendGap appends what is missing, and from when to when.
func AppendGap(dst []byte, ev *capture.Event, zone *time.Location) []byte {
	switch ev.Lost {
	case 0:
	case 1:
		dst = append(dst, "1 message lost: "...)
	default:
		dst = append(strconv.AppendUint(dst, ev.Lost, 10), " messages lost: "...)
	}
	dst = appendClean(dst, ev.Message())
	if ev.Since.IsZero() {
		return dst
	}
	dst = ev.Since.In(zone).AppendFormat(append(dst, " (from "...), time.DateTime)
	dst = ev.Time.In(zone).AppendFormat(append(dst, " to "...), time.DateTime)
	return append(dst, ')')
}

// appendTime appends a part about the time other than the stamp.
func (f *Formatter) appendTime(dst []byte, t time.Time, p *part) []byte {
	switch p.op {
	case opTime:
		return t.In(f.options.Location).AppendFormat(dst, p.text)
	case opUnix:
		return strconv.AppendInt(dst, t.Unix(), 10)
	case opUnixMilli:
		return strconv.AppendInt(dst, t.UnixMilli(), 10)
	}
	c := f.clock.at(t)
	switch p.op {
	case opHour:
		return append(dst, c.hour()...)
	case opMinute:
		return append(dst, c.minute()...)
	case opSecond:
		return append(dst, c.second()...)
	case opDay:
		return append(dst, c.day()...)
	case opMonth:
		return append(dst, c.month()...)
	case opWeekday:
		return append(dst, c.weekday.String()[:3]...)
	case opYear:
		return appendDigits(dst, c.year, 4)
	case opShortYear:
		return appendDigits(dst, c.year%100, 2)
	}
	return dst
}
