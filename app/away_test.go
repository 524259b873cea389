package app

import (
	"fmt"
	"testing"
	"time"
)

// Who comes back to the window is told how many alerts there were meanwhile, until he has looked
// at them or does not want to.
func TestAway(t *testing.T) {
	dir := t.TempDir()
	port := 1000
	var b *bench
	alert := func() {
		t.Helper()
		port++ // which a rule of its own is about: of one, many come together
		before, _ := b.prefs.LastTold(b.state.Hello.ID)
		b.tell(fmt.Sprintf("@out TCP from 192.168.1.10:5000 to 203.0.113.4:%d", port))
		b.until("the alert is told", func() bool { last, _ := b.prefs.LastTold(b.state.Hello.ID); return last > before })
	}
	says := func(want string) {
		t.Helper()
		b.settle()
		if want != "" {
			b.until("it is said", func() bool { return b.shell.banner.content.Visible() })
		}
		if got := b.away.text(); got != want || b.shell.banner.content.Visible() != (want != "") || want != "" && b.shell.banner.text.Text != want {
			t.Errorf("it says %q, %q", got, b.shell.banner.text.Text)
		}
	}
	leave := func(ago time.Duration) {
		b.setShown(false)
		b.away.left = time.Now().Add(-ago)
	}

	begin := func() {
		t.Helper()
		b = start(t, dir)
		b.listening()
		text, _, err := b.feed.Client().Settings(t.Context())
		for n := 1001; n <= 1010; n++ {
			text += fmt.Sprintf("[[rule]]\nname = \"%d\"\nfilter = \"port:%d\"\n", n, n)
		}
		if err == nil {
			_, err = b.feed.Client().SetSettings(t.Context(), text+"[[rule]]\nbuiltin = \"new-host\"\noff = true\n")
		}
		if err != nil {
			t.Fatal(err)
		}
	}

	begin()
	b.setShown(true)
	says("") // nobody was here before
	alert()
	says("") // a notification said so
	leave(time.Minute)
	alert()
	b.setShown(true)
	says("") // one that was just now, too
	leave(time.Hour)
	alert()
	alert()
	b.setShown(true)
	says("2 alerts while you were away.")
	leave(time.Hour)
	alert()
	b.setShown(true)
	b.until("the third is counted, too", func() bool { return b.away.count == 3 })
	says("3 alerts while you were away.")
	if b.shell.banner.what.Visible() || !b.shell.banner.alerts.Visible() || !b.shell.banner.dismiss.Visible() {
		t.Error("the buttons are not those of alerts")
	}
	b.shell.banner.alerts.OnTapped()
	says("")
	if b.shell.current.id != pageAlerts {
		t.Errorf("the page is %s", b.shell.current.id)
	}
	leave(time.Hour)
	alert()
	b.setShown(true)
	says("") // they are before him
	b.shell.open(pageLog)
	b.end()

	begin()
	b.settle()
	b.setShown(false) // as if it had begun in the tray
	b.away.ask = true
	alert()
	says("")
	b.setShown(true)
	says("1 alert while you were away.")
	b.shell.banner.dismiss.OnTapped()
	says("")
	leave(time.Hour)
	b.setShown(true)
	says("")
}
