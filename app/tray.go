package app

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"

	"linklog/app/alerts"
	"linklog/app/feed"
	"linklog/app/ui"
	"linklog/assets/icons"
	"linklog/service/api"
)

// tray is the icon in the tray, with its menu. Where there is none (plain GNOME),
// its methods have no effect.
type tray struct {
	app   *App
	desk  desktop.App // nil: this system has no tray
	shown bool
	kind  trayKind

	menu                               *fyne.Menu
	state, newHosts, mute, pause, show *fyne.MenuItem
	alerts, tomorrow                   *fyne.MenuItem
	listed                             string         // the alerts in the menu
	choose                             *fyne.MenuItem // of the computers
	chosen                             string         // the computers in it; "": it is not in the menu
}

// trayAlerts are in the menu, the newest.
const trayAlerts = 5

// trayKind is what the icon says.
type trayKind uint8

const (
	trayWaiting trayKind = iota + 1
	trayListening
	trayTrouble
)

func newTray(x *App) *tray {
	t := &tray{app: x}
	t.desk, _ = x.fyne.(desktop.App)
	t.state = fyne.NewMenuItem(lang.L("Connecting…"), nil)
	t.state.Disabled = true
	t.show = fyne.NewMenuItem(lang.L("Open LinkLog"), x.showWindow)
	t.newHosts = fyne.NewMenuItem(lang.L("New hosts"), func() { x.showWindow(); x.showNew() })
	t.mute = fyne.NewMenuItem(lang.L("Mute for an hour"), x.toggleMute)
	t.tomorrow = fyne.NewMenuItem(lang.L("Mute until tomorrow"), x.muteUntilTomorrow)
	t.alerts = fyne.NewMenuItem(lang.L("Newest alerts"), nil)
	t.alerts.ChildMenu = fyne.NewMenu("")
	t.alerts.Disabled = true
	t.pause = fyne.NewMenuItem(lang.L("Pause"), x.togglePause)
	t.choose = fyne.NewMenuItem(lang.L("Computers"), nil)
	t.choose.ChildMenu = fyne.NewMenu("")
	quit := fyne.NewMenuItem(lang.L("Quit"), x.quit)
	quit.IsQuit = true
	t.menu = fyne.NewMenu(x.config.Metadata.Name, t.state, fyne.NewMenuItemSeparator(), t.show, t.newHosts, t.alerts, t.mute, t.tomorrow, t.pause, fyne.NewMenuItemSeparator(), quit)
	return t
}

// start puts the icon into the tray; before Fyne runs, as it begins with that.
func (t *tray) start() {
	if t.desk == nil {
		return
	}
	t.desk.SetSystemTrayMenu(t.menu)
	t.set(trayWaiting)
	// Not SetSystemTrayWindow: it shows and hides the window behind the app's back.
	if set := t.app.config.OnTrayTap; set != nil {
		set(func() { t.app.do(t.app.showWindow) })
	}
	t.shown = true
}

func (t *tray) set(kind trayKind) {
	if t.desk == nil || t.kind == kind {
		return
	}
	t.kind = kind
	switch kind {
	case trayListening:
		t.desk.SetSystemTrayIcon(icons.TrayListening())
	case trayTrouble:
		t.desk.SetSystemTrayIcon(icons.TrayTrouble())
	default:
		t.desk.SetSystemTrayIcon(icons.TrayWaiting())
	}
}

// update brings icon and menu up to date.
func (t *tray) update() {
	if t == nil {
		return // not yet
	}
	x := t.app
	text := x.shell.bar.state.Text
	kind := trayListening
	switch s := &x.state; {
	case s.Connection == feed.Connecting, !x.heard && s.Hello.Open:
		kind = trayWaiting
	case s.Connection == feed.Lost, s.Connection == feed.Refused, !s.Hello.Open:
		kind = trayTrouble
	}
	t.set(kind)
	mute, pause := lang.L("Mute for an hour"), lang.L("Pause")
	if x.muted() {
		mute = lang.L("Unmute")
	}
	if x.paused {
		pause = lang.L("Resume")
	}
	hosts := lang.L("New hosts")
	if n := x.status.NewHosts; n > 0 {
		hosts = newHosts(n)
	}
	listed, chosen := t.list(), t.listComputers()
	if !listed && !chosen && t.tomorrow.Disabled == x.muted() && t.state.Label == text && t.mute.Label == mute && t.pause.Label == pause && t.newHosts.Label == hosts {
		return
	}
	t.state.Label, t.mute.Label, t.pause.Label, t.newHosts.Label = text, mute, pause, hosts
	t.tomorrow.Disabled = x.muted()
	if t.shown {
		t.menu.Refresh()
	}
}

// listComputers puts the computers into the menu, if there are several; false: they are as they were.
func (t *tray) listComputers() bool {
	all := ""
	var items []*fyne.MenuItem
	if t.app.computers.Several() {
		items = t.app.computerItems(func(page pageID) { t.app.showWindow(); t.app.shell.open(page) })
	}
	for _, item := range items {
		all += fmt.Sprintln(item.Label, item.Checked)
		if do := item.Action; do != nil {
			item.Action = func() { t.app.showWindow(); do() }
		}
	}
	if all == t.chosen {
		return false
	}
	t.choose.ChildMenu.Items = items
	switch at := slices.Index(t.menu.Items, t.show) + 1; {
	case all == "":
		t.menu.Items = slices.Delete(t.menu.Items, at, at+1)
	case t.chosen == "":
		t.menu.Items = slices.Insert(t.menu.Items, at, t.choose)
	}
	t.chosen = all
	return true
}

// list puts the newest alerts into the menu; false: they are there.
func (t *tray) list() bool {
	var items []*fyne.MenuItem
	all, now := "", time.Now()
	for _, n := range t.app.newestAlerts() {
		label := trayTime(n.alert.Time.Local(), now) + "  " + n.of + trayLine(n.alert)
		all += label + "\n"
		items = append(items, fyne.NewMenuItem(label, func() {
			if t.app.showWindow(); t.app.showComputer(n.computer) {
				t.app.showAlerts()
			}
		}))
	}
	if all == t.listed {
		return false
	}
	t.listed, t.alerts.ChildMenu.Items, t.alerts.Disabled = all, items, len(items) == 0
	return true
}

// trayTime is when an alert was made, with the day where that is not today.
func trayTime(t, now time.Time) string {
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return ui.Since(t, now)
}

// trayLine is an alert in a line that is not too long for a menu.
func trayLine(a *api.Alert) string {
	title, body := alerts.Text(a)
	line := []rune(strings.TrimSuffix(title+": "+body, ": "))
	if len(line) > 60 {
		line = append(line[:59], '…')
	}
	return string(line)
}
