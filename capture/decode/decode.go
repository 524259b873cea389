// Package decode makes events of datagrams: it tells by the first bytes which
// language one speaks.
package decode

import (
	"linklog/capture"
	"linklog/capture/router"
	"linklog/capture/snmp"
)

// Decoder makes events of datagrams. It remembers the names and texts it met,
// so that a usual datagram costs no allocation; it must be used by one goroutine
// at a time. The zero value is ready.
type Decoder struct {
	traps  snmp.Reader
	router router.Reader
}

// Decode fills ev with what a datagram says; every datagram says something, if
// only that it is Rejected and why. Nothing in ev refers to dg.Data. awaited
// tells that the sender waits for an answer: see snmp.AppendInformResponse.
func (d *Decoder) Decode(dg *capture.Datagram, ev *capture.Event) (awaited bool) {
	*ev = capture.Event{Time: dg.Time, Router: dg.From.Addr()}
	if text, fromLinksys, ok := snmp.Usual(dg.Data); ok && !dg.Truncated {
		d.router.Text(ev, text, fromLinksys)
	} else {
		awaited = d.unusual(dg, ev)
	}
	if ev.Reason != 0 {
		ev.Raw = string(dg.Data[:min(len(dg.Data), capture.MaxRaw)])
	}
	return awaited
}

func (d *Decoder) unusual(dg *capture.Datagram, ev *capture.Event) (awaited bool) {
	if dg.Truncated {
		ev.Kind, ev.Reason = capture.Rejected, capture.TooLong
		return false
	}
	trap, reason := d.traps.Read(dg.Data)
	if reason != 0 {
		ev.Kind, ev.Reason = capture.Rejected, reason
		return false
	}
	d.router.Texts(ev, trap.Texts, trap.FromLinksys)
	return trap.Inform
}
