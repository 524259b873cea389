package app

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"

	"linklog/app/feed"
	"linklog/app/help"
	"linklog/app/ui/uitest"
)

// Every page is whole from 640 by 480 on: nothing is cut, and nothing lies over something else, in
// both languages. The window does not grow by itself.
func TestWhole(t *testing.T) {
	for _, language := range []string{"en", "de"} {
		t.Run(language, func(t *testing.T) {
			bin := t.TempDir()
			if err := os.WriteFile(filepath.Join(bin, "ssh"), []byte("#!/bin/sh\necho 'ann@nas.example.com: Permission denied (publickey).' >&2\nexit 255\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
			b := startIn(t, t.TempDir(), language)
			b.listening()
			b.demo(300)
			b.tell(
				"@in TCP from 203.0.113.77:40000 to 192.168.1.10:22",
				"@out TCP from 192.168.1.10:5000 to a-rather-long-name-of-a-server-in-a-data-centre.eu-central-1.compute.example.com(203.0.113.4):443.",
			)
			b.until("all rows are there", func() bool { return b.logPage.Len() == 302 })
			c := b.feed.Client()
			if err := c.SetDeviceLabel(t.Context(), netip.MustParseAddr("192.168.1.10").String(), "Tower of the children, upstairs"); err != nil {
				t.Fatal(err)
			}
			nas, err := b.computers.Add("The NAS in the cellar, upper shelf", "ann@nas.example.com:2222", b.feedFailed)
			if err != nil {
				t.Fatal(err)
			}
			b.until("it lets nobody in", func() bool { return nas.State.Connection == feed.Refused })
			b.computersChanged()
			b.prefs.SaveFilter("Everything that comes from outside", "dir:in")
			b.savedChanged()
			states := map[string]func(){
				"log":               func() { b.shell.open(pageLog) },
				"log with a row":    func() { b.shell.open(pageLog); b.shell.focusPage(); b.key(fyne.KeyEnd) },
				"log with the form": func() { b.shell.open(pageLog); b.toggleFilter() },
				"hosts":             func() { b.shell.open(pageHosts) },
				"a host":            func() { b.showHost("203.0.113.4") },
				"a new host":        func() { b.showHost("203.0.113.77") },
				"story of a host":   func() { b.openHost("203.0.113.77") },
				"story of a device": func() { b.openDevice("192.168.1.10") },
				"devices":           func() { b.shell.open("devices") },
				"a device":          func() { b.shell.open("devices"); b.settle(); b.shell.focusPage(); b.key(fyne.KeyEnd) },
				"reports":           func() { b.shell.open("reports") },
				"template":          func() { b.shell.open(pageTemplate) },
				"setup":             func() { b.shell.open(pageSetup) },
				"settings":          func() { b.shell.open("settings") },
				"alerts":            func() { b.shell.open(pageAlerts) },
				"computers":         func() { b.shell.open(pageChoose) },
			}
			for i, topic := range []string{"search", "keys", "routers", "hosts", "alerts", "template", "settings", "about"} {
				states["help "+topic] = func() { b.shell.open("help"); b.shell.current.Page.(*help.Page).ShowTopic(help.Topic(i)) }
			}
			for name, open := range states {
				open()
				b.settle()
				b.settle()
				if strings.HasPrefix(name, "story") {
					b.until("it is there", func() bool {
						return shows(b.pages.story.Content(), map[string]string{"en": "First seen", "de": "Zuerst"}[language])
					})
				}
				for _, size := range []struct{ width, height, scale float32 }{{640, 480, 1}, {640, 480, 1.5}, {640, 480, 2}, {700, 520, 1}, {900, 600, 1}, {1000, 700, 1.5}, {1280, 800, 1}} {
					b.window.Canvas().(software.WindowlessCanvas).SetScale(size.scale)
					for _, more := range []float32{2, 1, 0} { // texts that wrap know their height one layout later
						b.window.Resize(fyne.NewSize(size.width+more, size.height))
					}
					if got := b.shell.content.Size(); got.Width != size.width || got.Height != size.height {
						t.Fatalf("%s: the window is %v, not %v", name, got, size)
					}
					if list := uitest.Flaws(b.shell.content); len(list) > 0 {
						t.Errorf("%s, %vx%v at scale %v:\n\t%s", name, size.width, size.height, size.scale, strings.Join(list[:min(len(list), 12)], "\n\t"))
					}
				}
				if name == "log with the form" {
					b.toggleFilter()
				}
			}
		})
	}
}

// key types a key where the keyboard is.
func (b *bench) key(name fyne.KeyName) {
	b.t.Helper()
	f := b.focused()
	if f == nil {
		b.t.Fatal(fmt.Sprint("nobody has the keyboard for ", name))
	}
	f.TypedKey(&fyne.KeyEvent{Name: name})
}
