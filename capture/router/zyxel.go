package router

import (
	"strconv"
	"strings"

	"linklog/capture"
	"linklog/capture/syslog"
	"linklog/phrase"
)

// zyxelFilter reads the message of Zyxel's firmware, which is Netgear's RT311 and
// RT314 (Prestige 314 manual, "Filter log"):
//
//	IP[Src=203.0.113.23   Dst=192.168.0.5 TCP spo=02248  dpo=00080]}S05>R01nN>R02nF
//
// The filter rules behind it become the text.
func (r *Reader) zyxelFilter(ev *capture.Event, h *syslog.Header) (bool, error) {
	after, found := behind(h.Text, "IP[Src=")
	if !found {
		return false, nil
	}
	inner, rules, closed := strings.Cut(after, "]")
	f := strings.Fields(inner)
	if !closed || len(f) < 3 || !strings.HasPrefix(f[1], "Dst=") {
		return true, otherForm(`"IP[Src=a Dst=b TCP spo=1 dpo=2]"`)
	}
	ev.Kind = capture.Traffic
	ev.Text = r.Clean(strings.Trim(rules, "} "))
	var ok bool
	if ev.Src.Addr, ok = Address(f[0]); !ok {
		return true, notAddress(f[0])
	}
	if ev.Dst.Addr, ok = Address(f[1][len("Dst="):]); !ok {
		return true, notAddress(f[1])
	}
	ev.Dir = Way(ev.Src.Addr)
	var err error
	if ev.Proto, err = Protocol(f[2]); err != nil || !HasPorts(ev.Proto) {
		return true, err
	}
	if len(f) < 5 || !strings.HasPrefix(f[3], "spo=") || !strings.HasPrefix(f[4], "dpo=") {
		return true, Malformed(phrase.Say("no ports"))
	}
	if err = zyxelPort(&ev.Src, f[3][len("spo="):]); err != nil {
		return true, err
	}
	return true, zyxelPort(&ev.Dst, f[4][len("dpo="):])
}

// zyxelPort reads five digits or, of some models, four hexadecimal ones.
func zyxelPort(e *capture.Endpoint, s string) error {
	const hexDigits = 4
	if len(s) != hexDigits {
		return Port(e, s)
	}
	n, err := strconv.ParseUint(s, 16, 16)
	if err != nil {
		return Malformed(phrase.Say("not a port: {{.Text}}", "Text", Quoted(s)))
	}
	e.Port = uint16(n)
	return nil
}

// zyxel reads the messages of Zyxel's ZyWALL and USG:
//
//	src="203.0.113.33:11031" dst="198.51.100.45:23" msg="Match default rule DROP" note="ACCESS BLOCK" … dir="WAN:LAN" protoID=6
//
// It names the protocol by number, or not at all.
func (r *Reader) zyxel(ev *capture.Event, h *syslog.Header) (bool, error) {
	note, ok := value(h.Text, "note")
	if !ok || note != "ACCESS BLOCK" && note != "ACCESS FORWARD" && note != "Traffic Log" {
		return false, nil
	}
	src, _ := value(h.Text, "src")
	dst, _ := value(h.Text, "dst")
	message, _ := value(h.Text, "msg")
	ev.Kind, ev.Text = capture.Traffic, r.Clean(message)
	if ev.Verdict = capture.VerdictOf(note); ev.Verdict == 0 {
		action, _ := value(h.Text, "action")
		ev.Verdict = capture.VerdictOf(action)
	}
	if number, ok := value(h.Text, "protoID"); ok {
		var err error
		if ev.Proto, err = Protocol(number); err != nil {
			return true, err
		}
	}
	if err := r.zyxelEnd(&ev.Src, src); err != nil {
		return true, err
	}
	if err := r.zyxelEnd(&ev.Dst, dst); err != nil {
		return true, err
	}
	way, _ := value(h.Text, "dir")
	from, to, _ := strings.Cut(way, ":")
	switch {
	case strings.HasPrefix(from, "WAN"):
		ev.Dir = capture.In
	case strings.HasPrefix(to, "WAN"):
		ev.Dir = capture.Out
	default:
		ev.Dir = Way(ev.Src.Addr)
	}
	return true, nil
}

// zyxelDHCP reads what ZyWALL and USG say of their DHCP server:
//
//	src="0.0.0.0:0" dst="0.0.0.0:0" msg="DHCP server assigned 192.168.1.10 to tv-living(02:00:5E:10:00:22)" note="DHCP ACK" … cat="DHCP"
func (r *Reader) zyxelDHCP(s *capture.Sighting, message string) bool {
	if !strings.HasPrefix(message, "src=") {
		return false
	}
	switch note, _ := value(message, "note"); note {
	case "DHCP Request", "DHCP Offer":
		return true
	case "DHCP ACK":
	default:
		return false
	}
	said, _ := value(message, "msg")
	rest, ok := strings.CutPrefix(said, "DHCP server assigned ")
	addr, rest := syslog.Word(rest)
	to, rest := syslog.Word(rest)
	at := strings.LastIndexByte(rest, '(')
	return ok && to == "to" && at >= 0 && r.lease(s, addr, strings.TrimSuffix(rest[at+1:], ")"), rest[:at])
}

// zyxelEnd reads "host:port"; a port 0 or none is that of a protocol without.
func (r *Reader) zyxelEnd(e *capture.Endpoint, s string) error {
	host, number := HostPort(s)
	if err := r.Host(e, host); err != nil || number == "" {
		return err
	}
	return Port(e, number)
}

// zyxelRAS reads the messages of older Prestiges, of which B is blocked and F forwarded:
//
//	RAS: FW 203.0.113.9 :51234 ->198.51.100.40 :23 |TCP|default permit:<2,0>|B
//
// Blanks pad the addresses, so that there are many or none before a colon.
func (r *Reader) zyxelRAS(ev *capture.Event, h *syslog.Header) (bool, error) {
	after, found := behind(h.Text, "FW ")
	if !found || h.Program != "RAS" && !strings.Contains(h.Text, "RAS") {
		return false, nil
	}
	ends, after, ok := strings.Cut(after, "|")
	proto, after, ok2 := strings.Cut(after, "|")
	rule, action, ok3 := strings.Cut(after, "|")
	src, dst, ok4 := strings.Cut(ends, "->")
	if !ok || !ok2 || !ok3 || !ok4 {
		return true, otherForm(`"FW a :1 ->b :2 |TCP|rule|B"`)
	}
	ev.Text = r.Clean(strings.Trim(rule, " "))
	switch strings.Trim(action, " ") {
	case "B":
		ev.Verdict = capture.Blocked
	case "F":
		ev.Verdict = capture.Allowed
	}
	srcHost, srcPort := zyxelPadded(src)
	dstHost, dstPort := zyxelPadded(dst)
	return true, r.fill(ev, strings.Trim(proto, " "), srcHost, srcPort, dstHost, dstPort)
}

func zyxelPadded(s string) (host, port string) {
	host, port = HostPort(s)
	return strings.Trim(host, " "), strings.Trim(port, " ")
}
