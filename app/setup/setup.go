// Package setup is the page that helps to connect the router: what has to be so
// before a message can arrive, step by step, and what to do where it is not.
package setup

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/capture"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/doctor"
	"linklog/service/port"
)

// Options are what the page cannot do itself.
type Options struct {
	// Embedded tells whether the engine runs in this process, for want of a service;
	// nil: it never does.
	Embedded func() bool

	// Install installs the background service, with the rights the system asks the
	// user for. It may take minutes. Its error wraps ErrCancelled if the user did
	// not want to. nil: no button.
	Install func(context.Context) error

	// InstallCommand is what does the same in a terminal; "": sudo linklog service install.
	InstallCommand string

	// OtherRouters shows the help about routers without a log address; nil: no link.
	OtherRouters func()
}

// ErrCancelled says that the user did not let the service be installed.
var ErrCancelled = errors.New("cancelled")

// Page is the page.
type Page struct {
	context *ui.Context
	options Options
	facts   facts

	content *container.ThemeOverride
	rows    [4]*row

	install, details, again, send *ui.Button
	addresses                     []netip.Addr // as shown
	installing                    *progress
	detail                        *widget.Label // nil: not shown
	sent                          *fyne.Container
	why                           *findings

	visible    bool
	generation int // of what was asked since Show: later answers are dropped
}

// New makes the page.
func New(c *ui.Context, o Options) *Page {
	if o.Embedded == nil {
		o.Embedded = func() bool { return false }
	}
	if o.InstallCommand == "" {
		o.InstallCommand = "sudo linklog service install"
	}
	p := &Page{context: c, options: o, facts: facts{isOwn: doctor.IsOwn}}
	p.install = ui.NewPrimaryButton(lang.L("Install background service"), p.installService)
	p.details = ui.NewButton(lang.L("Details"), p.toggleDetails)
	p.again = ui.NewButton(lang.L("Test again"), p.examine)
	p.send = ui.NewPrimaryButton(lang.L("Send a test"), p.sendTest)
	p.why = newFindings(c)
	steps := container.NewVBox()
	for i := range p.rows {
		p.rows[i] = newRow(c, i+1)
		steps.Add(p.rows[i].content)
	}
	p.rows[0].right.Objects = []fyne.CanvasObject{p.details, p.install}
	p.rows[1].right.Objects = []fyne.CanvasObject{p.again}
	p.rows[3].right.Objects = []fyne.CanvasObject{p.send}
	body := container.NewVBox(
		ui.Heading(lang.L("Connect your router"), ""),
		container.New(layout.NewCustomPaddedLayout(-16, 6, 22-ui.RoomyPadding, 22), ui.NewMuted(lang.L("Your router reports each connection to one computer. Tell it to report to this one."))),
		container.New(layout.NewCustomPaddedLayout(4, 16, 22, 22), container.NewVBox(steps, p.links(), p.why.content)),
	)
	p.content = ui.Roomy(container.NewVScroll(ui.Narrow(864, body)))
	p.show()
	return p
}

func (p *Page) links() fyne.CanvasObject {
	box := container.NewHBox()
	if p.options.OtherRouters != nil {
		box.Add(ui.NewMuted(lang.L("No “Logviewer IP Address” on that page?")))
		box.Objects[0].(*widget.Label).Wrapping = fyne.TextWrapOff
		box.Add(link(lang.L("What other routers can do"), p.options.OtherRouters))
	}
	return container.New(layout.NewCustomPaddedLayout(4, 4, -ui.RoomyPadding, 0), container.New(layout.NewRowWrapLayoutWithCustomPadding(0, 0), append(box.Objects, link(lang.L("Nothing arrives: find out why"), p.findOut))...))
}

func link(text string, tapped func()) *widget.Hyperlink {
	l := widget.NewHyperlink(text, nil)
	l.OnTapped = tapped
	return l
}

// Content is the page for the shell.
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

// poll asks the service, after a while, and then again.
func (p *Page) poll(after time.Duration) {
	generation := p.generation
	var status api.Status
	var addresses []netip.Addr
	var taken string
	p.context.Background(func(ctx context.Context) (err error) {
		if err := sleep(ctx, after); err != nil {
			return err
		}
		addresses = doctor.LANAddresses()
		if status, err = p.context.Client.Status(ctx); err == nil && (!status.Open || status.Port != capture.TrapPort) {
			taken = whoHas(capture.TrapPort)
		}
		return err
	}, func(err error) {
		if generation != p.generation {
			return
		}
		first := !p.facts.asked
		p.facts.asked, p.facts.err, p.facts.status = true, err, status
		p.facts.addresses, p.facts.taken, p.facts.embedded = addresses, taken, p.options.Embedded()
		p.show()
		if _, came := p.facts.router(); !p.facts.examined && (!came || first) && err == nil {
			p.lookAtFirewalls(!came && status.Open)
		}
		p.poll(pollEvery)
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

// whoHas says who has a UDP port other than LinkLog, and what to do about it.
func whoHas(n uint16) string {
	process, err := port.Holder(n)
	if err != nil && !errors.Is(err, port.ErrUnknown) {
		return ""
	}
	return port.Advice(process, n)
}

// show brings all rows up to date.
func (p *Page) show() {
	steps := p.facts.steps()
	for i, s := range steps {
		p.rows[i].show(s)
	}
	if p.installing != nil && !p.installing.running && steps[0].mark == fine && steps[0].action != install {
		p.rows[0].drop(p.installing.content) // it is as was wanted
		p.installing = nil
	}
	installing := p.installing != nil && p.installing.running
	setVisible(p.install, steps[0].action == install && p.options.Install != nil && !installing)
	setVisible(p.details, steps[0].action == details)
	setVisible(p.again, steps[1].action == testAgain && !p.facts.test.running)
	setVisible(p.send, steps[3].action == sendTest)
	if p.detail != nil {
		if text := p.facts.details(); text != p.detail.Text {
			p.detail.SetText(text)
		}
	}
	if !slices.Equal(p.addresses, p.facts.addresses) {
		p.addresses = p.facts.addresses
		p.rows[2].right.Objects = []fyne.CanvasObject{addressList(p.context, p.addresses)}
		p.rows[2].content.Refresh()
		p.content.Refresh()
	}
}

func (p *Page) examine() { p.lookAtFirewalls(p.facts.status.Open) }

// lookAtFirewalls asks the firewalls, and sends a message to this computer if
// somebody listens.
func (p *Page) lookAtFirewalls(send bool) {
	if p.facts.test.running {
		return
	}
	p.facts.test = trial{running: true}
	if send {
		p.facts.test.to = p.target()
	}
	t := p.facts.test
	port := p.facts.status.Port
	var found []doctor.Finding
	p.show()
	p.context.Background(func(ctx context.Context) error {
		found = doctor.Firewalls(ctx, max(port, 1))
		if send {
			t.asked = true
			t.err = doctor.SendTest(ctx, t.to, "LinkLog test: a message to find out whether messages arrive")
		}
		return nil
	}, func(error) {
		t.running = false
		p.facts.test, p.facts.firewalls, p.facts.examined = t, found, true
		p.show()
	})
}

// target is where a test goes to: this computer as the router sees it.
func (p *Page) target() netip.AddrPort {
	a := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	if len(p.facts.addresses) > 0 {
		a = p.facts.addresses[0]
	}
	return netip.AddrPortFrom(a, p.facts.status.Port)
}

// inLogWithin is how long a message that arrived may take to stand in the log.
const inLogWithin = 5 * time.Second

// sendTest sends a message as the router would, and looks for it in the log.
func (p *Page) sendTest() {
	p.send.Disable()
	to, after := p.target(), p.facts.status.Last
	text := fmt.Sprintf("LinkLog test message %s", time.Now().Format("15:04:05.000"))
	query := `text:"` + text + `"`
	p.tellTest(lang.L("Sending a test to {{.Address}}…", map[string]any{"Address": to.String()}), widget.LowImportance, "")
	p.context.Background(func(ctx context.Context) error {
		if err := doctor.SendTest(ctx, to, text); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeoutCause(ctx, inLogWithin, errNotInLog)
		defer cancel()
		for {
			found := false
			err := p.context.Client.Events(ctx, client.Query{Filter: query, After: after, Limit: 1}, func(*capture.Event) error { found = true; return nil })
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err != nil || found {
				return err
			}
			_ = sleep(ctx, 100*time.Millisecond) // the loop sees the end
		}
	}, func(err error) {
		p.send.Enable()
		if err != nil {
			p.tellTest(lang.L("The test to {{.Address}} failed: {{.Error}}", map[string]any{"Address": to.String(), "Error": err.Error()}), widget.DangerImportance, "")
			return
		}
		p.tellTest(lang.L("The test to {{.Address}} arrived and stands in the log.", map[string]any{"Address": to.String()}), widget.SuccessImportance, query)
	})
}

var errNotInLog = errors.New("it arrived, but does not stand in the log")

// tellTest says what became of a test; with a query, where it is to be seen.
func (p *Page) tellTest(text string, importance widget.Importance, query string) {
	if p.sent != nil {
		p.rows[3].drop(p.sent)
	}
	label := widget.NewLabel(text)
	label.Importance = importance
	label.Wrapping = fyne.TextWrapWord
	p.sent = container.NewBorder(nil, nil, nil, nil, label)
	if query != "" && p.context.ShowLog != nil {
		p.sent = container.NewBorder(nil, nil, nil, link(lang.L("Show"), func() { p.context.ShowLog(query) }), label)
	}
	p.rows[3].add(p.sent)
	p.content.Refresh()
}
