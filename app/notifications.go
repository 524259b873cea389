package app

import (
	"context"
	"slices"
	"time"

	"linklog/app/alerts"
	"linklog/app/system/notify"
	"linklog/service/api"
)

// alert notifies the user about something new, once.
func (x *App) alert(a *api.Alert) {
	x.prefs.Told(x.state.Hello.ID, a.ID)
	x.away.came(a.ID)
	x.newest = append([]api.Alert{*a}, x.newest[:min(len(x.newest), trayAlerts-1)]...)
	x.tray.update()
	if a.Kind != "wan-change" {
		x.askStatus() // how many are new now
	}
	if !a.Muted && forDesktop(a) && x.mayNotify() {
		x.notify(a)
	}
}

// askNewest asks for the newest alerts, for the tray.
func (x *App) askNewest() {
	var list []api.Alert
	x.background(func(ctx context.Context) (err error) {
		list, err = x.feed.Client().NewestAlerts(ctx, trayAlerts)
		return err
	}, func(err error) {
		if err == nil {
			slices.Reverse(list)
			x.newest = list
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

// notify shows a notification. Those about hosts take each other's place.
func (x *App) notify(a *api.Alert) {
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
	n.OnClick = func() {
		x.do(func() {
			x.showWindow()
			switch {
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
