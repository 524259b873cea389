package filter

import (
	"errors"
	"strconv"
	"strings"
	"testing"
)

func itoa(n int) string { return strconv.Itoa(n) }

// TestWrongPatterns goes through the mistakes: each is an error that names the
// field, the text and the reason.
func TestWrongPatterns(t *testing.T) {
	const (
		octets   = "each part of an address is 0 to 255"
		name     = "looks like a host name: use host"
		noSuch   = "no address looks like this"
		range2   = "a range of ports has two ends"
		noNumber = "a port is a number from 0 to 65535"
	)
	for _, test := range []struct{ field, pattern, reason string }{
		{"direction", "up", "write in or out"},
		{"direction", "i*", "write in or out"},
		{"protocol", "tpc", "did you mean TCP?"},
		{"protocol", "256", "a number from 1 to 255"},
		{"protocol", "0", "a number from 1 to 255"},
		{"protocol", "x*", "no protocol has such a name"},

		{"bytes", "much", "write a number"},
		{"bytes", ">", "write a number"},
		{"bytes", "10X", "write a number"},
		{"bytes", "1.5", "write a number"},
		{"bytes", "-5", "write a number"},
		{"bytes", "5-", "write a number"},
		{"bytes", "1-2-3", "write a number"},
		{"bytes", "=>5", "write a number"},
		{"bytes", "1i", "write a number"},
		{"bytes", "1e3", "write a number"},
		{"bytes", "99999999999999999999", "write a number"},
		{"bytes", "99999999P", "write a number"},
		{"packets", "5-3", "ends before it begins"},
		{"bytes", "0", "what is not known"},
		{"bytes", "<1", "what is not known"},
		{"bytes", "<0", "what is not known"},
		{"bytes", "<=0", "what is not known"},

		{"ip", "a,,b", "a pattern is missing at a comma"},
		{"ip", "10.0.0.1,", "a pattern is missing at a comma"},
		{"ip", ",", "a pattern is missing at a comma"},
		{"host", "!", "a pattern is missing after the !"},
		{"host", "a, ! ,b", "a pattern is missing after the !"},
		{"host", "!!x", "one ! is enough"},
		{"host", "! !x", "one ! is enough"},

		{"ip", "300.1.1.1", octets},
		{"ip", "1.1.1.999/8", octets},
		{"ip", "1.1.1.1000", octets},
		{"ip", "300.*", octets},
		{"ip", "1.2.999*", octets},
		{"ip", "1.2.3.4.5", "four parts, this has 5"},
		{"ip", "1.2.3.4.*", "four parts, this has 5"},
		{"ip", "10.0.0", "write 10.0.0.* or 10.0.0.0/24"},
		{"ip", "10.0.0.", "write 10.0.0.* or 10.0.0.0/24"},
		{"ip", "10", "write 10.* or 10.0.0.0/8"},
		{"ip", "10/8", "write 10.* or 10.0.0.0/8"},
		{"ip", "10..0.1", "a part between two dots is missing"},
		{"ip", "10..*", "a part between two dots is missing"},
		{"ip", "10.0.0.01", "leading zeros"},
		{"ip", "010.*", "leading zeros"},
		{"ip", "10.0.0.0/33", "IPv4 address is a number from 0 to 32"},
		{"ip", "10.0.0.0/", "IPv4 address is a number from 0 to 32"},
		{"ip", "10.0.0.0/255.0.0.0", "IPv4 address is a number from 0 to 32"},
		{"ip", "10.0.0.0/x", "IPv4 address is a number from 0 to 32"},
		{"ip", "10.0.0.0/-1", "IPv4 address is a number from 0 to 32"},
		{"ip", "10.0.0.0/99999999999999999999", "IPv4 address is a number from 0 to 32"},
		{"ip", "2001:db8::/129", "IPv6 address is a number from 0 to 128"},
		{"ip", "/8", "is not an address"},
		{"ip", "10.0.*/8", "a prefix length and a *"},
		{"ip", "10.0.0.9-10.0.0.1", "ends before it begins"},
		{"ip", "10.0.0.9-8", "ends before it begins"},
		{"ip", "2001:db8::9-8", "ends before it begins"},
		{"ip", "10.0.0.9-300", octets},
		{"ip", "10.0.0.1-2001:db8::1", "one end of the range is IPv4, the other IPv6"},
		{"ip", "10.0.0.1-", "a range has two ends"},
		{"ip", "-10.0.0.1", "a range has two ends"},
		{"ip", "10.0.0.1-2.3", "is only a part of an address"},
		{"ip", "10.0.0.1-10.0.*", "is a range with a *"},
		{"ip", "2001:db8::1-fffff", "one group"},
		{"ip", "apple.com", name},
		{"ip", "*.apple.com", name},
		{"ip", "my-pc", name},
		{"ip", "cafe", name},
		{"ip", "dead.beef", name},
		{"ip", "*.de", name},
		{"ip", "straße", name},
		{"ip-source", "laptop", name + "-source"},
		{"ip-dest", "laptop", name + "-dest"},
		{"router", "192.168.1.300", "each part of an address is 0 to 255"},
		{"ip", "10.0.0.1:80", "leave out the port"},
		{"ip", "1:2:3", "is not an IPv6 address"},
		{"ip", "1::2::3", "is not an IPv6 address"},
		{"ip", "12345::", "is not an IPv6 address"},
		{"ip", "12345:*", "up to four hexadecimal digits"},
		{"ip", "12345*", noSuch},
		{"ip", "1::2::*", noSuch},
		{"ip", "1:2:3:4:5:6:7:8:*", noSuch},
		{"ip", "2001:db8:0:0:0:0:0:1*", noSuch}, // 2001:db8::1 in its shortest form
		{"ip", "1.*0012.3.4", noSuch},
		{"ip", "1*2*3*4*5*6*7*8*9*1*2*3*4.5", noSuch},
		{"ip", "0:0:0:0:0:ffff:*", noSuch},
		{"ip", strings.Repeat("*1", 100), noSuch},
		{"ip", "1.*:2", "dots as in IPv4 and colons as in IPv6"},
		{"ip", "(1.*)", "is not an address"},
		{"ip", "1.2.3.4\x00", "is not an address"},

		{"mac", "02:00:5e", "is not a hardware address such as 02:00:5e:10:00:22"},
		{"mac", "tv*", "is not a hardware address"},
		{"mac", "ff:ff:ff:ff:ff:ff", "is not a hardware address"},

		{"host", "10.0.0.1", "is an address, not a name: use ip"},
		{"host-source", "10.0.0.0/8", "is an address, not a name: use ip-source"},
		{"host-dest", "2001:db8::1", "is an address, not a name: use ip-dest"},
		{"host", "10.0.0.0/33", "looks like an address, not a name: use ip"},
		{"host", "10.0.0.0/8x", "looks like an address, not a name: use ip"},
		{"host", "10.0.*/8", "looks like an address, not a name: use ip"},
		{"host-source", "300.1.1.1", "looks like an address, not a name: use ip-source"},
		{"host-dest", "10.0.0.1:443", "looks like an address, not a name: use ip-dest"},
		{"host", "a\x00b", "U+0000"},
		{"host", "a\u202eb", "U+202E"},
		{"host", "a\xff", "is not valid UTF-8"},
		{"text", "a\tb", "U+0009"},
		{"text", "\xc3", "is not valid UTF-8"},

		{"port", "65536", noNumber},
		{"port", "99999999999999999999", noNumber},
		{"port", "1-65536", noNumber},
		{"port", "9000-8000", "ends before it begins"},
		{"port", "8000-", range2},
		{"port", "-80", range2},
		{"port", "1-2-3", range2},
		{"port", "80*", "write a range"},
		{"port", "8000-*", "write a range"},
		{"port", "443/tcp", "write 443 here and tcp as the protocol"},
		{"port", "htps", "did you mean https?"},
		{"port", "domian", "did you mean domain?"},
		{"port", "zzzzz", "unknown service: write the port as a number"},
		{"port-source", "zz*", "no service has such a name"},
		{"port-dest", "\xff", "unknown service"},
		{"service", "443", "is a number: use port or port-dest"},
		{"service", "httpss", "did you mean https?"},
		{"service", "zz*", "no service has such a name"},

		{"since", "tomorrow", "is not a valid time: try"},
		{"since", "yesterday,monday", "only one time can be given"},
		{"since", "!yesterday", "times cannot be excluded"},
		{"since", "yesterday,", "a pattern is missing at a comma"},
		{"until", "soon", "is not a valid time: try"},
		{"until", "!2h", "times cannot be excluded"},
		{"date", "2h", "is not a valid day: try"},
		{"date", "2026-02-30", "is not a valid day: try"},

		{"any", `"a`, `the quote is not closed`},
		{"any", `a ""`, "nothing is between the quotes"},
		{"any", `a,,b`, "a pattern is missing at a comma"},
		{"any", "!", "a pattern is missing after the !"},
		{"any", "!!a", "one ! is enough"},
		{"any", "a\x1bb", "U+001B"},

		{"host", strings.Repeat("a", maxField+1), "longer than 4096 bytes"},
		{"any", strings.Repeat("a", maxField+1), "longer than 4096 bytes"},
		{"port", strings.Repeat("1,", maxPatterns) + "1", "more than 256 patterns"},
		{"any", strings.Repeat("a ", maxPatterns+1), "more than 256 patterns"},
	} {
		var f Filter
		if err := f.Set(test.field, test.pattern); err != nil {
			t.Fatal(err)
		}
		_, err := f.Compile(services, now)
		var e *Error
		if !errors.As(err, &e) || e.Field != test.field || e.Pattern == "" || !strings.Contains(test.pattern, e.Pattern) || e.Offset != -1 {
			t.Errorf("%s %q: %+v", test.field, test.pattern, err)
			continue
		}
		if !strings.Contains(e.Reason.String(), test.reason) {
			t.Errorf("%s %q: %s\nwant %s", test.field, test.pattern, e.Reason, test.reason)
		}
		if s := err.Error(); !strings.HasPrefix(s, test.field+": ") || len(s) > 600 || strings.ContainsAny(s, "\x00\x1b\t\n\u202e") {
			t.Errorf("%s %q: %s", test.field, test.pattern, s)
		}
	}
}

// Times that leave nothing are an error about the last of them.
func TestNothingWithin(t *testing.T) {
	for query, field := range map[string]string{
		"since:2026-11-20 until:2026-11-20": "until", "since:2026-11-21 until:2026-11-20": "until", "until:2026-11-20 date:2026-11-20": "date",
		"date:2026-11-20 since:2026-11-21": "date", "since:2026-11-21T12:00:00Z date:2026-11-20": "date",
	} {
		_, err := mustParse(t, query).Compile(nil, now)
		var e *Error
		if !errors.As(err, &e) || e.Field != field || !strings.Contains(e.Reason.String(), "nothing is within these times: from 2026-11-2") {
			t.Errorf("%s: %v", query, err)
		}
		if _, again := mustParse(t, query).At(now); again == nil || again.Error() != err.Error() {
			t.Errorf("%s: At says %v", query, again)
		}
	}
}

func TestErrorText(t *testing.T) {
	_, err := Filter{IPDest: "17.*, 300.1.1.1"}.Compile(nil, now)
	if want := `ip-dest: "300.1.1.1": each part of an address is 0 to 255`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = Filter{Text: strings.Repeat("ü", 3000)}.Compile(nil, now)
	if want := `text: "` + strings.Repeat("ü", 40) + `"…: longer than 4096 bytes`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// Without services, all that does not need them works.
func TestNoServices(t *testing.T) {
	m, err := Filter{Port: "1-1024, *", Any: "192.168.1.10 apple"}.Compile(nil, now)
	if ev := outbound(); err != nil || !m.Match(&ev) {
		t.Error(err)
	}
	for _, f := range []Filter{{Port: "80,https"}, {Service: "*"}} {
		if _, err := f.Compile(nil, now); err == nil || !strings.Contains(err.Error(), "names of services are not known here") {
			t.Errorf("%+v: %v", f, err)
		}
	}
}
