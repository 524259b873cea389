// Package app is the window and the tray icon: what a household sees of LinkLog.
//
// Everything here belongs to Fyne's thread unless a comment says otherwise. What
// comes from the service waits in package feed until it is taken, at most ten times
// a second, and once a second while nobody looks.
package app

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"linklog/app/feed"
	"linklog/app/system/notify"
	"linklog/app/ui"
	"linklog/app/ui/look"
	"linklog/assets/icons"
	"linklog/format/services"
	"linklog/service/api"
)

// Config is what the app is started with.
type Config struct {
	Build
	Metadata fyne.AppMetadata // from Build
	Socket   string           // of the service; "": where it usually is
	Engine   *feed.Embedded   // how to run the engine here if there is no service; nil: not
	Limit    int              // events in memory; 0: the usual number
	Hidden   bool             // start in the tray
	Log      *slog.Logger
	Prefs    *Prefs // the user's choices

	OnTrayTap  func(func())                              // see Toolkit; nil: nothing
	Minimising func(changed func(minimised bool)) func() // see Toolkit; nil: nothing is known of it

	// Do runs a function on Fyne's thread; nil: fyne.Do. Tests are that thread
	// themselves.
	Do func(func())
}

// App is the running app.
type App struct {
	config   Config
	fyne     fyne.App
	window   fyne.Window
	log      *slog.Logger
	services *services.Table
	prefs    *Prefs

	ctx  context.Context
	do   func(func()) // on Fyne's thread
	feed *feed.Feed
	pump *pump
	ui   *ui.Context

	model   *logModel
	logPage *logPage
	shell   *shell
	tray    *tray // nil: not yet
	pages   pages

	notifier *notify.Notifier
	welcomed bool   // it was connected once
	digested string // ID of the history whose digest was shown

	batch     feed.Batch
	state     feed.State
	status    api.Status
	asked     int  // counts questions for the status
	shown     bool // the window is open
	minimised bool
	restore   func() // brings back a minimised window; nil: not known
	visible   bool   // shown and not minimised
	paused    bool

	shows      <-chan struct{} // requests to show the window; nil: none come
	ownAddress string          // "": not looked up yet

	work sync.WaitGroup
}

// newApp makes everything and shows nothing.
func newApp(ctx context.Context, a fyne.App, c Config) *App {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	x := &App{config: c, fyne: a, log: c.Log, services: services.Default(), prefs: c.Prefs, ctx: ctx, do: c.Do, model: newLogModel(c.Limit)}
	if x.do == nil {
		x.do = fyne.Do
	}
	a.Settings().SetTheme(x.theme())
	x.pump = newPump(x.take, x.do)
	x.feed = feed.New(feed.Options{Socket: c.Socket, Agent: "linklog-app/" + c.Version, Embedded: c.Engine, Wake: x.pump.wake})
	x.notifier = notify.New(notify.Options{
		AppID: c.Metadata.ID, AppName: c.Metadata.Name, Icon: icons.Small(), Log: c.Log,
		Fallback: func(title, body string) { x.do(func() { a.SendNotification(fyne.NewNotification(title, body)) }) },
	})
	x.window = a.NewWindow(c.Metadata.Name)
	x.ui = &ui.Context{
		Client: x.feed.Client(), Services: x.services, Window: x.window,
		ShowLog: x.showLog, ShowHost: x.showHost, Background: x.background, Tell: x.tell, Fail: x.fail,
	}
	x.logPage = newLogPage(x)
	x.shell = newShell(x)
	x.window.SetPadded(false)
	x.window.SetContent(x.shell.content)
	x.window.Resize(x.prefs.windowSize())
	if page := pageID(x.prefs.get().Page); page != "" {
		x.shell.open(page)
	}
	x.shortcuts()
	return x
}

func (x *App) theme() fyne.Theme { return look.Theme{Mode: x.prefs.mode(), Density: x.prefs.density()} }

// start connects; it returns at once.
func (x *App) start() {
	x.work.Go(func() { x.pump.run(x.ctx) })
	x.work.Go(func() {
		if err := x.feed.Run(x.ctx); err != nil && x.ctx.Err() == nil {
			x.log.Error("the connection to the service ended", "error", err)
		}
	})
	x.work.Go(func() { x.poll(x.ctx) })
	x.work.Go(func() {
		for {
			select {
			case <-x.shows:
				x.do(x.showWindow)
			case <-x.ctx.Done():
				return
			}
		}
	})
	x.work.Go(func() { x.notifier.Run(x.ctx) })
}

// setShown is called when the window is opened or closed.
func (x *App) setShown(shown bool) {
	x.shown = shown
	x.updateVisible()
}

// setMinimised is called when the window is minimised or comes back.
func (x *App) setMinimised(minimised bool) {
	x.minimised = minimised
	x.updateVisible()
}

// updateVisible begins or ends to show what comes.
func (x *App) updateVisible() {
	visible := x.shown && !x.minimised
	if x.visible == visible {
		return
	}
	x.visible = visible
	x.pump.setVisible(visible)
	x.shell.setVisible(visible)
	if visible {
		x.askStatus()
	}
}

// take shows what came from the service.
func (x *App) take() {
	if !x.feed.Take(&x.batch, x.paused) {
		return
	}
	b := &x.batch
	if b.Reset {
		x.model.clear()
		x.shell.eventsDay = 0
		x.logPage.changed()
	}
	if b.State != nil {
		x.connected(*b.State)
	}
	changed := false
	for _, n := range b.Names {
		changed = x.model.rename(n.Addr, n.Name) || changed
	}
	if b.NamesMissed {
		x.askNames()
	}
	if len(b.Events) > 0 {
		x.model.add(b.Events)
		x.shell.count(b.Events)
		changed = true
	}
	if changed {
		x.model.view.Update()
		x.logPage.changed()
	}
	for i := range b.Alerts {
		x.alert(&b.Alerts[i])
	}
	if changed || len(b.Alerts) > 0 {
		x.shell.pagesChanged(len(b.Alerts) > 0)
	}
}

// connected takes another state of the connection.
func (x *App) connected(s feed.State) {
	before := x.state.Connection
	x.state = s
	if s.Hello.ID != "" && s.Hello.Last == 0 && x.prefs.get().Page == "" && !x.welcomed {
		x.shell.open(pageSetup) // a newcomer, whose router is to be told where to report
	}
	x.welcomed = x.welcomed || s.Hello.ID != ""
	x.shell.showState()
	if s.Hello.ID != "" {
		x.handMuteOver()
	}
	x.digest()
	if s.Connection != before {
		log := x.log.With("to", s.Connection)
		if s.Err != nil {
			log = log.With("error", s.Err)
		}
		if s.Engine != nil {
			log = log.With("engine", s.Engine)
			x.shell.tell(lang.L("LinkLog cannot receive in this window: {{.Error}}", map[string]any{"Error": s.Engine.Error()}))
		}
		log.Info("connection")
		x.askStatus()
	}
}

// askNames asks for the names of the hosts that are in the newest rows, after more
// changed than the service remembers.
func (x *App) askNames() {
	seen := make(map[netip.Addr]bool)
	var addrs []netip.Addr
	for _, ev := range x.model.latest(5000) {
		for _, a := range []netip.Addr{ev.Src.Addr, ev.Dst.Addr} {
			if a.IsValid() && !seen[a] {
				seen[a] = true
				addrs = append(addrs, a)
			}
		}
	}
	var names map[netip.Addr]string
	x.background(func(ctx context.Context) (err error) {
		names, err = x.feed.Client().Names(ctx, addrs)
		return err
	}, func(err error) {
		if err != nil {
			return // the next change of a name comes by itself
		}
		for a, name := range names {
			x.model.rename(a, name)
		}
		x.model.view.Update()
		x.logPage.changed()
	})
}

// background runs work in a goroutine of its own, and then done on Fyne's thread.
func (x *App) background(work func(context.Context) error, done func(error)) {
	x.work.Go(func() {
		err := work(x.ctx)
		if done != nil && x.ctx.Err() == nil {
			x.do(func() { done(err) })
		}
	})
}

// statusEvery is how often the footer is brought up to date while it can be seen, and
// trayEvery how often the tray is while only that can be.
const (
	statusEvery = 10 * time.Second
	trayEvery   = time.Minute
)

// poll asks for the status again and again.
func (x *App) poll(ctx context.Context) {
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(statusEvery):
			if x.pump.isVisible() || time.Since(last) >= trayEvery {
				last = time.Now()
				x.do(x.askStatus)
			}
		}
	}
}

// askStatus brings footer and tray up to date.
func (x *App) askStatus() {
	x.asked++
	asked := x.asked
	var status api.Status
	x.background(func(ctx context.Context) (err error) {
		status, err = x.feed.Client().Status(ctx)
		return err
	}, func(err error) {
		if err != nil || asked != x.asked {
			return // the state of the connection says it; or a newer answer comes
		}
		x.status = status
		x.shell.showStatus()
		x.showMute(status.Muted)
	})
}

// showLog opens the log with a search text.
func (x *App) showLog(query string) {
	x.shell.open(pageLog)
	x.shell.search.SetText(query)
}

// showHost opens the page of hosts, with one of them if ref is not "".
func (x *App) showHost(ref string) {
	x.shell.open(pageHosts)
	if ref != "" {
		x.pages.hosts.SelectHost(ref)
	}
}

func (x *App) tell(message string) { x.shell.tell(message) }

func (x *App) fail(doing string, err error) {
	if err != nil {
		x.log.Warn(doing, "error", err)
		x.shell.tell(lang.L("{{.Doing}}: {{.Error}}", map[string]any{"Doing": doing, "Error": ui.Cause(err)}))
	}
}
