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
		f.Any = ev
		if ev.Dir == capture.Out {
			f.Out, f.AnyOut = f.Out+1, ev
		}
		if ev.Verdict == capture.Allowed {
			f.Allowed, f.AnyAllowed = f.Allowed+1, ev
		}
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
