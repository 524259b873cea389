package filter

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"linklog/assets/listed"
	"linklog/capture"
)

// TestLists holds what list: asks for, by address and by name.
func TestLists(t *testing.T) {
	read := func(text string) *listed.Set {
		s, err := listed.Read(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	listed.Use(&listed.Lists{
		All: []listed.List{{Name: "spamhaus-drop", Set: read("203.0.114.0/24")}, {Name: "Ads", Set: read("ads.example.com")}},
		Own: []netip.Prefix{netip.MustParsePrefix("203.0.114.128/25")},
	})
	t.Cleanup(func() { listed.Use(nil) })
	end := func(text, name string) capture.Endpoint {
		return capture.Endpoint{Addr: netip.MustParseAddr(text), Name: name}
	}
	drop := capture.Event{Kind: capture.Traffic, Src: end("192.168.1.5", "tv"), Dst: end("203.0.114.7", "")}
	ads := capture.Event{Kind: capture.Traffic, Src: end("192.168.1.5", "tv"), Dst: end("198.51.100.7", "x.ads.example.com")}
	both := capture.Event{Kind: capture.Traffic, Src: end("203.0.114.7", ""), Dst: end("198.51.100.7", "ads.example.com")}
	own := capture.Event{Kind: capture.Traffic, Src: end("203.0.114.200", ""), Dst: end("8.8.8.8", "")}
	for query, want := range map[string][4]bool{
		"list:spamhaus-drop": {true, false, true, false}, "list:SPAM*": {true, false, true, false}, "list:ads": {false, true, true, false}, "list:*": {true, true, true, false},
		"list:spamhaus-drop,ads": {true, true, true, false}, "!list:ads": {true, false, false, true}, "list:*,!ads": {true, false, false, false}, "list:tor-exits": {},
	} {
		f, err := Parse(query)
		if err != nil {
			t.Fatal(err)
		}
		m, err := f.Compile(nil, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for i, ev := range []*capture.Event{&drop, &ads, &both, &own} {
			if got := m.Match(ev); got != want[i] {
				t.Errorf("%s matches event %d: %v, want %v", query, i, got, want[i])
			}
		}
		if !m.NeedsNames() {
			t.Errorf("%s does not wait for names", query)
		}
		if n := testing.AllocsPerRun(100, func() { m.Match(&both) }); n != 0 {
			t.Errorf("%s allocates %v times", query, n)
		}
	}
	listed.Use(nil)
	f, _ := Parse("list:*")
	if m, err := f.Compile(nil, time.Time{}); err != nil || m.Match(&drop) {
		t.Errorf("without lists it matches, or %v", err)
	}
	for _, wrong := range []string{"list:a/b", `list:"a b"`, "list:ä", "list:!"} {
		f, err := Parse(wrong)
		if err == nil {
			_, err = f.Compile(nil, time.Time{})
		}
		if err == nil {
			t.Errorf("%s is no error", wrong)
		}
	}
}
