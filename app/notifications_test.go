package app

import (
	"testing"

	"linklog/app/story"
	"linklog/app/system/notify"
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
