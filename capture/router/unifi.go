package router

import (
	"strings"

	"linklog/capture"
	"linklog/capture/syslog"
	"linklog/phrase"
)

// unifi reads the events of UniFi Network in ArcSight's Common Event Format, with or
// without the word CEF in front:
//
//	CEF:0|Ubiquiti|UniFi Network|10.0.140|201|Threat Detected and Blocked|7|proto=TCP src=203.0.113.10 spt=46621 dst=198.51.100.40 dpt=80 act=blocked …
//
// The event's name becomes the text. Any of the values may be missing: then it is not known, and
// the destination is the router itself. What has neither a protocol nor two ends is no traffic:
// logins and such.
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
	said := func(key string) string { v, _ := value(after, key); return v }
	proto, src, dst := said("proto"), said("src"), said("dst")
	srcPort, dstPort := said("spt"), said("dpt")
	if proto == "" && (src == "" || dst == "" && srcPort == "" && dstPort == "") {
		return false, nil
	}
	ev.Kind, ev.Text = capture.Traffic, r.Clean(head[3])
	act, acted := value(after, "act")
	if ev.Verdict = capture.VerdictOf(act); ev.Verdict == 0 {
		ev.Verdict = capture.VerdictOf(head[3])
	}
	switch {
	case src == "":
		return true, Malformed(phrase.Say("no host"))
	case dst == "" && dstPort == "" && !acted:
		return true, withoutAddresses()
	case dst == "":
		dst = "WAN" // the router itself, as Linksys' name it
	}
	if proto != "" {
		var err error
		if ev.Proto, err = Protocol(proto); err != nil {
			return true, err
		}
		if !HasPorts(ev.Proto) {
			srcPort, dstPort = "", ""
		}
	}
	if err := r.unifiEnd(&ev.Src, src, srcPort); err != nil {
		return true, err
	}
	if err := r.unifiEnd(&ev.Dst, dst, dstPort); err != nil {
		return true, err
	}
	switch said("UNIFIdirection") {
	case "incoming":
		ev.Dir = capture.In
	case "outgoing":
		ev.Dir = capture.Out
	default:
		ev.Dir = Way(ev.Src.Addr)
	}
	return true, nil
}

// unifiEnd reads a host and, if one is named, its port.
func (r *Reader) unifiEnd(e *capture.Endpoint, host, port string) error {
	if err := r.Host(e, host); err != nil || port == "" {
		return err
	}
	return Port(e, port)
}
