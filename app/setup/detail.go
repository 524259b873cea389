package setup

import (
	"context"
	"errors"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/look"
)

// details says more of who listens.
func (f *facts) details() string {
	s := &f.status
	lines := []string{
		lang.L("LinkLog {{.Version}}, started {{.Time}}", map[string]any{"Version": s.Service, "Time": ui.Moment(s.Started.Local(), time.Now())}),
		lang.L("{{.Received}} messages received, {{.Lost}} lost; room for a burst of {{.Room}}",
			map[string]any{"Received": ui.Number(s.Received), "Lost": ui.Number(s.Lost.Total), "Room": ui.Number(uint64(s.Room))}),
		lang.L("Data: {{.Folder}}", map[string]any{"Folder": s.Data}),
	}
	for _, t := range s.Troubles {
		lines = append(lines, ui.Trouble(t))
	}
	return strings.Join(lines, "\n")
}

func (p *Page) toggleDetails() {
	if p.detail != nil {
		p.rows[0].drop(p.detail)
		p.detail = nil
		return
	}
	p.detail = ui.NewMuted(p.facts.details())
	p.rows[0].add(p.detail)
	p.content.Refresh()
}

// addressList shows this computer's address so that it can be read across the room; of several,
// one is chosen.
func (p *Page) addressList() fyne.CanvasObject {
	if len(p.addresses) < 2 {
		text := ui.NewThemed(p.address(), 22, fyne.TextStyle{Monospace: true}, theme.ColorNameForeground)
		box := container.NewHBox(container.NewCenter(text))
		if len(p.addresses) > 0 {
			box.Add(ui.NewCopy(p.context, p.address))
		}
		return box
	}
	var labels []string
	for _, a := range p.addresses {
		labels = append(labels, a.String())
	}
	return ui.NewChips(labels, func(i int) {
		p.chosen = i
		p.show()
	})
}

// address is the one of this computer to which the router is to send; "": there is none.
func (p *Page) address() string {
	if p.chosen >= len(p.addresses) {
		return ""
	}
	return p.addresses[p.chosen].String()
}

// progress is what becomes of the installation of the service.
type progress struct {
	running bool
	content *fyne.Container
}

// installService installs the background service and tells how that goes.
func (p *Page) installService() {
	if p.installing != nil {
		if p.installing.running {
			return
		}
		p.rows[0].drop(p.installing.content)
	}
	bar := widget.NewProgressBarInfinite()
	g := &progress{running: true, content: container.NewVBox(
		ui.NewMuted(lang.L("Installing the background service… The system may ask for your password.")),
		container.New(layout.NewCustomPaddedLayout(0, 8, look.Padding, 0), container.NewGridWrap(fyne.NewSize(260, 6), bar)))}
	p.installing = g
	p.rows[0].add(g.content)
	p.show()
	p.content.Refresh()
	p.context.Background(p.options.Install, func(err error) {
		bar.Stop()
		g.running = false
		g.content.Objects = p.installed(err)
		p.rows[0].fold()
		p.facts.examined = false // there may be a firewall rule now
		p.show()
		p.content.Refresh()
	})
}

// installed says how the installation ended.
func (p *Page) installed(err error) []fyne.CanvasObject {
	label := widget.NewLabel(lang.L("The background service is installed and listening. This window now shows what it receives."))
	label.Wrapping, label.Importance = fyne.TextWrapWord, widget.SuccessImportance
	if err == nil {
		return []fyne.CanvasObject{label}
	}
	if errors.Is(err, ErrCancelled) || errors.Is(err, context.Canceled) {
		label.Importance = widget.MediumImportance
		label.Text = lang.L("Cancelled; nothing was changed. To do the same in a terminal:")
	} else {
		label.Importance = widget.DangerImportance
		label.Text = lang.L("The background service could not be installed: {{.Error}}", map[string]any{"Error": ui.Cause(err)}) +
			"\n" + lang.L("To do the same in a terminal:")
	}
	return []fyne.CanvasObject{label, ui.Command(p.context, p.options.InstallCommand)}
}
