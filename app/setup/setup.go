// Package setup is the page that helps to connect the router: what has to be so
// before a message can arrive, step by step, and what to do where it is not.
package setup

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/look"
	"linklog/capture"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/doctor"
	"linklog/service/guide"
	"linklog/service/port"
)

// Options are what the page cannot do itself.
type Options struct {
	// Embedded reports whether the engine runs in this process, for want of a service;
	// nil: it never does.
	Embedded func() bool

	// EngineError returns why the engine does not run in this process, though it was
	// tried; nil: it was not.
	EngineError func() error

	// Install installs the background service, with the rights the system asks the
	// user for. It may take minutes. Its error wraps ErrCancelled if the user did
	// not want to. nil: no button.
	Install func(context.Context) error

	// InstallCommand is what does the same in a terminal; "": linklog service install,
	// with sudo where there is one.
	InstallCommand string
}

// ErrCancelled says that the user did not let the service be installed.
var ErrCancelled = errors.New("cancelled")

// Page is the page.
type Page struct {
	context *ui.Context
	options Options
	facts   facts

	content fyne.CanvasObject
	rows    [3]*row
	chooser *chooser
	checks  *checks

	install, details, again, send *ui.Button
	addresses                     []netip.Addr // as shown
	chosen                        int          // the one of them that the steps contain
	installing                    *progress
	detail                        *widget.Label // nil: not shown
	why                           *findings

	inTheWay   func(*api.Status) phrase.Phrase // whoIsInTheWay
	visible    bool
	generation int // of what was asked since Show: later answers are dropped
	polls      int
}

// New returns the page.
func New(c *ui.Context, o Options) *Page {
	if o.Embedded == nil {
		o.Embedded = func() bool { return false }
	}
	if o.EngineError == nil {
		o.EngineError = func() error { return nil }
	}
	if o.InstallCommand == "" {
		o.InstallCommand = doctor.AsAdministrator("linklog service install")
	}
	p := &Page{context: c, options: o, facts: facts{isOwn: doctor.IsOwn}, inTheWay: whoIsInTheWay}
	p.install = ui.NewPrimaryButton(lang.L("Install background service"), p.installService)
	p.details = ui.NewButton(lang.L("Details"), p.toggleDetails)
	p.again = ui.NewButton(lang.L("Test again"), p.examine)
	p.send = ui.NewPrimaryButton(lang.L("Send a test"), p.sendTest)
	p.why = newFindings(c)
	p.chooser = newChooser(c, p.show)
	p.checks = newChecks(c, container.NewHBox(p.send), flush(ui.NewLink(lang.L("Nothing arrives: find out why"), p.findOut)))
	steps := container.NewVBox()
	for i := range p.rows {
		p.rows[i] = newRow(c, i+1)
		steps.Add(p.rows[i].content)
	}
	steps.Add(p.chooser.content)
	p.rows[0].right.Objects = []fyne.CanvasObject{p.details, p.install}
	p.rows[1].right.Objects = []fyne.CanvasObject{p.again}
	body := container.NewVBox(
		ui.Heading(lang.L("Connect your router"), ""),
		container.New(layout.NewCustomPaddedLayout(-16, 6, 22-look.Padding, 22), ui.NewMuted(lang.L("Your router reports each connection to one computer. Tell it to report to this one."))),
		container.New(layout.NewCustomPaddedLayout(4, 16, 22, 22), beside(steps, container.NewVBox(p.checks.content, p.why.content))),
	)
	p.content = container.NewVScroll(ui.Narrow(1180, body))
	p.show()
	return p
}

// Content implements ui.Page.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Show begins to look how things stand.
func (p *Page) Show() {
	if p.visible {
		return
	}
	p.visible = true
	p.generation++
	p.poll(0)
}

// Hide ends it.
func (p *Page) Hide() {
	p.visible = false
	p.generation++
}

// pollEvery is how often the service is asked while the page can be seen.
const pollEvery = time.Second

// pollShare bounds what the questions cost: between them is so many times as long as one took. How
// long depends on how much came in the last hour, and on what else the computer has to do.
const pollShare = 30

// untilNext is how long to wait for the next question, after one that took a while.
func untilNext(took time.Duration) time.Duration {
	const longest = 10 * time.Second
	return min(max(pollEvery, pollShare*took), longest)
}

// lookEvery is every how many times it is found out who has the port: that means
// looking through all processes.
const lookEvery = 5

// poll asks the service, after a while, and then again.
func (p *Page) poll(after time.Duration) {
	generation := p.generation
	var status api.Status
	var addresses []netip.Addr
	var came guide.Facts
	var took time.Duration
	taken, isOwn := p.facts.taken, p.facts.isOwn
	look := p.polls%lookEvery == 0
	p.polls++
	p.context.Background(func(ctx context.Context) error {
		if err := sleep(ctx, after); err != nil {
			return err
		}
		addresses = doctor.LANAddresses()
		began := time.Now()
		status, came = guide.Look(ctx, p.context.Client, guide.Question{IsOwn: isOwn})
		took = time.Since(began)
		if status.Now.IsZero() { // else it is the history that cannot be asked, as the list says
			return came.Err
		}
		if reachable := doctor.Reachable(status.Addresses); len(reachable) > 0 {
			addresses = reachable
		}
		if look {
			taken = p.inTheWay(&status)
		}
		return nil
	}, func(err error) {
		if generation != p.generation {
			return
		}
		first := !p.facts.asked
		p.facts.asked, p.facts.err, p.facts.status, p.facts.came = true, err, status, came
		p.facts.addresses, p.facts.taken, p.facts.embedded, p.facts.engine = addresses, taken, p.options.Embedded(), p.options.EngineError()
		p.show()
		if _, came := p.facts.router(); !p.facts.examined && (!came || first) && err == nil {
			p.lookAtFirewalls(!came && p.facts.listens())
		}
		p.poll(untilNext(took))
	})
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// whoIsInTheWay says who has the port that LinkLog should have, and what to do about
// it; zero: no program.
func whoIsInTheWay(s *api.Status) phrase.Phrase {
	n := uint16(capture.TrapPort)
	switch {
	case !s.Open:
		n = s.Port
	case s.Port == n:
		return phrase.Phrase{}
	}
	process, err := port.Holder(n)
	if err != nil && !errors.Is(err, port.ErrUnknown) {
		return phrase.Phrase{}
	}
	return port.Advice(process, n)
}

// show brings all rows up to date.
func (p *Page) show() {
	p.facts.kind = p.chooser.router
	steps := p.facts.steps()
	grew := false
	for i, s := range steps {
		grew = p.rows[i].show(s) || grew
	}
	if p.installing != nil && !p.installing.running && steps[0].mark == fine && steps[0].action != install {
		p.rows[0].drop(p.installing.content) // it is as was wanted
		p.installing = nil
	}
	installing := p.installing != nil && p.installing.running
	ui.SetVisible(p.install, steps[0].action == install && p.options.Install != nil && !installing)
	ui.SetVisible(p.details, steps[0].action == details)
	ui.SetVisible(p.again, steps[1].action == testAgain && !p.facts.test.running)
	ui.SetVisible(p.send, p.facts.listens())
	var came *guide.Facts
	if p.facts.asked {
		came = &p.facts.came
	}
	grew = p.checks.show(p.chooser.router, came) || grew
	if p.detail != nil {
		if text := p.facts.details(); text != p.detail.Text {
			p.detail.SetText(text)
		}
	}
	if !slices.Equal(p.addresses, p.facts.addresses) {
		p.addresses, p.chosen = p.facts.addresses, 0
		p.rows[2].right.Objects = []fyne.CanvasObject{p.addressList()}
		grew = true
	}
	if p.chooser.show(p.address(), guide.Listening(&p.facts.status), p.facts.came.Closed) || grew {
		p.content.Refresh()
	}
}

func (p *Page) examine() { p.lookAtFirewalls(p.facts.listens()) }

// lookAtFirewalls asks the firewalls, and sends a message to this computer if
// something listens.
func (p *Page) lookAtFirewalls(send bool) {
	if p.facts.test.running {
		return
	}
	p.facts.test = trial{running: true}
	if send {
		p.facts.test.to = p.target()
	}
	t := p.facts.test
	var ports []uint16
	for _, port := range p.facts.status.UDP() {
		ports = append(ports, max(port.Port, 1))
	}
	var found []doctor.Finding
	p.show()
	p.context.Background(func(ctx context.Context) error {
		found = doctor.Firewalls(ctx, ports...)
		if send {
			t.asked = true
			t.err = doctor.SendTest(ctx, t.to, lang.L("LinkLog test: a message to find out whether messages arrive"))
		}
		return nil
	}, func(error) {
		t.running = false
		p.facts.test, p.facts.firewalls, p.facts.examined = t, found, true
		p.show()
	})
}
