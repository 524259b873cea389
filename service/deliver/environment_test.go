package deliver

import (
	"slices"
	"testing"

	"linklog/capture"
	"linklog/service/alerts"
)

// Every alert about an attempt has its port, whatever kind it is; others have none.
func TestPortIsKnown(t *testing.T) {
	for _, c := range []struct {
		alert alerts.Alert
		want  string
	}{
		{alerts.Alert{Kind: alerts.NewHost, Proto: capture.TCP, Port: 443}, "443"},
		{alerts.Alert{Kind: alerts.NewHost, Proto: capture.ICMP}, "0"},
		{alerts.Alert{Kind: alerts.Rule, Proto: capture.TCP, Port: 22}, "22"},
		{alerts.Alert{Kind: alerts.RuleMany, Proto: capture.TCP, Port: 23, Count: 21}, "23"},
		{alerts.Alert{Kind: alerts.Listed, Proto: capture.UDP, Port: 53}, "53"},
		{alerts.Alert{Kind: alerts.PortScan, Proto: capture.TCP, Port: 8080}, "8080"},
		{alerts.Alert{Kind: alerts.Rule, Message: "system restarted"}, ""},
		{alerts.Alert{Kind: alerts.NewHosts, Count: 5}, ""},
		{alerts.Alert{Kind: alerts.WANChange}, ""},
		{alerts.Alert{Kind: alerts.Trouble}, ""},
		{alerts.Alert{Kind: alerts.Daily}, ""},
	} {
		if !slices.Contains(environment(c.alert), "LINKLOG_ALERT_PORT="+c.want) {
			t.Errorf("%v: it is not %q in %q", c.alert.Kind, c.want, environment(c.alert))
		}
	}
}
