package app

import (
	"net"
	"strings"
	"testing"

	"fyne.io/fyne/v2/lang"
	"linklog/app/feed"
	"linklog/service/api"
	"linklog/service/doctor"
	"net/netip"
)

// A test that was sent from this computer is no message of the router: it is waited for on.
func TestOwnTestIsNoMessage(t *testing.T) {
	dir := t.TempDir()
	b := start(t, dir)
	b.listening()
	to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), b.state.Hello.Port)
	if err := doctor.SendTest(t.Context(), to, lang.L("LinkLog test message {{.Time}}", map[string]any{"Time": "now"})); err != nil {
		t.Fatal(err)
	}
	b.until("the test is there", func() bool { return b.logPage.Len() == 1 })
	if !strings.HasPrefix(b.shell.bar.state.Text, "Waiting") {
		t.Errorf("after a test: %q", b.shell.bar.state.Text)
	}
	b.end()

	b = start(t, dir) // which finds the test in the history
	b.listening()
	b.settle()
	b.settle()
	if !strings.HasPrefix(b.shell.bar.state.Text, "Waiting") {
		t.Errorf("after a new start: %q", b.shell.bar.state.Text)
	}
	b.tell("@out TCP from 192.168.1.10:5000 to 203.0.113.4:443")
	b.until("it is heard", func() bool { return strings.HasPrefix(b.shell.bar.state.Text, "Listening") })
	b.end()

	b = start(t, dir)
	b.until("it is known", func() bool { return strings.HasPrefix(b.shell.bar.state.Text, "Listening") })
}

// Where one looks it is said that the service is gone, and what to do.
func TestBanner(t *testing.T) {
	b := start(t, t.TempDir())
	b.listening()
	if b.shell.banner.content.Visible() {
		t.Fatalf("all is well, and it says %q", b.shell.banner.text.Text)
	}
	before := b.shell.page(pageLog).Content().Size().Height
	s := b.state
	s.Connection, s.Err = feed.Lost, net.ErrClosed
	b.connected(s)
	if !b.shell.banner.content.Visible() || !strings.Contains(b.shell.banner.text.Text, "does not answer") {
		t.Errorf("it says %q", b.shell.banner.text.Text)
	}
	if now := b.shell.page(pageLog).Content().Size().Height; now >= before {
		t.Errorf("the page is %v high, and was %v: the banner lies over it", now, before)
	}
	b.shell.banner.what.OnTapped()
	if b.shell.current.id != pageSetup || b.shell.banner.what.Visible() {
		t.Errorf("the page is %s", b.shell.current.id)
	}
}

// On top it says on which ports the service listens, be it one or several.
func TestPortsOnTop(t *testing.T) {
	for language, want := range map[string][2]string{
		"en": {"Listening on 192.168.1.5, port 162", "Listening on 192.168.1.5, ports 162, 514"},
		"de": {"Empfängt auf 192.168.1.5, Port 162", "Empfängt auf 192.168.1.5, Ports 162, 514"},
	} {
		t.Run(language, func(t *testing.T) {
			b := startIn(t, t.TempDir(), language)
			b.listening()
			b.heard, b.shell.ownAddress = true, "192.168.1.5"
			ports := []api.Port{{Port: 162, Open: true}, {Port: 514, Open: true}}
			for i := range want {
				b.state.Hello.Ports = ports[:i+1]
				if b.shell.showState(); b.shell.bar.state.Text != want[i] {
					t.Errorf("%q, want %q", b.shell.bar.state.Text, want[i])
				}
			}
		})
	}
}
