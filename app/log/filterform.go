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
	why     *widget.Label // what is wrong, in full
	whyRoom *container.Scroll
	content fyne.CanvasObject
	setting bool // the fields are being set: what they say is no wish
}

// filterField is an entry with its label above, where it is said if something is wrong: an error
// moves nothing.
type filterField struct {
	*ui.Entry
	name  string // of the filter's field
	label *widget.Label
	wrong string // why it is wrong; "": it is not
}

// tell shows why the field is wrong, and marks it; nil: it is not.
func (f *filterField) tell(err error) {
	text, importance := labelOf(f.name), widget.LowImportance
	f.wrong = ""
	var wrong *filter.Error
	switch {
	case errors.As(err, &wrong):
		f.wrong = ui.Say(wrong.Reason)
	case err != nil:
		f.wrong = ui.Cause(err)
	}
	if f.wrong != "" {
		text, importance = text+": "+f.wrong, widget.DangerImportance
	}
	f.Mark(err)
	if f.label.Text != text {
		f.label.Importance = importance
		f.label.SetText(text)
	}
}

// labelOf is what a field is called.
func labelOf(name string) string { return lang.L(search.LabelOf(name)) }

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
var shownFields = [...]string{"ip", "ip-source", "ip-dest", "host", "host-source", "host-dest", "port", "port-dest", "bytes", "router", "text"}

func newFilterForm(page *Page, onSaved func()) *filterForm {
	p := &filterForm{page: page, onSaved: onSaved, fields: make(map[string]*filterField)}
	form := container.New(layout.NewCustomPaddedVBoxLayout(2),
		p.choose(func(f *filter.Filter) *string { return &f.Direction }, []string{"", "in", "out"}, lang.L("Both"), lang.L("In"), lang.L("Out")),
		p.choose(func(f *filter.Filter) *string { return &f.Protocol }, []string{"", "tcp", "udp"}, lang.L("Any"), "TCP", "UDP"),
		p.choose(func(f *filter.Filter) *string { return &f.Verdict }, []string{"", "allowed", "blocked", "unknown"}, lang.L("Any"), lang.L("Allowed"), lang.L("Blocked"), lang.L("Unknown")),
	)
	for _, name := range shownFields {
		f := &filterField{Entry: ui.NewEntry(), name: name, label: ui.NewMuted(labelOf(name))}
		f.TextStyle = fyne.TextStyle{Monospace: true}
		f.OnLeft = p.look
		f.OnSubmitted = func(string) { p.look() }
		p.fields[name] = f
		f.label.Wrapping, f.label.Truncation = fyne.TextWrapOff, fyne.TextTruncateEllipsis
		form.Add(f.label)
		form.Add(f.Entry)
	}
	p.why = widget.NewLabel("")
	p.why.Importance, p.why.Wrapping = widget.DangerImportance, fyne.TextWrapWord
	p.only = ui.NewCheck(lang.L("First contact only"), func(bool) { p.changed() })
	form.Add(p.only)
	p.count = widget.NewLabel("")
	p.count.Truncation = fyne.TextTruncateEllipsis // of large numbers the least important word goes
	clearAll := ui.NewButton(lang.L("Clear"), func() { page.SetQuery("") })
	save := ui.NewButton(lang.L("Save as…"), p.save)
	why := container.NewVScroll(p.why) // what does not fit above a field
	why.SetMinSize(fyne.NewSize(0, whyHeight))
	p.whyRoom = why
	p.whyRoom.Hide()
	foot := container.NewVBox(p.whyRoom, p.count, container.NewHBox(clearAll, layout.NewSpacer(), save))
	p.content = ui.SidePanel(container.NewBorder(nil, nil, ui.Line(), nil,
		container.New(layout.NewCustomPaddedLayout(10, 10, 12, 12), container.NewBorder(nil, foot, nil, nil, container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 0, 0, 10), form))))))
	return p
}

// whyHeight has room for two lines.
const whyHeight = 46

// filter is what the form says, with what is wrong by field.
func (p *filterForm) filter() (f filter.Filter, wrong map[string]error) {
	wrong = make(map[string]error)
	// What the form has no field for stays as the search text has it.
	f, err := filter.Parse(p.page.Query())
	if err != nil {
		f = filter.Filter{}
	}
	for _, c := range p.choices {
		if i := c.Chosen(); i >= 0 {
			*c.of(&f) = c.values[i]
		}
	}
	f.New = p.only.Checked
	for name, field := range p.fields {
		text, alone := strings.TrimSpace(field.Text), filter.Filter{}
		err := alone.Set(name, text)
		if err == nil {
			_, err = alone.Compile(p.page.c.Services, time.Now())
		}
		if err != nil {
			wrong[name] = err
			continue
		}
		_ = f.Set(name, text) // as alone
	}
	return f, wrong
}

func (p *filterForm) changed() {
	if !p.setting {
		p.look()
	}
}

// look applies the form, or says at each field what is wrong with it.
func (p *filterForm) look() {
	if p.setting {
		return
	}
	f, wrong := p.filter()
	p.tell(wrong)
	if len(wrong) > 0 {
		return
	}
	if text := f.String(); text != p.page.Query() {
		p.page.SetQuery(text)
	}
}

// tell marks the fields that are wrong.
func (p *filterForm) tell(wrong map[string]error) {
	var lines []string
	for _, name := range shownFields {
		field := p.fields[name]
		if field.tell(wrong[name]); field.wrong != "" {
			lines = append(lines, labelOf(name)+": "+field.wrong)
		}
	}
	ui.SetText(p.why, strings.Join(lines, "\n"))
	if visible := len(lines) > 0; visible != p.whyRoom.Visible() {
		ui.SetVisible(p.whyRoom, visible)
		p.content.Refresh()
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
	}
	p.tell(nil)
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
	asked := "" // whether that name is to mean this filter from now on
	c.AskName(lang.L("Save the filter"), "", "", func(_ context.Context, name string) error {
		if name == "" {
			return errors.New(lang.L("Enter a name."))
		}
		if other, known := c.Prefs.Filter(name); known && other.Query != query && asked != name {
			asked = name
			return errors.New(lang.L("There is a filter of this name: {{.Query}}. Save once more to replace it.", map[string]any{"Query": other.Query}))
		}
		c.Prefs.SaveFilter(name, query)
		return nil
	}, p.onSaved)
}
