package router

import (
	"strings"

	"linklog/capture"
	"linklog/capture/syslog"
)

// sonicwall reads SonicWall's messages:
//
//	id=firewall sn=… time="2009-01-16 23:29:58" fw=198.51.100.40 … msg="Connection Opened" src=192.168.168.10:1025:X0 dst=203.0.113.5:80:X1 proto=tcp/http
//
// A connection that ends is the one that was told when it began.
func (r *Reader) sonicwall(ev *capture.Event, h *syslog.Header) (bool, error) {
	if !strings.Contains(h.Text, "id=firewall ") && !strings.Contains(h.Text, " sn=") {
		return false, nil
	}
	proto, ok := value(h.Text, "proto")
	if !ok {
		return false, nil
	}
	message, _ := value(h.Text, "msg")
	ev.Text = r.Clean(message)
	switch {
	case message == "Connection Opened", message == "Connection Closed":
		ev.Verdict = capture.Allowed
	default:
		ev.Verdict = capture.VerdictOf(message)
	}
	src, _ := value(h.Text, "src")
	dst, _ := value(h.Text, "dst")
	proto, _, _ = strings.Cut(proto, "/")
	srcHost, srcPort, way := sonicwallEnd(src)
	dstHost, dstPort, _ := sonicwallEnd(dst)
	switch { // X0 is the house, X1 the provider, unless somebody plugs it otherwise
	case way == "X1":
		ev.Dir = capture.In
	case way == "X0":
		ev.Dir = capture.Out
	}
	return true, r.fill(ev, proto, srcHost, srcPort, dstHost, dstPort)
}

// sonicwallEnd cuts "host:port:interface".
func sonicwallEnd(s string) (host, port, iface string) {
	host, rest, _ := strings.Cut(s, ":")
	port, iface, _ = strings.Cut(rest, ":")
	iface, _, _ = strings.Cut(iface, ":") // a name may follow
	return host, port, iface
}
