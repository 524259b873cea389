package help

import (
	"image/png"
	"os"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"linklog/app/look"
	"linklog/app/ui"
)

func TestZZ(t *testing.T) {
	os.MkdirAll("/tmp/pics-ssh", 0o755)
	notices, _ := os.ReadFile("../../THIRD_PARTY_NOTICES.md")
	for _, m := range []struct {
		name string
		mode look.Mode
		w, h float32
	}{{"light", look.Light, 1104, 800}, {"dark", look.Dark, 724, 700}} {
		a := test.NewApp()
		a.Settings().SetTheme(look.Theme{Mode: m.mode})
		p := New(&ui.Context{ShowLog: func(string) {}}, Options{Version: "1.0.0", Licence: "BSD…", Notices: string(notices), Shortcuts: []Shortcut{{"Log", "Ctrl+F", "Search"}, {"Log", "End", "Follow again"}, {"Everywhere", "Ctrl+1 / Ctrl+6", "Open a page"}}})
		win := test.NewWindow(ui.PagePanel(p.Content()))
		win.SetPadded(false)
		win.Resize(fyne.NewSize(m.w, m.h))
		for i, n := range []string{"search", "keys", "routers", "about", "notices"} {
			p.ShowTopic(Topic(i))
			win.Canvas().Capture()
			f, _ := os.Create("/tmp/pics-ssh/help-" + n + "-" + m.name + ".png")
			png.Encode(f, win.Canvas().Capture())
			f.Close()
		}
	}
}
