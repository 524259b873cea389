package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"linklog/app/story"
	"linklog/app/system/notify"
	"linklog/service/api"
)

// Who asks about the one host that is new, in a notification or in the tray, sees its page, and has
// then seen what is new. Where several are, the tray opens the list of them.
func TestNewHostOpensItsPage(t *testing.T) {
	b := start(t, t.TempDir())
	b.listening()
	b.tray = newTray(b.App)
	var shown []notify.Notification
	b.show = func(n notify.Notification) { shown = append(shown, n) }
	arrives := func(addr string, fresh int) {
		t.Helper()
		before := len(shown)
		b.tell("@out TCP from 192.168.1.10:5000 to " + addr + ":443")
		b.until("the notification is shown", func() bool { return len(shown) > before })
		b.until("it is counted", func() bool { return b.status.NewHosts == fresh })
	}
	opened := func(addr string) {
		t.Helper()
		b.until("its page is open", func() bool {
			return b.shell.current.id == pageStory && b.pages.story.Subject() == story.Subject{Ref: addr}
		})
	}
	arrives("203.0.113.4", 1)
	shown[0].OnClick()
	opened("203.0.113.4")
	b.until("it is no longer new", func() bool { return b.status.NewHosts == 0 })

	b.shell.open(pageLog)
	arrives("203.0.113.5", 1)
	b.tray.newHosts.Action()
	opened("203.0.113.5")
	b.until("it is no longer new", func() bool { return b.status.NewHosts == 0 })

	b.shell.open(pageLog)
	b.tell("@out TCP from 192.168.1.10:5000 to 203.0.113.6:443", "@out TCP from 192.168.1.10:5000 to 203.0.113.7:443")
	b.until("both are counted", func() bool { b.askStatus(); b.settle(); return b.status.NewHosts == 2 })
	b.tray.newHosts.Action()
	b.until("the list is open", func() bool { return b.shell.current.id == pageHosts })
}

// The newest alerts are in the tray, also those of before the app was there, and lead to the page;
// there the service is muted until tomorrow, too.
func TestTrayAlerts(t *testing.T) {
	b := start(t, t.TempDir())
	b.listening()
	b.tray = newTray(b.App)
	for i := range 3 {
		b.tell(fmt.Sprintf("@out TCP from 192.168.1.10:5000 to 203.0.113.%d:443", 4+i))
		b.until("the alert is in the tray", func() bool { return len(b.computer.Newest) == i+1 })
	}
	items := b.tray.alerts.ChildMenu.Items
	if len(items) != 3 || b.tray.alerts.Disabled || !strings.Contains(items[0].Label, "203.0.113.6") {
		t.Fatalf("%+v", items)
	}
	b.computer.Newest = nil
	b.askNewest(b.computer)
	b.until("they are asked for", func() bool { return len(b.computer.Newest) == 3 && b.computer.Newest[0].ID > b.computer.Newest[2].ID })
	items[0].Action()
	b.until("the page is open", func() bool { return b.shell.current.id == pageAlerts })
	b.tray.tomorrow.Action()
	b.until("it is muted", func() bool { return b.muted() && b.tray.tomorrow.Disabled })
	y, m, d := time.Now().Date()
	if until := time.Date(y, m, d+1, 0, 0, 0, 0, time.Local); !b.status.Muted.Equal(until) {
		t.Errorf("until %v, not %v", b.status.Muted, until)
	}
	if got := []rune(trayLine(&api.Alert{Kind: "rule", Rule: strings.Repeat("ä", 100)})); len(got) != 60 {
		t.Errorf("%d letters", len(got))
	}
	now := time.Date(2026, 11, 30, 15, 48, 0, 0, time.Local)
	for want, ago := range map[string]time.Duration{"15:46": 2 * time.Minute, "yesterday 20:18": 19*time.Hour + 30*time.Minute, "28 Nov": 48 * time.Hour} {
		if got := trayTime(now.Add(-ago), now); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
