// Package app is the window and the tray icon: what the user sees of LinkLog. It
// puts together the pages, which are packages below it and know nothing of it.
//
// Everything here belongs to Fyne's thread unless a comment says otherwise. What
// comes from the service waits in package feed until it is taken, at most ten times
// a second, and once a second while the window is hidden.
package app

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"linklog/app/computers"
	"linklog/app/feed"
	"linklog/app/forget"
	"linklog/app/importer"
	"linklog/app/log"
	"linklog/app/system/desktop"
	"linklog/app/system/notify"
	"linklog/app/system/prefs"
	"linklog/app/ui"
	"linklog/app/ui/look"
	"linklog/assets/icons"
	"linklog/assets/origin"
	"linklog/format/services"
	"linklog/service/api"
	"linklog/service/client"
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
	Prefs    *prefs.Prefs

	OnTrayTap  func(func())                              // see Toolkit; nil: nothing
	Minimising func(changed func(minimised bool)) func() // see Toolkit; nil: nothing is known of it

	// Stuck is called, not on Fyne's thread, when Fyne was told to end and does not. It ends the process.
	Stuck func()

	// Do runs a function on Fyne's thread; nil: fyne.Do. Tests are that thread
	// themselves.
	Do func(func())
}

// App is the running app.
type App struct {
	*shown
	config Config
	fyne   fyne.App
	window fyne.Window
	log    *slog.Logger
	prefs  *prefs.Prefs

	ctx       context.Context
	do        func(func()) // on Fyne's thread
	pump      *pump
	work      sync.WaitGroup // what runs in the background
	computers *computers.Set

	tray     *tray // nil: not yet
	notifier *notify.Notifier
	show     func(notify.Notification) // the notifier's

	batch   feed.Batch
	origins client.Origins
	listed  client.Listed

	shows   <-chan struct{} // requests to show the window; nil: none come
	visible visibility

	leave       func() // to be called when Fyne is told to end
	leaveWithin time.Duration
}

// shown is what there is of the computer that is shown. All of it goes when that is a different one.
type shown struct {
	while    context.Context // it is shown
	end      context.CancelFunc
	computer *computers.Computer
	feed     *feed.Feed
	ui       *ui.Context

	shell   *shell
	logPage *log.Page
	pages   pages
	imports *importer.Importer
	away    *away

	state  feed.State
	known  bool // it was connected once
	status api.Status
	asked  int // counts questions for the status

	paused bool // what comes is not shown
	heard  bool // there are messages, and not only tests that were sent from here
}

// newApp makes everything and shows nothing.
func newApp(ctx context.Context, a fyne.App, c Config) *App {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Do == nil {
		c.Do = fyne.Do
	}
	x := &App{config: c, fyne: a, log: c.Log, prefs: c.Prefs, ctx: ctx, do: c.Do, leave: func() {}, leaveWithin: leaveWithin}
	a.Settings().SetTheme(x.theme())
	x.pump = newPump(x.take, x.do)
	x.computers = computers.New(computers.Options{
		Here:  feed.Options{Socket: c.Socket, Agent: x.agent(), Embedded: c.Engine, Wake: x.pump.wake},
		Prefs: x.prefs, Go: x.work.Go,
	})
	x.notifier = notify.New(notify.Options{
		AppID: c.Metadata.ID, AppName: c.Metadata.Name, Icon: icons.Small(), Log: c.Log,
		Fallback: func(title, body string) { x.do(func() { a.SendNotification(fyne.NewNotification(title, body)) }) },
	})
	x.show = x.notifier.Show
	x.window = a.NewWindow(c.Metadata.Name)
	x.window.SetPadded(false)
	x.window.Resize(x.windowSize())
	x.window.SetOnDropped(func(_ fyne.Position, list []fyne.URI) { x.imports.Dropped(list) })
	x.put(x.computers.Shown())
	if page := pageID(x.prefs.Get().Page); page != "" {
		x.shell.open(page)
	}
	x.shell.focusPage()
	return x
}

// agent is what the app calls itself to services.
func (x *App) agent() string { return "linklog-app/" + x.config.Version }

// put makes the window for a computer.
func (x *App) put(c *computers.Computer) {
	x.shown = &shown{computer: c, feed: c.Feed, state: c.State}
	x.while, x.end = context.WithCancel(x.ctx)
	x.ui = &ui.Context{
		Client: x.feed.Client(), Services: services.Default(), Window: x.window, Prefs: x.prefs, Do: x.do, OpenURL: desktop.OpenURL,
		Search: func() string { return x.logPage.Query() }, SetSearch: func(text string) { x.logPage.SetQuery(text) },
		ShowLog: x.showLog, ShowHost: x.showHost, OpenHost: x.openHost, OpenDevice: x.openDevice, Background: x.background, Tell: x.tell, Fail: x.fail,
	}
	x.logPage = log.New(x.ui, log.Options{Limit: x.config.Limit, OnFollow: func(following bool) { x.pump.setSlow(!following) }, OnSaved: x.savedChanged, OnSearch: func() { x.shell.searched() }, OnImport: func() { x.imports.Ask() }})
	var elevated func(ctx context.Context, args ...string) error // it would be on this computer
	if c.Here() {
		elevated = commandElevated()
	}
	x.ui.Forget = forget.New(x.ui, forget.Options{Elevated: elevated, OnRemoved: x.forgotten}).Ask
	x.imports = importer.New(x.ui, importer.Options{Elevated: elevated, OnChanged: x.imported})
	x.away = &away{app: x, ask: true}
	x.shell = newShell(x)
	x.window.SetContent(x.shell.content)
	x.shortcuts()
	x.showTitle()
}

func (x *App) theme() fyne.Theme {
	c := x.prefs.Get()
	return look.Theme{Mode: look.ModeNamed(c.Theme), Density: look.DensityNamed(c.Density)}
}

// start connects; it returns at once.
func (x *App) start() {
	x.work.Go(func() { x.pump.run(x.ctx) })
	x.computers.Start(x.ctx, x.feedFailed)
	x.work.Go(func() { x.poll(x.ctx) })
	// Reads the data built in before the window asks for it, and waits.
	x.work.Go(func() { origin.Of(netip.Addr{}) })
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

// feedFailed is called where a connection is given up.
func (x *App) feedFailed(err error) { x.log.Error("the connection to the service ended", "error", err) }

// take shows what came from the services.
func (x *App) take() {
	for _, c := range x.computers.All() {
		if c != x.computer {
			x.takeQuiet(c)
		}
	}
	if !x.feed.Take(&x.batch, x.paused) {
		return
	}
	b := &x.batch
	if b.Reset {
		x.shell.foot.today.reset()
	}
	changed := x.logPage.Take(b) // at first, as what the state says depends on what is there
	if b.State != nil {
		x.connected(*b.State)
	}
	if len(b.Events) > 0 {
		x.shell.foot.today.count(b.Events, time.Now())
		if !x.heard && slices.ContainsFunc(b.Events, isNoTest) {
			x.heard = true
			x.shell.showState()
		}
	}
	b.Release()
	for i := range b.Alerts {
		x.alert(x.computer, &b.Alerts[i])
	}
	if changed || len(b.Alerts) > 0 {
		x.shell.pageChanged()
	}
}

// connected takes another state of the connection.
func (x *App) connected(s feed.State) {
	before := x.state.Connection
	x.state, x.computer.State = s, s
	if x.computer.Here() && s.Hello.ID != "" && s.Hello.Last == 0 && x.prefs.Get().Page == "" && !x.known {
		x.shell.open(pageSetup) // a new user, whose router has to be set up
	}
	x.known = x.known || s.Hello.ID != ""
	x.shell.showState()
	if s.Hello.ID != "" {
		x.handMuteOver()
		x.askHeard()
	}
	x.askAlerts(x.computer)
	x.away.look()
	if s.Connection != before {
		log := x.log.With("to", s.Connection)
		if s.Err != nil {
			log = log.With("error", s.Err)
		}
		if s.Engine != nil {
			log = log.With("engine", s.Engine)
			x.tell(lang.L("This window cannot receive messages: {{.Error}}", map[string]any{"Error": ui.Cause(s.Engine)}))
		}
		log.Info("connection")
		x.askStatus()
		x.shell.connected()
	}
	x.computersChanged()
}

// background runs work for the computer that is shown in a goroutine of its own, and then done on Fyne's thread. When a different
// one is shown, the work ends without done. Once the app ends, nothing is begun any more: it waits for what was.
func (x *App) background(work func(context.Context) error, done func(error)) {
	x.runWhile(x.while, work, done)
}

// runWhile is background until a context ends.
func (x *App) runWhile(while context.Context, work func(context.Context) error, done func(error)) {
	if while.Err() != nil {
		return
	}
	x.work.Go(func() {
		err := work(while)
		if done != nil && while.Err() == nil {
			x.do(func() {
				if while.Err() == nil {
					done(err)
				}
			})
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
	looks := false // lists, owners or the user's own networks are others than before
	c := x.feed.Client()
	x.background(func(ctx context.Context) (err error) {
		if status, err = c.Status(ctx); err == nil && ctx.Err() == nil {
			changed, wrong := x.listed.Use(ctx, c, status.Lists)
			if looks = changed; wrong != nil {
				x.log.Warn("lists of addresses could not be had from the service", "error", wrong)
			}
			changed, wrong = x.origins.Use(c, &status)
			if looks = looks || changed; wrong != nil {
				x.log.Warn("owners and countries are those that are built in", "error", wrong)
			}
		}
		return err
	}, func(err error) {
		if looks {
			x.logPage.LooksChanged()
		}
		if err != nil || asked != x.asked {
			return // the state of the connection says it; or a newer answer comes
		}
		x.status = status
		x.shell.foot.showStatus()
		x.showNewHosts(status.NewHosts)
		x.showMute(status.Muted)
	})
}

// showLog opens the log with a search text.
func (x *App) showLog(query string) {
	if x.shell.current.id == pageLog && query != x.logPage.Query() {
		x.shell.leave()
	}
	x.shell.open(pageLog)
	x.logPage.SetQuery(query)
}

// imported brings everything in line with imports: there are more events, or fewer.
func (x *App) imported() {
	x.logPage.Imported()
	x.shell.pageChanged()
	x.askStatus()
}

// forgotten is called when something that was stored was removed.
func (x *App) forgotten() {
	x.logPage.Forgotten()
	x.shell.pageChanged()
	x.askStatus()
}

// showHost opens the page of hosts, with one of them if ref is not "".
func (x *App) showHost(ref string) {
	x.shell.open(pageHosts)
	if ref != "" {
		x.pages.hosts.SelectHost(ref)
	}
}

// showNew opens what is new: the page of hosts with those that are, or that of the host if there is
// only one.
func (x *App) showNew() {
	x.onlyNew(func(h *api.Host) {
		if h == nil {
			x.shell.open(pageHosts)
			x.pages.hosts.ShowNew()
			return
		}
		x.openHost(h.Ref)
		x.markSeen(h)
	})
}

// openNew opens the page of a host that is new. Where no other is, the user has then seen all.
func (x *App) openNew(ref string) {
	x.openHost(ref)
	x.onlyNew(func(h *api.Host) {
		if h != nil && h.Ref == ref {
			x.markSeen(h)
		}
	})
}

// onlyNew asks for the host that is new; nil: none is, or several are.
func (x *App) onlyNew(found func(*api.Host)) {
	var list []api.Host
	c := x.feed.Client()
	x.background(func(ctx context.Context) (err error) {
		list, err = c.Hosts(ctx, client.HostQuery{New: true, Limit: 2})
		return err
	}, func(err error) {
		if err != nil || len(list) != 1 {
			found(nil)
			return
		}
		found(&list[0])
	})
}

// markSeen tells the service that the user has seen a host, and all before it.
func (x *App) markSeen(h *api.Host) {
	upTo, c := h.FirstSeq, x.feed.Client()
	x.background(func(ctx context.Context) error { return c.MarkSeen(ctx, upTo) }, func(err error) {
		if err != nil {
			x.fail(lang.L("Mark hosts as seen"), err)
			return
		}
		x.askStatus()
	})
}

// showNewHosts shows wherever they are counted how many hosts are new. While the service is still
// learning who is usual here, none is called so.
func (x *App) showNewHosts(n int) {
	if x.status.IsLearning() {
		n = 0
	}
	x.status.NewHosts = n
	x.shell.page(pageHosts).item.SetBadge(n)
	x.shell.foot.showNewHosts(n, x.status.IsLearning())
	x.tray.update()
}

func (x *App) savedChanged() { x.shell.saved.show() }

func (x *App) tell(message string) { x.shell.foot.tell(message) }

func (x *App) fail(doing string, err error) {
	if err != nil {
		x.log.Warn(doing, "error", err)
		x.tell(lang.L("{{.Doing}}: {{.Error}}", map[string]any{"Doing": doing, "Error": ui.Cause(err)}))
	}
}

// togglePause stops and goes on showing what comes; the service goes on receiving.
func (x *App) togglePause() {
	x.paused = !x.paused
	x.shell.showPause(x.paused)
	if !x.paused {
		x.pump.wake()
	}
	x.shell.showState()
	x.tray.update()
}
