// Package settings is the page of settings: the app's own, which count at once, and
// those of the service, which an administrator changes for all.
package settings

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"

	"linklog/app/ui"
	"linklog/service/api"
)

// Options are what the page cannot know or do itself.
type Options struct {
	// Choices are the app's own settings as they are.
	Choices Choices

	// OnChange is called at once with what the user changed them to.
	OnChange func(Choices)

	// OnMute is called with until when the service was muted here; the zero time: it
	// is no longer. nil: not called.
	OnMute func(until time.Time)

	// RestartService restarts the service, with the rights the system asks the user
	// for; nil: the user is asked to do it.
	RestartService func(context.Context) error

	// Embedded reports whether the engine runs in this process; nil: it never does.
	Embedded func() bool

	// Import asks for old logs and imports them, Imports shows what was imported.
	Import, Imports func()

	// OpenFolder shows a folder in the file manager; nil: as the desktop does.
	OpenFolder func(path string) error
}

// Page is the page.
type Page struct {
	context *ui.Context
	options Options

	content fyne.CanvasObject
	stack   *fyne.Container // the form, or the editor instead of it
	form    fyne.CanvasObject
	scroll  *container.Scroll
	own     *ownSection
	service *serviceSection
	data    *dataSection
	editor  *editor

	visible    bool
	generation int
}

// New returns the page.
func New(c *ui.Context, o Options) *Page {
	if o.OnChange == nil {
		o.OnChange = func(Choices) {}
	}
	if o.Embedded == nil {
		o.Embedded = func() bool { return false }
	}
	if o.OnMute == nil {
		o.OnMute = func(time.Time) {}
	}
	p := &Page{context: c, options: o}
	p.own = newOwnSection(p)
	p.service = newServiceSection(p)
	p.data = newDataSection(p)
	body := container.NewVBox(
		ui.Heading(lang.L("Settings"), ""),
		container.New(layout.NewCustomPaddedLayout(0, 24, 22, 22), container.NewVBox(p.own.content, p.service.content, p.data.content)),
	)
	p.scroll = container.NewVScroll(ui.Narrow(864, body))
	p.form = container.NewBorder(nil, p.service.bar, nil, nil, p.scroll)
	p.stack = container.NewStack(p.form)
	p.content = p.stack
	return p
}

// Content implements ui.Page.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// SetChoices shows other choices, such as when one could not be kept. OnChange is
// not called.
func (p *Page) SetChoices(c Choices) {
	p.options.Choices = c
	p.own.show()
}

// ShowMute shows until when the service is muted, which may be set elsewhere.
func (p *Page) ShowMute(until time.Time) { p.own.showMute(until, nil) }

// Show asks how things are.
func (p *Page) Show() {
	if p.visible {
		return
	}
	p.visible = true
	p.load()
}

// Connected asks again: the service was not there, or was a different one.
func (p *Page) Connected() {
	if p.visible {
		p.load()
	}
}

// Hide implements ui.Page. What was typed and not saved stays.
func (p *Page) Hide() {
	p.visible = false
	p.generation++
}

// loaded is what the page asks the service for.
type loaded struct {
	hello      api.Hello
	status     api.Status
	muted      time.Time
	lists      api.Lists
	text, path string
}

// load asks the service for all that is shown.
func (p *Page) load() {
	p.generation++
	generation := p.generation
	var l loaded
	p.context.Background(func(ctx context.Context) (err error) {
		if l.hello, err = p.context.Client.Hello(ctx); err != nil {
			return err
		}
		if l.status, err = p.context.Client.Status(ctx); err != nil {
			return err
		}
		if l.muted, err = p.context.Client.Mute(ctx); err != nil {
			return err
		}
		if l.lists, err = p.context.Client.Lists(ctx); err != nil { // a service of an earlier version has none
			l.lists = api.Lists{}
		}
		l.text, l.path, err = p.context.Client.Settings(ctx)
		return err
	}, func(err error) {
		if generation != p.generation {
			return
		}
		p.own.showMute(l.muted, err)
		p.service.loaded(l, err)
		p.data.loaded(l, err)
		p.content.Refresh()
	})
}
