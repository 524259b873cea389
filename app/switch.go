package app

import (
	"cmp"
	"context"
	"slices"

	"fyne.io/fyne/v2/lang"

	"linklog/app/choose"
	"linklog/app/computers"
	"linklog/app/ui"
	"linklog/service/api"
	"linklog/service/client/overssh"
)

// takeQuiet takes what came of a computer that is not shown.
func (x *App) takeQuiet(c *computers.Computer) {
	if c.Feed == nil || !c.Feed.Take(&x.batch, false) {
		return
	}
	b := &x.batch
	if b.State != nil {
		c.State = *b.State
		x.log.Info("connection", "computer", c.Name, "to", c.State.Connection, "error", c.State.Err)
		x.askAlerts(c)
		x.computersChanged()
	}
	b.Release()
	for i := range b.Alerts {
		x.alert(c, &b.Alerts[i])
	}
}

// showComputer shows a different computer, on the same page; false: it cannot be shown now, of which
// the user is told. All that there was of the one before goes.
func (x *App) showComputer(c *computers.Computer) bool {
	switch {
	case c == x.computer:
		return true
	case c.Feed == nil || !slices.Contains(x.computers.All(), c):
		return false
	case ui.Covered(x.window):
		x.tell(lang.L("First close the dialog that is open."))
		return false
	}
	page, seen := x.shell.current.id, x.visible.seen
	x.shell.setVisible(false)
	x.end()
	x.computers.Show(c)
	x.pump.setSlow(false)
	x.put(c)
	if page != pageStory { // of whom means nothing there
		x.shell.open(page)
	}
	if seen {
		x.shell.setVisible(true)
		x.away.setVisible(true)
	}
	x.shell.focusPage()
	x.connected(c.State)
	x.askStatus()
	x.pump.wake()
	return true
}

// removeComputer forgets a computer. This one is shown if it was that.
func (x *App) removeComputer(c *computers.Computer) {
	if c != x.computer || x.showComputer(x.computers.All()[0]) {
		x.computers.Remove(c)
		x.computersChanged()
	}
}

// addComputer remembers a computer.
func (x *App) addComputer(name, address string) error {
	_, err := x.computers.Add(name, address, x.feedFailed)
	x.computersChanged()
	return err
}

// computersChanged shows how the computers stand, wherever that can be seen.
func (x *App) computersChanged() {
	x.pages.choose.Changed()
	x.shell.bar.showName()
	x.showTitle()
	x.tray.update()
}

// showTitle says in the title of the window which computer is shown, where there are several.
func (x *App) showTitle() {
	title := x.config.Metadata.Name
	if x.computers.Several() {
		title = choose.NameOf(x.computer) + " – " + title
	}
	if x.window.Title() != title {
		x.window.SetTitle(title)
	}
}

// choice is what the page of computers may do.
func (x *App) choice() choose.Options {
	return choose.Options{
		Computers: x.computers.All, Shown: func() *computers.Computer { return x.computer },
		Show: func(c *computers.Computer) { x.showComputer(c) }, Add: x.addComputer, Remove: x.removeComputer, Read: x.computers.Read,
		Try: func(ctx context.Context, h overssh.Host) (api.Hello, error) { return computers.Try(ctx, h, x.agent()) },
	}
}

// alertOf is an alert, and whose.
type alertOf struct {
	computer *computers.Computer
	of       string // before it, in a list of those of all; "": there is only one computer
	alert    *api.Alert
}

// newestAlerts are those of all computers, the newest first.
func (x *App) newestAlerts() (list []alertOf) {
	for _, c := range x.computers.All() {
		of := ""
		if x.computers.Several() {
			of = choose.NameOf(c) + ": "
		}
		for i := range c.Newest {
			list = append(list, alertOf{c, of, &c.Newest[i]})
		}
	}
	slices.SortStableFunc(list, func(a, b alertOf) int { return cmp.Compare(b.alert.Time.UnixNano(), a.alert.Time.UnixNano()) })
	return list[:min(len(list), trayAlerts)]
}
