package main

import (
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
)

func TestTable(t *testing.T) {
	tab := &table{columns: []column{{}, {title: "Host", least: 6}, {title: "Address"}, {title: "In", right: true}, {title: "Ports", least: 5}}}
	tab.add("*", "a-very-long-name.example.com", "203.0.113.4", "1,234", "http, ssh, domain, ntp")
	tab.add("", "größer.example", "198.51.100.77", "7", "")
	tab.add("", "日本語の名前", "8.8.8.8", "12", "https")
	for _, test := range []struct {
		width int
		want  string
	}{
		{0, `
   Host                          Address           In  Ports
*  a-very-long-name.example.com  203.0.113.4    1,234  http, ssh, domain, ntp
   größer.example                198.51.100.77      7
   日本語の名前                  8.8.8.8           12  https
`},
		{60, `
   Host              Address           In  Ports
*  a-very-long-nam…  203.0.113.4    1,234  http, ssh, domai…
   größer.example    198.51.100.77      7
   日本語の名前      8.8.8.8           12  https
`},
		{45, `
   Host       Address           In  Ports
*  a-very-l…  203.0.113.4    1,234  http, ss…
   größer.e…  198.51.100.77      7
   日本語の…  8.8.8.8           12  https
`},
		// Narrower than it can be: addresses and numbers are never cut.
		{20, `
   Host    Address           In  Ports
*  a-ver…  203.0.113.4    1,234  http…
   größe…  198.51.100.77      7
   日本…   8.8.8.8           12  https
`},
	} {
		var b strings.Builder
		if err := tab.write(&b, test.width); err != nil {
			t.Fatal(err)
		}
		if got := "\n" + b.String(); got != test.want {
			t.Errorf("width %d:%s\nwant%s", test.width, got, test.want)
		}
		for line := range strings.Lines(b.String()) {
			if w := runewidth.StringWidth(strings.TrimSuffix(line, "\n")); test.width >= 45 && w > test.width {
				t.Errorf("width %d: a line of %d: %s", test.width, w, line)
			}
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, test := range []struct {
		n    int
		want string
	}{{0, "0"}, {999, "999"}, {1000, "1,000"}, {1234567, "1,234,567"}, {-1234, "-1,234"}, {-999, "-999"}} {
		if got := number(test.n); got != test.want {
			t.Errorf("%d: %s", test.n, got)
		}
	}
	if count(1, "line") != "1 line" || count(0, "line") != "0 lines" || count(2000, "line") != "2,000 lines" {
		t.Error(count(1, "line"), count(0, "line"))
	}
}

// What people call a host becomes a filter.
func TestHostFilter(t *testing.T) {
	for text, want := range map[string]string{
		"203.0.113.7": "ip:203.0.113.7", "10.0.0.0/8": "ip:10.0.0.0/8", "2001:db8::1": "ip:2001:db8::1", "2001:db8:*": "ip:2001:db8:*",
		"17.*": "ip:17.*", "10.0.0.1-9": "ip:10.0.0.1-9", "*.example.com": "host:*.example.com", "cafe": "host:cafe",
		"port:ntp": "port:ntp", "!host:x": "!host:x", "is:new": "is:new", "foo:bar": "foo:bar",
	} {
		if got := hostFilter(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// A host that calls itself a formula is none for a spreadsheet.
func TestStatsCSV(t *testing.T) {
	s := &stats{by: []*dimension{&dimensions[0]}, lines: []statsLine{{values: []any{"=cmd|' /C calc'!A0", "203.0.113.4"}, count: 3}}}
	var out strings.Builder
	if err := s.writeCSV(&out); err != nil || out.String() != "host,host_ip,count,allowed,blocked,measured,bytes_up,bytes_down,packets_up,packets_down\n'=cmd|' /C calc'!A0,203.0.113.4,3,0,0,,,,,\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}
