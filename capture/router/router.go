// Package router knows what routers say: the texts of traps, and the lines of system
// logs. Each dialect has a file; a Reader reads them all.
package router

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"linklog/capture"
	"linklog/capture/syslog"
)

// Reader makes events of texts. It remembers the names and texts it met, so that a
// usual text costs no allocation; it must be used by one goroutine at a time. The
// zero value is ready.
type Reader struct {
	Ports []uint16 // where this computer takes log messages, beside the usual ports

	seen   capture.Sighting // of the last line that was capture.Sighted
	texts  capture.Texts
	joined []byte // see join
	asked  asked  // see Sighting

	in        string // the interface at which the last line's packet came in; "": not said
	entrances entrances
	fromHouse bool // the last line's packet came in from the home network, see Enter

	names names // what senders call themselves, see Name

	// What is in front of netfilter's keys, in the fields of filterlog, in front of
	// RouterOS' interfaces.
	prefixes, pfRules, chains rules
}

// Line reads a line of a system log into an empty ev, but for its time; only lines of
// programs that speak for a router name that. found tells whether one of the dialects
// knows it; an error is a *Fault and tells that it then breaks the form.
func (r *Reader) Line(ev *capture.Event, h *syslog.Header) (found bool, err error) {
	r.in, r.fromHouse = "", false
	if repeatsStrangers(h.Program) {
		return false, nil
	}
	for _, read := range &dialects {
		if found, err = read(r, ev, h); found {
			return true, err
		}
	}
	return false, nil
}

// dialects are all. Those that most lines are of come first, and of these the one that a line's
// program names.
var dialects = [...]func(*Reader, *capture.Event, *syslog.Header) (bool, error){
	(*Reader).filterlog, (*Reader).netfilter, (*Reader).mikrotik, (*Reader).snmptrapd, (*Reader).linksysd, (*Reader).unifi, (*Reader).zyxel, (*Reader).zyxelFilter, (*Reader).zyxelRAS,
	(*Reader).draytekFilter, (*Reader).draytek, (*Reader).lancom, (*Reader).dlink, (*Reader).dlinkDIR, (*Reader).amit,
	(*Reader).netgear, (*Reader).netgearFVS, (*Reader).sonicwall, (*Reader).cisco, (*Reader).keyed,
}

// repeatsStrangers knows programs that write what strangers said to them, which may look
// like traffic.
func repeatsStrangers(program string) bool {
	switch program {
	case "sshd", "sshd-session", "dropbear", "dnsmasq", "unbound", "named", "httpd", "uhttpd", "lighttpd", "nginx":
		return true
	}
	return false
}

// Syslog reads a line as it comes from a router into ev, which has its time and its router
// and is empty otherwise. What is no connection attempt is a message of the router's system, or Other with the
// reason.
func (r *Reader) Syslog(ev *capture.Event, h *syslog.Header) {
	at, from := ev.Time, ev.Router
	r.syslog(ev, h, at, from)
	repeated := ev.Router.IsValid() && ev.Router != from // what a different router said
	ev.Time, ev.Router = at, from
	if !repeated {
		r.Name(ev, h)
	}
	r.Enter(ev)
}

func (r *Reader) syslog(ev *capture.Event, h *syslog.Header, at time.Time, from netip.Addr) {
	if h.Repeats() > 0 {
		r.in = ""
		ev.Kind, ev.Reason = capture.Other, capture.Repetition
		return
	}
	found, err := r.Line(ev, h)
	switch {
	case found && err == nil:
		if r.OwnLog(ev, from) {
			*ev = capture.Event{Kind: capture.Other, Reason: capture.OwnLog}
		}
		return
	case !found:
		if r.seen, found = r.Sighting(at, from, h); found {
			ev.Kind, ev.Reason = capture.Other, capture.Sighted
			return
		}
		err = Unclaimed(h)
	}
	fault, _ := err.(*Fault)
	if fault.Code.CountOnly() {
		*ev = capture.Event{Kind: capture.Other, Reason: fault.Code}
		return
	}
	*ev = capture.Event{}
	if r.System(ev, h); fault.Code != 0 {
		ev.Kind, ev.Reason = capture.Other, fault.Code
	}
}

// System fills a line that no dialect knows into an empty ev, as a message of the router's system,
// or as Other where it has no text.
func (r *Reader) System(ev *capture.Event, h *syslog.Header) {
	ev.Kind, ev.Text = capture.System, r.message(h)
	switch {
	case h.Message == "":
		ev.Kind, ev.Reason = capture.Other, capture.NoText
	case binary(h.Message):
		ev.Kind, ev.Reason = capture.Other, capture.UnknownText
	}
}

// Seen is what a line that Syslog made ev of says about who is who.
func (r *Reader) Seen(ev *capture.Event, h *syslog.Header) (s capture.Sighting, found bool) {
	if ev.Reason == capture.Sighted {
		return r.seen, r.seen.Kind != 0
	}
	return r.Neighbour(ev, h)
}

// OwnLog reports whether an attempt is a message of the log itself, of a router that has some
// address.
func (r *Reader) OwnLog(ev *capture.Event, from netip.Addr) bool {
	return ev.Kind == capture.Traffic && ev.Src.Addr == from.WithZone("") && ev.Src.Addr.IsValid() && r.logs(ev.Dst.Port)
}

// logs reports whether a port is one that a router sends its log to. Outside of a
// container it may be a different one than inside.
func (r *Reader) logs(port uint16) bool {
	return port == capture.TrapPort || port == capture.SyslogPort || slices.Contains(r.Ports, port)
}

// binary tells what is no text in any encoding.
func binary(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 && !blank(c) || c == 0x7f {
			return true
		}
	}
	return false
}

// message is what a line says, with the program that says it.
func (r *Reader) message(h *syslog.Header) string {
	r.joined = r.joined[:0]
	if h.Program != "" {
		r.joined = append(append(r.joined, h.Program...), ": "...)
	}
	r.joined = append(r.joined, cut(h.Message, capture.MaxText)...)
	return capture.Clean(string(r.joined)) // it hardly comes again
}

// Text reads one text of a trap into ev: its Kind, its Reason if it is none that is
// known, and what it says. fromLinksys tells that the trap names Linksys, whose
// texts need no further proof.
func (r *Reader) Text(ev *capture.Event, text []byte, fromLinksys bool) {
	begun := r.parseTraffic(ev, text)
	if ev.Kind == capture.Traffic {
		return
	}
	ev.Text = r.texts.Clean(text)
	if addr, ok := parseWAN(ev.Text); ok {
		ev.Kind, ev.Dst.Addr = capture.WAN, addr
		return
	}
	switch {
	case begun:
		ev.Kind, ev.Reason = capture.Other, capture.BadTraffic
	case ev.Text == "":
		ev.Kind, ev.Reason = capture.Other, capture.NoText
	case readable(text) && (fromLinksys || knownSystemText(ev.Text)):
		ev.Kind = capture.System
	default:
		ev.Kind, ev.Reason = capture.Other, capture.UnknownText
	}
}

// Texts takes the text that says most where a trap carries several: a traffic
// message before a system message before one that is not understood.
func (r *Reader) Texts(ev *capture.Event, texts [][]byte, fromLinksys bool) {
	blank := *ev
	ev.Kind, ev.Reason = capture.Other, capture.NoText
	for _, text := range texts {
		next := blank
		r.Text(&next, text, fromLinksys)
		if rank(&next) < rank(ev) {
			*ev = next
		}
	}
}

func rank(ev *capture.Event) int {
	switch {
	case ev.Kind == capture.Traffic:
		return 0
	case ev.Kind == capture.WAN:
		return 1
	case ev.Kind == capture.System:
		return 2
	case ev.Reason == capture.BadTraffic:
		return 3
	case ev.Reason == capture.UnknownText:
		return 4
	}
	return 5
}

// behind gives what follows a word in a line.
func behind(s, word string) (string, bool) {
	_, after, found := strings.Cut(s, word)
	return after, found
}
