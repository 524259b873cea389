package hosts

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/service/api"
)

// detail shows below the list what is known of the host that is selected.
type detail struct {
	p     *Page
	host  api.Host
	asked int // counts questions: an answer to an older one is dropped
	names []api.NameSeen

	title, address *ui.Themed
	story          *widget.Label
	seen           *widget.Label
	ports          *widget.Label
	ignore         *ui.Button
	content        *ui.Panel
}

func newDetail(p *Page) *detail {
	d := &detail{p: p}
	d.title, d.address = ui.NewHead("", 14).Cutting(), ui.NewAddress()
	d.story, d.seen, d.ports = ui.NewMuted(""), ui.NewMuted(""), ui.NewMuted("")
	log := ui.NewButton(lang.L("Show in the log"), func() { p.showLog(&d.host) })
	name := ui.NewButton(lang.L("Rename…"), func() { p.name(&d.host) })
	d.ignore = ui.NewButton("", func() {
		if d.host.Ignored {
			p.unignore(&d.host)
		} else {
			p.ignore(&d.host)
		}
	})
	all := ui.NewButton(lang.L("All about it"), func() { p.c.OpenHost(d.host.Ref) })
	head := container.New(layout.NewCustomPaddedLayout(8, 2, inset(), inset()), container.NewVBox(d.title, d.address))
	left := container.New(layout.NewCustomPaddedVBoxLayout(0), head, d.story)
	buttons := container.New(layout.NewCustomPaddedLayout(8, 8, 4, 12), container.NewVBox(all, log, name, d.ignore))
	columns := container.New(layout.NewCustomPaddedLayout(0, 0, 12, 4), ui.Spread(fyne.NewSize(200, 128), 170,
		ui.Column{CanvasObject: left, Part: 0.36}, ui.Column{CanvasObject: d.seen, Part: 0.34}, ui.Column{CanvasObject: d.ports, Part: 0.30}))
	d.content = ui.SidePanel(ui.Border(ui.Line(), nil, nil, buttons, columns))
	d.content.Hide()
	return d
}

func (d *detail) clear() {
	d.asked++
	d.host = api.Host{}
	d.p.reveal(d.content, false)
}

// show describes a host. What names it had is asked for when it is a different one.
func (d *detail) show(h *api.Host) {
	other := h.Ref != d.host.Ref
	d.host = *h
	if other {
		d.names = nil
		d.ask()
	}
	d.title.SetText(title(h))
	address := ""
	if h.Addr.IsValid() && h.Name != "" {
		address = h.Addr.String()
	}
	d.address.SetText(address)
	d.story.SetText(story(h, time.Now()))
	d.ports.SetText(contacts(h))
	d.showNames()
	d.ignore.SetText(lang.L("Ignore"))
	if h.Ignored {
		d.ignore.SetText(lang.L("Stop ignoring"))
	}
	if !d.content.Visible() {
		d.p.reveal(d.content, true)
		d.p.grid.Reveal() // the list is lower now
	}
}

// cut keeps a title from making the window wider.
func cut(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return s
}

// ask asks for all names that DNS ever gave to the address.
func (d *detail) ask() {
	d.asked++
	ask, a := d.asked, d.host.Addr
	if !a.IsValid() {
		return
	}
	var names []api.NameSeen
	d.p.c.Background(func(ctx context.Context) (err error) {
		names, err = d.p.c.Client.NamesSeen(ctx, a)
		return err
	}, func(err error) {
		if ask != d.asked {
			return
		}
		if err != nil {
			d.seen.SetText(ui.Cause(err))
			return
		}
		d.names = names
		d.showNames()
	})
}

func (d *detail) showNames() {
	var b strings.Builder
	now := time.Now()
	h := &d.host
	if h.Label != "" {
		fmt.Fprintln(&b, lang.L("Your name for it: {{.Name}}", map[string]any{"Name": h.Label}))
	}
	if h.Router != "" {
		fmt.Fprintln(&b, lang.L("From the router: {{.Name}}", map[string]any{"Name": h.Router}))
	}
	for _, n := range d.names {
		fmt.Fprintln(&b, lang.L("DNS: {{.Name}}, {{.First}} to {{.Last}}", map[string]any{"Name": n.Name, "First": ui.Day(n.First.In(now.Location()), now), "Last": ui.Last(n.Last, now)}))
	}
	if len(d.names) == 0 && h.DNS != "" {
		fmt.Fprintln(&b, lang.L("DNS: {{.Name}}", map[string]any{"Name": h.DNS}))
	}
	if h.Asked != "" {
		fmt.Fprintln(&b, lang.L("Last asked for as: {{.Name}}", map[string]any{"Name": h.Asked}))
	}
	if b.Len() == 0 {
		b.WriteString(lang.L("No name is known."))
	}
	d.seen.SetText(strings.TrimSpace(b.String()))
}

// story says when and how often.
func story(h *api.Host, now time.Time) string {
	values := map[string]any{
		"First": ui.Since(h.First, now), "Last": ui.Last(h.Last, now), "In": ui.Number(h.In), "Out": ui.Number(h.Out),
		"Allowed": ui.Number(h.Allowed), "Blocked": ui.Number(h.Blocked),
	}
	text := lang.L("First seen {{.First}}, last {{.Last}}.", values) + "\n" + lang.L("Attempts: {{.In}} in, {{.Out}} out.", values)
	switch {
	case h.Blocked > 0 && h.Blocked == h.In+h.Out:
		text += "\n" + lang.L("The router blocked all of them.")
	case hasVerdict(h):
		text += "\n" + lang.L("The router allowed {{.Allowed}} and blocked {{.Blocked}}.", values)
	}
	return text
}

// contacts lists ports and devices.
func contacts(h *api.Host) string {
	var b strings.Builder
	for _, p := range h.Ports {
		dir := lang.L("out")
		if p.Direction == "in" {
			dir = lang.L("in")
		}
		name := p.Protocol
		if p.Port != 0 {
			name = strings.TrimSpace(fmt.Sprintf("%s %d %s", p.Protocol, p.Port, p.Service))
		}
		fmt.Fprintf(&b, "%s %s: %s\n", dir, name, ui.Number(p.Count))
	}
	if h.OtherPorts > 0 {
		fmt.Fprintln(&b, lang.L("other ports: {{.Count}}", map[string]any{"Count": ui.Number(h.OtherPorts)}))
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	for i := range h.Devices {
		fmt.Fprintf(&b, "%s: %s\n", h.Devices[i].Called(), ui.Number(h.Devices[i].Count))
	}
	return strings.TrimSpace(b.String())
}
