package filter

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/quick"
	"time"

	"linklog/capture"
)

// TestMatch goes through the language: which of the events each filter shows.
func TestMatch(t *testing.T) {
	const (
		all     = "inbound oldNamed outbound ping rejected sixes system wan"
		traffic = "inbound oldNamed outbound ping sixes"
		ports   = "inbound oldNamed outbound sixes"
	)
	for _, test := range []struct{ query, want string }{
		{"", all},
		{"   ", all},

		{"dir:in", "inbound ping"},
		{"dir:OUT", "oldNamed outbound sixes"},
		{"dir:in,out", traffic},
		{"dir:*", traffic},
		{"!dir:in", "oldNamed outbound rejected sixes system wan"},

		{"proto:tcp", "outbound sixes"},
		{"proto:17,icmp", "inbound ping"},
		{"proto:*", "inbound outbound ping sixes"},
		{"proto:*CMP", "ping"},
		{"!proto:tcp", "inbound oldNamed ping rejected system wan"},
		{"proto:*,!tcp", "inbound ping"},

		{"ip:192.168.1.10", "outbound ping"},
		{"src:192.168.1.10", "outbound"},
		{"dst:192.168.1.10", "ping"},
		{"!ip:192.168.1.10", "inbound oldNamed rejected sixes system wan"},
		{"ip:192.168.1.*", "inbound oldNamed outbound ping"},
		{"ip:192.168.1.*,!192.168.1.10", "inbound oldNamed"},
		{"ip:192.*.*.*", "inbound oldNamed outbound ping"},
		{"ip:192.*,!203.0.113.0/24", "oldNamed outbound"},
		{"ip:*.9", "inbound ping"},
		{"ip:*1*.7.*", "outbound"},
		{"ip:*.*", "inbound oldNamed outbound ping wan"},
		{"ip:*:*", "sixes"},
		{"ip:*", "inbound oldNamed outbound ping sixes wan"},
		{"dst:*", "inbound outbound ping sixes wan"},
		{"!dst:*", "oldNamed rejected system"},
		{"dst:17.0.0.0/8", "outbound"},
		{"dst:17.5.7.8/8", "outbound"},
		{"dst:0.0.0.0/0", "inbound outbound ping wan"},
		{"dst:::/0", "sixes"},
		{"src:192.168.1.10-192.168.1.60", "outbound"},
		{"src:192.168.1.10-61", "oldNamed outbound"},
		{`src:"192.168.1.10 - 61"`, "oldNamed outbound"},
		{"src:2001:DB8:0:0::0010", "sixes"},
		{"src:[2001:db8::10]", "sixes"},
		{"src:2001:db8::10%eth0", "sixes"},
		{"src:2001:db8::/64", "sixes"},
		{"src:2001:db8::1-20", "sixes"},
		{"src:2001:db8::1-2001:db8::f", ""},
		{"src:2001:db8:*", "sixes"},
		{"src:2001:0db8:0:0:*", "sixes"},
		{"dst:2001:db8:0:0:*", ""},
		{"dst:2001:0DB8:*::1", "sixes"},
		{"dst:*::1", "sixes"},
		{"src:::ffff:192.168.1.10", "outbound"},
		{"src:::ffff:192.168.1.0/120", "outbound oldNamed"},

		{"host:*", "oldNamed outbound sixes"},
		{"srchost:*", "outbound"},
		{"host:www.apple.com", "outbound"},
		{"host:*.APPLE.com", "outbound"},
		{"host:apple.com", ""},
		{"host:laptop", "outbound"},
		{"dsthost:laptop", ""},
		{"host:*a*", "oldNamed outbound sixes"},
		{"host:STRASSE.example", ""},
		{"host:STRAẞE.EXAMPLE", "sixes"},
		{"host:www.app\u017fe.com,la\u017ftop", ""},
		{"host:\u017flashdot.org", "oldNamed"}, // a long s folds to s
		{"!host:*.apple.com", "inbound oldNamed ping rejected sixes system wan"},
		{"!host:laptop", "inbound oldNamed ping rejected sixes system wan"},
		{"!host:*", "inbound ping rejected system wan"},

		{"port:443", "outbound"},
		{"sport:443", ""},
		{"dport:443", "outbound"},
		{"port:443,22,514", "inbound outbound sixes"},
		{"port:500-600", "inbound"},
		{`port:"500 - 600"`, "inbound"},
		{"port:*", ports},
		{"port:0-65535", ports},
		{"port:0", ""}, // a ping has no ports
		{"!port:*", "ping rejected system wan"},
		{"!port:443", "inbound oldNamed ping rejected sixes system wan"},
		{"port:https", "outbound"},
		{"port:HTTPS,ssh", "outbound sixes"},
		{"port:syslog", "inbound"},
		{"port:shell", ""}, // 514 is shell for TCP only
		{"port:http", "oldNamed"},
		{"port:www", "oldNamed"},
		{"port:www-http", "oldNamed"}, // no protocol: any will do
		{"port:*s", "outbound"},
		{"port:http*,!https", "oldNamed"},
		{"port:9pfs", ""},
		{"port:*-*", "oldNamed"}, // www-http
		{"sport:https", ""},

		{"service:https", "outbound"},
		{"service:s*", "inbound sixes"},
		{"service:www", "oldNamed"},
		{"service:*", ports},
		{"!service:*", "ping rejected system wan"},
		{"!service:http*", "inbound ping rejected sixes system wan"},

		{"router:192.168.1.1", all},
		{"router:10.*", ""},
		{"router:OpenWrt", "outbound"},
		{"router:open*,10.0.0.1", "outbound"},
		{"!router:openwrt", "inbound oldNamed ping rejected sixes system wan"},
		{"!router:192.168.0.0/16", ""},

		{"text:wan", "wan"},
		{"text:firmware", "system"},
		{"text:*", "system wan"},
		{"text:wan*", "wan"},
		{"text:*version", ""},
		{`text:"version : 1"`, "system"},
		{"!text:wan", "inbound oldNamed outbound ping rejected sixes system"},

		{"is:new", "sixes"},
		{"new:yes dir:out", "sixes"},

		{"apple", "outbound"},
		{"apple laptop", "outbound"},
		{"apple slash", ""},
		{"apple,slash", "oldNamed outbound"},
		{"!apple", "inbound oldNamed ping rejected sixes system wan"},
		{"!apple,slash", "oldNamed"},
		{"apple,!laptop", ""},
		{"any:apple", "outbound"},
		{"!any:apple,slash", "inbound ping rejected sixes system wan"},
		{"a*e", "outbound sixes system"},
		{"1.1", "outbound ping"}, // 192.168.1.10
		{"192.168.1.1", ""},
		{`"192.168.1.1"`, "outbound ping"},
		{"192.168.1.0/24", "inbound oldNamed outbound ping"},
		{"192.168.1.10-20", "inbound outbound ping"},
		{"192.168.*", "inbound oldNamed outbound ping"},
		{"192.168.1.10 203.0.113.9", "ping"},
		{"192.168.1.10,2001:db8::10", "outbound ping sixes"},
		{"!192.168.1.10", "inbound oldNamed rejected sixes system wan"},
		{"203.0.113.7", "wan"},
		{"2001:db8::10", "sixes"},
		{"2001:db8:*", "sixes"},
		{"db8:0", "sixes"},
		{"syslog", "inbound"},
		{"http", "outbound"}, // http for TCP, www-http for UDP: none is shown without a protocol
		{"www", "outbound"},
		{"ssh", "sixes"},
		{"*", "inbound oldNamed outbound ping sixes system wan"},
		{`"WAN IP"`, "wan"},
		{`"1.04.12, Oct"`, "system"},
		{":", "sixes system"},
		{"12:30", ""},

		{"dst:17.* port:443 !host:*.google.com apple", "outbound"},
		{"dst:17.* port:443 !host:*.apple.com", ""},
	} {
		m := mustCompile(t, mustParse(t, test.query))
		var got []string
		for name, ev := range events {
			if m.Match(&ev) {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		want := strings.Fields(test.want)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q shows %v, want %v", test.query, got, want)
		}
	}
}

// TestTimes goes through what is asked of the time of an event.
func TestTimes(t *testing.T) {
	berlin := time.FixedZone("", 3600)
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, berlin) // a Saturday
	at := func(text string) time.Time {
		t.Helper()
		x, err := time.ParseInLocation("2006-01-02 15:04:05", text, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return x.UTC()
	}
	for _, test := range []struct {
		query     string
		yes, no   string // times, with commas
		canonical string // "": the query
	}{
		{"since:2026-11-20", "2026-11-20 00:00:00,2026-11-21 13:00:00", "2026-11-19 23:59:59", ""},
		{"until:2026-11-20", "2026-11-19 23:59:59", "2026-11-20 00:00:00,2026-11-21 13:00:00", ""},
		{`since:"2 hours ago"`, "2026-11-21 10:00:00", "2026-11-21 09:59:59", ""},
		{"since:-2h", "2026-11-21 10:00:00", "2026-11-21 09:59:59", ""},
		{"Since:Yesterday", "2026-11-20 00:00:00", "2026-11-19 23:59:59", "since:Yesterday"},
		{"date:2026-11-20", "2026-11-20 00:00:00,2026-11-20 23:59:59", "2026-11-19 23:59:59,2026-11-21 00:00:00", ""},
		{"date:2026-10", "2026-10-01 00:00:00,2026-10-31 23:59:59", "2026-09-30 23:59:59,2026-11-01 00:00:00", ""},
		{"date:yesterday since:2026-11-20T12:00 dir:out", "2026-11-20 12:00:00,2026-11-20 23:59:59", "2026-11-20 11:59:59,2026-11-21 00:00:00", "dir:out since:2026-11-20T12:00 date:yesterday"},
		{"since:friday until:2026-11-20T11:00:00Z", "2026-11-20 11:59:59", "2026-11-20 12:00:00,2026-11-19 23:59:59", ""},
		{"until:2500-01-01", "2026-11-19 23:59:59", "", ""}, {"since:2500-01-01", "", "2026-11-19 23:59:59", ""},
	} {
		f := mustParse(t, test.query)
		if want := cmp.Or(test.canonical, test.query); f.String() != want {
			t.Errorf("%s: written as %s", test.query, f)
		}
		written, err := f.At(now)
		if err != nil || !f.Timed() || !written.Timed() {
			t.Fatal(test.query, err)
		}
		for _, f := range []Filter{f, written, mustParse(t, written.String())} {
			m, err := f.Compile(nil, now)
			if err != nil {
				t.Fatal(f, err)
			}
			ev := outbound()
			for want, list := range map[bool]string{true: test.yes, false: test.no} {
				for text := range strings.SplitSeq(list, ",") {
					if text == "" {
						continue
					}
					if ev.Time = at(text); m.Match(&ev) != want {
						t.Errorf("%s: %s should be %v", f, text, want)
					}
				}
			}
			now = now.AddDate(0, 1, 0) // what is written down means the same later
		}
		now = time.Date(2026, 11, 21, 12, 0, 0, 0, berlin)
	}
	// An event without a time is before all others.
	ev := outbound()
	ev.Time = time.Time{}
	for query, want := range map[string]bool{"since:1970-01-01": false, "until:2026-11-21": true, "date:today": false} {
		if m := mustCompile(t, mustParse(t, query)); m.Match(&ev) != want {
			t.Errorf("%s without a time: not %v", query, want)
		}
	}
	if f := mustParse(t, "apple"); f.Timed() {
		t.Error("a filter without times asks for some")
	}
}

// Conditions are the same, in the same order, whether times are asked for as well: the cheap
// ones come first.
func TestConditionsBesideTimes(t *testing.T) {
	costs := func(query string) (list []cost) {
		for _, c := range mustCompile(t, mustParse(t, query)).Conditions() {
			list = append(list, c.cost)
		}
		return list
	}
	const query = "host:*a* dir:in is:new port:443 ip:17.* text:x apple"
	plain := costs(query)
	if got := costs(query + " since:yesterday"); !slices.Equal(got, plain) || !slices.IsSorted(plain) || len(plain) != 7 {
		t.Errorf("got %v, without a time %v", got, plain)
	}
}

func TestNeedsNames(t *testing.T) {
	for query, want := range map[string][2]bool{
		"":                                 {false, false},
		"ip:17.* is:new text:x port:https": {false, false},
		"host:a*":                          {true, true},
		"srchost:!a*":                      {true, false},
		"!dsthost:a*":                      {false, true},
		"word":                             {true, true},
		"192.168.1.10":                     {true, true},
	} {
		m := mustCompile(t, mustParse(t, query))
		if got := [2]bool{m.NeedsSourceNames(), m.NeedsDestNames()}; got != want || m.NeedsNames() != (want[0] || want[1]) {
			t.Errorf("%q: %v", query, got)
		}
	}
}

// Addresses in forms that no event has today are compared as what they are.
func TestUnusualAddresses(t *testing.T) {
	ev := attempt(capture.In, capture.TCP, end("::ffff:10.0.0.1", "", 1), end("fe80::1%eth0", "", 2))
	for query, want := range map[string]bool{
		"src:10.0.0.1": true, "src:10.*": true, "src:*.0.1": true, "10.0.0.0/8": true,
		"dst:fe80::1": true, "dst:fe80::/10": true, "dst:fe80*1": true, "dst:*eth0*": false,
	} {
		f := mustParse(t, query)
		m, err := f.Compile(services, now)
		if got := err == nil && m.Match(&ev); got != want {
			t.Errorf("%q: %v (%v)", query, got, err)
		}
	}
}

func TestMatcherConcurrently(t *testing.T) {
	m := mustCompile(t, mustParse(t, "192.168.* ip:*.1* port:http*,443 !host:x* apple,slash"))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 1000 {
				if ev := outbound(); !m.Match(&ev) {
					t.Error("no match")
				}
			}
		})
	}
	wg.Wait()
}

// Sets of many spans are searched by halves; here every port says where it is.
func TestManyPorts(t *testing.T) {
	var list []string
	for port := 1; port < 1000; port += 4 {
		list = append(list, strings.Repeat(" ", port%3)+itoa(port)+"-"+itoa(port+1))
	}
	m := mustCompile(t, Filter{PortDest: strings.Join(list, ",")})
	for port := range 1100 {
		ev := attempt(capture.In, capture.TCP, end("10.0.0.1", "", 1), end("10.0.0.2", "", uint16(port)))
		if got, want := m.Match(&ev), port%4 == 1 && port < 1000 || port%4 == 2 && port < 1000; got != want {
			t.Errorf("port %d: %v", port, got)
		}
	}
}

func TestManyAddresses(t *testing.T) {
	var list []string
	for i := range 250 {
		list = append(list, "10.0."+itoa(249-i)+".4/30")
	}
	m := mustCompile(t, Filter{IPSource: strings.Join(list, ",")})
	if err := quick.Check(func(c, d uint8) bool {
		ev := attempt(capture.In, capture.TCP, end("10.0."+itoa(int(c))+"."+itoa(int(d)), "", 1), end("10.0.0.2", "", 1))
		return m.Match(&ev) == (c < 250 && d >= 4 && d < 8)
	}, &quick.Config{MaxCount: 5000}); err != nil {
		t.Error(err)
	}
}
