package setup

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/look"
	"linklog/app/ui/uitest"
	"linklog/capture"
	"linklog/capture/send/sendtest"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/guide"
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
	p.inTheWay = func(*api.Status) phrase.Phrase { return phrase.Phrase{} } // whoever has port 162 here
	w := test.NewTempWindow(t, p.Content())
	w.Resize(fyne.NewSize(720, 700))
	return p, s, c, e.Intake.Port()
}

// The router's messages turn the list green by themselves. No computer but this one can send
// here, so this one counts as a router.
func TestListTurnsGreen(t *testing.T) {
	p, s, c, port := open(t, Options{})
	linksys, _ := guide.Find("linksys")
	p.chooser.choose(linksys)
	p.facts.isOwn = func(netip.Addr) bool { return false }
	marks := func() (marks [5]mark) {
		for i := range marks {
			marks[i] = p.checks.rows[i].badge.mark
		}
		return marks
	}
	tell := func(message string) {
		t.Helper()
		before, err := c.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		sendtest.Tell(t, int(port), message)
		s.Until(t, message+" is stored", func() bool {
			status, err := c.Status(t.Context())
			return err == nil && status.Last > before.Last && status.Waiting == 0
		})
	}
	tell("System is ready")
	p.Show()
	s.Until(t, "something arrives", func() bool { return marks() == [5]mark{fine, wrong, todo, todo, todo} })
	if text := p.checks.rows[1].text.Text; !strings.Contains(text, "about the router itself") || !strings.Contains(text, "open any web page") {
		t.Error(text)
	}
	tell("@in TCP from 203.0.113.9:51234 to 192.168.1.10:80")
	s.Until(t, "a connection", func() bool { return marks() == [5]mark{fine, fine, wrong, info, fine} })
	tell("@out TCP from 192.168.1.10:51234 to 203.0.113.9:443")
	s.Until(t, "all", func() bool { return marks() == [5]mark{fine, fine, fine, info, fine} })
	if p.rows[2].badge.mark != fine || !strings.Contains(p.checks.rows[2].text.Text, "192.168.1.10:51234 → 203.0.113.9:443") {
		t.Error(p.checks.rows[2].text.Text)
	}
	// With another router more is missing.
	asus, _ := guide.Find("asus")
	p.chooser.choose(asus)
	s.Until(t, "an allowed one is missing", func() bool { return marks() == [5]mark{fine, fine, fine, wrong, fine} })
}

// The router that was chosen is remembered, and its steps contain this computer's address.
func TestRouterIsRemembered(t *testing.T) {
	p, s, _, port := open(t, Options{})
	if n := len(p.chooser.steps.Objects); n != 1 {
		t.Errorf("%d parts without a router", n)
	}
	test.Tap(p.chooser.buttons[slices.IndexFunc(p.chooser.routers, func(r *guide.Router) bool { return r.ID == "mikrotik" })])
	if id := s.Prefs.Get().Router; id != "mikrotik" {
		t.Error(id)
	}
	p.Show()
	s.Until(t, "asked", func() bool { return p.facts.asked })
	p = New(s.Context, Options{})
	if p.chooser.router == nil || p.chooser.router.ID != "mikrotik" {
		t.Fatal("it is forgotten")
	}
	p.facts.asked, p.facts.status = true, api.Status{Port: port, Open: true}
	p.facts.addresses = []netip.Addr{self, router}
	p.show()
	commands := func() (all string) {
		for _, o := range test.LaidOutObjects(p.chooser.steps) {
			if l, ok := o.(*widget.Label); ok {
				all += l.Text + "\n"
			}
		}
		return all
	}
	if want := fmt.Sprintf("remote=%s remote-port=%d", self, port); !strings.Contains(commands(), want) {
		t.Errorf("%s is not in %s", want, commands())
	}
	p.rows[2].right.Objects[0].(*ui.Chips).TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	if want := fmt.Sprintf("remote=%s remote-port=%d", router, port); !strings.Contains(commands(), want) {
		t.Errorf("%s is not in %s", want, commands())
	}
	// One that cannot be told the port.
	linksys, _ := guide.Find("linksys")
	p.chooser.choose(linksys)
	if text := commands(); !strings.Contains(text, "sends only to port 162, on which LinkLog is not listening") {
		t.Error(text)
	}
}

// Only steps have numbers, which go on from those on this computer to those in the router: what is
// checked beside them has none, whatever is the case.
func TestOnlyStepsHaveNumbers(t *testing.T) {
	p, s, _, _ := open(t, Options{})
	numbers := func(in fyne.CanvasObject) (list []string) {
		for _, o := range test.LaidOutObjects(in) {
			if b, is := o.(*badge); is && b.number > 0 {
				list = append(list, b.text.Text)
			}
		}
		return list
	}
	blank := func(when string) {
		t.Helper()
		for i, r := range p.checks.rows {
			if m := r.badge.mark; m == todo && r.badge.text.Text != "" || r.badge.number != 0 {
				t.Errorf("%s: check %d shows %q", when, i+1, r.badge.text.Text)
			}
		}
	}
	asus, _ := guide.Find("asus")
	p.chooser.choose(asus)
	blank("before")
	p.Show()
	s.Until(t, "asked", func() bool { return p.facts.asked })
	blank("asked")
	got := numbers(p.chooser.steps)
	want := []string{"4", "5", "6", "7"}[:len(asus.Guide("", 0, 0).Steps)]
	if !slices.Equal(got, want) {
		t.Errorf("the steps in the router are %v, want %v", got, want)
	}
}

// What is slow to answer, as much came, is asked less often.
func TestSlowAnswersAreAskedForLess(t *testing.T) {
	for took, want := range map[time.Duration]time.Duration{
		0: time.Second, 10 * time.Millisecond: time.Second, 100 * time.Millisecond: 3 * time.Second, time.Minute: 10 * time.Second,
	} {
		if got := untilNext(took); got != want {
			t.Errorf("after %v: %v, want %v", took, got, want)
		}
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
	shown := "nothing"
	s.ShowLog = func(query string) { shown = query }
	p.Show()
	s.Until(t, "asked", func() bool { return p.facts.asked && p.facts.examined && p.send.Visible() })
	test.Tap(p.send)
	s.Until(t, "the answer", func() bool { return !p.send.Disabled() })
	var link *ui.Link
	for _, o := range p.checks.tested.Objects[0].(*fyne.Container).Objects {
		if l, ok := o.(*ui.Link); ok {
			link = l
		}
	}
	if link == nil {
		t.Fatal("it did not arrive")
	}
	link.OnTapped()
	if shown != "" {
		t.Errorf("the log is left with the filter %q, which hides what comes later", shown)
	}
	if err := c.Events(t.Context(), client.Query{Limit: 1}, func(ev *capture.Event) error {
		if ev.Kind != capture.System || !strings.HasPrefix(ev.Text, "LinkLog test message") {
			t.Errorf("the newest is %v %q", ev.Kind, ev.Text)
		}
		return nil
	}); err != nil {
		t.Error(err)
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
	const reason = "Was the log restarted"
	if says(p.why.content, reason) {
		t.Error("a reason of a router that was not chosen")
	}
	openwrt, _ := guide.Find("openwrt")
	p.chooser.choose(openwrt)
	p.findOut()
	s.Until(t, "the findings with the router", func() bool { return !p.why.running })
	if !says(p.why.content, reason) {
		t.Error("without the reason of the router that was chosen")
	}
}

// says reports whether a label shows a text.
func says(in fyne.CanvasObject, text string) bool {
	return slices.ContainsFunc(test.LaidOutObjects(in), func(o fyne.CanvasObject) bool {
		l, is := o.(*widget.Label)
		return is && strings.Contains(l.Text, text)
	})
}
