package alerts

import (
	"net/netip"
	"testing"

	"linklog/app/translations"
	"linklog/service/api"
)

func TestAlertText(t *testing.T) {
	if err := translations.Load("en"); err != nil {
		t.Fatal(err)
	}
	host, device := netip.MustParseAddr("203.0.113.4"), netip.MustParseAddr("192.168.1.15")
	for _, c := range []struct {
		alert       api.Alert
		title, body string
	}{
		{api.Alert{Kind: "new-host", Host: host, Name: "cdn.example", Device: device, DeviceName: "TV", Direction: "out", Protocol: "TCP", Port: 443, Service: "https"},
			"New: cdn.example", "TV tried to reach it (TCP 443 https)"},
		{api.Alert{Kind: "new-host", Host: host, Device: device, Direction: "in", Protocol: "UDP", Port: 5060},
			"New: 203.0.113.4", "tried to reach 192.168.1.15 (UDP 5060)"},
		{api.Alert{Kind: "new-hosts", Count: 23, Hosts: []api.NamedIP{{Addr: host}, {Name: "b.example"}}}, "23 new hosts", "203.0.113.4, b.example"},
		{api.Alert{Kind: "digest", Count: 41}, "41 new hosts while you were away", ""},
		{api.Alert{Kind: "wan-change", OldAddr: host, NewAddr: device}, "Your router's public IP address changed", "203.0.113.4 → 192.168.1.15"},
		{api.Alert{Kind: "rule", Rule: "NAS", Count: 1, Host: host, Device: device, DeviceName: "NAS", Direction: "in", Protocol: "TCP", Port: 22, Service: "ssh", Verdict: "allowed"},
			"NAS", "203.0.113.4 → NAS (TCP 22 ssh) · allowed"},
		{api.Alert{Kind: "rule", Rule: "NAS", Count: 12, Hosts: []api.NamedIP{{Addr: host}}}, "NAS", "12× · 203.0.113.4"},
		{api.Alert{Kind: "rule", Rule: "Reboots", Count: 1, Message: "system restarted"}, "Reboots", "system restarted"},
		{api.Alert{Kind: "rule-many", Rule: "Many", Count: 21}, "Many", "21×"},
		{api.Alert{Kind: "rule-nothing", Rule: "Still there?", Message: "nothing for 6h"}, "Still there?", "Nothing came for 6h"},
		{api.Alert{Kind: "new-device", Count: 1, Device: device, DeviceName: "TV", Message: "02:00:5e:10:00:22"}, "New device: TV", "192.168.1.15 · 02:00:5e:10:00:22"},
		{api.Alert{Kind: "port-scan", Count: 1, Host: host}, "Port scan", "203.0.113.4 tries many ports"},
		{api.Alert{Kind: "router-silent", Count: 1, Host: device}, "A router fell silent", "Nothing comes from 192.168.1.15 any more."},
		{api.Alert{Kind: "trouble", Count: 1, Message: "the disk is full"}, "LinkLog has a problem", "the disk is full"},
		{api.Alert{Kind: "daily", Count: 1, Outlets: []string{"mail"}, Message: "Alerts:\n  New hosts: 1"}, "Summary of the day", "1 alert, sent to mail"},
		{api.Alert{Kind: "daily", Outlets: []string{"mail"}}, "Summary of the day", "0 alerts, sent to mail"},
		{api.Alert{Kind: "of-the-future", Text: "something"}, "of-the-future", "something"},
	} {
		if title, body := Text(&c.alert); title != c.title || body != c.body {
			t.Errorf("%q %q", title, body)
		}
	}
}
