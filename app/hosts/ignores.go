package hosts

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/filter"
	"linklog/service/api"
)

// ignores is the window of the ignore list.
type ignores struct {
	p       *Page
	list    *fyne.Container
	entry   *ui.Entry
	wrong   *widget.Label
	changed bool
}

// editIgnores shows the ignore list; why tells what for, or is "".
func (p *Page) editIgnores(why string) *ignores {
	g := &ignores{p: p, list: container.NewVBox(), entry: ui.NewEntry(), wrong: ui.NewWrong()}
	g.entry.TextStyle.Monospace = true
	g.entry.SetPlaceHolder("host:*.example.com dport:443")
	g.entry.OnChanged = func(string) { g.wrong.Hide() }
	g.entry.OnSubmitted = func(string) { g.add() }
	add := ui.NewButton(lang.L("Add"), g.add)
	top := container.NewVBox(ui.NewMuted(lang.L("New hosts that match a rule are recorded, without an alert. Rules are written like searches.")))
	if why != "" {
		top.Add(widget.NewLabelWithStyle(why, fyne.TextAlignLeading, fyne.TextStyle{Bold: true}))
	}
	top.Add(ui.Border(nil, nil, nil, add, g.entry))
	top.Add(g.wrong)
	top.Add(ui.Line())
	done := ui.NewButton(lang.L("Close"), nil)
	d := ui.NewDialog(p.c.Window, lang.L("Ignore list"), ui.Border(top, nil, nil, nil, container.NewVScroll(g.list)), fyne.NewSize(540, 440), done)
	done.OnTapped, g.entry.OnEscape = d.Hide, d.Hide
	d.OnClosed = func() {
		if g.changed {
			p.refresh.Now()
		}
	}
	d.Show(g.entry)
	g.load()
	return g
}

func (g *ignores) load() {
	var rules []api.IgnoreRule
	g.p.c.Background(func(ctx context.Context) (err error) {
		rules, err = g.p.c.Client.Ignores(ctx)
		return err
	}, func(err error) {
		if err != nil {
			g.fail(err)
			return
		}
		g.show(rules)
	})
}

func (g *ignores) show(rules []api.IgnoreRule) {
	g.list.RemoveAll()
	for _, r := range rules {
		text := widget.NewLabelWithStyle(r.Filter, fyne.TextAlignLeading, fyne.TextStyle{Monospace: true})
		text.Wrapping = fyne.TextWrapBreak
		var right fyne.CanvasObject
		if r.Settings {
			note := ui.NewMuted(lang.L("from the settings file"))
			note.Wrapping = fyne.TextWrapOff
			right = note
		} else {
			right = ui.NewIconButton(lang.L("Remove"), theme.DeleteIcon(), func() { g.remove(r.Filter) })
		}
		g.list.Add(container.NewBorder(nil, nil, nil, right, text))
		if r.Error != "" {
			why := widget.NewLabel(lang.L("No longer valid: {{.Error}}", map[string]any{"Error": r.Error}))
			why.Importance, why.Wrapping = widget.DangerImportance, fyne.TextWrapWord
			g.list.Add(why)
		}
	}
	if len(rules) == 0 {
		g.list.Add(ui.NewMuted(lang.L("There are no rules.")))
	}
	g.list.Refresh()
}

// add adds what is in the field.
func (g *ignores) add() {
	text := strings.TrimSpace(g.entry.Text)
	if text == "" {
		return
	}
	// What is wrong with how it is written is said without the service's words.
	if _, err := filter.Parse(text); err != nil {
		g.fail(err)
		return
	}
	g.p.c.Background(func(ctx context.Context) error {
		_, err := g.p.c.Client.Ignore(ctx, text)
		return err
	}, func(err error) {
		if err != nil {
			g.fail(err)
			return
		}
		g.changed = true
		g.entry.SetText("")
		g.load()
	})
}

func (g *ignores) remove(rule string) {
	g.p.c.Background(func(ctx context.Context) error {
		_, err := g.p.c.Client.Unignore(ctx, rule)
		return err
	}, func(err error) {
		if err != nil {
			g.fail(err)
			return
		}
		g.changed = true
		g.load()
	})
}

func (g *ignores) fail(err error) {
	g.wrong.SetText(ui.Cause(err))
	g.wrong.Show()
}
