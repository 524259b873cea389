package filter

import (
	"net/netip"
	"testing"
	"time"

	"linklog/capture"
)

func TestOrigin(t *testing.T) {
	google := capture.Event{Kind: capture.Traffic, Src: capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10")}, Dst: capture.Endpoint{Addr: netip.MustParseAddr("8.8.8.8"), Port: 443}}
	ripe := capture.Event{Kind: capture.Traffic, Src: capture.Endpoint{Addr: netip.MustParseAddr("2001:67c:2e8:22::c100:68b")}, Dst: capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10")}}
	home := capture.Event{Kind: capture.Traffic, Src: capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10")}, Dst: capture.Endpoint{Addr: netip.MustParseAddr("203.0.113.40")}}
	message := capture.Event{Kind: capture.System, Text: "google"}
	for _, c := range []struct {
		text                        string
		google, ripe, home, message bool
	}{
		{"owner:google", true, false, false, false},
		{"owner:GOO*", true, false, false, false},
		{"owner:oogle*", false, false, false, false},
		{"owner:=google", true, false, false, false},
		{"owner:=googl", false, false, false, false},
		{"!owner:=Google", false, true, true, true},
		{"owner:as15169", true, false, false, false},
		{"owner:AS1516", false, false, false, false},
		{"owner:*", true, true, false, false},
		{"!owner:google", false, true, true, true},
		{"owner:google,\"RIPE NCC\"", true, true, false, false},
		{"country:us", true, false, false, false},
		{"country:US,NL", true, true, false, false},
		{"country:*", true, true, false, false},
		{"country:!*", false, false, true, true},
		{"country:!NL", true, false, true, true},
	} {
		f, err := Parse(c.text)
		if err != nil {
			t.Fatal(c.text, err)
		}
		m, err := f.Compile(nil, time.Now())
		if err != nil {
			t.Fatal(c.text, err)
		}
		if m.NeedsNames() {
			t.Errorf("%s: needs names", c.text)
		}
		for name, e := range map[string]struct {
			ev   *capture.Event
			want bool
		}{"google": {&google, c.google}, "ripe": {&ripe, c.ripe}, "home": {&home, c.home}, "message": {&message, c.message}} {
			if got := m.Match(e.ev); got != e.want {
				t.Errorf("%s: %s matches: %v", c.text, name, got)
			}
		}
	}
	for text, want := range map[string]string{
		"country:Germany":     "write a country as two letters, such as DE",
		"country:D*":          "write a country as two letters, such as DE",
		"owner:AS99999999999": "is not the number of an autonomous system",
		"owner:=":             "a name is missing after the =",
		"owner:AS0":           "is not the number of an autonomous system",
	} {
		f, err := Parse(text)
		if err == nil {
			_, err = f.Compile(nil, time.Now())
		}
		e, ok := err.(*Error)
		if !ok || e.Reason.String() != want {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestOriginAllocatesNothing(t *testing.T) {
	f := Filter{Owner: "google,amazon*,AS3333", Country: "DE,NL"}
	m, err := f.Compile(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	ev := capture.Event{Kind: capture.Traffic, Dst: capture.Endpoint{Addr: netip.MustParseAddr("8.8.8.8")}}
	m.Match(&ev)
	if n := testing.AllocsPerRun(100, func() { m.Match(&ev) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
