package hosts

import (
	"context"
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/service/api"
)

func (p *Page) showLog(h *api.Host) { p.c.ShowLog(filterOf(h)) }

// menu is what can be done with a host.
func (p *Page) menu(row *api.Host, at fyne.Position) {
	h := *row
	ignore := fyne.NewMenuItem(lang.L("Ignore this host"), func() { p.ignore(&h) })
	if h.Ignored {
		ignore = fyne.NewMenuItem(lang.L("Stop ignoring it"), func() { p.unignore(&h) })
	}
	who := fyne.NewMenuItem(lang.L("Look up {{.Name}}…", map[string]any{"Name": h.Ref}), func() { p.c.Whois(h.Addr) })
	who.Disabled = !h.Addr.IsValid()
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("",
		fyne.NewMenuItem(lang.L("All about it"), func() { p.c.OpenHost(h.Ref) }),
		fyne.NewMenuItem(lang.L("Show in the log"), func() { p.showLog(&h) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Rename…"), func() { p.name(&h) }),
		ignore, who,
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Copy address"), func() { p.copy(&h) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Forget…"), func() { p.c.Forget(title(&h), filterOf(&h)) }),
	), p.c.Window.Canvas(), at)
}

func (p *Page) copy(h *api.Host) {
	fyne.CurrentApp().Clipboard().SetContent(h.Ref)
	p.c.Tell(lang.L("{{.Text}} copied", map[string]any{"Text": h.Ref}))
}

// name asks for a name of the user's own.
func (p *Page) name(h *api.Host) {
	ref := h.Ref
	p.c.AskName(lang.L("Name of {{.Host}}", map[string]any{"Host": ref}), lang.L("Shown instead of the name in DNS. Leave it empty to remove it."), h.Label,
		func(ctx context.Context, name string) error { return p.c.Client.SetHostLabel(ctx, ref, name) }, p.refresh.Now)
}

func (p *Page) ignore(h *api.Host) {
	rule := filterOf(h)
	p.c.Background(func(ctx context.Context) error {
		_, err := p.c.Client.Ignore(ctx, rule)
		return err
	}, func(err error) {
		if err != nil {
			p.c.Fail(lang.L("Ignore a host"), err)
			return
		}
		p.refresh.Now()
	})
}

// unignore takes away the rule that is for this host alone. If it is a different one
// that ignores it, the list is shown.
func (p *Page) unignore(h *api.Host) {
	rule, title, ref := filterOf(h), title(h), h.Ref
	still := false
	p.c.Background(func(ctx context.Context) error {
		rules, err := p.c.Client.Ignores(ctx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(rules, func(r api.IgnoreRule) bool { return r.Filter == rule && !r.Settings }) {
			if _, err := p.c.Client.Unignore(ctx, rule); err != nil {
				return err
			}
		}
		now, known, err := p.c.Client.Host(ctx, ref)
		if err != nil {
			return fmt.Errorf("see whether it is ignored still: %w", err)
		}
		still = known && now.Ignored
		return nil
	}, func(err error) {
		if err != nil {
			p.c.Fail(lang.L("Stop ignoring a host"), err)
			return
		}
		p.refresh.Now()
		if still {
			p.editIgnores(lang.L("{{.Host}} is ignored by one of these rules.", map[string]any{"Host": title}))
		}
	})
}
