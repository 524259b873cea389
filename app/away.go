package app

import (
	"context"
	"time"

	"fyne.io/fyne/v2/lang"

	"linklog/app/ui"
	"linklog/service/api"
)

// away notices what was told while nobody looked at the window.
type away struct {
	app   *App
	ask   bool      // it is to be asked when the window can be seen
	left  time.Time // when the window was closed or minimised; zero: it was not
	count int       // alerts of which the window says so; 0: it does not
}

const (
	// awayFor is how long the window has to be closed or minimised: who comes back before has
	// seen the notifications.
	awayFor = 10 * time.Minute
	// awayMost alerts are counted.
	awayMost = 1000
)

// setVisible is called when the window can be seen or cannot any more.
func (a *away) setVisible(seen bool) {
	if !seen {
		a.left = time.Now()
		return
	}
	a.ask = a.ask || !a.left.IsZero() && time.Since(a.left) >= awayFor
	if !a.ask && a.count == 0 {
		a.read()
	}
	a.look()
}

// look asks what was told meanwhile.
func (a *away) look() {
	x := a.app
	id := x.state.Hello.ID
	if !a.ask || id == "" || !x.visible.seen {
		return
	}
	a.ask = false
	last, known := x.prefs.LastRead(id)
	if !known || x.shell.current.id == pageAlerts {
		a.read()
		return
	}
	var list []api.Alert
	c := x.feed.Client()
	x.background(func(ctx context.Context) (err error) {
		list, err = c.Alerts(ctx, last, awayMost)
		return err
	}, func(err error) {
		switch {
		case err != nil:
			a.ask = true // when it is connected again
		case id == x.state.Hello.ID && x.shell.current.id != pageAlerts:
			a.count = len(list)
			x.shell.showState()
		}
	})
}

// came is called for an alert that comes now.
func (a *away) came(id uint64) {
	if a.app.visible.seen && a.count == 0 && !a.ask {
		a.app.prefs.Read(a.app.state.Hello.ID, id)
	}
}

// read takes that all alerts were seen.
func (a *away) read() {
	x := a.app
	if last, known := x.prefs.LastTold(x.state.Hello.ID); known {
		x.prefs.Read(x.state.Hello.ID, last)
	}
	if a.count > 0 {
		a.count = 0
		x.shell.showState()
	}
}

// text says what was told; "": nothing.
func (a *away) text() string {
	if a.count == 0 {
		return ""
	}
	count := ui.Number(uint64(a.count))
	if a.count == awayMost {
		count += "+"
	}
	return lang.N("{{.Count}} alerts while you were away.", a.count, map[string]any{"Count": count})
}
