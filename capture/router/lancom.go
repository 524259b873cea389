package router

import (
	"strings"

	"linklog/capture"
	"linklog/capture/syslog"
)

// lancom reads the message of LANCOM's firewall, which is only sent of what it blocks:
//
//	PACKET_ALERT: Dst: 198.51.100.40:80 {name}, Src: 203.0.113.9:4353 {} (TCP): port filter
func (r *Reader) lancom(ev *capture.Event, h *syslog.Header) (bool, error) {
	after, found := behind(h.Text, "PACKET_ALERT: Dst: ")
	if h.Program == "PACKET_ALERT" { // in RFC 5424 it is not in the text
		after, found = strings.CutPrefix(h.Message, "Dst: ")
	}
	if !found {
		return false, nil
	}
	dst, after, ok := strings.Cut(after, ", Src: ")
	src, after, ok2 := strings.Cut(after, " (")
	proto, rule, ok3 := strings.Cut(after, ")")
	if !ok || !ok2 || !ok3 {
		return true, otherForm(`"Dst: b:2 {}, Src: a:1 {} (TCP): rule"`)
	}
	ev.Verdict, ev.Text = capture.Blocked, r.Clean(strings.Trim(rule, ": "))
	src, srcName, _ := strings.Cut(src, " {")
	dst, dstName, _ := strings.Cut(dst, " {")
	err := r.between(ev, proto, src, dst)
	if name := strings.TrimSuffix(srcName, "}"); name != "" {
		ev.Src.Name = r.Clean(name)
	}
	if name := strings.TrimSuffix(dstName, "}"); name != "" {
		ev.Dst.Name = r.Clean(name)
	}
	return true, err
}
