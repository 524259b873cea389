package main

import (
	"strings"
	"testing"

	"linklog/service/api"
	"linklog/service/health"
)

// Ports are listed for UDP and for TCP, those that are open and those that are not.
func TestOnPorts(t *testing.T) {
	udp := []api.Port{{Port: 162, Open: true}, {Port: 514, Open: true}}
	tcp := func(port uint16, open bool) api.Port { return api.Port{Port: port, TCP: true, Open: open} }
	for _, test := range []struct {
		tcp  []api.Port
		want string
	}{
		{nil, ""},
		{[]api.Port{tcp(514, true)}, ", TCP port 514"},
		{[]api.Port{tcp(514, false)}, ", NOT on TCP port 514"},
		{[]api.Port{tcp(514, true), tcp(601, true)}, ", TCP ports 514 and 601"},
		{[]api.Port{tcp(514, false), tcp(601, true), tcp(1514, true), tcp(6514, false)}, ", TCP ports 601 and 1514, NOT on TCP ports 514 and 6514"},
	} {
		if got := onPorts(udp, append(udp[:2:2], test.tcp...)); got != "listening on UDP ports 162 and 514"+test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// What is no trouble says what it is about; only settings that wait are about a restart.
func TestNotesInStatus(t *testing.T) {
	var b strings.Builder
	err := writeStatus(&b, &api.Status{Troubles: []api.Trouble{
		{Code: health.Forgetting, Severity: health.Note, Where: "removing on request", Text: "files written anew: 1 of 2"},
		{Code: health.SettingsWait, Severity: health.Note, Where: "restart", Text: "listen.port: from the next start on"},
		{Code: health.DNSSilent, Severity: health.Warning, Where: "DNS", Text: "no answer"},
	}}, "")
	for _, want := range []string{
		"\nNote         removing on request: files written anew: 1 of 2\n", "\nRestart      listen.port: from the next start on\n", "\nWARNING      DNS: no answer\n",
	} {
		if !strings.Contains(b.String(), want) || err != nil {
			t.Errorf("no %q in %s, %v", want, b.String(), err)
		}
	}
}
