package log

import (
	"net/netip"
	"testing"

	"linklog/capture"
	"linklog/format/services"
)

// What a row was about is a sentence, whatever its direction and protocol.
func TestAttemptInWords(t *testing.T) {
	b := start(t)
	b.Services = services.Default()
	nas := capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.12"), Name: "NAS", Port: 45000}
	host := capture.Endpoint{Addr: netip.MustParseAddr("198.51.100.123")}
	for _, c := range []struct {
		dir   capture.Direction
		proto capture.Protocol
		port  uint16
		want  string
	}{
		{capture.Out, capture.UDP, 123, "NAS (192.168.1.12) tried to reach it on port 123 (ntp, UDP)"},
		{capture.Out, capture.TCP, 40999, "NAS (192.168.1.12) tried to reach it on port 40999 (TCP)"},
		{capture.In, capture.TCP, 22, "tried to reach NAS (192.168.1.12) on port 22 (ssh, TCP)"},
		{capture.In, capture.ICMP, 0, "tried to reach NAS (192.168.1.12) by ICMP"},
		{capture.Out, capture.ICMP, 0, "NAS (192.168.1.12) tried to reach it by ICMP"},
	} {
		ev := capture.Event{Kind: capture.Traffic, Dir: c.dir, Proto: c.proto, Src: nas, Dst: host}
		if c.dir == capture.In {
			ev.Src, ev.Dst = host, nas
		}
		if ev.Dst.Port = c.port; c.port == 0 {
			ev.Src.Port = 0
		}
		_, device := ends(&ev)
		if got := b.detail.attempt(&ev, device); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
