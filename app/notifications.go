package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"linklog/app/system/notify"
	"linklog/app/ui"
	"linklog/service/api"
)

// alert notifies the user about something new, once.
func (x *App) alert(a *api.Alert) {
	x.prefs.Told(x.state.Hello.ID, a.ID)
	if a.Kind != "wan-change" {
		x.askStatus() // how many are new now
	}
	if !a.Muted && x.mayNotify() {
		x.notify(a)
	}
}

// mayNotify reports whether the user wants notifications. Those of a service that is
// muted are marked so; a mute of the app's own is one that the service has not yet.
func (x *App) mayNotify() bool {
	c := x.prefs.Get()
	return !c.Silent && !time.Now().Before(c.Muted)
}

// notify shows a notification. Those about hosts take each other's place.
func (x *App) notify(a *api.Alert) {
	n := notify.Notification{ID: "hosts"}
	n.Title, n.Body = alertText(a)
	ref := ""
	switch {
	case a.Kind == "wan-change":
		n.ID = "wan"
	case a.Count == 1 && a.Host.IsValid():
		ref = a.Host.String()
	case a.Count == 1 && a.Name != "":
		ref = a.Name
	case a.Count == 1 && len(a.Hosts) == 1: // a digest of one
		if ref = a.Hosts[0].Name; a.Hosts[0].Addr.IsValid() {
			ref = a.Hosts[0].Addr.String()
		}
	}
	n.OnClick = func() {
		x.do(func() {
			x.showWindow()
			switch {
			case a.Kind == "wan-change":
			case ref == "": // several
				x.showNew()
			default:
				x.openNew(ref)
			}
		})
	}
	x.show(n)
}

// alertText is what a notification says.
func alertText(a *api.Alert) (title, body string) {
	switch a.Kind {
	case "wan-change":
		return lang.L("Your router's public IP address changed"), fmt.Sprintf("%s → %s", a.OldAddr, a.NewAddr)
	case "new-host":
		who := a.Name
		if who == "" {
			who = a.Host.String()
		}
		if of := ui.Owner(a.Host); of != "" {
			who += " (" + of + ")"
		}
		device := a.DeviceName
		if device == "" && a.Device.IsValid() {
			device = a.Device.String()
		}
		if device == "" {
			device = lang.L("one of your devices")
		}
		port := strings.TrimSpace(fmt.Sprintf("%s %d %s", a.Protocol, a.Port, a.Service))
		values := map[string]any{"Who": who, "Device": device, "Port": port}
		if a.Direction == "in" {
			return lang.L("New: {{.Who}}", values), lang.L("tried to reach {{.Device}} ({{.Port}})", values)
		}
		return lang.L("New: {{.Who}}", values), lang.L("{{.Device}} tried to reach it ({{.Port}})", values)
	}
	title = newHosts(int(a.Count))
	if a.Kind == "digest" {
		title = lang.N("{{.Count}} new hosts while you were away", int(a.Count), map[string]any{"Count": ui.Number(a.Count)})
	}
	var names []string
	for _, h := range a.Hosts {
		if h.Name != "" {
			names = append(names, h.Name)
		} else if h.Addr.IsValid() {
			names = append(names, h.Addr.String())
		}
	}
	return title, strings.Join(names, ", ")
}

// digest tells in one what was new while the app was not there; for a history that
// was never seen, nothing.
func (x *App) digest() {
	h := x.state.Hello
	if h.ID == "" || x.digested == h.ID {
		return
	}
	x.digested = h.ID
	last, known := x.prefs.LastTold(h.ID)
	x.prefs.Told(h.ID, h.Alert)
	if !known || last >= h.Alert {
		return
	}
	var digest *api.Alert
	var muted time.Time
	x.background(func(ctx context.Context) (err error) {
		if muted, err = x.feed.Client().Mute(ctx); err == nil { // the status may not be here yet
			digest, err = x.feed.Client().Digest(ctx, last)
		}
		return err
	}, func(err error) {
		if err == nil && digest != nil && !time.Now().Before(muted) && x.mayNotify() {
			x.notify(digest)
		}
	})
}
