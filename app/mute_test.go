package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"linklog/app/system/notify"
	"linklog/app/system/prefs"
	"linklog/app/ui"
)

// shows reports whether a page has a label that begins with a text.
func shows(page fyne.CanvasObject, text string) bool {
	for _, o := range test.LaidOutObjects(page) {
		if l, ok := o.(*widget.Label); ok && l.Visible() && strings.HasPrefix(l.Text, text) {
			return true
		}
	}
	return false
}

// button is the button of a page with a text.
func button(t *testing.T, page fyne.CanvasObject, text string) *ui.Button {
	t.Helper()
	for _, o := range test.LaidOutObjects(page) {
		if b, ok := o.(*ui.Button); ok && b.Text == text {
			return b
		}
	}
	t.Fatalf("there is no button %q", text)
	return nil
}

// There is one mute, the service's: tray and settings show and set it.
func TestTrayAndSettingsHaveOneMute(t *testing.T) {
	b := start(t, t.TempDir())
	b.listening()
	b.tray = newTray(b.App)
	b.shell.open("settings")
	page := b.pages.settings.Content()
	b.until("the page shows that nothing is muted", func() bool { return shows(page, "Not muted.") })

	b.toggleMute() // as the tray's menu does
	b.until("the service is muted", func() bool {
		until, err := b.feed.Client().Mute(t.Context())
		return err == nil && time.Until(until) > 55*time.Minute
	})
	b.until("the settings page shows it", func() bool { return shows(page, "Muted until") })
	b.until("the tray shows it", func() bool { return b.tray.mute.Label == "Unmute" })

	test.Tap(button(t, page, "Unmute"))
	b.until("the tray shows that it ended", func() bool { return b.tray.mute.Label == "Mute for an hour" })
	if until, err := b.feed.Client().Mute(t.Context()); err != nil || !until.IsZero() {
		t.Error(until, err)
	}

	test.Tap(button(t, page, "For an hour"))
	b.until("the tray shows what the page set", func() bool { return b.tray.mute.Label == "Unmute" })
	b.toggleMute()
	b.until("the page shows that the tray ended it", func() bool { return shows(page, "Not muted.") })

	// What another program set is seen with the next status.
	if err := b.feed.Client().SetMute(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	b.askStatus()
	b.until("both show it", func() bool { return b.tray.mute.Label == "Unmute" && shows(page, "Muted until") })
}

// A mute that an earlier version kept in the user's choices becomes the service's.
func TestMuteOfEarlierVersionIsHandedOver(t *testing.T) {
	dir := t.TempDir()
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	if err := os.WriteFile(filepath.Join(dir, "app.json"), []byte(`{"page":"log","muted":"`+until.Format(time.RFC3339)+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	b := start(t, dir)
	if b.mayNotify() {
		t.Error("it may notify before the service is muted")
	}
	b.listening()
	b.until("it is handed over", func() bool { return b.prefs.Get().Muted.IsZero() })
	if now, err := b.feed.Client().Mute(t.Context()); err != nil || !now.Equal(until) {
		t.Errorf("muted until %v, not %v (%v)", now, until, err)
	}
	if err := prolongMute(t.Context(), b.feed.Client(), until.Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	if now, err := b.feed.Client().Mute(t.Context()); err != nil || !now.Equal(until) {
		t.Errorf("a shorter mute took the place of a longer one: %v (%v)", now, err)
	}
}

// What was new while the app was not there is told when it comes back, but not while
// the service is muted.
func TestDigestUnlessMuted(t *testing.T) {
	dir := t.TempDir()
	b := start(t, dir)
	b.listening()
	b.tell("@out TCP from 192.168.1.10:5000 to 203.0.113.4:443")
	b.until("the alert was told", func() bool { last, _ := b.prefs.LastTold(b.state.Hello.ID); return last > 0 })
	id, shown := b.state.Hello.ID, 0
	absent := func(b *bench) { // as if it had not been there
		b.prefs.Change(func(c *prefs.Choices) { c.Alerts = map[string]uint64{id: 0} })
	}
	restart := func(b *bench) *bench {
		absent(b)
		b.end()
		again := start(t, dir)
		again.show = func(notify.Notification) { shown++ }
		return again
	}
	b = restart(b)
	b.until("the digest is shown", func() bool { return shown == 1 })

	if err := b.feed.Client().SetMute(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	b = restart(b)
	b.until("the mute is known", b.muted)
	b.toggleMute()
	b.until("it is no longer muted", func() bool { return !b.muted() })
	absent(b)
	b.computer.Digested = ""
	b.digest(b.computer)
	b.until("the digest is shown again", func() bool { return shown > 1 })
	if shown != 2 {
		t.Errorf("%d notifications, one of them while muted", shown)
	}
}
