package router

import (
	"strings"

	"linklog/capture"
	"linklog/capture/syslog"
)

// draytek reads the messages of Draytek's Vigor:
//
//	Open port: 203.0.113.163:43465 -> 192.168.100.3:80 (TCP) Web
//	Local User (MAC=02-00-5E-10-00-22): 192.168.100.4:2428 -> 198.51.100.102:80 (TCP)Web
//
// The service it names at the end becomes the text.
func (r *Reader) draytek(ev *capture.Event, h *syslog.Header) (bool, error) {
	dir := capture.In
	after, found := behind(h.Text, "Open port: ")
	if !found {
		if after, found = behind(h.Text, "Local User"); !found {
			return false, nil
		}
		if _, after, found = strings.Cut(after, ": "); !found { // a MAC may stand before it
			return false, nil
		}
		dir = capture.Out
	}
	ev.Dir = dir
	src, after, ok := strings.Cut(after, " -> ")
	dst, after, ok2 := strings.Cut(after, " (")
	name, service, ok3 := strings.Cut(after, ")")
	if !ok || !ok2 || !ok3 {
		return true, otherForm(`"a:1 -> b:2 (TCP)"`)
	}
	ev.Text = r.Clean(strings.Trim(service, " "))
	return true, r.between(ev, name, src, dst)
}

// draytekFilter reads the messages of the Vigor's firewall:
//
//	[FILTER][Block][LAN/RT/VPN->WAN, 121:50:32    ][@S:R=14:1, 192.168.1.99:55000->203.0.113.1:80][TCP][HLen=20, …]
//
// "[PR 47]" is a protocol by its number. The rule becomes the text.
func (r *Reader) draytekFilter(ev *capture.Event, h *syslog.Header) (bool, error) {
	after, found := behind(h.Text, "[FILTER][")
	if !found {
		return false, nil
	}
	action, after, _ := strings.Cut(after, "][")
	way, after, _ := strings.Cut(after, "][")
	ends, after, _ := strings.Cut(after, "][")
	proto, _, ok := strings.Cut(after, "]")
	rule, ends, ok2 := strings.Cut(ends, ", ")
	src, dst, ok3 := strings.Cut(ends, "->")
	if !ok || !ok2 || !ok3 {
		return true, otherForm(`"[FILTER][Block][LAN->WAN, …][@S:R=1:1, a:1->b:2][TCP]"`)
	}
	ev.Verdict, ev.Text = capture.VerdictOf(action), r.Clean(strings.TrimPrefix(rule, "@"))
	if from, to, ok := strings.Cut(way, "->"); ok {
		switch {
		case strings.HasPrefix(to, "WAN"):
			ev.Dir = capture.Out
		case strings.HasPrefix(from, "WAN"):
			ev.Dir = capture.In
		}
	}
	return true, r.between(ev, strings.TrimPrefix(proto, "PR "), src, dst)
}
