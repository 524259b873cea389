package router

import (
	"strings"

	"linklog/capture"
	"linklog/capture/syslog"
)

// mikrotik reads the line of RouterOS' firewall:
//
//	firewall,info D|input| input: in:ether1 out:(unknown 0), connection-state:new src-mac 02:00:5e:10:00:02, proto TCP (SYN), 203.0.113.9:44355->198.51.100.7:23, len 40
//
// The rule's prefix and the chain become the text; only the prefix tells a verdict, by a
// word or by "A|", "D|", "R|" at its beginning.
func (r *Reader) mikrotik(ev *capture.Event, h *syslog.Header) (bool, error) {
	line := h.Text
	if strings.HasPrefix(h.Message, mikrotikTopics) { // behind the router's name and a colon
		line = h.Message
	}
	before, after, ok := strings.Cut(line, ": in:")
	if !ok {
		return false, nil
	}
	in, after, ok := strings.Cut(after, " out:")
	if !ok {
		return false, nil
	}
	out, after, _ := strings.Cut(after, ",")
	at := strings.Index(after, "proto ")
	if at < 0 {
		return false, nil
	}
	if word, rest := syslog.Word(before); strings.HasPrefix(word, mikrotikTopics) {
		before = rest
	}
	said := r.chains.of(before)
	if said == nil {
		said = r.chains.add(before, r.Clean(cut(before, maxPrefix)), mikrotikVerdict(before))
	}
	ev.Text, ev.Verdict = said.text, said.verdict
	after = after[at+len("proto "):]
	name, after, _ := strings.Cut(after, ", ")
	name, _, _ = strings.Cut(name, " (")
	name = strings.TrimSuffix(name, ",")
	if (name == "TCP" || name == "UDP") && usualEnds(ev, after) {
		ev.Kind = capture.Traffic
		ev.Proto, _ = capture.ParseProtocol(name)
	} else if err := r.mikrotikEnds(ev, name, after); err != nil {
		return true, err
	}
	f := netfilterFields{in: in, out: out}
	if strings.HasPrefix(out, "(unknown") {
		f.out = ""
	}
	if strings.HasPrefix(in, "(unknown") {
		f.in = ""
	}
	r.in = f.in
	ev.Dir = f.direction(ev.Src.Addr, ev.Dst.Addr)
	return true, nil
}

// mikrotikEnds reads what stands behind the protocol.
func (r *Reader) mikrotikEnds(ev *capture.Event, proto, s string) error {
	// "proto ICMP (type 8, code 0), a->b" has a comma of its own.
	if code, rest, ok := strings.Cut(s, "), "); ok && strings.HasPrefix(code, "code ") {
		s = rest
	}
	ends, _, _ := strings.Cut(s, ",")
	src, dst, ok := strings.Cut(ends, "->")
	if !ok {
		return withoutAddresses()
	}
	return r.between(ev, proto, src, dst)
}

// usualEnds reads the ends that most lines have, "192.168.1.13:62502->198.51.100.33:587", behind
// which there is a comma or nothing.
func usualEnds(ev *capture.Event, s string) (ok bool) {
	from, s, ok := leadingIPv4(s)
	if !ok || s == "" || s[0] != ':' {
		return false
	}
	fromPort, s, ok := leadingPort(s[1:])
	if !ok || !strings.HasPrefix(s, "->") {
		return false
	}
	to, s, ok := leadingIPv4(s[len("->"):])
	if !ok || s == "" || s[0] != ':' {
		return false
	}
	toPort, s, ok := leadingPort(s[1:])
	if !ok || s != "" && s[0] != ',' {
		return false
	}
	ev.Src.Addr, ev.Src.Port, ev.Dst.Addr, ev.Dst.Port = from, fromPort, to, toPort
	return true
}

// mikrotikTopics begin the topics "firewall,info", which are the log's own.
const mikrotikTopics = "firewall,"

// mikrotikVerdict reads the prefix, behind which stands the chain, and before which a name
// and a colon may stand.
func mikrotikVerdict(before string) capture.Verdict {
	prefix := ""
	if i := strings.LastIndexByte(before, ' '); i >= 0 {
		prefix = before[:i]
	}
	letter := prefix
	if name, after, ok := strings.Cut(prefix, ": "); ok && !strings.Contains(name, " ") {
		letter = after
	}
	switch {
	case strings.HasPrefix(letter, "A|"):
		return capture.Allowed
	case strings.HasPrefix(letter, "D|"), strings.HasPrefix(letter, "R|"):
		return capture.Blocked
	}
	return capture.VerdictOf(prefix)
}
