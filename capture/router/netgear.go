package router

import (
	"strings"
	"time"

	"linklog/capture"
	"linklog/capture/syslog"
	"linklog/phrase"
)

// netgear reads the messages of Netgear's consumer routers, which have the time, if at
// all, at the end:
//
//	[LAN access from remote] from 203.0.113.123:40216 to 192.168.1.100:59018, Friday, May 07,2021 00:37:22
//	[DoS Attack: TCP/UDP Chargen] from source: 203.0.113.9, port 43210, Friday, May 07, 2021 00:35:59
//	[DoS attack: FIN Scan] (1) attack packets in last 20 sec from ip [203.0.113.8], Friday, …
//
// What is in brackets becomes the text. An attack names no destination, which is the
// router, and no protocol.
func (r *Reader) netgear(ev *capture.Event, h *syslog.Header) (bool, error) {
	if !strings.HasPrefix(h.Text, "[") {
		return false, nil
	}
	netgearTime(h) // also of what is not about traffic
	what, after, ok := strings.Cut(h.Text[1:], "]")
	attack := strings.HasPrefix(what, "DoS ") // "DoS Attack", "DoS attack"
	if !ok || !attack && what != "LAN access from remote" {
		return false, nil
	}
	ev.Kind, ev.Dir, ev.Text = capture.Traffic, capture.In, r.Clean(what)
	if !attack {
		ev.Verdict = capture.Allowed
		src, after, ok := strings.Cut(strings.TrimPrefix(after, " from "), " to ")
		dst, _, _ := strings.Cut(after, ",")
		if !ok {
			return true, otherForm(`"from a:1 to b:2"`)
		}
		if err := r.endOf(&ev.Src, capture.TCP, src); err != nil {
			return true, err
		}
		return true, r.endOf(&ev.Dst, capture.TCP, dst)
	}
	ev.Verdict, ev.Dst.Name = capture.Blocked, "WAN"
	if source, ok := behind(after, "from source: "); ok {
		host, rest, _ := strings.Cut(source, ",")
		if number, ok := behind(rest, " port "); ok {
			number, _, _ = strings.Cut(number, ",")
			if err := Port(&ev.Src, number); err != nil {
				return true, err
			}
		}
		return true, r.Host(&ev.Src, host)
	}
	if source, ok := behind(after, "from ip ["); ok {
		host, _, _ := strings.Cut(source, "]")
		return true, r.Host(&ev.Src, host)
	}
	return true, Malformed(phrase.Say("no source"))
}

// netgearTime reads "…, Friday, May 07,2021 00:37:22" into a header that has no time. The
// month's name may be whole or cut to three letters.
func netgearTime(h *syslog.Header) {
	if h.Stamped {
		return
	}
	for s := h.Text; s != ""; {
		if _, s, _ = strings.Cut(s, ", "); len(s) < len("May 07,2021 00:37:22") {
			return
		}
		date, clock, _ := strings.Cut(s, ",") // "May 07", "2021 00:37:22"
		month, day, _ := strings.Cut(date, " ")
		year, clock := syslog.Word(clock)
		// The order in which syslog.BSD reads it.
		const short = len("Apr")
		st, rest, ok := syslog.BSD(year + " " + month[:min(len(month), short)] + " " + day + " " + clock)
		if st.Misdated() && rest == "" {
			h.Misdated = true
			return
		}
		if ok && rest == "" && (len(month) == short || strings.EqualFold(month, time.Month(st.Month).String())) {
			h.Stamp, h.Stamped = st, true
			return
		}
	}
}

// netgearFVS reads the messages of Netgear's ProSafe FVS and of DGN:
//
//	TCP packet dropped - Source:203.0.113.9,4787,WAN - Destination:198.51.100.40,21,LAN - [rule]
func (r *Reader) netgearFVS(ev *capture.Event, h *syslog.Header) (bool, error) {
	before, after, found := strings.Cut(h.Text, " - Source:")
	if !found {
		return false, nil
	}
	src, after, ok := strings.Cut(after, " - Destination:")
	dst, rule, _ := strings.Cut(after, " - ")
	i := strings.LastIndex(before, " packet ")
	if !ok || i < 0 {
		return true, otherForm(`"TCP packet dropped - Source:a,1,WAN - Destination:b,2,LAN"`)
	}
	ev.Verdict = capture.VerdictOf(before[i:])
	ev.Text = r.Clean(strings.Trim(rule, "[] "))
	proto := before[:i]
	proto = proto[strings.LastIndexByte(proto, ' ')+1:]
	srcHost, srcRest, _ := strings.Cut(src, ",")
	srcPort, side, _ := strings.Cut(srcRest, ",")
	dstHost, dstRest, _ := strings.Cut(dst, ",")
	dstPort, _, _ := strings.Cut(dstRest, ",")
	switch side {
	case "WAN":
		ev.Dir = capture.In
	case "LAN":
		ev.Dir = capture.Out
	}
	return true, r.fill(ev, proto, srcHost, srcPort, dstHost, dstPort)
}
