package router

import (
	"strings"

	"linklog/capture"
)

// draytek reads the messages of Draytek's Vigor:
//
//	Open port: 203.0.113.163:43465 -> 192.168.100.3:80 (TCP) Web
//	Local User: 192.168.100.4:2428 -> 198.51.100.102:80 (TCP)Web
//
// The service it names at the end becomes the text.
func (r *Reader) draytek(ev *capture.Event, rest string) (bool, error) {
	after, found := behind(rest, "Open port: ")
	ev.Dir = capture.In
	if !found {
		if after, found = behind(rest, "Local User: "); !found {
			return false, nil
		}
		ev.Dir = capture.Out
	}
	src, after, ok := strings.Cut(after, " -> ")
	dst, after, ok2 := strings.Cut(after, " (")
	name, service, ok3 := strings.Cut(after, ")")
	if !ok || !ok2 || !ok3 {
		return true, Malformed("not of the form \"a:1 -> b:2 (TCP)\"")
	}
	ev.Kind = capture.Traffic
	ev.Text = r.Clean(strings.Trim(service, " "))
	var err error
	if ev.Proto, err = Protocol(name); err != nil {
		return true, err
	}
	if err = r.endOf(&ev.Src, ev.Proto, src); err != nil {
		return true, err
	}
	return true, r.endOf(&ev.Dst, ev.Proto, dst)
}
