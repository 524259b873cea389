package devices

import (
	"context"
	"image/png"
	"net/netip"
	"os"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/test"

	"linklog/app/look"
	"linklog/app/ui"
	"linklog/service/api"
)

func TestZZ(t *testing.T) {
	for _, f := range []string{"devices", "grid", "logview"} {
		d, _ := os.ReadFile("../lang/" + f + ".de.json")
		if os.Getenv("LANG") == "de_DE.UTF-8" {
			lang.AddTranslationsForLocale(d, "de")
		}
	}
	for _, c := range []struct {
		name string
		m    look.Mode
		w, h float32
	}{{"dark", look.Dark, 1104, 730}, {"light", look.Light, 724, 630}} {
		a := test.NewApp()
		a.Settings().SetTheme(look.Theme{Mode: c.m})
		w := test.NewWindow(nil)
		u := &ui.Context{Window: w, Background: func(func(context.Context) error, func(error)) {}}
		p := New(u, Options{})
		w.SetPadded(false)
		w.SetContent(ui.PagePanel(p.Content()))
		w.Resize(fyne.NewSize(c.w, c.h))
		var list []api.Device
		for i, n := range []string{"NAS", "Anna's laptop", "Living-room TV", "", "Ben's phone", ""} {
			d := api.Device{Addr: netip.AddrFrom4([4]byte{192, 168, 1, byte(9 + i)}), First: time.Now().AddDate(0, 0, -i), Last: time.Now().Add(-time.Duration(i*i) * time.Minute), In: uint64(i * 7), Out: uint64(i * 90000), Hosts: uint64(i * 3)}
			d.Name, d.Label, d.DNS = n, n, "host.fritz.box"
			list = append(list, d)
		}
		p.below.SetText(summary(list))
		p.grid.SetRows(list)
		p.Select(netip.MustParseAddr("192.168.1.9"))
		img := w.Canvas().Capture()
		f, _ := os.Create("/tmp/pics/devices-" + c.name + ".png")
		png.Encode(f, img)
		f.Close()
	}
}
