package router

import (
	"strings"

	"linklog/capture"
	"linklog/capture/syslog"
)

// dlink reads the message of D-Link's DI-604 family:
//
//	Unrecognized attempt blocked from 203.0.113.147:1986 to 198.51.100.40 UDP:2463
func (r *Reader) dlink(ev *capture.Event, h *syslog.Header) (bool, error) {
	after, found := behind(h.Text, "Unrecognized attempt blocked from ")
	if !found {
		return false, nil
	}
	f := strings.Fields(after)
	if len(f) < 4 || f[1] != "to" {
		return true, otherForm(`"… from a:1 to b TCP:2"`)
	}
	ev.Kind, ev.Dir, ev.Verdict, ev.Text = capture.Traffic, capture.In, capture.Blocked, "Unrecognized attempt blocked"
	name, number := HostPort(f[3])
	var err error
	if ev.Proto, err = Protocol(name); err != nil {
		return true, err
	}
	if err = r.endOf(&ev.Src, ev.Proto, f[0]); err != nil {
		return true, err
	}
	if err = r.Host(&ev.Dst, f[2]); err != nil || !HasPorts(ev.Proto) {
		return true, err
	}
	return true, Port(&ev.Dst, number)
}

// dlinkDIR reads the messages of D-Link's DIR and DGL:
//
//	System Log: Blocked incoming UDP packet from 203.0.113.74:6346 to 198.51.100.40:45594
//	System Log: Blocked outgoing TCP packet from 192.168.0.200:139 to 203.0.113.1:2536 as SYN:ACK received but …
func (r *Reader) dlinkDIR(ev *capture.Event, h *syslog.Header) (bool, error) {
	dir := capture.In
	after, found := behind(h.Text, "Blocked incoming ")
	if !found {
		if after, found = behind(h.Text, "Blocked outgoing "); !found {
			return false, nil
		}
		dir = capture.Out
	}
	ev.Dir = dir
	proto, after, _ := strings.Cut(after, " packet from ")
	src, after, ok := strings.Cut(after, " to ")
	dst, reason := syslog.Word(after)
	if !ok || dst == "" {
		return true, otherForm(`"Blocked incoming TCP packet from a:1 to b:2"`)
	}
	ev.Verdict, ev.Text = capture.Blocked, r.Clean(strings.TrimPrefix(reason, "as "))
	return true, r.between(ev, proto, src, dst)
}
