package settings

import (
	"image/png"
	"os"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"linklog/app/look"
	"linklog/app/ui"
	"linklog/format/services"
	"linklog/service/peer"
)

func TestZZ(t *testing.T) {
	os.MkdirAll("/tmp/pics-ssh", 0o755)
	for _, m := range []struct {
		name string
		mode look.Mode
		w, h float32
	}{{"light", look.Light, 1104, 800}, {"dark", look.Dark, 724, 700}} {
		a := test.NewApp()
		a.Settings().SetTheme(look.Theme{Mode: m.mode})
		_, c := daemon(t, peer.Policy{})
		s := newShell(t, c)
		s.Context.Services = services.Default()
		win := test.NewWindow(nil)
		s.Context.Window = win
		p := New(s.Context, Options{Choices: Choices{Mode: m.mode, Notify: true, CloseToTray: true}})
		win.SetContent(ui.PagePanel(p.Content()))
		win.SetPadded(false)
		win.Resize(fyne.NewSize(m.w, m.h))
		shot := func(name string) {
			settle(p.Content(), win)
			f, _ := os.Create("/tmp/pics-ssh/settings-" + name + "-" + m.name + ".png")
			png.Encode(f, win.Canvas().Capture())
			f.Close()
		}
		shot("start")
		p.Show()
		s.until(t, "loaded", func() bool { return p.service.loadedOnce })
		p.own.mute(time.Now().Add(time.Hour))
		s.until(t, "muted", func() bool { return p.own.unmute.Visible() })
		shot("own")
		win.Resize(fyne.NewSize(m.w, 2200))
		shot("tall")
		win.Resize(fyne.NewSize(m.w, m.h))
		p.service.inputs["history.days"].entry.SetText("abc")
		p.service.inputs["hosts.ignore"].entry.SetText("port:nonsense")
		p.service.inputs["history.max_size"].entry.SetText("5 MB")
		settle(p.Content(), win)
		p.service.saveAll()
		shot("wrong")
		p.service.discardAll()
		p.editText()
		p.editor.entry.SetText(p.editor.entry.Text + "\n[history]\ndays = 1\nweeks=3\n")
		shot("editor")
		p.closeEditor()
		p.data.askPurge()
		s.until(t, "counted", func() bool { return true })
		shot("purge")
	}
}

func settle(o fyne.CanvasObject, win fyne.Window) {
	for range 4 {
		o.Refresh()
		size := win.Canvas().Size()
		win.Resize(size.AddWidthHeight(1, 0))
		win.Resize(size)
		win.Canvas().Capture()
	}
}
