package search

import (
	"net/netip"
	"testing"

	"linklog/capture"
	"linklog/filter"
)

func TestNarrow(t *testing.T) {
	for _, c := range []struct{ query, term, want string }{
		{"", "ip:17.5.7.8", "ip:17.5.7.8"},
		{"ip:17.5.7.8", "ip:17.5.7.8", "ip:17.5.7.8"},
		{"ip:17.5.7.8", "ip:192.168.1.12", "ip:17.5.7.8 192.168.1.12"},
		{"ip:17.5.7.8 192.168.1.12", "ip:192.168.1.12", "ip:17.5.7.8 192.168.1.12"},
		{"host:*.example", "host:a.example", `host:*.example "a.example"`},
		{"dport:1-1000 apple", "dport:443", "apple dport:443"},
		{"dport:443,!80,!22 apple", "dport:443", "apple !dport:80,22 dport:443"},
		{"!dport:80", "dport:443", "!dport:80 dport:443"},
		{"dport:443", "!dport:443", "dport:443 !dport:443"},
		{"!ip:1.2.3.4", "!ip:17.5.7.8", "!ip:1.2.3.4 !ip:17.5.7.8"},
		{"!ip:1.2.3.4", "!ip:1.2.3.4", "!ip:1.2.3.4"},
		{"verdict:allowed,blocked", "verdict:blocked", "verdict:blocked"},
	} {
		if got := Narrow(c.query, c.term); got != c.want {
			t.Errorf("%s and %s: %s, want %s", c.query, c.term, got, c.want)
		}
	}
}

// Whatever was searched for and matches a row: what the row is narrowed to matches it still, and no
// event that did not match before.
func TestNarrowed(t *testing.T) {
	ends := []string{"17.5.7.8", "17.5.7.9", "192.168.1.12", "192.168.1.13"}
	event := func(i int) capture.Event {
		ev := capture.Event{Kind: capture.Traffic, Dir: capture.Out, Proto: capture.TCP, Verdict: capture.Verdict(i % 3)}
		ev.Src.Addr, ev.Dst.Addr = netip.MustParseAddr(ends[2+i/2%2]), netip.MustParseAddr(ends[i/4%2])
		ev.Dst.Port = []uint16{443, 80, 22}[i/8%3]
		return ev
	}
	match := func(query string, i int) bool {
		t.Helper()
		q := Read(query, nil)
		if q.Err != nil {
			t.Fatal(query, q.Err)
		}
		ev := event(i)
		return q.Matcher.Match(&ev)
	}
	for _, query := range []string{"", "ip:17.*", "ip:17.5.7.8,17.5.7.9,!192.168.1.13", "dport:1-100", "dport:!22", "17.5 dport:443,80", "verdict:!blocked", "dst:17.5.7.8"} {
		for i := range 24 {
			if !match(query, i) {
				continue
			}
			ev := event(i)
			narrow := query
			for _, term := range []string{filter.OfHost(ev.Dst.Addr, "").String(), "dport:443", filter.OfHost(ev.Src.Addr, "").String()} {
				if term == "dport:443" && ev.Dst.Port != 443 {
					continue
				}
				before := narrow
				narrow = Narrow(narrow, term)
				for k := range 24 {
					if match(narrow, k) && !match(before, k) {
						t.Fatalf("%s and %s: %s matches more", before, term, narrow)
					}
				}
				if !match(narrow, i) {
					t.Fatalf("%s and %s: %s does not match the row", before, term, narrow)
				}
			}
			if other := event(i); narrow != "" {
				other.Src.Addr = netip.MustParseAddr("192.168.1.14")
				if q := Read(narrow, nil); q.Matcher.Match(&other) {
					t.Fatalf("%s matches a different device", narrow)
				}
			}
		}
	}
}
