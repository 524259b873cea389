package log

import (
	"cmp"
	"context"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/log/search"
	"linklog/capture"
	"linklog/filter"
)

// menu is what can be done with a row; cell is the text that the pointer was on.
func (p *Page) menu(i int, cell string, at fyne.Position) {
	ev, here := p.event(i)
	if !here {
		return
	}
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", p.actions(&ev, cell)...), p.c.Window.Canvas(), at)
}

// actions are the items of the menu for an event.
func (p *Page) actions(ev *capture.Event, cell string) []*fyne.MenuItem {
	item := fyne.NewMenuItem
	copyText := func(text string) func() { return func() { fyne.CurrentApp().Clipboard().SetContent(text) } }
	n := max(p.view.SelectedLen(), 1)
	items := []*fyne.MenuItem{item(lang.N("Copy line", n, map[string]any{"Count": n}), p.copy)}
	if cell != "" {
		items = append(items, item(lang.L("Copy cell"), copyText(cell)))
	}
	remote, device := ends(ev)
	attempt := ev.Kind == capture.Traffic
	if attempt {
		items = append(items, item(lang.L("Copy address"), copyText(refOf(remote))))
	}
	if attempt && remote.Name != "" {
		items = append(items, item(lang.L("Copy name"), copyText(remote.Name)))
	}
	if has := p.bookmarks.has(ev); has {
		items = append(items, item(lang.L("Remove the bookmark"), func() { p.bookmarks.set(ev, false) }))
	} else {
		items = append(items, item(lang.L("Bookmark"), func() { p.bookmarks.set(ev, true) }))
	}
	if !attempt {
		return items
	}
	items = append(items, p.groupItem())
	narrow := func(label, term string) {
		items = append(items, item(label, func() { p.also(term) }))
	}
	port, dport := map[string]any{"Port": ev.Dst.Port}, fmt.Sprintf("dport:%d", ev.Dst.Port)
	items = append(items, fyne.NewMenuItemSeparator())
	narrow(lang.L("Only {{.Name}}", named(remote)), term(remote))
	narrow(lang.L("Only {{.Name}}", named(device)), term(device))
	ports := ev.Src.Port != 0 || ev.Dst.Port != 0 // a ping has none
	if ports {
		narrow(lang.L("Only port {{.Port}}", port), dport)
	}
	switch ev.Verdict {
	case capture.Allowed:
		narrow(lang.L("Only allowed"), "verdict:allowed")
	case capture.Blocked:
		narrow(lang.L("Only blocked"), "verdict:blocked")
	}
	items = append(items, fyne.NewMenuItemSeparator())
	narrow(lang.L("Not {{.Name}}", named(remote)), "!"+term(remote))
	narrow(lang.L("Not {{.Name}}", named(device)), "!"+term(device))
	if ports {
		narrow(lang.L("Not port {{.Port}}", port), "!"+dport)
	}
	items = append(items,
		fyne.NewMenuItemSeparator(),
		item(lang.L("All about {{.Name}}", named(remote)), func() { p.c.OpenHost(refOf(remote)) }),
		item(lang.L("All about {{.Name}}", named(device)), func() { p.c.OpenDevice(deviceRef(device)) }),
		item(lang.L("Show in Hosts"), func() { p.c.ShowHost(refOf(remote)) }),
		item(lang.L("Rename {{.Name}}…", named(device)), func() { p.nameDevice(device) }),
		item(lang.L("Rename {{.Name}}…", named(remote)), func() { p.nameHost(remote) }),
		item(lang.L("Ignore {{.Name}}", named(remote)), func() { p.ignore(remote) }),
	)
	if a := remote.Addr; a.IsValid() {
		items = append(items, item(lang.L("Look up {{.Name}}…", map[string]any{"Name": a.String()}), func() { p.c.Whois(a) }))
	}
	return items
}

// groupItem is the switch for groups.
func (p *Page) groupItem() *fyne.MenuItem {
	item := fyne.NewMenuItem(lang.L("Group repeats"), p.ToggleGroups)
	item.Checked = p.c.Prefs.Get().Grouped
	return item
}

// only shows the attempts of a row's host.
func (p *Page) only(ev capture.Event) {
	if ev.Kind == capture.Traffic {
		remote, _ := ends(&ev)
		p.SetQuery(term(remote))
	}
}

// also narrows what is shown by a term.
func (p *Page) also(term string) { p.SetQuery(search.Narrow(p.memory.query, term)) }

func (p *Page) nameDevice(device *capture.Endpoint) {
	a := device.Addr
	if !a.IsValid() {
		return
	}
	p.c.AskName(lang.L("Name of {{.Device}}", map[string]any{"Device": a.String()}), lang.L("Shown everywhere instead of the address. Leave it empty to remove it."), device.Name,
		func(ctx context.Context, name string) error {
			return p.c.Client.SetDeviceLabel(ctx, deviceRef(device), name)
		}, func() {})
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
func term(end *capture.Endpoint) string {
	return filter.OfDevice(end.MAC.String(), end.Addr, end.Name).String()
}

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

// deviceRef is by which the service knows the device of an end.
func deviceRef(end *capture.Endpoint) string { return cmp.Or(end.MAC.String(), refOf(end)) }
