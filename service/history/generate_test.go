package history

import (
	"math"
	"net/netip"
	"time"

	"pgregory.net/rapid"

	"linklog/capture"
)

// Generators make events from few values, so that patterns match some of them and
// dictionaries are used again, with the odd extreme among them.

func drawAddr(t *rapid.T, label string) netip.Addr {
	return rapid.OneOf(
		rapid.SampledFrom([]netip.Addr{
			{}, netip.MustParseAddr("192.168.1.10"), netip.MustParseAddr("17.5.7.8"), netip.MustParseAddr("17.253.144.10"),
			netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("fe80::1%eth0"), netip.MustParseAddr("0.0.0.0"),
		}),
		rapid.Map(rapid.Uint32(), func(n uint32) netip.Addr {
			return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
		}),
	).Draw(t, label)
}

func drawName(t *rapid.T, label string) string {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"", "", "", "nas.lan", "dns.google", "www.apple.com", "Ünï.example"}),
		rapid.StringN(0, 10, 40),
	).Draw(t, label)
}

func drawPort(t *rapid.T, label string) uint16 {
	return rapid.OneOf(rapid.SampledFrom([]uint16{0, 22, 53, 80, 443, 8080, 65535}), rapid.Uint16()).Draw(t, label)
}

func drawEnd(t *rapid.T, label string) capture.Endpoint {
	return capture.Endpoint{Addr: drawAddr(t, label), Name: drawName(t, label+" name"), Port: drawPort(t, label+" port")}
}

func drawVolume(t *rapid.T, label string) capture.Volume {
	of := rapid.OneOf(rapid.SampledFrom([]uint64{0, 7, 1000, 5000, math.MaxInt64}), rapid.Uint64Max(math.MaxInt64))
	return capture.Volume{Bytes: of.Draw(t, label+" bytes"), Packets: of.Draw(t, label+" packets")}
}

func drawTime(t *rapid.T, label string) time.Time {
	return time.Unix(0, rapid.OneOf(
		rapid.Int64Range(start.UnixNano(), start.Add(time.Hour).UnixNano()),
		rapid.SampledFrom([]int64{0, 1, -1, math.MaxInt64, math.MinInt64}),
	).Draw(t, label)).UTC()
}

func drawEvent(t *rapid.T) capture.Event {
	e := capture.Event{
		Time: drawTime(t, "time"), Router: drawAddr(t, "router"), RouterName: rapid.SampledFrom([]string{"", "", "openwrt", "edge17.example.com"}).Draw(t, "router's name"),
		Kind: rapid.SampledFrom([]capture.Kind{
			capture.Traffic, capture.Traffic, capture.Traffic, capture.System, capture.WAN, capture.Other, capture.Rejected, capture.Gap,
		}).Draw(t, "kind"),
		New: rapid.Bool().Draw(t, "new"),
	}
	text := rapid.OneOf(rapid.SampledFrom([]string{"", "System is ready", "WAN IP = 203.0.113.7", "new firmware"}), rapid.StringN(0, 20, 80))
	switch e.Kind {
	case capture.Traffic:
		e.Dir = capture.Direction(rapid.Uint8Range(0, 2).Draw(t, "dir"))
		e.Proto = rapid.SampledFrom([]capture.Protocol{0, capture.ICMP, capture.TCP, capture.UDP, capture.GRE, 255}).Draw(t, "proto")
		e.Src, e.Dst = drawEnd(t, "src"), drawEnd(t, "dst")
		if rapid.Bool().Draw(t, "measured") {
			e.Src.Sent, e.Dst.Sent = drawVolume(t, "sent"), drawVolume(t, "received")
		}
		if rapid.IntRange(0, 9).Draw(t, "extra") == 0 {
			e.Text = text.Draw(t, "text")
		}
	case capture.WAN:
		e.Dst.Addr, e.Text = drawAddr(t, "dst"), text.Draw(t, "text")
	case capture.Gap:
		e.Text, e.Lost = text.Draw(t, "text"), rapid.OneOf(rapid.Just(uint64(0)), rapid.Uint64Max(math.MaxInt64)).Draw(t, "lost")
		if rapid.Bool().Draw(t, "since") {
			e.Since = drawTime(t, "since")
		}
	case capture.Other, capture.Rejected:
		e.Reason = capture.Reason(rapid.IntRange(1, capture.Reasons-1).Draw(t, "reason"))
		e.Raw = string(rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "raw"))
		e.Text = text.Draw(t, "text")
	default:
		e.Text = text.Draw(t, "text")
	}
	return e
}

// drawEvents gives events in the order of Seq, with gaps of all sizes.
func drawEvents(t *rapid.T, most int) []capture.Event {
	events := rapid.SliceOfN(rapid.Custom(drawEvent), 0, most).Draw(t, "events")
	seq := uint64(0)
	for i := range events {
		edge := blockSize - seq&blockMask // to the first slot of the next block
		seq += rapid.OneOf(
			rapid.Just(uint64(1)), rapid.Just(uint64(1)), rapid.Uint64Range(1, 3*blockSize),
			rapid.SampledFrom([]uint64{edge, max(edge-1, 1)}),
		).Draw(t, "step")
		events[i].Seq = seq
	}
	return events
}
