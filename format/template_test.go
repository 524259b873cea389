package format

import (
	"errors"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/format/services"
)

func mustCompile(t testing.TB, template string) *Template {
	t.Helper()
	tmpl, err := Compile(template)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

func show(t testing.TB, template string, ev capture.Event, o Options) string {
	t.Helper()
	if o.Location == nil {
		o.Location = zone
	}
	return string(NewFormatter(mustCompile(t, template), o).Append(nil, &ev))
}

// What the original printed, and what it should have.
func TestOriginal(t *testing.T) {
	noNames := Options{NoNamesSource: true, NoNamesDest: true}
	for _, test := range []struct {
		name string
		ev   capture.Event
		o    Options
		want string
	}{
		{"in", inbound(), noNames, "Nov 23 02:48:23 [ in, TCP] 203.0.113.4:51234 -> 192.168.1.10:http"},
		{"out, named, --no-dns", outbound(), noNames, "Nov 23 02:48:23 [out, UDP] 192.168.1.10:53001 -> 8.8.8.8:domain"},
		{"WAN, --no-dns", refused(), noNames, "Nov 23 02:48:23 [ in, TCP] 61.135.139.124:63623 -> 216.15.60.120:sunrpc"},
		{"out, named", outbound(), Options{}, "Nov 23 02:48:23 [out, UDP] 192.168.1.10:53001 -> dns.google:domain"},
		{"--no-dns-source", outbound(), Options{NoNamesSource: true}, "Nov 23 02:48:23 [out, UDP] 192.168.1.10:53001 -> dns.google:domain"},
		{"--no-dns-dest", outbound(), Options{NoNamesDest: true}, "Nov 23 02:48:23 [out, UDP] 192.168.1.10:53001 -> 8.8.8.8:domain"},
		{"--show-port-numbers", outbound(), Options{PortNumbers: true}, "Nov 23 02:48:23 [out, UDP] 192.168.1.10:53001 -> dns.google:53"},
		{"old form", oldNamed(), Options{}, "Nov 23 02:48:23 [out, ---] 192.168.1.61:32949 -> slashdot.org:http"},
		{"old form, --no-dns", oldNamed(), noNames, "Nov 23 02:48:23 [out, ---] 192.168.1.61:32949 -> slashdot.org:http"},
		{"no traffic", wan(), Options{}, "Nov 23 02:48:23 [---, ---] -:- -> 203.0.113.7:-"},
	} {
		test.o.Services = table(t)
		if got := show(t, Default, test.ev, test.o); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

func TestSystemDefault(t *testing.T) {
	system := wan()
	system.Kind, system.Text, system.Dst = capture.System, "System is ready", capture.Endpoint{}
	rejected := other()
	rejected.Kind, rejected.Reason, rejected.Text = capture.Rejected, capture.NotSNMP, ""
	gap := capture.Event{Time: wan().Time, Kind: capture.Gap, Text: "the service was not running", Since: wan().Time.Add(-time.Hour - 83*time.Second)}
	lost := capture.Event{Time: wan().Time, Kind: capture.Gap, Text: "the disk is full", Lost: 12}
	for _, test := range []struct {
		ev   capture.Event
		want string
	}{
		{system, "Nov 23 02:48:23 [system, 192.168.1.1] System is ready"},
		{wan(), "Nov 23 02:48:23 [wan, 192.168.1.1] WAN IP = 203.0.113.7"},
		{other(), "Nov 23 02:48:23 [other, fe80::1%eth0] @in TCP from (malformed traffic message)"},
		{rejected, "Nov 23 02:48:23 [rejected, fe80::1%eth0] (neither SNMP nor syslog)"},
		{gap, "Nov 23 02:48:23 [gap, -] the service was not running (from 2026-11-23 01:47:00 to 2026-11-23 02:48:23)"},
		{lost, "Nov 23 02:48:23 [gap, -] 12 messages lost: the disk is full"},
	} {
		if got := show(t, SystemDefault, test.ev, Options{}); got != test.want {
			t.Errorf("got %s\nwant %s", got, test.want)
		}
	}
}

func TestTokens(t *testing.T) {
	early := inbound()
	early.Time = time.Date(2007, 1, 3, 4, 5, 6, 0, zone)
	year5 := inbound()
	year5.Time = time.Date(5, 1, 3, 4, 5, 6, 0, zone)
	unknown := capture.Event{}
	both := outbound()
	both.Src.Name = "laptop"
	unnamed := oldNamed()
	unnamed.Dst.Name = ""
	icmp := inbound()
	icmp.Proto, icmp.Src.Port, icmp.Dst.Port = capture.ICMP, 0, 0
	for _, test := range []struct {
		template string
		ev       capture.Event
		want     string
	}{
		{"%a %A", inbound(), "203.0.113.4 192.168.1.10"},
		{"%a %A", oldNamed(), "192.168.1.61 -"},
		{"%s %d", both, "laptop dns.google"},
		{"%s %d", inbound(), "203.0.113.4 192.168.1.10"},
		{"%s %d", oldNamed(), "192.168.1.61 slashdot.org"},
		{"%s %d", unnamed, "192.168.1.61 -"},
		{"%S %D", inbound(), "51234 http"},
		{"%S %D", icmp, "0 0"},
		{"%S %D", wan(), "- -"},
		{"[%i]", inbound(), "[ in]"},
		{"[%i]", outbound(), "[out]"},
		{"[%i]", wan(), "[---]"},
		{"%p", inbound(), "TCP"},
		{"%p", icmp, "ICMP"},
		{"%p", oldNamed(), "---"},
		{"%t", inbound(), "Nov 23 02:48:23"},
		{"%M %T %h:%m:%z", inbound(), "Nov 23 02:48:23"},
		{"%t|%M|%T|%h|%m|%z|%w|%y|%Y", early, "Jan  3 04:05:06|Jan| 3|04|05|06|Wed|2007|07"},
		{"%y %Y", year5, "0005 05"},
		{"%w %y %Y", inbound(), "Mon 2026 26"},
		{"100%% %%S", inbound(), "100% %S"},
		{"%%%%%p%%", inbound(), "%%TCP%"},
		{"100%", inbound(), "100%"},
		{"100 % %a%", inbound(), "100 % 203.0.113.4%"},
		{"%%%", inbound(), "%%"},
		{"%\t%\n%\u00a0%p", inbound(), "%\t%\n%\u00a0TCP"},
		{"", inbound(), ""},
		{"no token", inbound(), "no token"},
		{"line\nbreak\t\\t", inbound(), "line\nbreak\t\\t"},

		{"%{router}", inbound(), "192.168.1.1"},
		{"%{router}", other(), "fe80::1%eth0"},
		{"%{router.name} %{router}", func() capture.Event { ev := inbound(); ev.RouterName = "OpenWrt"; return ev }(), "OpenWrt 192.168.1.1"},
		{"%{router.name}", inbound(), "192.168.1.1"},
		{"%{router} %{seq} %{kind} %{direction} %i %p", unknown, "- - - - --- ---"},
		{"%{seq}", inbound(), "7"},
		{"%{kind}", inbound(), "traffic"},
		{"%{direction}", inbound(), "in"},
		{"%{direction}", wan(), "-"},
		{"%{protocol}", oldNamed(), "---"},
		{"%{time}", inbound(), "2026-11-23T02:48:23.456+01:00"},
		{"%{time:rfc3339}", inbound(), "2026-11-23T02:48:23+01:00"},
		{"%{time:unix}", inbound(), "1795398503"},
		{"%{time:unixms}", inbound(), "1795398503456"},
		{"%{time:02.01.2006 15:04:05,000 %S {}", inbound(), "23.11.2026 02:48:23,456 %S {"},
		{"%{src.ip} %{src.name} %{src.host} %{src.port} %{src.service}", both, "192.168.1.10 laptop laptop 53001 53001"},
		{"%{dst.ip} %{dst.name} %{dst.host} %{dst.port} %{dst.service}", both, "8.8.8.8 dns.google dns.google 53 domain"},
		{"%{local.ip} %{local.name} %{local.port}", both, "192.168.1.10 laptop 53001"},
		{"%{remote.ip} %{remote.name} %{remote.port}", both, "8.8.8.8 dns.google 53"},
		{"%{local.ip} %{remote.ip} %{remote.name}", inbound(), "192.168.1.10 203.0.113.4 -"},
		{"%{local.host} %{remote.port}", wan(), "- -"},
		{"%{service}", both, "domain"},
		{"[%{text}] [%{reason}] [%{message}]", other(), "[@in TCP from] [malformed traffic message] [@in TCP from (malformed traffic message)]"},
		{"[%{text}] [%{reason}] [%{message}]", inbound(), "[] [] []"},
		{"[%{new}]", inbound(), "[]"},
		{"[%{new}]", outbound(), "[new]"},
	} {
		if got := show(t, test.template, test.ev, Options{Services: table(t)}); got != test.want {
			t.Errorf("%q:\n got %q\nwant %q", test.template, got, test.want)
		}
	}
}

// Every token of the list can be written as it stands there.
func TestTokenList(t *testing.T) {
	seen := map[string]bool{}
	for _, info := range Tokens() {
		if seen[info.Token] || info.Meaning == "" {
			t.Errorf("%+v: twice or without a meaning", info)
		}
		seen[info.Token] = true
		token := strings.Replace(info.Token, "LAYOUT", "2006", 1)
		if _, err := Compile(token); err != nil {
			t.Error(err)
		}
	}
	for _, token := range strings.Fields("%a %A %s %d %S %D %i %p %t %h %m %z %T %M %w %y %Y %%") {
		if !seen[token] {
			t.Errorf("%s is missing", token)
		}
	}
}

// With names or services switched off they are off in every token.
func TestOptions(t *testing.T) {
	ev := outbound()
	ev.Src.Name = "laptop"
	const template = "%s %{src.host} %{src.name} %{local.name} %d %{dst.name} %{remote.host} %D %{dst.service} %{service}"
	for _, test := range []struct {
		name string
		o    Options
		want string
	}{
		{"all", Options{Services: services.IANA()}, "laptop laptop laptop laptop dns.google dns.google dns.google domain domain domain"},
		{"no source names", Options{Services: services.IANA(), NoNamesSource: true}, "192.168.1.10 192.168.1.10 - - dns.google dns.google dns.google domain domain domain"},
		{"no destination names", Options{NoNamesDest: true}, "laptop laptop laptop laptop 8.8.8.8 - 8.8.8.8 53 53 53"},
		{"port numbers", Options{Services: services.IANA(), PortNumbers: true}, "laptop laptop laptop laptop dns.google dns.google dns.google 53 53 53"},
	} {
		if got := show(t, template, ev, test.o); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

// The original replaced tokens one after another, also those in host names.
func TestSinglePass(t *testing.T) {
	ev := outbound()
	ev.Dst.Name, ev.Src.Name, ev.Text = "%S.%a.%{seq}", "%%", "%d"
	if got, want := show(t, "%s %d %{text}", ev, Options{}), "%% %S.%a.%{seq} %d"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTemplateClean(t *testing.T) {
	const all = "%s %d %{router} %a %{text} %{message} %{remote.name} %{local.host}"
	for _, text := range nasty {
		checkPrintable(t, []byte(show(t, all, hostile(text), Options{})))
	}
	ev := hostile("\x1b[31mré\u202ed\xff")
	if got, want := show(t, "%s", ev, Options{}), "�[31mré�d�"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		template       string
		offset, column int
		token          string
		reason         string
	}{
		{"%t [%x]", 4, 5, "%x", `unknown token "%x": tokens are %t %i`},
		{"→ %é", 4, 3, "%é", `unknown token "%é"`},
		{"日本語%q", 9, 4, "%q", `unknown token "%q"`},
		{"\xff\xfe%\xff", 2, 3, "%\xff", `unknown token "%\xff"`},
		{"%s %{src.ip", 3, 4, "%{", `without a "}"`},
		{"%{}", 0, 1, "%{}", "unknown token"},
		{"%{planet}", 0, 1, "%{planet}", "%{src|dst|remote|local.host|ip|name|port|service|bytes|packets|owner|country}"},
		{"%{Router}", 0, 1, "%{Router}", `unknown token "%{Router}": did you mean %{router}?`},
		{"%{tim}", 0, 1, "%{tim}", "did you mean %{time}?"},
		{"%{dst.prot}", 0, 1, "%{dst.prot}", "did you mean %{dst.port}?"},
		{"%{src}", 0, 1, "%{src}", "unknown token"},
		{"%{src.}", 0, 1, "%{src.}", "unknown token"},
		{"%{src.ip.x}", 0, 1, "%{src.ip.x}", "unknown token"},
		{"%{{src.ip}", 0, 1, "%{{src.ip}", "unknown token"},
		{"%{t}", 0, 1, "%{t}", "unknown token"},
		{"%{time:}", 0, 1, "%{time:}", `no part of a time in ""`},
		{"%{time:seconds}", 0, 1, "%{time:seconds}", `a Go layout like "2006-01-02 15:04:05"`},
		{"%\x1b", 0, 1, "%\x1b", `unknown token "%\x1b"`},
	} {
		_, err := Compile(test.template)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v", test.template, err)
			continue
		}
		if e.Offset != test.offset || e.Column != test.column || e.Token != test.token || !strings.Contains(e.Reason.String(), test.reason) {
			t.Errorf("%q: %+v", test.template, *e)
		}
		checkPrintable(t, []byte(e.Error()))
	}
	_, err := Compile("%t %s %x")
	if want := `template, column 7: unknown token "%x": tokens are %t %i %p `; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s…", err, want)
	}
}

func TestNeeds(t *testing.T) {
	for _, test := range []struct {
		template            string
		source, dest, shows bool
	}{
		{Default, true, true, false},
		{SystemDefault, false, false, true},
		{"%a %A %S %D %{src.ip} %{dst.port}", false, false, false},
		{"%s", true, false, false},
		{"%d", false, true, false},
		{"%{src.name}", true, false, false},
		{"%{dst.host}", false, true, false},
		{"%{remote.name}", true, true, false},
		{"%{local.host}", true, true, false},
		{"%{text}", false, false, true},
		{"%{kind}", false, false, true},
		{"%{reason}", false, false, true},
	} {
		tmpl := mustCompile(t, test.template)
		if s, d, m := tmpl.NeedsSourceNames(), tmpl.NeedsDestNames(), tmpl.ShowsSystem(); s != test.source || d != test.dest || m != test.shows {
			t.Errorf("%q: %v %v %v", test.template, s, d, m)
		}
	}
}

// The clock remembers one second; what it shows must not depend on that.
func TestClock(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	const layout = "Jan _2 15:04:05 Mon 2006 06"
	f := NewFormatter(mustCompile(t, "%t %w %y %Y"), Options{Location: berlin})
	ev := inbound()
	for _, at := range []time.Time{
		time.Date(2026, 10, 25, 0, 59, 59, 0, time.UTC), time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC), // summer time ends
		when, when.Add(time.Millisecond), when.Add(time.Second), when, when.AddDate(0, 0, 1),
		time.Unix(0, 0), time.Unix(-1, 0), time.Unix(0, 0), {}, when,
	} {
		ev.Time = at
		if got, want := string(f.Append(nil, &ev)), at.In(berlin).Format(layout); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestLocalTime(t *testing.T) {
	ev := inbound()
	f := NewFormatter(mustCompile(t, "%{time:rfc3339}"), Options{})
	if got, want := string(f.Append(nil, &ev)), when.Local().Format(time.RFC3339); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// How much was sent is a number, and where it is not known "-", as what an attempt does not have.
func TestVolume(t *testing.T) {
	const text = "%{bytes} %{packets} %{src.bytes} %{src.packets} %{dst.bytes} %{dst.packets} %{remote.bytes} %{local.packets}"
	ev := measured()
	for _, test := range []struct {
		ev   capture.Event
		want string
	}{
		{ev, "1500 18446744073709551615 1500 3 - 18446744073709551615 1500 18446744073709551615"},
		{inbound(), "- - - - - - - -"},
		{wan(), "- - - - - - - -"},
	} {
		if got := show(t, text, test.ev, Options{}); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
	f := NewFormatter(mustCompile(t, text), Options{})
	b := make([]byte, 0, 512)
	if n := testing.AllocsPerRun(100, func() { f.Append(b, &ev) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
