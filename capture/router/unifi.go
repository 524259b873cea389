package router

import (
	"strings"

	"linklog/capture"
	"linklog/capture/syslog"
)

// unifi reads the events of UniFi Network in ArcSight's Common Event Format, with or
// without the word CEF in front:
//
//	CEF:0|Ubiquiti|UniFi Network|10.0.140|201|Threat Detected and Blocked|7|proto=TCP src=203.0.113.10 spt=46621 dst=198.51.100.40 dpt=80 act=blocked …
//
// The event's name becomes the text. What has no protocol is no traffic: logins and such.
func (r *Reader) unifi(ev *capture.Event, h *syslog.Header) (bool, error) {
	_, after, ok := strings.Cut(h.Text, "|Ubiquiti|")
	if !ok {
		return false, nil
	}
	var head [5]string // product, version, id, name, severity
	for i := range head {
		if head[i], after, ok = strings.Cut(after, "|"); !ok {
			return true, withoutAddresses()
		}
	}
	proto, ok := value(after, "proto")
	if !ok {
		return false, nil
	}
	ev.Text = r.Clean(head[3])
	act, _ := value(after, "act")
	if ev.Verdict = capture.VerdictOf(act); ev.Verdict == 0 {
		ev.Verdict = capture.VerdictOf(head[3])
	}
	switch way, _ := value(after, "UNIFIdirection"); way {
	case "incoming":
		ev.Dir = capture.In
	case "outgoing":
		ev.Dir = capture.Out
	}
	src, _ := value(after, "src")
	dst, ok := value(after, "dst")
	if !ok {
		dst = "WAN" // the router itself, as Linksys' name it
	}
	srcPort, _ := value(after, "spt")
	dstPort, _ := value(after, "dpt")
	return true, r.fill(ev, proto, src, srcPort, dst, dstPort)
}
