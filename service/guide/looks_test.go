package guide_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/decode"
	"linklog/capture/send"
	"linklog/service/guide"
)

// played are the facts of what a router sends.
func played(t *testing.T, r send.Router) *guide.Facts {
	t.Helper()
	f := &guide.Facts{Messages: 200, Fresh: true, Open: true}
	messages := send.NewMessages(1)
	var d decode.Decoder
	for range 200 {
		var ev capture.Event
		at := time.Date(2026, 11, 28, 6, 42, 10, 0, time.UTC)
		d.Decode(&capture.Datagram{Data: r.Append(nil, messages, at), From: netip.MustParseAddrPort("192.168.1.1:514"), Time: at}, &ev)
		if ev.Kind != capture.Traffic {
			continue
		}
		f.Traffic++
		f.Latest = append(f.Latest, ev)
	}
	return f
}

// Who chose one router and has another is told which one it looks like; who has the one that he
// chose is not, whichever it is.
func TestOtherRouter(t *testing.T) {
	told := func(chosen string, f *guide.Facts) string {
		r, ok := guide.Find(chosen)
		if !ok {
			t.Fatal(chosen)
		}
		return r.Check(f)[guide.Connection].Why.String()
	}
	facts := make(map[string]*guide.Facts)
	for _, r := range send.Routers() {
		facts[r.Name] = played(t, r)
		if facts[r.Name].Traffic == 0 {
			t.Errorf("%s: no connections", r.Name)
		}
		if _, known := guide.Find(r.Name); known {
			if why := told(r.Name, facts[r.Name]); why != "" {
				t.Errorf("%s is taken for another: %s", r.Name, why)
			}
		}
		if why := told("other", facts[r.Name]); why != "" {
			t.Errorf("%s: any router is taken for another: %s", r.Name, why)
		}
	}
	for _, test := range []struct{ chosen, sends, want string }{
		{"asus", "openwrt", "You chose ASUS, but what arrives looks like a log of OpenWrt."},
		{"asus", "mikrotik", "a log of MikroTik."},
		{"openwrt", "asus", "a log of ASUS."},
		{"pfsense", "unifi", "a log of UniFi."},
		{"mikrotik", "opnsense", "a log of pfSense."},
		{"tomato", "edgeos", "a log of EdgeRouter."},
		{"opnsense", "pfsense", ""},
		{"dd-wrt", "tomato", ""},
		{"asus", "zyxel", ""}, // its rules have names that the user gave them
	} {
		why := told(test.chosen, facts[test.sends])
		if (why == "") != (test.want == "") || !strings.Contains(why, test.want) {
			t.Errorf("chosen %s, sent by %s: %q", test.chosen, test.sends, why)
		}
	}
}

// What most of the newest lines of a router look like decides, not one that somebody else sent.
func TestOtherRouterByMost(t *testing.T) {
	router, second := netip.MustParseAddr("192.168.1.1"), netip.MustParseAddr("192.168.1.2")
	const asus, openwrt, mikrotik, own = "DROP", "REJECT(src wan)", "LinkLog forward | forward", "My own rule"
	for _, c := range []struct {
		name   string
		chosen string
		texts  []string // the newest first; of the second router behind a "/"
		want   string
	}{
		{"one stray line, the newest", "openwrt", []string{asus, openwrt, openwrt, openwrt}, ""},
		{"one stray line, older", "openwrt", []string{openwrt, openwrt, asus, openwrt}, ""},
		{"most", "openwrt", []string{openwrt, asus, asus, mikrotik, asus}, "a log of ASUS."},
		{"too few", "openwrt", []string{asus, asus}, ""},
		{"half", "openwrt", []string{asus, asus, openwrt, openwrt}, ""},
		{"most say nothing", "openwrt", []string{asus, own, own, own}, ""},
		{"two routers, one of them right", "openwrt", []string{"/" + asus, "/" + asus, "/" + asus, openwrt}, ""},
		{"two routers, both others", "openwrt", []string{mikrotik, mikrotik, mikrotik, "/" + asus, "/" + asus, "/" + asus}, "a log of MikroTik."},
	} {
		r, _ := guide.Find(c.chosen)
		f := &guide.Facts{Messages: 9, Fresh: true, Open: true, Traffic: 9}
		for _, text := range c.texts {
			ev := capture.Event{Kind: capture.Traffic, Router: router, Text: text}
			if of, is := strings.CutPrefix(text, "/"); is {
				ev.Router, ev.Text = second, of
			}
			f.Latest = append(f.Latest, ev)
		}
		if why := r.Check(f)[guide.Connection].Why.String(); (why == "") != (c.want == "") || !strings.Contains(why, c.want) {
			t.Errorf("%s: %q", c.name, why)
		}
	}
}
