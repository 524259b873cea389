package format

import (
	"net/netip"
	"strings"
	"testing"

	"linklog/assets/listed"
	"linklog/capture"
)

// TestLists holds that the list and its entry are shown, of the outer end first.
func TestLists(t *testing.T) {
	set, err := listed.Read(strings.NewReader("203.0.114.0/24\nads.example.com\n"))
	if err != nil {
		t.Fatal(err)
	}
	listed.Use(&listed.Lists{All: []listed.List{{Name: "bad", Set: set}}})
	defer listed.Use(nil)
	home := capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.5")}
	for _, x := range []struct {
		ev   capture.Event
		want string
	}{
		{capture.Event{Kind: capture.Traffic, Dir: capture.In, Src: capture.Endpoint{Addr: netip.MustParseAddr("203.0.114.7")}, Dst: home}, "bad 203.0.114.0/24"},
		{capture.Event{Kind: capture.Traffic, Dir: capture.Out, Dst: capture.Endpoint{Addr: netip.MustParseAddr("8.8.8.8"), Name: "x.ads.example.com"}, Src: home}, "bad ads.example.com"},
		{capture.Event{Kind: capture.Traffic, Dir: capture.Out, Dst: capture.Endpoint{Addr: netip.MustParseAddr("8.8.8.8")}, Src: home}, ""},
		{capture.Event{Kind: capture.WAN, Dst: capture.Endpoint{Addr: netip.MustParseAddr("203.0.114.7")}}, ""},
	} {
		if got := string(NewFormatter(mustCompile(t, "<%{list}>"), Options{}).Append(nil, &x.ev)); got != "<"+x.want+">" {
			t.Errorf("%+v: %s, want %s", x.ev, got, x.want)
		}
		name, entry, is := strings.Cut(x.want, " ")
		got := string(AppendJSON(nil, &x.ev, nil))
		if want := `,"list":"` + name + `","list_entry":"` + entry + `"}`; is != strings.Contains(got, `"list`) || is && !strings.HasSuffix(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
		if r := new(record); !r.usual(got) {
			t.Errorf("%s is not read the quick way", got)
		}
	}
	if mustCompile(t, "%{dst.ip}").ShowsLists() || !mustCompile(t, "a%{list}").ShowsLists() {
		t.Error("which templates show lists is not known")
	}
}
