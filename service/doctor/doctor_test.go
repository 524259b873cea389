package doctor_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/receive/porttest"
	"linklog/capture/send"
	"linklog/phrase"
	"linklog/service"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/doctor"
	"linklog/service/guide"
	"linklog/service/health"
	"linklog/service/install"
	"linklog/service/settings"
)

// engine starts an engine on a port of 127.0.0.1 that was free.
func engine(t *testing.T) *service.Service {
	t.Helper()
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS = 0, false
	e, err := service.Open(t.Context(), service.Config{DataDir: t.TempDir(), Settings: s})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- e.Run(ctx, func() { close(ready) }) }()
	<-ready
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, e.Close()); err != nil {
			t.Error(err)
		}
	})
	return e
}

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

func TestSendTest(t *testing.T) {
	e := engine(t)
	if err := doctor.SendTest(t.Context(), netip.AddrPortFrom(loopback, e.Intake.Port()), "a test"); err != nil {
		t.Error("an engine:", err)
	}
	// It is answered as soon as it is kept, and counted when it was read.
	received := func() uint64 { s := e.Status(); return s.Counts.Received() }
	for deadline := time.Now().Add(30 * time.Second); received() != 1; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("received", received())
		}
	}
	// One who receives and does not answer, and then nobody.
	silent, port := porttest.Taken(t)
	to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)
	if err := doctor.SendTest(t.Context(), to, "a test"); !errors.Is(err, doctor.ErrNoAnswer) {
		t.Error("a silent program:", err)
	}
	silent.Close()
	if err := doctor.SendTest(t.Context(), to, "a test"); !errors.Is(err, send.ErrNobodyListens) {
		t.Error("nobody:", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := doctor.SendTest(ctx, to, "a test"); !errors.Is(err, context.Canceled) {
		t.Error("cancelled:", err)
	}
}

// TestNotStored is a service that cannot store what arrives: then it does not answer, and nobody
// else is to blame.
func TestNotStored(t *testing.T) {
	skipWithoutLAN(t)
	silent, port := porttest.Taken(t)
	defer silent.Close()
	s := api.Status{Port: port, Open: true, Troubles: []api.Trouble{{Where: "spool", Code: health.SpoolUnwritten, Severity: health.Error, Reason: phrase.Say("the disk is full")}}}
	traps := find(doctor.Examine(t.Context(), doctor.Options{Port: port, Status: answer(s)}), doctor.Trap)
	if len(traps) == 0 {
		t.Error("nothing was sent")
	}
	for _, f := range traps {
		if f.Kind != doctor.Wrong || !strings.HasSuffix(f.Title.String(), " arrived, but could not be stored: the disk is full") || !f.Text.IsZero() {
			t.Errorf("%v %s %s", f.Kind, f.Title, f.Text)
		}
	}
}

// TestSilent is that routers have time to send something after a start, and that many are one note.
func TestSilent(t *testing.T) {
	now := time.Now()
	var before []api.Source
	for i := range 37 {
		before = append(before, api.Source{Addr: netip.AddrFrom4([4]byte{203, 0, 113, byte(i + 1)}), Last: now.Add(-time.Hour)})
	}
	for _, c := range []struct {
		up      time.Duration
		routers int
		says    string // "": nothing
	}{
		{time.Minute, 1, ""}, {time.Minute, 37, ""}, {time.Hour, 0, "No router has sent anything yet."}, {time.Minute, 0, "No router has sent anything yet."},
		{time.Hour, 1, "203.0.113.1 has sent nothing since the service started; its last message came at " + before[0].Last.Format(time.DateTime) + "."},
		{time.Hour, 2, "2 routers have sent nothing since the service started: 203.0.113.1 / 203.0.113.2."},
		{time.Hour, 37, "37 routers have sent nothing since the service started: 203.0.113.1 / 203.0.113.2 / 203.0.113.3 / 203.0.113.4 / …."},
	} {
		s := api.Status{Port: porttest.Free(t), Open: true, Now: now, Started: now.Add(-c.up), Before: before[:c.routers]}
		var said []string
		for _, f := range find(doctor.Examine(t.Context(), doctor.Options{Port: s.Port, Status: answer(s)}), doctor.Routers) {
			said = append(said, f.Title.String())
		}
		if got := strings.Join(said, "\n"); got != c.says {
			t.Errorf("%v after the start, %d routers: got %q, want %q", c.up, c.routers, got, c.says)
		}
	}
}

// kinds gives what was found, by what it is about.
func kinds(found []doctor.Finding) map[doctor.About][]doctor.Kind {
	out := make(map[doctor.About][]doctor.Kind)
	for _, f := range found {
		out[f.About] = append(out[f.About], f.Kind)
	}
	return out
}

func TestExamine(t *testing.T) {
	own := doctor.LANAddresses()
	if len(own) == 0 {
		t.Skip("this machine is in no network")
	}
	e := engine(t)
	status := func(context.Context) (api.Status, error) {
		return api.Status{
			Port: e.Intake.Port(), Open: true, Now: time.Now(),
			Routers:   []api.Source{{Addr: own[0], Count: 1}, {Addr: netip.MustParseAddr("192.0.2.77"), Count: 7, Last: time.Now()}},
			Strangers: []api.Source{{Addr: netip.MustParseAddr("203.0.113.5")}},
			Troubles:  []api.Trouble{{Where: "history", Text: "disk full"}},
		}, nil
	}
	found := doctor.Examine(t.Context(), doctor.Options{Port: e.Intake.Port(), Status: status})
	k := kinds(found)
	if !slices.Equal(k[doctor.Address], []doctor.Kind{doctor.OK}) || !slices.Equal(k[doctor.Port], []doctor.Kind{doctor.OK}) {
		t.Error(found)
	}
	if len(k[doctor.Trap]) != len(own) || slices.Contains(k[doctor.Trap], doctor.Wrong) {
		t.Error("traps:", k[doctor.Trap])
	}
	// The router, but not this machine itself; then the stranger, with what to set.
	if !slices.Equal(k[doctor.Routers], []doctor.Kind{doctor.OK, doctor.Note}) || !slices.Equal(k[doctor.Service], []doctor.Kind{doctor.OK, doctor.Wrong}) {
		t.Error(found)
	}
	for _, f := range found {
		if f.About != doctor.Routers || f.Kind != doctor.Note {
			continue
		}
		if s, err := settings.Parse([]byte(f.Type)); err != nil || len(s.Sources.Routers) != 1 || s.Sources.Routers[0].Addr().String() != "203.0.113.5" {
			t.Error(f.Type, err)
		}
	}
}

// find gives what was found about something.
func find(found []doctor.Finding, about doctor.About) (out []doctor.Finding) {
	for _, f := range found {
		if f.About == about {
			out = append(out, f)
		}
	}
	return out
}

func TestNobodyListens(t *testing.T) {
	skipWithoutLAN(t)
	free, n := porttest.Taken(t)
	portOf := func(o doctor.Options) doctor.Finding {
		o.Port, o.Program = n, "./linklog"
		ports := find(doctor.Examine(t.Context(), o), doctor.Port)
		return ports[len(ports)-1] // behind the note about a port that is not the usual one
	}
	// Another program than LinkLog has it: this test's.
	if f := portOf(doctor.Options{}); f.Kind != doctor.Wrong || f.Do.String() == "" {
		t.Error(f)
	}
	free.Close()
	for _, c := range []struct {
		name    string
		manager func(context.Context) (install.Status, error)
		do      string
	}{
		{"no service manager", nil, fmt.Sprintf("./linklog service run --port %d", n)},
		{"one that is not known", manager(install.Status{}, install.ErrNoManager), fmt.Sprintf("./linklog service run --port %d", n)},
		{"not installed", manager(install.Status{}, nil), "./linklog service install"},
	} {
		if f := portOf(doctor.Options{Manager: c.manager}); f.Kind != doctor.Wrong || f.Title.String() != fmt.Sprintf("Nothing is listening on UDP port %d.", n) || !strings.Contains(f.Type, c.do) {
			t.Errorf("%s: %s %s: %s %s", c.name, f.Kind, f.Title, f.Do, f.Type)
		}
	}
	if f := portOf(doctor.Options{Status: answer(api.Status{Port: n, Open: true})}); f.Kind != doctor.OK {
		t.Error(f)
	}
	// The service runs: to start it is no advice.
	if f := portOf(doctor.Options{Status: answer(api.Status{Port: n})}); f.Kind != doctor.Note || f.Title.String() != fmt.Sprintf("UDP port %d is free; LinkLog's service will try again in a few seconds.", n) {
		t.Error(f)
	}
	if f := portOf(doctor.Options{Status: answer(api.Status{Port: n - 1, Open: true})}); f.Kind != doctor.Wrong || f.Do.String() != "" {
		t.Error(f)
	}
}

// Without a service the usual ports are examined, and what is advised works for this user.
func TestNobodyListensOnTheUsualPorts(t *testing.T) {
	skipWithoutLAN(t)
	want := "linklog service run"
	for _, at := range []string{":162", ":514", ":2055"} {
		switch c, err := net.ListenPacket("udp", at); {
		case err == nil:
			c.Close()
		case errors.Is(err, os.ErrPermission):
			want = "linklog service run --port 9162,9514,2055"
		default:
			t.Skip(err)
		}
	}
	ports := find(doctor.Examine(t.Context(), doctor.Options{}), doctor.Port)
	if len(ports) != 3 || ports[0].Kind != doctor.Wrong || ports[0].Type != want ||
		ports[1].Title.String() != "Nothing is listening on UDP port 514." || ports[1].Kind != doctor.Note || ports[1].Type != "" ||
		ports[2].Title.String() != "Nothing is listening on UDP port 2055." || ports[2].Kind != doctor.Note || ports[2].Type != "" {
		t.Errorf("want %s: %+v", want, ports)
	}
}

// Each port is examined: one that the service wants and another program has is wrong, whichever
// it is, and named, with what to do.
func TestPortOfSystemLogs(t *testing.T) {
	skipWithoutLAN(t)
	e := engine(t)
	taken, n := porttest.Taken(t)
	place := strconv.Itoa(int(n))
	found := doctor.Examine(t.Context(), doctor.Options{Status: answer(api.Status{
		Port: e.Intake.Port(), Open: true, Ports: []api.Port{{Port: e.Intake.Port(), Open: true}, {Port: n}, {Port: 601, TCP: true}},
		Troubles: []api.Trouble{
			{Where: "port " + place, Place: place, Code: health.PortTaken, Severity: health.Warning},
			{Where: "port 601/TCP", Place: "601/TCP", Code: health.PortFailed, Severity: health.Warning},
		},
	})})
	ports := find(found, doctor.Port)
	if len(ports) < 2 || ports[len(ports)-2].Kind != doctor.OK || ports[len(ports)-1].Kind != doctor.Wrong ||
		!strings.HasPrefix(ports[len(ports)-1].Title.String(), "A different program is using UDP port "+place) || ports[len(ports)-1].Do.String() == "" ||
		!strings.HasSuffix(ports[len(ports)-1].Text.String(), fmt.Sprintf(": ports = [%d]", e.Intake.Port())) {
		t.Errorf("ports: %+v", ports)
	}
	if said := find(found, doctor.Service); len(said) != 2 || said[1].Kind != doctor.Wrong || !strings.Contains(said[1].Title.String(), "601/TCP") {
		t.Errorf("troubles: %+v", said)
	}
	// One that no program has, and that the service may not have: its words say why, once.
	taken.Close()
	found = doctor.Examine(t.Context(), doctor.Options{Status: answer(api.Status{
		Port: e.Intake.Port(), Open: true, Ports: []api.Port{{Port: e.Intake.Port(), Open: true}, {Port: n}},
		Troubles: []api.Trouble{{Where: "port " + place, Text: "permission denied", Place: place, Code: health.PortForbidden, Severity: health.Error}},
	})})
	ports = find(found, doctor.Port)
	if last := ports[len(ports)-1]; last.Kind != doctor.Wrong || last.Text.String() != "permission denied" || last.Title.String() != "LinkLog's service cannot listen on UDP port "+place+"." {
		t.Errorf("ports: %+v", ports)
	}
	if said := find(found, doctor.Service); len(said) != 1 {
		t.Errorf("troubles: %+v", said)
	}
}

// A service that does not listen on all addresses is examined where it does, and that is the
// address for the router; one that no router can reach is wrong.
func TestAddressOfTheSettings(t *testing.T) {
	skipWithoutLAN(t)
	e := engine(t)
	own := doctor.LANAddresses()[0]
	examine := func(a netip.Addr) (address, messages []doctor.Finding) {
		found := doctor.Examine(t.Context(), doctor.Options{Status: answer(api.Status{Port: e.Intake.Port(), Open: true, Addresses: []netip.Addr{a}})})
		return find(found, doctor.Address), find(found, doctor.Trap)
	}
	sent := func(messages []doctor.Finding, to netip.Addr) bool {
		return len(messages) == 1 && messages[0].Kind == doctor.OK && strings.Contains(messages[0].Title.String(), netip.AddrPortFrom(to, e.Intake.Port()).String())
	}
	address, messages := examine(own)
	if len(address) != 1 || address[0].Kind != doctor.OK || address[0].Title.String() != "This computer's address is "+own.String()+"." || !sent(messages, own) {
		t.Errorf("%+v, %+v", address, messages)
	}
	address, messages = examine(loopback)
	if len(address) != 1 || address[0].Kind != doctor.Wrong || address[0].Title.String() != "LinkLog listens only on 127.0.0.1, which no router can reach." ||
		!strings.HasSuffix(address[0].Type, "service restart") || !sent(messages, loopback) {
		t.Errorf("%+v, %+v", address, messages)
	}
	address, messages = examine(netip.MustParseAddr("192.0.2.200")) // it is not there: the service says that
	if len(address)+len(messages) > 0 {
		t.Errorf("%+v, %+v", address, messages)
	}
}

// manager is a service manager that knows a service as it is in no test's system.
func manager(s install.Status, err error) func(context.Context) (install.Status, error) {
	return func(context.Context) (install.Status, error) { return s, err }
}

// answer is what a service answers.
func answer(s api.Status) func(context.Context) (api.Status, error) {
	return func(context.Context) (api.Status, error) { return s, nil }
}

// up is a service as the manager sees it when all is well.
var up = install.Status{
	Installed: true, Running: true, Enabled: true, State: "active (running)",
	TrapSocket:  install.SocketStatus{Installed: true, Enabled: true, Open: true},
	LocalSocket: install.SocketStatus{Installed: true, Enabled: true, Open: true},
}

// TestService is the service in each state, as its manager and it tell.
func TestService(t *testing.T) {
	none := func(context.Context) (api.Status, error) {
		return api.Status{}, fmt.Errorf("%w: dial unix /nowhere", client.ErrNoService)
	}
	refused := func(context.Context) (api.Status, error) {
		return api.Status{}, &api.Error{Status: http.StatusForbidden, Message: "anna may not read LinkLog's log"}
	}
	silent := func(ctx context.Context) (api.Status, error) {
		<-ctx.Done()
		return api.Status{}, ctx.Err()
	}
	never := func(context.Context) (api.Status, error) {
		t.Error("the service is asked, which starts it")
		return api.Status{}, nil
	}
	with := func(change func(*install.Status)) func(context.Context) (install.Status, error) {
		s := up
		change(&s)
		return manager(s, nil)
	}
	stopped := func(s *install.Status) { s.Running, s.State = false, "inactive (dead)" }
	for _, c := range []struct {
		name           string
		manager        func(context.Context) (install.Status, error)
		status         func(context.Context) (api.Status, error)
		kind           doctor.Kind
		title, command string
	}{
		{"none, no manager", nil, none, doctor.Note, "LinkLog's service is not running, or not at the usual place.", ""},
		{"not installed", manager(install.Status{}, nil), none, doctor.Note, "LinkLog's service is not running, or not at the usual place.", ""},
		{"stopped, with its sockets", with(func(s *install.Status) { *s = install.Status{Installed: true, Enabled: true, State: "inactive (dead)"} }), none,
			doctor.Wrong, "LinkLog's service is installed, but stopped.", "linklog service start"},
		{"stopped, its sockets open", with(stopped), never, doctor.Wrong, "LinkLog's service is installed, but stopped.", "linklog service start"},
		{"failing, its sockets open", with(func(s *install.Status) { s.Running, s.Failing, s.State = false, true, "activating (auto-restart)" }), never,
			doctor.Wrong, "LinkLog's service fails at each start: activating (auto-restart).", ""},
		{"starting", with(func(s *install.Status) { s.Running, s.Starting, s.State = false, true, "activating (start)" }), never, doctor.Note, "LinkLog's service is starting.", ""},
		{"its socket is gone", with(func(s *install.Status) { s.LocalSocket.Open = false }), none,
			doctor.Wrong, "LinkLog's service is running, but its local socket is missing.", "linklog service start"},
		{"silent", with(func(*install.Status) {}), silent, doctor.Wrong, "LinkLog's service is running, but does not report its status: no answer within 3s", "linklog service restart"},
		{"silent, no manager", nil, silent, doctor.Wrong, "LinkLog's service is running, but does not report its status: no answer within 3s", "linklog service restart"},
		{"not trusted", nil, func(context.Context) (api.Status, error) {
			return api.Status{}, fmt.Errorf("%w: local socket /tmp/s: not trusted: others may write to the folder /tmp", client.ErrNotAsked)
		}, doctor.Wrong, "LinkLog's service cannot be reached.", ""},
		{"not for this user", with(func(*install.Status) {}), refused, doctor.Wrong, "LinkLog's service is running, but you may not read its log.", "linklog"},
		{"well", with(func(*install.Status) {}), answer(api.Status{Port: 162, Open: true}), doctor.OK, "LinkLog's service is running, since", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // they wait
			start := time.Now()
			all := doctor.Examine(t.Context(), doctor.Options{Manager: c.manager, Status: c.status})
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			found := find(all, doctor.Service)
			if len(found) != 1 || found[0].Kind != c.kind || !strings.HasPrefix(found[0].Title.String(), c.title) || !strings.Contains(found[0].Type, c.command) {
				t.Errorf("found %v", found)
			}
			for _, f := range all {
				if strings.Contains(f.Title.String(), "A different program") && strings.Contains(f.Title.String(), "linklog-trap.socket") {
					t.Error("our own socket is blamed:", f.Title)
				}
			}
			if c.name == "not for this user" && len(all) != 1 {
				t.Error("told more than that:", all[1:])
			}
		})
	}
	for _, change := range []func(*install.Status){
		func(s *install.Status) { s.Enabled = false },
		func(s *install.Status) { s.TrapSocket.Enabled = false },
		func(s *install.Status) { s.LocalSocket.Enabled = false },
	} {
		found := find(doctor.Examine(t.Context(), doctor.Options{Manager: with(change), Status: answer(api.Status{Port: 162, Open: true})}), doctor.Service)
		if len(found) != 2 || found[1].Kind != doctor.Note || !strings.Contains(found[1].Title.String(), "does not start with this computer") {
			t.Error(found)
		}
	}
}

// TestAllIsWell is a service with a router that sends: doctor says so and ends.
func TestAllIsWell(t *testing.T) {
	skipWithoutLAN(t)
	e := engine(t)
	now := time.Now()
	s := api.Status{Now: now, Port: e.Intake.Port(), Open: true, Routers: []api.Source{{Addr: netip.MustParseAddr("192.0.2.77"), Count: 7, Last: now.Add(-time.Minute)}}}
	examine := func() []doctor.Finding {
		return doctor.Examine(t.Context(), doctor.Options{Manager: manager(up, nil), Status: answer(s)})
	}
	found := examine()
	if last := found[len(found)-1]; last.Kind != doctor.OK || last.Title.String() != "No problems found." || slices.ContainsFunc(found, func(f doctor.Finding) bool { return f.Kind != doctor.OK }) {
		t.Error(found)
	}
	s.Routers[0].Last = now.Add(-2 * time.Hour)
	found = examine()
	if last := found[len(found)-1]; last.Kind != doctor.Note || last.Title.String() != "Nothing else can be checked from this computer." {
		t.Error("a router that fell silent:", last.Title)
	}
	s.Before, s.Routers = []api.Source{{Addr: netip.MustParseAddr("192.0.2.78"), Count: 3, Last: now.Add(-time.Minute)}}, nil
	found = examine()
	if routers := find(found, doctor.Routers); len(routers) != 1 || routers[0].Kind != doctor.Note || !strings.HasPrefix(routers[0].Title.String(), "192.0.2.78 has sent nothing since the service started") ||
		found[len(found)-1].Kind != doctor.Note {
		t.Error("a router from before the start:", found)
	}
	s.Routers = []api.Source{{Addr: netip.MustParseAddr("192.0.2.77"), Count: 7}}
	s.Routers[0].Last, s.Troubles = now, []api.Trouble{{Where: "history", Text: "no space"}}
	found = examine()
	if last := found[len(found)-1]; last.Kind != doctor.Wrong || last.Text.String() != "no space" {
		t.Error("a trouble:", last)
	}
}

// TestIncomplete is a router that does not report all that it could.
func TestIncomplete(t *testing.T) {
	skipWithoutLAN(t)
	e := engine(t)
	now := time.Now()
	router := api.Source{Addr: netip.MustParseAddr("192.0.2.77"), Count: 7, Last: now}
	for _, c := range []struct {
		name    string
		routers []api.Source
		came    guide.Facts
		says    string // "": all is well
	}{
		{"never heard", nil, guide.Facts{}, "No router has sent anything yet."},
		{"all", []api.Source{router}, guide.Facts{Messages: 30, Traffic: 30, Blocked: 29}, ""},
		{"a few blocked", []api.Source{router}, guide.Facts{Messages: 3, Traffic: 3, Blocked: 3}, ""},
		{"only blocked", []api.Source{router}, guide.Facts{Messages: 30, Traffic: 30, Blocked: 30}, "Your router logs only blocked connections; those that it allows are not seen."},
		{"only about itself", []api.Source{router}, guide.Facts{Messages: 1, System: 1}, "Only messages about the router itself arrive: it sends its log, but its firewall does not log connections yet."},
		{"nothing to ask", []api.Source{router}, guide.Facts{Err: errors.New("no history")}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := doctor.Examine(t.Context(), doctor.Options{
				Manager: manager(up, nil), Program: "linklog", Came: func(context.Context) guide.Facts { return c.came },
				Status: answer(api.Status{Now: now, Port: e.Intake.Port(), Open: true, Routers: c.routers}),
			})
			i := slices.IndexFunc(found, func(f doctor.Finding) bool { return f.Kind == doctor.Note && f.About == doctor.Routers })
			switch {
			case c.says == "" && i >= 0:
				t.Error(found[i])
			case c.says != "" && (i < 0 || found[i].Title.String() != c.says || found[i].Type != "linklog setup"):
				t.Error(found)
			}
		})
	}
}

// TestOfRouter is what is missing with the router there is: with its reason, and how it is set up
// below the last.
func TestOfRouter(t *testing.T) {
	now := time.Now()
	router := api.Source{Addr: netip.MustParseAddr("192.0.2.77"), Count: 7, Last: now}
	stale := router
	stale.Last = now.Add(-48 * time.Hour)
	of := func(count func(*guide.Facts)) guide.Facts {
		f := guide.Facts{Open: true, Fresh: true, Last: router}
		count(&f)
		return f
	}
	traffic := func(f *guide.Facts) { f.Messages, f.Traffic, f.Blocked = 30, 30, 30 }
	all := func(f *guide.Facts) { f.Messages, f.Traffic, f.AnyOut.Time, f.AnyAllowed.Time = 30, 30, now, now }
	const nftables = "Is /etc/nftables.d/90-linklog.nft there, and was the firewall restarted?"
	for _, c := range []struct {
		name, router string
		sent         []api.Source
		came         guide.Facts
		says         []string // how the notes begin: title, then text
		typed        string   // below the last
	}{
		{"nothing", "mikrotik", nil, guide.Facts{Open: true}, []string{"No router has sent anything yet. Without the second line"}, "linklog setup mikrotik"},
		{"nothing, and no history", "mikrotik", nil, guide.Facts{Err: errors.New("no history")}, []string{"No router has sent anything yet. "}, "linklog setup mikrotik"},
		{"it cannot", "fritzbox", nil, guide.Facts{}, []string{"No router has sent anything yet. A FRITZ!Box does not report connections"}, "linklog setup fritzbox"},
		{"it cannot, and one does", "fritzbox", []api.Source{router}, guide.Facts{Messages: 1, System: 1}, []string{"Only messages about the router itself arrive"}, "linklog setup fritzbox"},
		{"only about itself", "openwrt", []api.Source{router}, of(func(f *guide.Facts) { f.Messages, f.System = 1, 1 }),
			[]string{"Only messages about the router itself arrive: it sends its log, but its firewall does not log connections yet. The firewall logs nothing: is /etc/nftables.d"}, "linklog setup openwrt"},
		{"only blocked", "openwrt", []api.Source{router}, of(traffic),
			[]string{"No connection from your network to the internet arrived. Open any web page on any device. " + nftables, "Your router logs only blocked connections; those that it allows are not seen. " + nftables}, "linklog setup openwrt"},
		{"only blocked, as it does", "lancom", []api.Source{router}, of(traffic), nil, ""},
		{"a limit", "openwrt", []api.Source{router}, of(func(f *guide.Facts) { all(f); f.Minutes = []int64{40, 40, 40, 40, 40, 40} }),
			[]string{"The busiest minutes all have about 40 connections: a limit in the router may drop the rest. In /etc/config/firewall"}, "linklog setup openwrt"},
		{"a different one", "openwrt", []api.Source{router}, of(func(f *guide.Facts) {
			all(f)
			f.Latest = slices.Repeat([]capture.Event{{Kind: capture.Traffic, Text: "LinkLog forward | forward"}}, 3)
		}), []string{"You chose OpenWrt, but what arrives looks like a log of MikroTik. Choose that, and follow its steps. "}, "linklog setup openwrt"},
		{"all", "openwrt", []api.Source{router}, of(all), nil, ""},
		{"long ago", "pfsense", []api.Source{stale}, guide.Facts{Open: true, Last: stale}, []string{"192.0.2.77 sent 7 messages, but none since"}, ""},
		{"long ago, with a reason", "openwrt", []api.Source{stale}, guide.Facts{Open: true, Last: stale},
			[]string{"192.0.2.77 sent 7 messages, but none since", "Was the log restarted"}, "linklog setup openwrt"},
		{"one that is not known", "gone", nil, guide.Facts{Open: true}, []string{"No router has sent anything yet. "}, "linklog setup"},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := doctor.Examine(t.Context(), doctor.Options{
				Manager: manager(up, nil), Router: c.router, Came: func(context.Context) guide.Facts { return c.came },
				// One that no router can reach: what it hears of itself is not tested here.
				Status: answer(api.Status{Now: now, Open: true, Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.200")}, Routers: c.sent}),
			})
			var notes []doctor.Finding
			for _, f := range find(found, doctor.Routers) {
				if f.Kind != doctor.OK {
					notes = append(notes, f)
				}
			}
			if len(notes) != len(c.says) {
				t.Fatal(notes)
			}
			for i, f := range notes {
				if said := f.Title.String() + " " + f.Text.String(); !strings.HasPrefix(said, c.says[i]) || strings.HasSuffix(c.says[i], " ") && said != c.says[i] {
					t.Errorf("%q is not %q", said, c.says[i])
				}
				if last := i == len(notes)-1; last && f.Type != c.typed || !last && f.Type != "" {
					t.Errorf("%d: %q", i, f.Type)
				}
			}
		})
	}
}

// TestTroubles is what the service says is wrong with it, and what to do.
func TestTroubles(t *testing.T) {
	skipWithoutLAN(t)
	e := engine(t)
	for code, do := range map[health.Code]string{
		health.SettingsWrong: "Correct it", health.ClockBack: "set its clock", health.DNSSilent: "resolver", health.AlertFailed: "correct on_alert",
		health.IgnoreWrong: "Correct ignore", health.OriginWrong: "Correct [origin]", health.HistoryUnwritten: "", health.PortBuffer: "",
	} {
		s := api.Status{Now: time.Now(), Port: e.Intake.Port(), Open: true, Troubles: []api.Trouble{{Where: "it", Text: "what is wrong", Code: code, Severity: code.Severity()}}}
		found := find(doctor.Examine(t.Context(), doctor.Options{Status: answer(s)}), doctor.Service)
		kind := doctor.Wrong
		if code.Severity() == health.Warning { // it works
			kind = doctor.Note
		}
		if len(found) != 2 || found[1].Kind != kind || found[1].Text.String() != "what is wrong" || !strings.Contains(found[1].Do.String(), do) || do == "" && found[1].Do.String() != "" {
			t.Errorf("%s: %v", code, found)
		}
	}
}

// TestFiles is what is found in the data folder.
func TestFiles(t *testing.T) {
	folder := t.TempDir()
	examine := func() []doctor.Finding {
		return find(doctor.Examine(t.Context(), doctor.Options{Status: answer(api.Status{Port: 162, Open: true, Data: folder})}), doctor.Files)
	}
	if found := examine(); len(found) != 0 {
		t.Error(found)
	}
	path := filepath.Join(folder, "linklog.toml")
	if err := os.WriteFile(path, []byte("[history]\ndais = 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	found := examine()
	if len(found) != 1 || found[0].Kind != doctor.Wrong || !strings.Contains(found[0].Text.String(), path) || !strings.Contains(found[0].Text.String(), "line 2") {
		t.Error(found)
	}
}

// TestForeignFiles is a data folder with files that the service may not use.
func TestForeignFiles(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to give files away")
	}
	folder := t.TempDir()
	examine := func() []doctor.Finding {
		return find(doctor.Examine(t.Context(), doctor.Options{Status: answer(api.Status{Port: 162, Open: true, Data: folder})}), doctor.Files)
	}
	const nobody = 65534
	if err := errors.Join(os.Mkdir(filepath.Join(folder, "history"), 0o700), os.Chown(folder, nobody, nobody), os.Chown(filepath.Join(folder, "history"), nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		if found := examine(); i < 4 && len(found) != i || i == 4 && len(found) != 1 {
			t.Fatalf("%d files of root: %v", i, found)
		}
		if err := os.WriteFile(filepath.Join(folder, "history", fmt.Sprintf("history-2026-11-%06d.db", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found := examine()
	if len(found) != 1 || found[0].Kind != doctor.Wrong || found[0].Title.String() != "The service has no access to 5 files in "+folder+"." {
		t.Fatal(found)
	}
	// What it says mends it; it is root that types it here.
	if out, err := exec.Command("/bin/sh", "-c", strings.TrimPrefix(found[0].Type, "sudo ")).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v %s", found[0].Type, err, out)
	}
	if found := examine(); len(found) != 0 {
		t.Error(found)
	}
}

func skipWithoutLAN(t *testing.T) {
	t.Helper()
	if len(doctor.LANAddresses()) == 0 {
		t.Skip("this computer is in no network")
	}
}

func TestAddresses(t *testing.T) {
	for _, a := range doctor.LANAddresses() {
		if !a.Is4() || a.IsLoopback() || !doctor.IsOwn(a) {
			t.Error(a)
		}
	}
	for _, c := range []struct {
		addr string
		own  bool
	}{{"127.0.0.1", true}, {"::ffff:127.0.0.1", true}, {"::1", true}, {"203.0.113.9", false}} {
		if doctor.IsOwn(netip.MustParseAddr(c.addr)) != c.own {
			t.Error(c)
		}
	}
}
