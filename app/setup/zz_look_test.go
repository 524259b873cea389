package setup

import (
	"context"
	"errors"
	"image/png"
	"net/netip"
	"os"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"linklog/app/look"
	"linklog/app/ui"
	"linklog/service/api"
	"linklog/service/doctor"
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
		_, c := daemon(t, 0)
		s := newShell(t, c)
		installErr := errors.New("the service manager said no")
		p := New(s.Context, Options{OtherRouters: func() {}, Install: func(context.Context) error { return installErr }})
		win := test.NewWindow(ui.PagePanel(p.Content()))
		win.SetPadded(false)
		win.Resize(fyne.NewSize(m.w, m.h))
		shot := func(name string) {
			settle(p.Content(), win)
			f, _ := os.Create("/tmp/pics-ssh/setup-" + name + "-" + m.name + ".png")
			png.Encode(f, win.Canvas().Capture())
			f.Close()
		}
		shot("start")
		p.facts.asked, p.facts.status = true, api.Status{Port: 162, Open: true, Service: "1.0.0"}
		p.facts.addresses = []netip.Addr{netip.MustParseAddr("192.168.1.5")}
		p.facts.examined = true
		p.show()
		shot("mock")
		p.facts.embedded, p.facts.status.Port = true, 9162
		p.facts.firewalls = []doctor.Finding{{Title: doctor.Say("The firewall {{.Firewall}} is on.", "Firewall", "ufw"), Do: doctor.Say("To let the router's messages in, type into a terminal:"), Type: "sudo ufw allow 162/udp"}}
		p.facts.addresses = append(p.facts.addresses, netip.MustParseAddr("10.8.0.2"))
		p.show()
		shot("embedded")
		p.installService()
		shot("installing")
		s.until(t, "installed", func() bool { return !p.installing.running })
		shot("failed")
		p.facts = facts{isOwn: doctor.IsOwn}
		p.Show()
		s.until(t, "asked", func() bool { return p.facts.asked && p.facts.test.asked && !p.facts.test.running })
		p.sendTest()
		s.until(t, "sent", func() bool { return !p.send.Disabled() })
		p.findOut()
		s.until(t, "found", func() bool { return !p.why.running })
		p.Hide()
		p.facts.status.Routers = append(p.facts.status.Routers, api.Source{Addr: netip.MustParseAddr("192.168.1.1"), Count: 3, Last: time.Now().Add(time.Second)})
		p.show()
		shot("real")
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
