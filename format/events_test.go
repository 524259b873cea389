package format

import (
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"linklog/capture"
	"linklog/format/services"
)

// when is the time of the catalogue, in a zone that changes hour and day.
var (
	when = time.Date(2026, 11, 23, 1, 48, 23, 456_000_000, time.UTC)
	zone = time.FixedZone("CET", 3600)
)

func addr(s string) netip.Addr {
	if s == "" {
		return netip.Addr{}
	}
	return netip.MustParseAddr(s)
}

// inbound is `@in TCP from 203.0.113.4:51234 to 192.168.1.10:80`.
func inbound() capture.Event {
	return capture.Event{
		Seq: 7, Time: when, Router: addr("192.168.1.1"), Kind: capture.Traffic, Dir: capture.In, Proto: capture.TCP,
		Src: capture.Endpoint{Addr: addr("203.0.113.4"), Port: 51234},
		Dst: capture.Endpoint{Addr: addr("192.168.1.10"), Port: 80},
	}
}

// outbound is `@out UDP from 192.168.1.10:53001 to dns.google(8.8.8.8):53.`
func outbound() capture.Event {
	return capture.Event{
		Seq: 8, Time: when, Router: addr("192.168.1.1"), Kind: capture.Traffic, Dir: capture.Out, Proto: capture.UDP,
		Src: capture.Endpoint{Addr: addr("192.168.1.10"), Port: 53001},
		Dst: capture.Endpoint{Addr: addr("8.8.8.8"), Name: "dns.google", Port: 53},
		New: true,
	}
}

// refused is `@in TCP from 61.135.139.124:63623 to WAN(216.15.60.120):111.`
func refused() capture.Event {
	return capture.Event{
		Time: when, Router: addr("192.168.1.1"), Kind: capture.Traffic, Dir: capture.In, Proto: capture.TCP,
		Src: capture.Endpoint{Addr: addr("61.135.139.124"), Port: 63623},
		Dst: capture.Endpoint{Addr: addr("216.15.60.120"), Name: "WAN", Port: 111},
	}
}

// oldNamed is `@out 192.168.1.61 32949 slashdot.org 80.`: no protocol, no address.
func oldNamed() capture.Event {
	return capture.Event{
		Time: when, Router: addr("192.168.1.1"), Kind: capture.Traffic, Dir: capture.Out,
		Src: capture.Endpoint{Addr: addr("192.168.1.61"), Port: 32949},
		Dst: capture.Endpoint{Name: "slashdot.org", Port: 80},
	}
}

// wan is `WAN IP = 203.0.113.7`.
func wan() capture.Event {
	return capture.Event{
		Seq: 9, Time: when, Router: addr("192.168.1.1"), Kind: capture.WAN,
		Dst: capture.Endpoint{Addr: addr("203.0.113.7")}, Text: "WAN IP = 203.0.113.7",
	}
}

// other is a traffic message that breaks off.
func other() capture.Event {
	return capture.Event{
		Time: when, Router: addr("fe80::1%eth0"), Kind: capture.Other, Reason: capture.BadTraffic,
		Text: "@in TCP from", Raw: "0\x82\x00\x04abc\xff",
	}
}

// hostile holds what must not reach a terminal in every text it has. Events
// are cleaned on their way in; this one was not.
func hostile(text string) capture.Event {
	return capture.Event{
		Seq: 1, Time: when, Router: addr("fe80::1").WithZone("z" + text), Kind: capture.Traffic, Dir: capture.In,
		Proto: capture.TCP,
		Src:   capture.Endpoint{Addr: addr("fe80::2").WithZone("z" + text), Name: text, Port: 1},
		Dst:   capture.Endpoint{Name: text, Port: 65535},
		Text:  text, Reason: capture.UnknownText, New: true, Raw: text,
	}
}

// nasty are texts that do harm where they are not cleaned.
var nasty = []string{
	"\x1b[2J\x1b]0;title\x07", "a\r\nb", "tab\there", "nul\x00", "\x7f", "\u0085c1\u009b31m", "\u202egnp.exe",
	"\u2066\u2069\u200b\ufeff", "line\u2028para\u2029", "\xff\xfe broken \xe2\x80", "\U000e0041tag", "\ue000private",
	`quote " back \ slash`, "comma, semicolon;", "%S %{text} %%", "=cmd|' /C calc'!A1", "@in", " +1", "-1", "'quoted",
	"＝wide", "ünïcödé 日本語 🙂", " leading and trailing ", "",
}

// checkPrintable fails if anything is in s that may not reach a terminal.
func checkPrintable(t testing.TB, s []byte) {
	t.Helper()
	if !utf8.Valid(s) {
		t.Errorf("broken UTF-8 in %q", s)
	}
	for _, r := range string(s) {
		if !capture.Printable(r) {
			t.Errorf("%U in %q", r, s)
		}
	}
}

// table has the names that the catalogue shows, whatever this machine has.
func table(t testing.TB) *services.Table {
	t.Helper()
	tab, err := services.Read(strings.NewReader("http 80/tcp\nhttp 80/udp\nsunrpc 111/tcp\ndomain 53/udp\ndomain 53/tcp\n"))
	if err != nil {
		t.Fatal(err)
	}
	return tab
}
