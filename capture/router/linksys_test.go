package router

import (
	"strings"
	"testing"

	"linklog/capture"
	"linklog/capture/capturetest"
)

// TestMessages goes through the catalogue of what routers send, form by form,
// with the odd spellings of each.
func TestMessages(t *testing.T) {
	in := capturetest.Attempt(capture.In, capture.TCP, capturetest.End("203.0.113.9", "", 51234), capturetest.End("192.168.1.10", "", 80))
	outNamed := capturetest.Attempt(capture.Out, capture.UDP, capturetest.End("192.168.1.10", "", 53001), capturetest.End("198.51.100.53", "dns.example", 53))
	oldIn := capturetest.Attempt(capture.In, 0, capturetest.End("24.26.198.27", "", 27960), capturetest.End("192.168.1.61", "", 27960))
	oldNamed := capturetest.Attempt(capture.Out, 0, capturetest.End("192.168.1.61", "", 32949), capturetest.End("", "slashdot.org", 80))
	wan := capturetest.Attempt(capture.In, capture.TCP, capturetest.End("203.0.113.9", "", 63623), capturetest.End("198.51.100.120", "WAN", 111))
	bad := func(text string) capture.Event {
		return capture.Event{Kind: capture.Other, Reason: capture.BadTraffic, Text: text}
	}

	for _, test := range []struct {
		form, text string
		want       capture.Event
	}{
		{"new", "@in TCP from 203.0.113.9:51234 to 192.168.1.10:80", in},
		{"new, dot", "@in TCP from 203.0.113.9:51234 to 192.168.1.10:80.", in},
		{"new, upper case", "@IN tcp FROM 203.0.113.9:51234 TO 192.168.1.10:80", in},
		{"new, spaces and tabs", "@in  \tTCP   from\t203.0.113.9:51234 to   192.168.1.10:80.  ", in},
		{"new, NUL", "@in TCP from 203.0.113.9:51234 to 192.168.1.10:80.\x00", in},
		{"new, CR LF", "@in TCP from 203.0.113.9:51234 to 192.168.1.10:80\r\n", in},
		{"new, junk before", "\x05\xff[junk]@in TCP from 203.0.113.9:51234 to 192.168.1.10:80.", in},
		{"new, @ in the junk", "a@b @in x@in TCP from 203.0.113.9:51234 to 192.168.1.10:80.", in},
		{"new, leading zeros", "@in TCP from 203.000.113.009:51234 to 192.168.001.010:080.", in},
		{"new, ports at their ends", "@out TCP from 192.168.1.10:0 to 198.51.100.1:65535.",
			capturetest.Attempt(capture.Out, capture.TCP, capturetest.End("192.168.1.10", "", 0), capturetest.End("198.51.100.1", "", 65535))},
		{"new, empty name", "@in TCP from (203.0.113.9):51234 to (192.168.1.10):80.", in},
		{"new, ICMP without ports", "@in ICMP from 203.0.113.9 to 192.168.1.10.",
			capturetest.Attempt(capture.In, capture.ICMP, capturetest.End("203.0.113.9", "", 0), capturetest.End("192.168.1.10", "", 0))},
		{"new, ICMP with ports", "@in ICMP from 203.0.113.9:8 to 192.168.1.10:0.",
			capturetest.Attempt(capture.In, capture.ICMP, capturetest.End("203.0.113.9", "", 8), capturetest.End("192.168.1.10", "", 0))},
		{"new, GRE", "@out GRE from 192.168.1.10 to 198.51.100.1",
			capturetest.Attempt(capture.Out, capture.GRE, capturetest.End("192.168.1.10", "", 0), capturetest.End("198.51.100.1", "", 0))},
		{"new, protocol as a number", "@out 50 from 192.168.1.10 to 198.51.100.1",
			capturetest.Attempt(capture.Out, capture.ESP, capturetest.End("192.168.1.10", "", 0), capturetest.End("198.51.100.1", "", 0))},
		{"new, IPv6", "@out TCP from [2001:db8::10]:50000 to [2001:db8::1]:443.",
			capturetest.Attempt(capture.Out, capture.TCP, capturetest.End("2001:db8::10", "", 50000), capturetest.End("2001:db8::1", "", 443))},
		{"new, IPv6 in upper case", "@OUT TCP FROM [2001:DB8::10]:50000 TO [2001:DB8::1]:443",
			capturetest.Attempt(capture.Out, capture.TCP, capturetest.End("2001:db8::10", "", 50000), capturetest.End("2001:db8::1", "", 443))},
		{"new, IPv6 named", "@out TCP from [2001:db8::10]:50000 to web.example([2001:db8::1]):443",
			capturetest.Attempt(capture.Out, capture.TCP, capturetest.End("2001:db8::10", "", 50000), capturetest.End("2001:db8::1", "web.example", 443))},
		{"new, IPv6 named without brackets", "@out TCP from [2001:db8::10]:50000 to web.example(2001:db8::1):443",
			capturetest.Attempt(capture.Out, capture.TCP, capturetest.End("2001:db8::10", "", 50000), capturetest.End("2001:db8::1", "web.example", 443))},
		{"new, IPv4 mapped into IPv6", "@out TCP from [::ffff:192.168.1.10]:5 to [2001:db8::1]:443",
			capturetest.Attempt(capture.Out, capture.TCP, capturetest.End("192.168.1.10", "", 5), capturetest.End("2001:db8::1", "", 443))},
		{"new, an IPv6 zone is dropped", "@out TCP from [fe80::1%eth0]:5 to [2001:db8::1]:443",
			capturetest.Attempt(capture.Out, capture.TCP, capturetest.End("fe80::1", "", 5), capturetest.End("2001:db8::1", "", 443))},
		{"new, text behind it", "@in TCP from 203.0.113.9:51234 to 192.168.1.10:80. (blocked)\x1b[2J",
			func() capture.Event { e := in; e.Text = "(blocked)\ufffd[2J"; return e }()},

		{"named", "@out UDP from 192.168.1.10:53001 to dns.example(198.51.100.53):53.", outNamed},
		{"named, no dot", "@out UDP from 192.168.1.10:53001 to dns.example(198.51.100.53):53", outNamed},
		{"named, upper case", "@OUT UDP from 192.168.1.10:53001 to dns.example(198.51.100.53):53.", outNamed},
		{"named, both sides", "@out TCP from my-pc_1(192.168.1.10):5 to dns.example(198.51.100.53):53.",
			capturetest.Attempt(capture.Out, capture.TCP, capturetest.End("192.168.1.10", "my-pc_1", 5), capturetest.End("198.51.100.53", "dns.example", 53))},
		{"named, NUL CR LF", "@out UDP from 192.168.1.10:53001 to dns.example(198.51.100.53):53.\r\n\x00", outNamed},
		{"named, without an IP", "@out UDP from 192.168.1.10:53001 to dns.example:53.",
			capturetest.Attempt(capture.Out, capture.UDP, capturetest.End("192.168.1.10", "", 53001), capturetest.End("", "dns.example", 53))},
		{"named, empty IP", "@out UDP from 192.168.1.10:53001 to dns.example():53.",
			capturetest.Attempt(capture.Out, capture.UDP, capturetest.End("192.168.1.10", "", 53001), capturetest.End("", "dns.example", 53))},
		{"named, escape sequence", "@out UDP from 192.168.1.10:53001 to a\x1b[31mb.example(198.51.100.53):53.",
			capturetest.Attempt(capture.Out, capture.UDP, capturetest.End("192.168.1.10", "", 53001), capturetest.End("198.51.100.53", "a\ufffd[31mb.example", 53))},
		{"named, brackets in the name", "@out UDP from 192.168.1.10:53001 to a(b)[c](198.51.100.53):53.",
			capturetest.Attempt(capture.Out, capture.UDP, capturetest.End("192.168.1.10", "", 53001), capturetest.End("198.51.100.53", "a(b)[c]", 53))},
		{"named, name far too long", "@out UDP from 192.168.1.10:53001 to " + strings.Repeat("a", 500) + "(198.51.100.53):53.",
			capturetest.Attempt(capture.Out, capture.UDP, capturetest.End("192.168.1.10", "", 53001), capturetest.End("198.51.100.53", strings.Repeat("a", 253), 53))},
		{"named, address broken", "@out UDP from 192.168.1.10:53001 to a(198.51.100.530):53.", bad("@out UDP from 192.168.1.10:53001 to a(198.51.100.530):53.")},
		{"named, control characters", "@out UDP from 192.168.1.10:53001 to a\x07\x9bb.example(198.51.100.53):53.",
			capturetest.Attempt(capture.Out, capture.UDP, capturetest.End("192.168.1.10", "", 53001), capturetest.End("198.51.100.53", "a\ufffd\ufffdb.example", 53))},

		{"WAN", "@in TCP from 203.0.113.9:63623 to WAN(198.51.100.120):111.", wan},
		{"WAN, no dot", "@in TCP from 203.0.113.9:63623 to WAN(198.51.100.120):111", wan},

		{"old", "@in 24.26.198.27 27960 192.168.1.61 27960.", oldIn},
		{"old, no dot", "@in 24.26.198.27 27960 192.168.1.61 27960", oldIn},
		{"old, upper case, tabs, CR LF", "@IN\t24.26.198.27\t27960\t192.168.1.61\t27960.\r\n", oldIn},
		{"old, NUL", "@in 24.26.198.27 27960 192.168.1.61 27960.\x00\x00", oldIn},
		{"old, junk before", "##@in 24.26.198.27 27960 192.168.1.61 27960.", oldIn},
		{"old, IPv6", "@in [2001:db8::1] 5 2001:db8::2 6.", capturetest.Attempt(capture.In, 0, capturetest.End("2001:db8::1", "", 5), capturetest.End("2001:db8::2", "", 6))},
		{"old, named", "@out 192.168.1.61 32949 slashdot.org 80.", oldNamed},
		{"old, named, spaces", "@out  192.168.1.61  32949   slashdot.org  80", oldNamed},
		{"old, a host called from", "@out 192.168.1.61 32949 from 80.", capturetest.Attempt(capture.Out, 0, capturetest.End("192.168.1.61", "", 32949), capturetest.End("", "from", 80))},

		{"port too large", "@in TCP from 203.0.113.9:65536 to 192.168.1.10:80", bad("@in TCP from 203.0.113.9:65536 to 192.168.1.10:80")},
		{"old, port too large", "@in 24.26.198.27 99999 192.168.1.61 27960.", bad("@in 24.26.198.27 99999 192.168.1.61 27960.")},
		{"port with 30 digits", "@in TCP from 203.0.113.9:1 to 192.168.1.10:" + strings.Repeat("9", 30), bad("@in TCP from 203.0.113.9:1 to 192.168.1.10:" + strings.Repeat("9", 30))},
		{"no port", "@in TCP from 203.0.113.9 to 192.168.1.10:80", bad("@in TCP from 203.0.113.9 to 192.168.1.10:80")},
		{"address too large", "@in TCP from 203.0.113.999:1 to 192.168.1.10:80", bad("@in TCP from 203.0.113.999:1 to 192.168.1.10:80")},
		{"five octets", "@in TCP from 203.0.113.9.9:1 to 192.168.1.10:80", bad("@in TCP from 203.0.113.9.9:1 to 192.168.1.10:80")},
		{"unknown protocol", "@in FOO from 203.0.113.9:1 to 192.168.1.10:80", bad("@in FOO from 203.0.113.9:1 to 192.168.1.10:80")},
		{"two dots", "@in 24.26.198.27 27960 192.168.1.61 27960..", bad("@in 24.26.198.27 27960 192.168.1.61 27960..")},
		{"cut off", "@out TCP from 192.168.1.10:5 to", bad("@out TCP from 192.168.1.10:5 to")},
		{"direction only", "@in", bad("@in")},
		{"nothing at all", "@out TCP from : to :.", bad("@out TCP from : to :.")},
		{"brackets only", "@out TCP from ():1 to ():2.", bad("@out TCP from ():1 to ():2.")},
		{"junk, then broken", "x@in TCP from", capture.Event{Kind: capture.System, Text: "x@in TCP from"}},

		{"DHCP lease", "WAN IP = 203.0.113.7", capture.Event{Kind: capture.WAN, Dst: capturetest.End("203.0.113.7", "", 0), Text: "WAN IP = 203.0.113.7"}},
		{"DHCP lease, odd", "wan  ip=203.0.113.7\r\n\x00", capture.Event{Kind: capture.WAN, Dst: capturetest.End("203.0.113.7", "", 0), Text: "wan  ip=203.0.113.7"}},
		{"PPPoE lease", "IP=203.0.113.7.", capture.Event{Kind: capture.WAN, Dst: capturetest.End("203.0.113.7", "", 0), Text: "IP=203.0.113.7."}},
		{"WAN(DHCP)", "WAN(DHCP) IP is 203.0.113.7", capture.Event{Kind: capture.WAN, Dst: capturetest.End("203.0.113.7", "", 0), Text: "WAN(DHCP) IP is 203.0.113.7"}},
		{"WAN, IPv6", "WAN IP = 2001:db8::7", capture.Event{Kind: capture.WAN, Dst: capturetest.End("2001:db8::7", "", 0), Text: "WAN IP = 2001:db8::7"}},
		{"no lease", "WAN IP = none", capture.Event{Kind: capture.System, Text: "WAN IP = none"}},
		{"ready", "System is ready", capture.Event{Kind: capture.System, Text: "System is ready"}},
		{"warm start", "System is warm start\x00", capture.Event{Kind: capture.System, Text: "System is warm start"}},
		{"firmware", "Firmware Version : 1.04.12, Oct 21 2003", capture.Event{Kind: capture.System, Text: "Firmware Version : 1.04.12, Oct 21 2003"}},
		{"system, two lines", "login\r\nroot", capture.Event{Kind: capture.System, Text: "login\ufffd\ufffdroot"}},

		{"empty", "", capture.Event{Kind: capture.Other, Reason: capture.NoText}},
		{"blanks", " \r\n\x00", capture.Event{Kind: capture.Other, Reason: capture.NoText}},
		{"a number", "1.04.12", capture.Event{Kind: capture.Other, Reason: capture.UnknownText, Text: "1.04.12"}},
		{"binary", "\x01\x02abc\xff", capture.Event{Kind: capture.Other, Reason: capture.UnknownText, Text: "\ufffd\ufffdabc\ufffd"}},
	} {
		t.Run(test.form, func(t *testing.T) {
			var ev capture.Event
			new(Reader).Text(&ev, []byte(test.text), true)
			if ev != test.want {
				t.Errorf("%q\n got %+v\nwant %+v", test.text, ev, test.want)
			}
		})
	}
}

// A text that is no known router message is only taken for one from a trap that
// says it is from Linksys.
func TestUnknownTextNeedsLinksys(t *testing.T) {
	for _, test := range []struct {
		text        string
		fromLinksys bool
		want        capture.Kind
	}{
		{"Battery low", true, capture.System},
		{"Battery low", false, capture.Other},
		{"System is ready", false, capture.System},
		{"@in TCP from 203.0.113.9:51234 to 192.168.1.10:80", false, capture.Traffic},
		{"IP=203.0.113.7.", false, capture.WAN},
	} {
		var ev capture.Event
		new(Reader).Text(&ev, []byte(test.text), test.fromLinksys)
		if ev.Kind != test.want {
			t.Errorf("%q (Linksys: %v): got %v, want %v", test.text, test.fromLinksys, ev.Kind, test.want)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{
		"@in TCP from 203.0.113.9:51234 to 192.168.1.10:80", "@out UDP from 192.168.1.10:53001 to dns.example(198.51.100.53):53.",
		"@in 24.26.198.27 27960 192.168.1.61 27960.", "@out 192.168.1.61 32949 slashdot.org 80.", "WAN IP = 203.0.113.7",
		"IP=203.0.113.7.", "@out TCP from [2001:db8::10]:50000 to [fe80::1%\x1b]:443", "@in ICMP from 1.2.3.4 to 5.6.7.8.",
		"x\x00@IN 6 from a():1 to b(2.3.4.5):2.\r\n", "@out TCP from \x1b]0;x\x07:1 to \u202e:2", "@@in@in in from to",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d := new(Reader)
		var ev capture.Event
		d.Text(&ev, text, true)
		capturetest.Check(t, &ev)
		var again capture.Event
		d.Text(&again, text, true) // now from the remembered strings
		if again != ev {
			t.Errorf("%q: first %+v, then %+v", text, ev, again)
		}
	})
}
