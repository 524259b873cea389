package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"linklog/app/alerts"
	"linklog/app/choose"
	"linklog/app/computers"
	"linklog/app/system/notify"
	"linklog/service/api"
)

// alert notifies the user about something new at a computer, once.
func (x *App) alert(c *computers.Computer, a *api.Alert) {
	x.prefs.Told(c.State.Hello.ID, a.ID)
	c.Newest = append([]api.Alert{*a}, c.Newest[:min(len(c.Newest), trayAlerts-1)]...)
	x.tray.update()
	if c == x.computer {
		x.away.came(a.ID)
		if a.Kind != "wan-change" {
			x.askStatus() // how many are new now
		}
	}
	if !a.Muted && forDesktop(a) && x.mayNotify() {
		x.notify(c, a)
	}
}

// askAlerts asks a computer, once it is connected, for its newest alerts, and for what came while the
// app was not there.
func (x *App) askAlerts(c *computers.Computer) {
	if c.State.Hello.ID != "" {
		x.askNewest(c)
	}
	x.digest(c)
}

// askNewest asks for the newest alerts of a computer, for the tray.
func (x *App) askNewest(c *computers.Computer) {
	var list []api.Alert
	x.runWhile(x.ctx, func(ctx context.Context) (err error) {
		list, err = c.Feed.Client().NewestAlerts(ctx, trayAlerts)
		return err
	}, func(err error) {
		if err == nil {
			slices.Reverse(list)
			c.Newest = list
			x.tray.update()
		}
	})
}

// showAlerts opens the page of alerts, at what was told.
func (x *App) showAlerts() {
	x.shell.open(pageAlerts)
	x.pages.alerts.ShowTold()
}

// forDesktop reports whether an alert is to be notified of, too.
func forDesktop(a *api.Alert) bool {
	return len(a.Outlets) == 0 || slices.Contains(a.Outlets, "desktop")
}

// mayNotify reports whether the user wants notifications. Those of a service that is
// muted are marked so; a mute of the app's own is one that the service has not yet.
func (x *App) mayNotify() bool {
	c := x.prefs.Get()
	return !c.Silent && !time.Now().Before(c.Muted)
}

// notify shows a notification of a computer. Those about its hosts take each other's place.
func (x *App) notify(c *computers.Computer, a *api.Alert) {
	n := notify.Notification{ID: "hosts"}
	n.Title, n.Body = alerts.Text(a)
	ref := ""
	switch {
	case a.Kind == "wan-change":
		n.ID = "wan"
	case a.Rule != "":
		n.ID = "rule"
		ref = refOf(a)
	case a.Kind == "new-device", a.Kind == "router-silent", a.Kind == "trouble", a.Kind == "listed":
		n.ID = a.Kind
	case a.Count == 1 && a.Host.IsValid():
		ref = a.Host.String()
	case a.Count == 1 && a.Name != "":
		ref = a.Name
	case a.Count == 1 && len(a.Hosts) == 1: // a digest of one
		if ref = a.Hosts[0].Name; a.Hosts[0].Addr.IsValid() {
			ref = a.Hosts[0].Addr.String()
		}
	}
	if x.computers.Several() {
		n.ID = strings.TrimPrefix(c.Name+" "+n.ID, " ")
		n.Title = lang.L("{{.Computer}}: {{.Title}}", map[string]any{"Computer": choose.NameOf(c), "Title": n.Title})
	}
	n.OnClick = func() {
		x.do(func() {
			x.showWindow()
			switch {
			case !x.showComputer(c):
			case a.Kind == "wan-change", a.Kind == "router-silent", a.Kind == "trouble":
			case a.Kind == "listed":
				x.showLog("dir:out list:*")
			case a.Kind == "new-device":
				x.shell.open(pageDevices)
			case a.Rule != "" && ref == "":
				x.shell.open(pageLog)
			case ref == "": // several
				x.showNew()
			default:
				x.openNew(ref)
			}
		})
	}
	x.show(n)
}

// refOf is by what the host of an alert is known; "": it is about none, or several.
func refOf(a *api.Alert) string {
	switch {
	case a.Host.IsValid():
		return a.Host.String()
	case a.Kind == "rule":
		return a.Name
	}
	return ""
}

// digest tells in one what was new at a computer while the app was not there; for a history that
// was never seen, nothing.
func (x *App) digest(c *computers.Computer) {
	h := c.State.Hello
	if h.ID == "" || c.Digested == h.ID {
		return
	}
	c.Digested = h.ID
	last, known := x.prefs.LastTold(h.ID)
	x.prefs.Told(h.ID, h.Alert)
	if !known || last >= h.Alert {
		return
	}
	var digest *api.Alert
	var muted time.Time
	x.runWhile(x.ctx, func(ctx context.Context) (err error) {
		if muted, err = c.Feed.Client().Mute(ctx); err == nil { // the status may not be here yet
			digest, err = c.Feed.Client().Digest(ctx, last)
		}
		return err
	}, func(err error) {
		if err == nil && digest != nil && !time.Now().Before(muted) && x.mayNotify() {
			x.notify(c, digest)
		}
	})
}
