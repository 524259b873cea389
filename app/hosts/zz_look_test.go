package hosts

import (
	"context"
	"fmt"
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

func hostsForLook(now time.Time) (list []api.Host) {
	add := func(ip, name, label string, first, last time.Duration, in, out uint64, ports []uint16, devs []string, fresh, ign bool) {
		h := api.Host{Ref: ip, Addr: netip.MustParseAddr(ip), First: now.Add(-first), Last: now.Add(-last), In: in, Out: out, New: fresh, Ignored: ign}
		h.DNS, h.Label, h.Name = name, label, name
		if label != "" {
			h.Name = label
		}
		for _, p := range ports {
			h.Ports = append(h.Ports, api.HostPort{Direction: "out", Protocol: "TCP", Port: p, Service: "https", Count: 12})
		}
		for _, d := range devs {
			h.Devices = append(h.Devices, api.HostDevice{Name: d, Count: 7})
		}
		list = append(list, h)
	}
	d := 24 * time.Hour
	add("203.0.113.77", "scan-07.research.example", "", time.Hour, 0, 3, 0, []uint16{22, 3389}, []string{"NAS"}, true, false)
	add("34.120.195.249", "ingest.sentry.io", "", time.Hour, 2*time.Minute, 0, 12, []uint16{443}, []string{"Anna's laptop"}, true, false)
	add("104.18.32.7", "", "", time.Hour, 4*time.Minute, 0, 41, []uint16{443}, []string{"Living-room TV"}, true, false)
	add("142.250.74.46", "fra24s08-in-f14.1e100.net", "Google", 80*d, 3*time.Minute, 0, 1204, []uint16{443, 80, 123, 53, 5223}, []string{"a", "b", "c", "d"}, false, false)
	add("2001:db8:1234:5678:9abc:def0:1234:5678", "a-very-long-name-of-a-host-that-does-not-fit.cdn.content.example.com", "", 80*d, d, 0, 880, []uint16{123}, []string{"Ben's phone"}, true, false)
	add("52.216.8.27", "s3-1.amazonaws.com", "", 80*d, 40*d, 0, 611, []uint16{443}, []string{"NAS"}, false, true)
	for i := range 200 {
		add(fmt.Sprintf("198.51.100.%d", i), "dns.example", "", 80*d, time.Minute, 0, 20118, []uint16{53}, []string{"x", "y"}, false, false)
	}
	return list
}

func TestZZ(t *testing.T) {
	for _, f := range []string{"hosts", "reports", "grid", "logview"} {
		d, _ := os.ReadFile("../lang/" + f + ".de.json")
		if os.Getenv("LANG") == "de_DE.UTF-8" {
			lang.AddTranslationsForLocale(d, "de")
		}
	}
	os.MkdirAll("/tmp/pics", 0o755)
	for _, c := range []struct {
		name string
		m    look.Mode
		den  look.Density
		w, h float32
		do   func(p *Page)
	}{{"dark", look.Dark, look.Comfortable, 1104, 730, nil}, {"light", look.Light, look.Compact, 724, 630, func(p *Page) { p.grid.Select("142.250.74.46"); p.grid.Focus() }},
		{"ignores", look.Light, look.Compact, 724, 630, func(p *Page) { p.editIgnores("") }},
		{"name", look.Dark, look.Compact, 724, 630, func(p *Page) { p.name(&p.grid.Rows()[0]) }},
		{"menu", look.Dark, look.Compact, 1104, 730, func(p *Page) { p.grid.Select("203.0.113.77"); p.menu(&p.grid.Rows()[0], fyne.NewPos(200, 200)) }},
	} {
		a := test.NewApp()
		a.Settings().SetTheme(look.Theme{Mode: c.m, Density: c.den})
		w := test.NewWindow(nil)
		u := &ui.Context{Window: w, Background: func(func(context.Context) error, func(error)) {}}
		p := New(u, Options{OpenURL: func(string) error { return nil }})
		w.SetPadded(false)
		w.SetContent(ui.PagePanel(p.Content()))
		w.Resize(fyne.NewSize(c.w, c.h))
		p.show(hostsForLook(time.Now()), &api.Status{Hosts: 1906, NewHosts: 3})
		if c.do != nil {
			c.do(p)
		}
		img := w.Canvas().Capture()
		f, _ := os.Create("/tmp/pics/hosts-" + c.name + ".png")
		png.Encode(f, img)
		f.Close()
	}
}
