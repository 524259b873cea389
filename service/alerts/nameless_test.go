package alerts

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/book"
)

// ruleAlerts are the alerts of a rule, by their hosts and names.
func (b *bench) ruleAlerts(name string) (list []string) {
	b.t.Helper()
	for _, a := range b.alerts() {
		if a.Rule == name {
			list = append(list, fmt.Sprint(a.Host, " ", a.Name, " ", a.Count))
		}
	}
	return list
}

func expectAll(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// A rule about a name sees an event again when DNS has answered, once, and not if that takes too
// long; others do not see it twice.
func TestNameComesLate(t *testing.T) {
	rules := quietHosts + rule("named", "host:*.example.com", "", "") + rule("any", "dir:out", "", "") + rule("first", "host:*.example.com", "first for this host", "") +
		rule("not", "!host:*.example.com dir:out", "", "")
	b := newBench(t, book.Options{}, Options{NameWait: 3 * time.Second, Rules: rulesOf(t, rules)})
	b.learn()
	answer := func(addr, name string) { b.SetDNSName(netip.MustParseAddr(addr), name) }
	b.out("203.0.113.1:443")
	expectAll(t, "before", b.ruleAlerts("named"))
	answer("203.0.113.1", "cdn.example.com")
	expectAll(t, "named", b.ruleAlerts("named"), "203.0.113.1 cdn.example.com 1")
	answer("203.0.113.1", "cdn.example.com")
	b.tick(5 * time.Second)
	expectAll(t, "once", b.ruleAlerts("named"), "203.0.113.1 cdn.example.com 1")
	expectAll(t, "first", b.ruleAlerts("first"), "203.0.113.1 cdn.example.com 1")
	expectAll(t, "others", b.ruleAlerts("any"), "203.0.113.1  1")
	expectAll(t, "excluded", b.ruleAlerts("not"), "203.0.113.1  1")

	b.tick(2 * time.Minute)
	b.out("203.0.113.2:443")
	b.tick(2 * time.Second)
	answer("203.0.113.2", "www.example.net") // not what the rule is about
	b.out("203.0.113.3:443")
	if due, found := b.Due(); !found || due.After(b.clock.T.Add(3*time.Second)) {
		t.Errorf("due %v, %v", due, found)
	}
	b.tick(3 * time.Second)
	answer("203.0.113.3", "late.example.com")
	expectAll(t, "too late", b.ruleAlerts("named"), "203.0.113.1 cdn.example.com 1")
	if b.nameless.n != 0 {
		t.Errorf("%d wait", b.nameless.n)
	}

	// Other rules, and a clock that is set back, confuse nothing.
	b.tick(2 * time.Minute)
	b.out("203.0.113.4:443")
	b.clock.Advance(-time.Hour)
	b.tick(0)
	if b.nameless.n != 0 {
		t.Errorf("%d wait", b.nameless.n)
	}
	b.clock.Advance(2 * time.Hour)
	b.out("203.0.113.5:443")
	if err := b.Alerts.Configure(Options{NameWait: 3 * time.Second, Services: b.o.Services, Rules: rulesOf(t, quietHosts+rule("other", "host:*.example.com", "", ""))}); err != nil {
		t.Fatal(err)
	}
	answer("203.0.113.5", "e.example.com")
	expectAll(t, "another rule", b.ruleAlerts("other"))
	b.out("203.0.113.6:443")
	b.out("203.0.113.6:444")
	answer("203.0.113.6", "f.example.com")
	expectAll(t, "both", b.ruleAlerts("other"), "203.0.113.6 f.example.com 1", "203.0.113.6 f.example.com 1")
}

// However many hosts have no name, so many wait, and nothing is allocated for them.
func TestManyNameless(t *testing.T) {
	b := newBench(t, book.Options{}, Options{NameWait: 3 * time.Second, Rules: rulesOf(t, quietHosts+rule("named", "host:*.example.com", "", ""))})
	for i := range 3 * maxNameless {
		b.see(capture.Out, "192.168.1.10:50000", fmt.Sprintf("203.0.%d.%d:443", 112+i/200, 1+i%200))
	}
	if b.nameless.n != maxNameless {
		t.Errorf("%d wait", b.nameless.n)
	}
	ev := b.event(capture.Out, "192.168.1.10:50000", "203.0.112.1:443")
	host, device := b.at.Who(&ev)
	b.at.Lock()
	if n := testing.AllocsPerRun(1000, func() { b.Happened(&ev, host, device) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
	b.at.Unlock()
	b.tick(4 * time.Second)
	if b.nameless.n != 0 {
		t.Errorf("%d wait", b.nameless.n)
	}
}
