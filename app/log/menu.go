package log

import (
	"context"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/capture"
	"linklog/filter"
)

// menu is what can be done with a row.
func (p *Page) menu(i int, at fyne.Position) {
	ev := p.event(i)
	n := p.view.SelectedLen()
	items := []*fyne.MenuItem{fyne.NewMenuItem(lang.N("Copy line", n, map[string]any{"Count": n}), p.copy)}
	if ev.Kind == capture.Traffic {
		remote, device := ends(&ev)
		items = append(items,
			fyne.NewMenuItem(lang.L("Copy address"), func() { fyne.CurrentApp().Clipboard().SetContent(refOf(remote)) }),
			fyne.NewMenuItemSeparator(),
			fyne.NewMenuItem(lang.L("Only {{.Name}}", named(remote)), func() { p.also(term(remote)) }),
			fyne.NewMenuItem(lang.L("Not {{.Name}}", named(remote)), func() { p.also("!" + term(remote)) }),
			fyne.NewMenuItem(lang.L("Only {{.Name}}", named(device)), func() { p.also(term(device)) }),
			fyne.NewMenuItem(lang.L("Only port {{.Port}}", map[string]any{"Port": ev.Dst.Port}), func() { p.also(fmt.Sprintf("dport:%d", ev.Dst.Port)) }),
		)
		switch ev.Verdict {
		case capture.Allowed:
			items = append(items, fyne.NewMenuItem(lang.L("Only allowed"), func() { p.also("verdict:allowed") }))
		case capture.Blocked:
			items = append(items, fyne.NewMenuItem(lang.L("Only blocked"), func() { p.also("verdict:blocked") }))
		}
		items = append(items,
			fyne.NewMenuItemSeparator(),
			fyne.NewMenuItem(lang.L("Name {{.Name}}…", named(device)), func() { p.nameDevice(device) }),
			fyne.NewMenuItem(lang.L("Name {{.Name}}…", named(remote)), func() { p.nameHost(remote) }),
			fyne.NewMenuItem(lang.L("Ignore {{.Name}}", named(remote)), func() { p.ignore(remote) }),
		)
		if a := remote.Addr; a.IsValid() {
			items = append(items, fyne.NewMenuItem(lang.L("Who is {{.Name}}? (in the browser)", map[string]any{"Name": a.String()}), func() { p.c.Whois(a) }))
		}
	}
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), p.c.Window.Canvas(), at)
}

// only shows the attempts of a row's host.
func (p *Page) only(ev capture.Event) {
	if ev.Kind == capture.Traffic {
		remote, _ := ends(&ev)
		p.SetQuery(term(remote))
	}
}

// also adds a term to the filter that is shown.
func (p *Page) also(term string) { p.SetQuery(strings.TrimSpace(p.memory.query + " " + term)) }

func (p *Page) nameDevice(device *capture.Endpoint) {
	a := device.Addr
	if !a.IsValid() {
		return
	}
	p.c.AskName(lang.L("Name of {{.Device}}", map[string]any{"Device": a.String()}), lang.L("Shown everywhere instead of the address. Leave it empty to remove it."), device.Name,
		func(ctx context.Context, name string) error { return p.c.Client.SetDeviceLabel(ctx, a.String(), name) }, func() {})
}

func (p *Page) nameHost(host *capture.Endpoint) {
	ref := refOf(host)
	p.c.AskName(lang.L("Name of {{.Host}}", map[string]any{"Host": ref}), lang.L("Shown instead of the name in DNS. Leave it empty to remove it."), host.Name,
		func(ctx context.Context, name string) error { return p.c.Client.SetHostLabel(ctx, ref, name) }, func() {})
}

func (p *Page) ignore(host *capture.Endpoint) {
	p.c.Background(func(ctx context.Context) error {
		_, err := p.c.Client.Ignore(ctx, term(host))
		return err
	}, func(err error) {
		if err != nil {
			p.c.Fail(lang.L("The host could not be ignored"), err)
			return
		}
		p.c.Tell(lang.L("{{.Name}} is ignored. Manage ignored hosts on the Hosts page.", named(host)))
	})
}

// ends are both ends of an attempt: the one outside, and the device at home.
func ends(ev *capture.Event) (remote, device *capture.Endpoint) {
	if ev.Dir == capture.In {
		return &ev.Src, &ev.Dst
	}
	return &ev.Dst, &ev.Src
}

// term is a term of the search text for an end.
func term(end *capture.Endpoint) string { return filter.OfHost(end.Addr, end.Name).String() }

// named is the name of an end for a text.
func named(end *capture.Endpoint) map[string]any { return map[string]any{"Name": nameOf(end)} }

// nameOf is the name of an end, or its address if it has none.
func nameOf(end *capture.Endpoint) string {
	if end.Name == "" {
		return refOf(end)
	}
	return end.Name
}

// refOf is the address of an end, or its name if it has none: as the service knows it.
func refOf(end *capture.Endpoint) string {
	if end.Addr.IsValid() {
		return end.Addr.String()
	}
	return end.Name
}
