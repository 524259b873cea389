package filter

import "testing"

// usual are filters as people have them.
var usual = []struct{ name, query string }{
	{"Empty", ""},
	{"Direction", "dir:in"},
	{"Exact", "ip:17.5.7.8"},
	{"Prefix", "dst:17.*"},
	{"AddressWildcard", "ip:*.7.*"},
	{"Ports", "port:443,8000-8999"},
	{"Service", "service:http*"},
	{"Host", "!host:*.google.com"},
	{"HostInside", "host:*apple*"},
	{"Word", "apple"},
	{"Words", `apple laptop !slash`},
	{"WordDigits", "17.5"},
	{"WordAddress", "17.5.7.8"},
	{"Times", "since:2026-11-20 date:2026-11"},
	{"Mixed", "dst:17.* port:443 !host:*.google.com"},
	{"Volume", "bytes:>10M,5-7 !packets:1k"},
	{"Everything", "dir:in,out proto:tcp,udp,icmp,* ip:*.1.*,2001:*:1*,!1.2.3.4 host:*a*,*ſ*,* port:*,!5-6 service:*s,* router:1* text:* a 1 !x"},
}

func TestAllocs(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector allocates on its own")
	}
	for _, u := range usual {
		m := mustCompile(t, mustParse(t, u.query))
		for name, ev := range events {
			if n := testing.AllocsPerRun(100, func() { m.Match(&ev) }); n != 0 {
				t.Errorf("%s, %s: %v allocations", u.name, name, n)
			}
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	for _, u := range usual {
		b.Run(u.name, func(b *testing.B) {
			m := mustCompile(b, mustParse(b, u.query))
			ev := outbound()
			b.ReportAllocs()
			for b.Loop() {
				m.Match(&ev)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	f := mustParse(b, "dst:17.* port:443,https !host:*.google.com apple")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Compile(services, now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(`dst:17.* port:443,8000-8999 !host:*.apple.com is:new word "two words"`); err != nil {
			b.Fatal(err)
		}
	}
}
