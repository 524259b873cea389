package log

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/log/search"
	"linklog/app/ui"
	"linklog/filter"
)

// filterForm is the form beside the log: a field for each part of the filter that
// the search text shows in one line. Each field says what is wrong with it when it
// is left, not while someone types.
type filterForm struct {
	page    *Page
	onSaved func()
	fields  map[string]*filterField
	only    *ui.Check
	choices []*choice
	count   *widget.Label
	content fyne.CanvasObject
	setting bool // the fields are being set: what they say is no wish
}

// filterField is an entry with its error below.
type filterField struct {
	*ui.Entry
	wrong *widget.Label
}

// choice is a field with few values, of which one is chosen.
type choice struct {
	*ui.Chips
	of     func(*filter.Filter) *string
	values []string // by chip; "": any
}

// choose offers the values of a part of the filter. Others stay as the search text has
// them: then none is chosen.
func (p *filterForm) choose(of func(*filter.Filter) *string, values []string, labels ...string) *choice {
	c := &choice{ui.NewChips(labels, func(int) { p.changed() }), of, values}
	c.Wraps = true
	p.choices = append(p.choices, c)
	return c
}

// shownFields are the fields of the form, in their order.
var shownFields = [...]string{"ip", "ip-source", "ip-dest", "host", "host-source", "host-dest", "port", "port-dest", "router", "text"}

func newFilterForm(page *Page, onSaved func()) *filterForm {
	p := &filterForm{page: page, onSaved: onSaved, fields: make(map[string]*filterField)}
	form := container.New(layout.NewCustomPaddedVBoxLayout(2),
		p.choose(func(f *filter.Filter) *string { return &f.Direction }, []string{"", "in", "out"}, lang.L("Both"), lang.L("In"), lang.L("Out")),
		p.choose(func(f *filter.Filter) *string { return &f.Protocol }, []string{"", "tcp", "udp"}, lang.L("Any"), "TCP", "UDP"),
		p.choose(func(f *filter.Filter) *string { return &f.Verdict }, []string{"", "allowed", "blocked", "unknown"}, lang.L("Any"), lang.L("Allowed"), lang.L("Blocked"), lang.L("Unknown")),
	)
	for _, name := range shownFields {
		f := &filterField{ui.NewEntry(), ui.NewWrong()}
		f.TextStyle = fyne.TextStyle{Monospace: true}
		f.OnLeft = func() { p.look(f) }
		f.OnSubmitted = func(string) { p.look(f) }
		p.fields[name] = f
		label := ui.NewMuted(lang.L(search.LabelOf(name)))
		label.Wrapping = fyne.TextWrapOff
		form.Add(label)
		form.Add(f.Entry)
		form.Add(f.wrong)
	}
	p.only = ui.NewCheck(lang.L("Only the first event with a host"), func(bool) { p.changed() })
	form.Add(p.only)
	p.count = widget.NewLabel("")
	p.count.Truncation = fyne.TextTruncateEllipsis // of large numbers the least important word goes
	clearAll := ui.NewButton(lang.L("Clear"), func() { page.SetQuery("") })
	save := ui.NewButton(lang.L("Save as…"), p.save)
	foot := container.NewVBox(p.count, container.NewHBox(clearAll, layout.NewSpacer(), save))
	p.content = ui.SidePanel(container.NewBorder(nil, nil, ui.Line(), nil,
		container.New(layout.NewCustomPaddedLayout(10, 10, 12, 12), container.NewBorder(nil, foot, nil, nil, container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 0, 0, 10), form))))))
	return p
}

// filter is what the form says; its error is a *filter.Error about a field.
func (p *filterForm) filter() (f filter.Filter, err error) {
	// What the form has no field for stays as the search text has it.
	if f, err = filter.Parse(p.page.memory.query); err != nil {
		f = filter.Filter{}
	}
	for _, c := range p.choices {
		if i := c.Chosen(); i >= 0 {
			*c.of(&f) = c.values[i]
		}
	}
	f.New = p.only.Checked
	for name, field := range p.fields {
		if err := f.Set(name, strings.TrimSpace(field.Text)); err != nil {
			return f, err
		}
	}
	_, err = f.Compile(p.page.c.Services, time.Now())
	return f, err
}

func (p *filterForm) changed() {
	if !p.setting {
		p.look(nil)
	}
}

// look applies the form, or says at its field what is wrong.
func (p *filterForm) look(left *filterField) {
	if p.setting {
		return
	}
	f, err := p.filter()
	for _, field := range p.fields {
		if field.wrong.Visible() {
			field.wrong.Hide()
		}
	}
	var wrong *filter.Error
	if errors.As(err, &wrong) {
		field := p.fields[wrong.Field]
		if field == nil {
			field = left
		}
		if field != nil {
			field.wrong.SetText(ui.Say(wrong.Reason))
			field.wrong.Show()
		}
		return
	}
	if text := f.String(); text != p.page.memory.query {
		p.page.SetQuery(text)
	}
}

// show sets the fields to a filter that came from elsewhere.
func (p *filterForm) show(f filter.Filter) {
	p.setting = true
	defer func() { p.setting = false }()
	for _, c := range p.choices {
		c.Set(slices.Index(c.values, strings.ToLower(*c.of(&f))))
	}
	p.only.SetChecked(f.New)
	for name, field := range p.fields {
		if text, _ := f.Get(name); field.Text != text {
			field.SetText(text)
		}
		field.wrong.Hide()
	}
}

// showCount says how many events match.
func (p *filterForm) showCount(matching, all int) {
	ui.SetText(p.count, lang.L("{{.Matching}} of {{.All}} events match", map[string]any{"Matching": ui.Number(uint64(matching)), "All": ui.Number(uint64(all))}))
}

// save keeps the filter under a name, in the place of another of that name.
func (p *filterForm) save() {
	c, query := p.page.c, p.page.memory.query
	if query == "" {
		c.Tell(lang.L("There is no filter to save."))
		return
	}
	c.AskName(lang.L("Save the filter"), "", "", func(_ context.Context, name string) error {
		if name == "" {
			return errors.New(lang.L("Enter a name."))
		}
		c.Prefs.SaveFilter(name, query)
		return nil
	}, p.onSaved)
}
