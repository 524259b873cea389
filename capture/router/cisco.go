package router

import (
	"strings"

	"linklog/capture"
	"linklog/capture/syslog"
	"linklog/phrase"
)

// cisco reads the messages of PIX, ASA and IOS about traffic:
//
//	%PIX-4-106023: Deny tcp src outside:203.0.113.9/60014 dst inside:198.51.100.40/113 by access-group "x"
//	%ASA-6-302013: Built outbound TCP connection 447235 for outside:203.0.113.132/8257 (…) to inside:192.168.1.136/1758 (…)
//	%SEC-6-IPACCESSLOGP: list 101 denied tcp 203.0.113.9(51234) -> 198.51.100.40(22), 1 packet
func (r *Reader) cisco(ev *capture.Event, h *syslog.Header) (bool, error) {
	code, found := strings.CutPrefix(h.Program, "%") // in RFC 5424 it is not in the text
	message := h.Message
	if !found {
		at := strings.IndexByte(h.Text, '%')
		if at < 0 {
			return false, nil
		}
		if code, message, found = strings.Cut(h.Text[at+1:], ": "); !found {
			return false, nil
		}
	}
	switch {
	case strings.HasPrefix(code, "SEC-") && strings.Contains(code, "IPACCESSLOG"):
		return true, r.ciscoIOS(ev, message)
	case !strings.HasPrefix(code, "PIX-") && !strings.HasPrefix(code, "ASA-") && !strings.HasPrefix(code, "FTD-"):
		return false, nil
	case strings.Contains(message, " src ") && strings.Contains(message, " dst "):
		return true, r.ciscoDeny(ev, message)
	case strings.HasPrefix(message, "Built ") && strings.Contains(message, " connection "):
		return true, r.ciscoBuilt(ev, message)
	case strings.HasPrefix(message, "Teardown "): // of what was said when it was built
		return true, &Fault{Reason: phrase.Say("the end of a connection"), Code: capture.Repetition, Foreign: true}
	}
	return false, nil
}

func (r *Reader) ciscoIOS(ev *capture.Event, s string) error {
	// list NAME denied|permitted PROTO A(P) [INTERFACE] -> B(P), N packets
	before, after, ok := strings.Cut(s, " -> ")
	f := strings.Fields(before)
	if !ok || len(f) < 5 {
		return otherForm(`"list 101 denied tcp a(1) -> b(2)"`)
	}
	ev.Verdict, ev.Text = capture.VerdictOf(f[2]), r.join("list ", f[1])
	srcHost, srcPort, _ := strings.Cut(f[4], "(")
	dst, _, _ := strings.Cut(after, ",")
	dst, _, _ = strings.Cut(dst, " (") // ICMP's type and code
	dstHost, dstPort, _ := strings.Cut(dst, "(")
	return r.fill(ev, f[3], srcHost, strings.TrimSuffix(srcPort, ")"), dstHost, strings.TrimSuffix(dstPort, ")"))
}

func (r *Reader) ciscoDeny(ev *capture.Event, s string) error {
	// Deny tcp src outside:A/P dst inside:B/P by access-group "x"
	before, after, _ := strings.Cut(s, " src ")
	src, after, ok := strings.Cut(after, " dst ")
	dst, rule := syslog.Word(after)
	action, proto := syslog.Word(before)
	if !ok || proto == "" {
		return otherForm(`"Deny tcp src outside:a/1 dst inside:b/2"`)
	}
	ev.Verdict, ev.Text = capture.VerdictOf(action), r.Clean(strings.TrimPrefix(rule, "by "))
	srcHost, srcPort, outside := ciscoEnd(src)
	dstHost, dstPort, _ := ciscoEnd(dst)
	ev.Dir = ciscoWay(outside)
	return r.fill(ev, proto, srcHost, srcPort, dstHost, dstPort)
}

func (r *Reader) ciscoBuilt(ev *capture.Event, s string) error {
	// Built inbound|outbound PROTO connection N for IF:A/P (…) to IF:B/P (…): the first is
	// the one farther out.
	f := strings.Fields(s)
	for_, to := -1, -1
	for i, w := range f {
		switch w {
		case "for":
			for_ = i
		case "to":
			to = i
		}
	}
	if len(f) < 5 || for_ < 0 || to < for_ || to+1 >= len(f) {
		return otherForm(`"Built outbound TCP connection 1 for outside:a/1 to inside:b/2"`)
	}
	ev.Verdict = capture.Allowed
	srcHost, srcPort, _ := ciscoEnd(f[for_+1])
	dstHost, dstPort, _ := ciscoEnd(f[to+1])
	ev.Dir = capture.In
	if f[1] == "outbound" {
		ev.Dir = capture.Out
		srcHost, srcPort, dstHost, dstPort = dstHost, dstPort, srcHost, srcPort
	}
	return r.fill(ev, f[2], srcHost, srcPort, dstHost, dstPort)
}

// ciscoEnd cuts "outside:203.0.113.9/60014".
func ciscoEnd(s string) (host, port, iface string) {
	iface, rest, ok := strings.Cut(s, ":")
	if !ok {
		rest, iface = s, ""
	}
	host, port, _ = strings.Cut(rest, "/")
	port, _, _ = strings.Cut(port, "(") // a user may follow
	return host, port, iface
}

func ciscoWay(from string) capture.Direction {
	switch {
	case strings.EqualFold(from, "outside"):
		return capture.In
	case strings.EqualFold(from, "inside"):
		return capture.Out
	}
	return 0
}
