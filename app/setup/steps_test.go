package setup

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/doctor"
	"linklog/service/guide"
	"linklog/service/health"
)

var (
	self     = netip.MustParseAddr("192.168.1.5")
	router   = netip.MustParseAddr("192.168.1.1")
	stranger = netip.MustParseAddr("203.0.113.9")
)

// listening are the facts of a service that waits for the first message.
func listening() facts {
	return facts{
		asked: true, status: api.Status{Port: 162, Open: true}, addresses: []netip.Addr{self}, examined: true,
		isOwn: func(a netip.Addr) bool { return a == self },
	}
}

func routerOf(t *testing.T, id string) *guide.Router {
	t.Helper()
	r, ok := guide.Find(id)
	if !ok {
		t.Fatal("no router " + id)
	}
	return r
}

func TestSteps(t *testing.T) {
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.Local)
	for _, c := range []struct {
		name    string
		change  func(*facts)
		marks   [3]mark
		actions [3]action
		says    string // somewhere
	}{
		{"not asked yet", func(f *facts) { *f = facts{isOwn: f.isOwn, addresses: f.addresses} },
			[3]mark{todo, todo, todo}, [3]action{noAction, noAction, noAction}, "Checking what is listening"},
		{"waiting", func(*facts) {}, [3]mark{fine, fine, todo}, [3]action{details, testAgain, noAction}, "also when this window is closed"},
		{"no service", func(f *facts) { f.err = errors.New("no socket") },
			[3]mark{wrong, todo, todo}, [3]action{install, noAction, noAction}, "no socket"},
		{"no service, in words", func(f *facts) { f.err = fmt.Errorf("%w: dial unix /a: no such file", client.ErrNoService) },
			[3]mark{wrong, todo, todo}, [3]action{install, noAction, noAction}, "is not running on this computer"},
		{"no service and no engine", func(f *facts) {
			f.err, f.engine = fmt.Errorf("%w: dial unix /a: no such file", client.ErrNoService), errors.New("the disk is full")
		}, [3]mark{wrong, todo, todo}, [3]action{install, noAction, noAction}, "cannot receive messages either: the disk is full"},
		{"no access", func(f *facts) { f.err = &api.Error{Status: 403, Message: "ask an administrator"} },
			[3]mark{wrong, todo, todo}, [3]action{noAction, noAction, noAction}, "ask an administrator"},
		{"both ports", func(f *facts) { f.status.Ports = []api.Port{{Port: 162, Open: true}, {Port: 514, Open: true}} },
			[3]mark{fine, fine, todo}, [3]action{details, testAgain, noAction}, "listening on UDP ports 162, 514"},
		{"the port of the router is taken", func(f *facts) {
			f.kind, f.status.Ports = routerOf(t, "d-link"), []api.Port{{Port: 162, Open: true}, {Port: 514}}
			f.status.Troubles = []api.Trouble{{Code: health.PortTaken, Place: "514", Reason: phrase.Say("rsyslogd has it")}}
		}, [3]mark{wrong, fine, todo}, [3]action{details, testAgain, noAction}, "rsyslogd has it"},
		{"the usual port of the router is taken", func(f *facts) {
			f.kind, f.status.Ports = routerOf(t, "asus"), []api.Port{{Port: 162, Open: true}, {Port: 514}}
			f.status.Troubles = []api.Trouble{{Code: health.PortTaken, Place: "514", Reason: phrase.Say("in use. {{.Advice}}", "Advice", phrase.Say("rsyslogd has it"))}}
		}, [3]mark{doubt, fine, todo}, [3]action{details, testAgain, noAction}, "LinkLog cannot use UDP port 514. rsyslogd has it"},
		{"a port is taken that the router does not use", func(f *facts) {
			f.kind, f.status.Ports = routerOf(t, "linksys"), []api.Port{{Port: 162, Open: true}, {Port: 514}, {Port: 2055}}
		}, [3]mark{fine, fine, todo}, [3]action{details, testAgain, noAction}, "also when this window is closed"},
		{"a port is taken, and no router chosen", func(f *facts) {
			f.status.Ports = []api.Port{{Port: 162, Open: true}, {Port: 514}}
		}, [3]mark{doubt, fine, todo}, [3]action{details, testAgain, noAction}, "LinkLog cannot use UDP port 514. LinkLog tries again"},
		{"the port of the router, and not that of the traps", func(f *facts) {
			f.kind, f.status.Open, f.status.Ports = routerOf(t, "asus"), false, []api.Port{{Port: 162}, {Port: 514, Open: true}}
		}, [3]mark{fine, fine, todo}, [3]action{details, testAgain, noAction}, "listening on UDP port 514"},
		{"embedded on 162", func(f *facts) { f.embedded = true },
			[3]mark{fine, fine, todo}, [3]action{install, testAgain, noAction}, "Only while"},
		{"embedded on 9162", func(f *facts) { f.embedded, f.status.Port = true, 9162 },
			[3]mark{doubt, fine, todo}, [3]action{install, testAgain, noAction}, "only to port 514 / 162: this program"},
		{"traps elsewhere, system logs as usual", func(f *facts) {
			f.status.Port, f.status.Ports = 9162, []api.Port{{Port: 9162, Open: true}, {Port: 514, Open: true}}
		}, [3]mark{fine, fine, todo}, [3]action{details, testAgain, noAction}, "Through the background service, also"},
		{"embedded, 162 taken", func(f *facts) { f.embedded, f.status.Port, f.taken = true, 9162, phrase.Say("snmptrapd has it") },
			[3]mark{doubt, fine, todo}, [3]action{details, testAgain, noAction}, "snmptrapd has it"},
		{"service, port taken", func(f *facts) { f.status.Open, f.taken = false, phrase.Say("snmptrapd has it") },
			[3]mark{wrong, todo, todo}, [3]action{details, noAction, noAction}, "snmptrapd has it"},
		{"service, port not open, and more is wrong", func(f *facts) {
			f.status.Open, f.status.Troubles = false, []api.Trouble{
				{Where: "history", Text: "no room", Code: health.HistoryUnwritten, Reason: phrase.Say("no room")},
				{Where: "port", Text: "no right", Code: health.PortForbidden, Reason: phrase.Say("no right")},
				{Where: "restart", Text: "days wait", Code: health.SettingsWait, Reason: phrase.Say("days wait")},
			}
		}, [3]mark{wrong, todo, todo}, [3]action{details, noAction, noAction}, "no right"},
		{"service elsewhere", func(f *facts) { f.status.Port = 10162 },
			[3]mark{doubt, fine, todo}, [3]action{details, testAgain, noAction}, "the port can be changed in the settings"},
		{"a router that can be told the port", func(f *facts) { f.embedded, f.status.Port, f.kind = true, 9514, routerOf(t, "asus") },
			[3]mark{fine, fine, todo}, [3]action{install, testAgain, noAction}, "Only while"},
		{"a router that cannot", func(f *facts) { f.embedded, f.status.Port, f.kind = true, 9514, routerOf(t, "d-link") },
			[3]mark{doubt, fine, todo}, [3]action{install, testAgain, noAction}, "only to port 514: this program"},
		{"firewall on", func(f *facts) {
			f.firewalls = []doctor.Finding{{Title: phrase.Say("ufw is on"), Type: "sudo ufw allow 162/udp"}}
		}, [3]mark{fine, doubt, todo}, [3]action{details, testAgain, noAction}, "sudo ufw allow 162/udp"},
		{"test fails", func(f *facts) {
			f.test = trial{asked: true, err: doctor.ErrNoAnswer, to: netip.AddrPortFrom(self, 162)}
		},
			[3]mark{fine, wrong, todo}, [3]action{details, testAgain, noAction}, "192.168.1.5:162: it was not answered"},
		{"this computer is shut out", func(f *facts) {
			f.test = trial{asked: true, err: doctor.ErrNoAnswer, to: netip.AddrPortFrom(self, 162)}
			f.status.Strangers = []api.Source{{Addr: self, Last: at}}
		}, [3]mark{fine, fine, todo}, [3]action{details, testAgain, noAction}, "messages from this computer are not accepted"},
		{"a test that cannot be stored", func(f *facts) {
			f.test = trial{asked: true, err: doctor.ErrNoAnswer, to: netip.AddrPortFrom(self, 162)}
			f.came.Unstored = phrase.Say("the disk is full")
		}, [3]mark{fine, fine, todo}, [3]action{details, testAgain, noAction}, "arrived, but could not be stored: the disk is full"},
		{"test runs", func(f *facts) { f.test.running = true },
			[3]mark{fine, todo, todo}, [3]action{details, testAgain, noAction}, "Checking the firewall"},
		{"only the test came", func(f *facts) { f.status.Routers = []api.Source{{Addr: self, Count: 1, Last: at}} },
			[3]mark{fine, fine, todo}, [3]action{details, testAgain, noAction}, "No active firewall was found"},
		{"the router came", func(f *facts) {
			f.firewalls = []doctor.Finding{{Title: phrase.Say("ufw is on")}} // but it lets in
			f.status.Routers = []api.Source{{Addr: self, Last: at.Add(time.Hour)}, {Addr: router, Last: at}}
		}, [3]mark{fine, fine, fine}, [3]action{details, testAgain, noAction}, "Messages from 192.168.1.1 arrive"},
		{"no network", func(f *facts) { f.addresses = nil },
			[3]mark{fine, fine, wrong}, [3]action{details, testAgain, noAction}, "no address in a local network"},
		{"several networks", func(f *facts) { f.addresses = []netip.Addr{self, stranger} },
			[3]mark{fine, fine, todo}, [3]action{details, testAgain, noAction}, "one of these addresses"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := listening()
			c.change(&f)
			said := ""
			for i, s := range f.steps() {
				if s.mark != c.marks[i] || s.action != c.actions[i] {
					t.Errorf("step %d: mark %d action %d, want %d and %d (%v)", i+1, s.mark, s.action, c.marks[i], c.actions[i], s.title)
				}
				said += s.title.String() + "\n" + s.text.String() + "\n" + s.command + "\n"
			}
			if strings.Contains(said, "dial") {
				t.Errorf("words of the system are shown: %s", said)
			}
			if !strings.Contains(said, c.says) {
				t.Errorf("%q is not in\n%s", c.says, said)
			}
		})
	}
}
