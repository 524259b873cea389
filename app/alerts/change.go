package alerts

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/filter"
	"linklog/service/api"
	"linklog/service/settings"
)

// when is when a rule tells, as the form has it.
type when struct {
	kind        int // of settings.WhenKind
	count, span string
}

// kindOf reads when a rule tells.
func kindOf(text string) when {
	words := strings.Fields(text)
	switch {
	case len(words) == 5 && words[0] == "more":
		return when{int(settings.MoreThan), words[2], words[4]}
	case len(words) == 3 && words[0] == "nothing":
		return when{int(settings.NothingFor), "20", words[2]}
	}
	var w settings.When
	_ = w.UnmarshalText([]byte(text)) // what is wrong is always, and the service says so
	return when{int(w.Kind), "20", "10m"}
}

// text is it as the settings have it.
func (w when) text() string {
	switch settings.WhenKind(w.kind) {
	case settings.MoreThan:
		return "more than " + strings.TrimSpace(w.count) + " in " + strings.TrimSpace(w.span)
	case settings.NothingFor:
		return "nothing for " + strings.TrimSpace(w.span)
	}
	return settings.When{Kind: settings.WhenKind(w.kind)}.String()
}

// change changes the text of the settings, as they are now, in the background.
func (p *Page) change(doing string, with func(ctx context.Context, text string, s *settings.Settings) (string, error), done func(error)) {
	var before, after string
	p.c.Background(func(ctx context.Context) (err error) {
		if before, _, err = p.c.Client.Settings(ctx); err != nil {
			return err
		}
		s, err := settings.Parse([]byte(before))
		if err != nil {
			return err
		}
		if after, err = with(ctx, before, &s); err != nil {
			return err
		}
		_, err = p.c.Client.SetSettings(ctx, after)
		return err
	}, func(err error) {
		if err == nil {
			p.before, p.after = before, after
			p.refresh.Now()
		}
		switch {
		case done != nil:
			done(err)
		case err != nil:
			p.c.Fail(doing, err)
		}
	})
}

// indexOf is the number of a rule's section; behind all others if it has none.
func indexOf(s *settings.Settings, r *api.Rule) int {
	for i, x := range s.Rules {
		if x.Builtin == r.Builtin && x.Name == r.Name {
			return i
		}
	}
	return len(s.Rules)
}

// turnRule switches a rule on or off.
func (p *Page) turnRule(r *api.Rule) {
	p.hideUndo()
	p.change(lang.L("Switch the rule"), func(_ context.Context, text string, s *settings.Settings) (string, error) {
		off := ""
		if r.On {
			off = "true"
		}
		return settings.SetIn(text, "rule", indexOf(s, r), "builtin", settings.Quoted(r.Builtin), "off", off), nil
	}, nil)
}

// removeRule takes a rule out of the settings; that can be undone.
func (p *Page) removeRule(r *api.Rule) {
	p.change(lang.L("Remove the rule"), func(_ context.Context, text string, s *settings.Settings) (string, error) {
		return settings.RemoveSection(text, "rule", indexOf(s, r)), nil
	}, func(err error) {
		if err != nil {
			p.c.Fail(lang.L("Remove the rule"), err)
			return
		}
		p.undo.Show()
		p.c.Tell(lang.L("{{.Rule}} was removed.", map[string]any{"Rule": r.Name}))
		p.content.Refresh()
	})
}

// putBack undoes the last removal, unless the settings were changed since.
func (p *Page) putBack() {
	before, after := p.before, p.after
	p.change(lang.L("Undo"), func(_ context.Context, text string, _ *settings.Settings) (string, error) {
		if text != after {
			return "", errors.New(lang.L("The settings were changed meanwhile."))
		}
		return before, nil
	}, nil)
	p.hideUndo()
}

func (p *Page) hideUndo() {
	if p.undo.Visible() {
		p.undo.Hide()
		p.content.Refresh()
	}
}

// form is the dialog of a rule.
type form struct {
	p                                *Page
	of                               *api.Rule // nil: a new one
	name, filter, count, span, quiet *ui.Entry
	hours                            *ui.Entry
	kinds                            []string
	kind, does                       *ui.Select
	telling, leaving                 []fyne.CanvasObject // what a rule has that tells, and one by which nothing is recorded
	meanwhile                        *ui.Check
	outlets                          []*ui.Check
	names                            []string // of the outlets
	numbers                          *fyne.Container
	trial, wrong                     *widget.Label
	box                              *fyne.Container
	save, try                        *ui.Button
	dialog                           *ui.Dialog
}

// editRule shows a rule in a form; nil: a new one.
func (p *Page) editRule(r *api.Rule) {
	if !p.is.admin {
		return
	}
	f := &form{p: p, of: r, trial: ui.NewMuted(""), wrong: ui.NewWrong()}
	f.kinds = []string{
		lang.L("always"), lang.L("first for this host"), lang.L("first for this device and host"), lang.L("first for this device and owner"),
		lang.L("more than a number in a time"), lang.L("nothing for a time"),
	}
	f.name, f.filter, f.count, f.span, f.quiet, f.hours = ui.NewEntry(), ui.NewEntry(), ui.NewEntry(), ui.NewEntry(), ui.NewEntry(), ui.NewEntry()
	f.filter.TextStyle.Monospace = true
	f.filter.SetPlaceHolder("dst:192.168.1.20 dir:in verdict:allowed")
	f.quiet.SetPlaceHolder("22:00-07:00")
	f.hours.SetPlaceHolder(lang.L("20:00-06:00; empty: always"))
	f.numbers = container.NewHBox()
	f.kind = ui.NewSelect(f.kinds, func(string) { f.choose() })
	f.meanwhile = ui.NewCheck(lang.L("Alerts of the quiet hours come afterwards, together"), nil)
	rule := api.Rule{When: "always"}
	if r != nil {
		rule = *r
	}
	w := kindOf(rule.When)
	f.name.SetText(rule.Name)
	f.filter.SetText(rule.Filter)
	f.count.SetText(w.count)
	f.span.SetText(w.span)
	f.quiet.SetText(rule.Quiet)
	f.hours.SetText(rule.Hours)
	f.meanwhile.SetChecked(rule.Meanwhile != settings.Drop)
	where := container.NewHBox()
	f.names = []string{settings.Desktop, settings.Program}
	for _, o := range p.is.outlets {
		f.names = append(f.names, o.Name)
	}
	for _, name := range f.names {
		label := name
		switch name {
		case settings.Desktop:
			label = lang.L("Desktop")
		case settings.Program:
			label = lang.L("Program")
		}
		check := ui.NewCheck(label, nil)
		check.SetChecked(len(rule.Outlets) == 0 || slices.Contains(rule.Outlets, name))
		f.outlets = append(f.outlets, check)
		where.Add(check)
	}
	f.box = container.NewVBox()
	f.telling = []fyne.CanvasObject{labelled(lang.L("Where to"), container.NewHScroll(where)), labelled(lang.L("Quiet hours"), f.quiet), f.meanwhile}
	if rule.Builtin == "" {
		f.does = ui.NewSelect([]string{lang.L("Tell me"), lang.L("Do not record")}, func(string) { f.choose() })
		f.telling = append([]fyne.CanvasObject{labelled(lang.L("When"), f.kind), f.numbers}, f.telling...)
		f.leaving = []fyne.CanvasObject{labelled(lang.L("Hours"), f.hours),
			ui.NewMuted(lang.L("From then on, connections that match are only counted, and kept nowhere. “Forget…” removes those that are there already."))}
		f.box.Add(labelled(lang.L("Name"), f.name))
		f.box.Add(labelled(lang.L("Filter"), f.filter))
		f.box.Add(labelled(lang.L("What it does"), f.does))
	} else {
		f.box.Add(widget.NewLabelWithStyle(nameOf(&rule), fyne.TextAlignLeading, fyne.TextStyle{Bold: true}))
	}
	for _, o := range slices.Concat(f.telling, f.leaving) {
		f.box.Add(o)
	}
	f.box.Add(f.trial)
	f.box.Add(f.wrong)
	title := lang.L("Change the rule")
	if r == nil {
		title = lang.L("New rule")
	}
	cancel := ui.NewButton(lang.L("Cancel"), nil)
	f.try = ui.NewButton(lang.L("How often?"), f.tryOut)
	f.save = ui.NewPrimaryButton(lang.L("Save"), f.keep)
	buttons := []fyne.CanvasObject{cancel, f.try, f.save}
	if rule.Builtin != "" {
		buttons = []fyne.CanvasObject{cancel, f.save}
	}
	f.dialog = ui.NewDialog(p.c.Window, title, container.NewVScroll(f.box), fyne.NewSize(560, 470), buttons...)
	cancel.OnTapped = f.dialog.Hide
	first := f.quiet
	if rule.Builtin == "" {
		first = f.name
	}
	for _, e := range []*ui.Entry{f.name, f.filter, f.count, f.span, f.quiet, f.hours} {
		e.OnEscape = f.dialog.Hide
		e.OnSubmitted = func(string) { f.keep() }
		e.OnChanged = func(string) { ui.SetText(f.trial, ""); ui.SetWrong(f.wrong, "", f.box) }
	}
	f.kind.SetSelectedIndex(w.kind)
	if f.does != nil {
		f.does.SetSelectedIndex(map[bool]int{true: 1}[rule.DoNotRecord])
	}
	f.dialog.Show(first)
}

func labelled(label string, control fyne.CanvasObject) fyne.CanvasObject {
	l := widget.NewLabel(label)
	return container.NewBorder(nil, nil, ui.AtLeast(120, l), nil, control)
}

// leavesOut reports whether the rule is to be one by which nothing is recorded.
func (f *form) leavesOut() bool { return f.does != nil && f.does.SelectedIndex() == 1 }

// choose shows what the chosen way to tell needs.
func (f *form) choose() {
	for _, o := range f.telling {
		ui.SetVisible(o, !f.leavesOut())
	}
	for _, o := range f.leaving {
		ui.SetVisible(o, f.leavesOut())
	}
	if f.try != nil {
		f.try.SetText(lang.L("How often?"))
		if f.leavesOut() {
			f.try.SetText(lang.L("How many?"))
		}
	}
	f.numbers.RemoveAll()
	switch settings.WhenKind(f.kind.SelectedIndex()) {
	case settings.MoreThan:
		f.numbers.Objects = []fyne.CanvasObject{ui.AtLeast(120, widget.NewLabel("")), widget.NewLabel(lang.L("More than")), ui.AtLeast(80, f.count), widget.NewLabel(lang.L("within")), ui.AtLeast(80, f.span)}
	case settings.NothingFor:
		f.numbers.Objects = []fyne.CanvasObject{ui.AtLeast(120, widget.NewLabel("")), widget.NewLabel(lang.L("Nothing for")), ui.AtLeast(80, f.span)}
	}
	ui.SetText(f.trial, "")
	f.box.Refresh()
}

// rule is what the form says.
func (f *form) rule() api.Rule {
	r := api.Rule{On: true}
	if f.of != nil {
		r.Builtin, r.On = f.of.Builtin, f.of.On
	}
	if r.Builtin == "" {
		r.Name, r.Filter = strings.TrimSpace(f.name.Text), strings.TrimSpace(f.filter.Text)
		if f.leavesOut() {
			r.DoNotRecord, r.Hours = true, strings.TrimSpace(f.hours.Text)
			return r
		}
		r.When = when{f.kind.SelectedIndex(), f.count.Text, f.span.Text}.text()
	}
	r.Quiet = strings.TrimSpace(f.quiet.Text)
	if r.Quiet != "" && !f.meanwhile.Checked {
		r.Meanwhile = settings.Drop
	}
	for i, check := range f.outlets {
		if check.Checked {
			r.Outlets = append(r.Outlets, f.names[i])
		}
	}
	if len(r.Outlets) == len(f.names) {
		r.Outlets = nil // everywhere, also where there will be more
	}
	return r
}

// fails says what is wrong with the rule.
func (f *form) fails(err error) {
	ui.SetWrong(f.wrong, why(err), f.box)
}

// tryOut says how often the rule would have told.
func (f *form) tryOut() {
	r := f.rule()
	if _, err := filter.Parse(r.Filter); err != nil {
		f.fails(err)
		return
	}
	f.try.Disable()
	f.trial.SetText(lang.L("Looking through the last 7 days…"))
	var t api.Trial
	f.p.c.Background(func(ctx context.Context) (err error) {
		t, err = f.p.c.Client.TryRule(ctx, r)
		return err
	}, func(err error) {
		f.try.Enable()
		ui.SetText(f.trial, "")
		if err != nil {
			f.fails(err)
			return
		}
		values := map[string]any{"Count": ui.Number(t.Told), "Events": ui.Number(t.Matches)}
		if r.DoNotRecord {
			f.trial.SetText(leftOut(&t))
			f.box.Refresh()
			return
		}
		text := lang.N("It would have told {{.Count}} times in the last 7 days, of {{.Events}} events.", int(t.Told), values)
		if !t.Whole {
			text = lang.L("It would have told {{.Count}} times or more in the last 7 days.", values)
		}
		f.trial.SetText(text)
		f.box.Refresh()
	})
}

// leftOut says how much a rule would have kept from being recorded.
func leftOut(t *api.Trial) string {
	values := map[string]any{"Count": ui.Number(t.Matches)}
	if !t.Whole {
		return lang.L("Of the last 7 days, {{.Count}} connections or more would not have been recorded.", values)
	}
	return lang.N("Of the last 7 days, {{.Count}} connections would not have been recorded.", int(t.Matches), values)
}

// keep writes the rule into the settings.
func (f *form) keep() {
	r := f.rule()
	if !r.DoNotRecord && len(r.Outlets) == 0 && !slices.ContainsFunc(f.outlets, func(c *ui.Check) bool { return c.Checked }) {
		ui.SetWrong(f.wrong, lang.L("Choose at least one place the alerts go to, or switch the rule off."), f.box)
		return
	}
	f.p.hideUndo()
	f.save.Disable()
	f.p.change("", func(_ context.Context, text string, s *settings.Settings) (string, error) {
		at := len(s.Rules)
		if f.of != nil {
			at = indexOf(s, f.of)
		}
		values := []string{"outlets", settings.QuotedList(r.Outlets), "quiet", settings.Quoted(r.Quiet), "meanwhile", settings.Quoted(r.Meanwhile)}
		if r.Builtin != "" {
			off := ""
			if !r.On {
				off = "true"
			}
			values = append([]string{"builtin", settings.Quoted(r.Builtin), "off", off}, values...)
		} else {
			record := ""
			if r.DoNotRecord {
				record = "false"
			}
			values = append([]string{"name", settings.Quoted(r.Name), "filter", settings.Quoted(r.Filter), "record", record, "hours", settings.Quoted(r.Hours), "when", settings.Quoted(r.When)}, values...)
		}
		return settings.SetIn(text, "rule", at, values...), nil
	}, func(err error) {
		f.save.Enable()
		if err != nil {
			f.fails(err)
			return
		}
		f.dialog.Hide()
		f.p.c.Tell(lang.L("Saved."))
	})
}

// newTopic is a topic of ntfy that nobody guesses.
func newTopic() string { return "linklog-" + strings.ToLower(rand.Text()[:16]) }
