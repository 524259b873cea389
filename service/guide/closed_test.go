package guide

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/health"
)

// A port that LinkLog should have and has not: who has it is said, the steps have a different one, and
// no router is to blame.
func TestClosedPorts(t *testing.T) {
	since := time.Date(2026, 11, 30, 17, 0, 0, 0, time.UTC)
	s := api.Status{Port: 162, Open: true, Ports: []api.Port{{Port: 162, Open: true}, {Port: 514}, {Port: 514, TCP: true}, {Port: 2055}}, Troubles: []api.Trouble{
		{Code: health.PortTakenTCP, Place: "514", Reason: phrase.Say("by TCP")},
		{Code: health.PortTaken, Place: "514", Since: since, Reason: phrase.Say("UDP port 514 is in use; {{.Advice}}", "Advice", phrase.Say("rsyslogd has it."))},
		{Code: health.PortTaken, Place: "2055", Reason: phrase.Say("nfcapd has it.")},
	}}
	text, err := json.Marshal(&s) // as it comes
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		t.Fatal(err)
	}
	closed, listening := ClosedPorts(&s), Listening(&s)
	for id, want := range map[string]string{
		"asus": "LinkLog cannot use UDP port 514, to which such routers send unless they are told otherwise. Until it can, use port 162, as in the steps: LinkLog takes the messages there, too. rsyslogd has it.", "d-link": "sends only to port 514, which LinkLog cannot use. rsyslogd has it.",
		"linksys": "", "fritzbox": "",
	} {
		r, _ := Find(id)
		if got := r.Instead(listening, closed).String(); !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("%s: %q", id, got)
		}
	}
	if len(closed) != 2 || !closed[0].Since.Equal(since) {
		t.Errorf("%+v", closed)
	}
	if got := FlowsInstead(listening, closed).String(); !strings.Contains(got, "UDP port 2055, to which flows usually go. Until it can, use port 162. nfcapd has it.") {
		t.Error(got)
	}
	asus, _ := Find("asus")
	for name, f := range map[string]Facts{
		"nothing came": {Open: true, Closed: closed}, "silent since": {Open: true, Closed: closed, Last: api.Source{Addr: netip.MustParseAddr("192.168.1.1")}},
		"a test": {Open: true, Closed: closed, Tests: true}, "no port at all": {Closed: closed},
	} {
		got := asus.Check(&f)[Arrives]
		if got.State != Missing || !got.Why.IsZero() || !strings.Contains(got.Text.String(), "port 514: what a router sends there does not arrive. rsyslogd has it.") {
			t.Errorf("%s: %v %q %q", name, got.State, got.Text, got.Why)
		}
	}
	linksys, _ := Find("linksys")
	if got := linksys.Check(&Facts{Open: true, Closed: closed})[Arrives]; got.Why.IsZero() {
		t.Errorf("a router that does not send there: %q", got.Text)
	}
	if got := ClosedPorts(&api.Status{Port: 514, Troubles: []api.Trouble{{Code: health.PortForbidden, Text: "no right"}}}); len(got) != 1 || got[0].Why.String() != "no right" {
		t.Errorf("an older service: %+v", got)
	}
	if !asus.Instead([]uint16{9162, 9514}, nil).IsZero() || !asus.Instead(nil, nil).IsZero() {
		t.Error("all is as usual")
	}
}
