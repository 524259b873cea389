package reports

import (
	"context"
	"image/png"
	"math"
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
	for _, f := range []string{"hosts", "reports", "grid", "logview"} {
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
		now := time.Now()
		r := report{from: now.Add(-24 * time.Hour), to: now, exact: true}
		r.step = stepFor(r.from, r.to)
		var g []api.Group
		for i := 0; i < 24*4; i++ {
			at := r.from.Add(time.Duration(i) * 15 * time.Minute)
			g = append(g, api.Group{Time: at, Direction: "in", Count: int64(20 + 15*math.Sin(float64(i)/9))}, api.Group{Time: at, Direction: "out", Count: int64(300 + 250*math.Sin(float64(i)/15))})
		}
		r.bars = bars(g, r.from, r.to, r.step)
		var hg []api.Group
		for i := 0; i < 10; i++ {
			n := &api.NamedIP{Addr: netip.AddrFrom4([4]byte{203, 0, 113, byte(i)}), Name: "scan-07.research.example"}
			if i%3 == 0 {
				n.Name = ""
			}
			port := uint16(443 + i)
			hg = append(hg, api.Group{Remote: n, Local: n, DestPort: &port, Service: []string{"https", "", "snpp"}[i%3], Protocol: "TCP", Count: int64(20000 / (i + 1))})
		}
		r.hosts = top(hg, func(g *api.Group) entry { return party(g.Remote) })
		r.ports = top(hg, port)
		r.devices = top(hg[:4], func(g *api.Group) entry { return party(g.Local) })
		p.show(r)
		p.chart.hoverAt(20)
		if c.m == look.Light {
			p.ports.Select(p.ports.Rows()[2].key)
			p.ports.Focus()
		}
		if c.w<800 { p.askRange() }
		img := w.Canvas().Capture()
		f, _ := os.Create("/tmp/pics/reports-" + c.name + ".png")
		png.Encode(f, img)
		f.Close()
	}
}
