package capture

import (
	"errors"
	"net/netip"
	"time"

	"github.com/gosnmp/gosnmp"
)

// Datagram is one UDP datagram as it was received.
type Datagram struct {
	Data []byte         // its payload; with Truncated only the beginning
	From netip.AddrPort // who sent it; IPv4 never in its IPv6-mapped form
	Time time.Time      // when it arrived: UTC, without a monotonic reading

	// Truncated tells that the datagram was longer than the receive buffer.
	Truncated bool
}

// Decoder makes events of datagrams. It remembers the names and texts it met,
// so that a usual datagram costs no allocation; it must be used by one goroutine
// at a time. The zero value is not ready: see NewDecoder.
type Decoder struct {
	snmp    *gosnmp.GoSNMP
	strings map[string]string
}

// NewDecoder returns a decoder.
func NewDecoder() *Decoder {
	return &Decoder{snmp: &gosnmp.GoSNMP{}, strings: make(map[string]string)}
}

// Decode fills ev with what a datagram says; every datagram says something, if
// only that it is Rejected and why. Nothing in ev refers to dg.Data. awaited
// tells that the sender waits for an answer: see AppendInformResponse.
func (d *Decoder) Decode(dg *Datagram, ev *Event) (awaited bool) {
	*ev = Event{Time: dg.Time, Router: dg.From.Addr()}
	if text, fromLinksys, ok := usualTrap(dg.Data); ok && !dg.Truncated {
		d.message(ev, text, fromLinksys)
	} else {
		awaited = d.unusual(dg, ev)
	}
	if ev.Reason != 0 {
		ev.Raw = string(dg.Data[:min(len(dg.Data), MaxRaw)])
	}
	return awaited
}

func (d *Decoder) unusual(dg *Datagram, ev *Event) (awaited bool) {
	if dg.Truncated {
		ev.Kind, ev.Reason = Rejected, TooLong
		return false
	}
	f, reason := check(dg.Data)
	if reason != 0 {
		ev.Kind, ev.Reason = Rejected, reason
		return false
	}
	texts, fromLinksys, err := decodeTrap(d.snmp, f.msg)
	switch {
	case errors.Is(err, errDecoderFailed):
		ev.Kind, ev.Reason = Rejected, DecoderFailed
		return false
	case err != nil:
		ev.Kind, ev.Reason = Rejected, Malformed
		return false
	}
	d.messages(ev, texts, fromLinksys)
	return f.tag == tagInform
}

// messages takes the text that says most where a trap carries several: a
// traffic message before a system message before one that is not understood.
func (d *Decoder) messages(ev *Event, texts [][]byte, fromLinksys bool) {
	blank := *ev
	ev.Kind, ev.Reason = Other, NoText
	for _, text := range texts {
		next := blank
		d.message(&next, text, fromLinksys)
		if rank(&next) < rank(ev) {
			*ev = next
		}
	}
}

func rank(ev *Event) int {
	switch {
	case ev.Kind == Traffic:
		return 0
	case ev.Kind == WAN:
		return 1
	case ev.Kind == System:
		return 2
	case ev.Reason == BadTraffic:
		return 3
	case ev.Reason == UnknownText:
		return 4
	}
	return 5
}

// message reads one text into ev.
func (d *Decoder) message(ev *Event, text []byte, fromLinksys bool) {
	begun := d.parseTraffic(ev, text)
	if ev.Kind == Traffic {
		return
	}
	ev.Text = d.text(text)
	if addr, ok := parseWAN(ev.Text); ok {
		ev.Kind, ev.Dst.Addr = WAN, addr
		return
	}
	switch {
	case begun:
		ev.Kind, ev.Reason = Other, BadTraffic
	case ev.Text == "":
		ev.Kind, ev.Reason = Other, NoText
	case readable(text) && (fromLinksys || knownSystemText(ev.Text)):
		ev.Kind = System
	default:
		ev.Kind, ev.Reason = Other, UnknownText
	}
}

// maxStrings bounds what a decoder remembers: at 253 bytes for the longest name
// that DNS allows, 2 MiB.
const maxStrings = 8192

// maxRemembered bounds the length of a string that is worth remembering.
const maxRemembered = 253

// clean returns b cleaned (see Clean), without an allocation if it met the same
// bytes before.
func (d *Decoder) clean(b []byte) string {
	if s, ok := d.strings[string(b)]; ok {
		return s
	}
	s := Clean(string(b))
	if len(b) <= maxRemembered {
		if len(d.strings) == maxStrings {
			clear(d.strings) // what is in use comes back at once
		}
		d.strings[string(b)] = s
	}
	return s
}

// MaxText bounds Event.Text, in bytes before cleaning: router messages are below 200.
const MaxText = 1024

func (d *Decoder) text(b []byte) string { return d.clean(b[:min(len(b), MaxText)]) }

// Counts counts decoded datagrams by what they turned out to be. The sum over
// Kinds is the number of datagrams received.
type Counts struct {
	Kinds   [Rejected + 1]uint64
	Reasons [Reasons]uint64
}

// Add counts one event.
func (c *Counts) Add(ev *Event) {
	c.Kinds[ev.Kind]++
	c.Reasons[ev.Reason]++
}

// Merge adds other counts.
func (c *Counts) Merge(other *Counts) {
	for i, n := range other.Kinds {
		c.Kinds[i] += n
	}
	for i, n := range other.Reasons {
		c.Reasons[i] += n
	}
}

// Received is the number of datagrams decoded: Events + Other + Rejected.
func (c *Counts) Received() uint64 { return c.Events() + c.Kinds[Other] + c.Kinds[Rejected] }

// Events is the number of messages understood: traffic, system and WAN.
func (c *Counts) Events() uint64 { return c.Kinds[Traffic] + c.Kinds[System] + c.Kinds[WAN] }
