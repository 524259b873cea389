package setup

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui/look"
	"linklog/app/ui/uitest"
	"linklog/capture"
	"linklog/capture/send/sendtest"
	"linklog/service/client"
	"linklog/service/localsocket"
)

// open makes a page in a window, with a service behind it.
func open(t *testing.T, o Options) (*Page, *uitest.Shell, *client.Client, uint16) {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(look.Theme{})
	e, c, _ := uitest.Daemon(t, localsocket.Policy{}, nil)
	s := uitest.NewShell(t, c)
	p := New(s.Context, o)
	w := test.NewTempWindow(t, p.Content())
	w.Resize(fyne.NewSize(720, 700))
	return p, s, c, e.Intake.Port()
}

// A router's first message turns the page green. No computer but this one can send
// here, so this one counts as a router.
func TestFirstMessageTurnsGreen(t *testing.T) {
	p, s, _, port := open(t, Options{})
	p.Show()
	s.Until(t, "asked, and the firewall looked at", func() bool { return p.facts.asked && p.facts.examined })
	if p.rows[3].badge.mark != todo || p.rows[0].badge.mark == wrong {
		t.Fatal(p.rows[3].title.Text, p.rows[0].title.Text)
	}
	p.facts.isOwn = func(netip.Addr) bool { return false }
	sendtest.Tell(t, int(port), "@in TCP from 203.0.113.9:51234 to 192.168.1.10:80")
	s.Until(t, "green", func() bool { return p.rows[3].badge.mark == fine })
	if p.rows[2].badge.mark != fine || !strings.Contains(p.rows[3].text.Text, "127.0.0.1") && len(p.facts.status.Routers) < 2 {
		t.Error(p.rows[3].text.Text)
	}
}

// While the page is hidden it asks for nothing.
func TestHiddenPageAsksForNothing(t *testing.T) {
	p, s, _, _ := open(t, Options{})
	p.Show()
	s.Until(t, "asked", func() bool { return p.facts.asked && !p.facts.test.running && p.facts.examined })
	p.Hide()
	ended := make(chan struct{})
	go func() { s.Work.Wait(); close(ended) }()
	s.Until(t, "the last question is answered", func() bool {
		select {
		case <-ended:
			return len(s.Queue) == 0
		default:
			return false
		}
	})
	// Nothing was put into the queue that begins anew.
	s.Work.Wait()
	if len(s.Queue) > 0 {
		t.Error("it goes on")
	}
}

func TestSendTestArrivesInTheLog(t *testing.T) {
	p, s, c, _ := open(t, Options{})
	shown := ""
	s.ShowLog = func(query string) { shown = query }
	p.Show()
	s.Until(t, "asked", func() bool { return p.facts.asked && p.facts.examined && p.send.Visible() })
	test.Tap(p.send)
	s.Until(t, "the answer", func() bool { return !p.send.Disabled() })
	var link *widget.Hyperlink
	for _, o := range p.sent.Objects {
		if l, ok := o.(*widget.Hyperlink); ok {
			link = l
		}
	}
	if link == nil {
		t.Fatal("it did not arrive: ", p.sent.Objects[0].(*widget.Label).Text)
	}
	link.OnTapped()
	found := 0
	if err := c.Events(t.Context(), client.Query{Filter: shown}, func(ev *capture.Event) error {
		found++
		if ev.Kind != capture.System {
			t.Error(ev.Kind)
		}
		return nil
	}); err != nil || found != 1 {
		t.Error(found, err)
	}
}

func TestInstall(t *testing.T) {
	answer := make(chan error)
	p, s, _, _ := open(t, Options{Install: func(context.Context) error { return <-answer }, Embedded: func() bool { return true }})
	p.Show()
	s.Until(t, "the button", func() bool { return p.facts.asked && p.install.Visible() })
	for _, c := range []struct {
		err   error
		says  string
		typed bool
	}{
		{errors.New("systemd said no"), "systemd said no", true},
		{fmt.Errorf("pkexec: %w", ErrCancelled), "Cancelled; nothing was changed", true},
		{nil, "is installed", false},
	} {
		test.Tap(p.install)
		if p.install.Visible() {
			t.Error("it can be asked for twice")
		}
		answer <- c.err
		s.Until(t, "the end", func() bool { return !p.installing.running })
		label := p.installing.content.Objects[0].(*widget.Label)
		if !strings.Contains(label.Text, c.says) || (len(p.installing.content.Objects) == 2) != c.typed {
			t.Errorf("%v: %q", c.err, label.Text)
		}
	}
}

func TestFindOutListsFindings(t *testing.T) {
	p, s, _, _ := open(t, Options{})
	p.Show()
	s.Until(t, "asked", func() bool { return p.facts.asked && p.facts.examined })
	p.findOut()
	p.findOut() // once is enough
	s.Until(t, "the findings", func() bool { return !p.why.running })
	if n := len(p.why.content.Objects); n < 3 || !p.why.content.Visible() {
		t.Error(n, "findings")
	}
}
