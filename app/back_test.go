package app

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"

	"linklog/app/story"
)

// Back goes through the pages as they were open, also of several hosts, and does not remember itself.
func TestBackThroughStories(t *testing.T) {
	b := start(t, t.TempDir())
	b.listening()
	b.shell.past = nil
	b.shell.open(pageHosts)
	b.openHost("203.0.113.77")
	b.openHost("203.0.113.77") // once
	b.openDevice("192.168.1.10")
	if !b.shell.page(pageDevices).item.Chosen() || b.shell.page(pageHosts).item.Chosen() {
		t.Error("in the list of pages, devices are not marked")
	}
	b.showLog("dir:in")
	var seen []place
	for range 6 {
		b.shell.back()
		here := b.shell.here()
		here.search = ""
		seen = append(seen, here)
	}
	want := []place{
		{page: pageStory, subject: story.Subject{Device: true, Ref: "192.168.1.10"}}, {page: pageStory, subject: story.Subject{Ref: "203.0.113.77"}}, {page: pageHosts}, {page: pageLog}, {page: pageLog}, {page: pageLog},
	}
	if fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", seen, want)
	}
	for i := range 3 * placesKept {
		b.openHost(fmt.Sprint("h", i))
	}
	if len(b.shell.past) != placesKept {
		t.Errorf("%d are remembered", len(b.shell.past))
	}
	b.rememberWindow()
	if page := b.prefs.Get().Page; page != string(pageHosts) {
		t.Errorf("it would start with %q", page)
	}
}

// Forward goes to where one went back from, until one goes elsewhere.
func TestForward(t *testing.T) {
	b := start(t, t.TempDir())
	b.listening()
	b.showLog("port:443")
	b.shell.open(pageHosts)
	b.openHost("203.0.113.77")
	b.openDevice("192.168.1.10")
	to := func(key fyne.KeyName, want place) {
		t.Helper()
		b.press(key, fyne.KeyModifierAlt)
		if want.search = "port:443"; b.shell.here() != want {
			t.Fatalf("%v, not %v", b.shell.here(), want)
		}
	}
	host := place{page: pageStory, subject: story.Subject{Ref: "203.0.113.77"}}
	device := place{page: pageStory, subject: story.Subject{Device: true, Ref: "192.168.1.10"}}
	to(fyne.KeyRight, device) // there is nothing
	for range 2 {
		to(fyne.KeyLeft, host)
		to(fyne.KeyLeft, place{page: pageHosts})
		to(fyne.KeyLeft, place{page: pageLog})
		to(fyne.KeyRight, place{page: pageHosts})
		to(fyne.KeyRight, host)
		to(fyne.KeyRight, device)
		to(fyne.KeyRight, device)
	}
	to(fyne.KeyLeft, host)
	b.shell.open("reports")
	to(fyne.KeyRight, place{page: "reports"})
	to(fyne.KeyLeft, host)
}
