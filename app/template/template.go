// Package template is the page that edits the template by which lines are copied and
// exported: with a palette of tokens, and a preview on the newest rows.
package template

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"linklog/app/system/prefs"
	"linklog/app/ui"
	"linklog/capture"
	"linklog/format"
	"linklog/phrase"
)

// Page is the page. It belongs to Fyne's thread.
type Page struct {
	c       *ui.Context
	latest  func(n int) []capture.Event
	entry   *ui.Entry
	wrong   *widget.Label
	preview *widget.Label
	use     *ui.Button
	keep    *ui.Button // under a name
	presets *ui.Button
	content fyne.CanvasObject
	timer   *time.Timer
	shown   bool
}

// tokens are the tokens of the palette, with what they stand for.
func tokens() [][2]string {
	return [][2]string{
		{"%t", lang.L("time")}, {"%i", lang.L("direction")}, {"%p", lang.L("protocol")}, {"%s", lang.L("source host")}, {"%a", lang.L("source address")},
		{"%S", lang.L("source port")}, {"%d", lang.L("destination host")}, {"%A", lang.L("destination address")}, {"%D", lang.L("destination port")},
		{"%h", lang.L("hour")}, {"%m", lang.L("minute")}, {"%z", lang.L("second")}, {"%T", lang.L("day")}, {"%M", lang.L("month")}, {"%w", lang.L("weekday")},
		{"%y", lang.L("year")}, {"%Y", lang.L("short year")}, {"%%", lang.L("percent sign")}, {"%{router}", lang.L("router")}, {"%{service}", lang.L("service")},
		{"%{seq}", lang.L("number")}, {"%{text}", lang.L("message")}, {"%{time:2006-01-02 15:04:05}", lang.L("time, custom format")},
	}
}

// presets are templates to begin with.
func presets() []prefs.Preset {
	return []prefs.Preset{
		{Name: lang.L("LinkLog default"), Template: format.Default},
		{Name: lang.L("With addresses"), Template: "%t [%i, %p] %s (%a):%S -> %d (%A):%D"},
		{Name: lang.L("Date first"), Template: "%{time:2006-01-02 15:04:05} %i %p %a:%S %A:%D %d"},
		{Name: lang.L("Columns with tabs"), Template: "%{time:2006-01-02 15:04:05}\t%i\t%p\t%a\t%S\t%A\t%D"},
	}
}

var _ ui.Page = (*Page)(nil)

// New returns the page; latest gives up to n of the newest events, oldest first.
func New(c *ui.Context, latest func(n int) []capture.Event) *Page {
	p := &Page{c: c, latest: latest, entry: ui.NewEntry(), wrong: ui.NewWrong(), preview: widget.NewLabel("")}
	p.entry.TextStyle = fyne.TextStyle{Monospace: true}
	p.entry.SetText(c.Prefs.Template())
	p.entry.OnChanged = func(string) {
		if p.timer != nil {
			p.timer.Stop()
		}
		p.timer = time.AfterFunc(tryAfter, func() { c.Do(p.try) })
	}
	p.entry.OnSubmitted = func(string) { p.apply() }
	p.wrong.TextStyle = fyne.TextStyle{Monospace: true}
	p.preview.TextStyle = fyne.TextStyle{Monospace: true}
	p.preview.Truncation = fyne.TextTruncateClip

	palette := container.New(&flow{})
	for _, t := range tokens() {
		label := t[0] + "  " + t[1]
		palette.Add(ui.NewButton(label, func() { p.insert(t[0]) }))
	}
	p.use = ui.NewPrimaryButton(lang.L("Use this template"), p.apply)
	p.presets = ui.NewButton(lang.L("Presets"), p.choose)
	p.keep = ui.NewButton(lang.L("Save as…"), p.save)
	reset := ui.NewButton(lang.L("LinkLog default"), func() { p.set(format.Default) })
	sub := widget.NewLabelWithStyle(lang.L("Preview on the latest events"), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	body := container.New(column{}, p.entry, p.wrong, palette, container.New(layout.NewCustomPaddedLayout(0, 0, -theme.InnerPadding(), 0), sub), container.NewHScroll(p.preview), container.New(&flow{}, p.use, p.presets, p.keep, reset))
	p.content = container.NewBorder(
		ui.Heading(lang.L("Template"), lang.L("How lines look when they are copied or exported as text. Click a token to insert it.")), nil, nil, nil,
		container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 16, 22, 22), body)))
	return p
}

// tryAfter is how long the user has to stop typing before errors are shown.
const tryAfter = 300 * time.Millisecond

// Focus moves the keyboard to the template.
func (p *Page) Focus() { p.c.Window.Canvas().Focus(p.entry) }

// Content implements ui.Page.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Show implements ui.Page.
func (p *Page) Show() {
	p.shown = true
	p.try()
}

// Hide implements ui.Page.
func (p *Page) Hide() { p.shown = false }

// Changed is called when the newest rows changed.
func (p *Page) Changed() { p.try() }

// previewed is how many rows the preview shows.
const previewed = 10

// try shows what the template makes of the newest rows, or where it is wrong.
func (p *Page) try() {
	if !p.shown {
		return
	}
	template, err := compile(p.entry.Text)
	if err != nil {
		p.tell(err)
		return
	}
	p.wrong.Hide()
	ui.SetEnabled(true, p.use, p.keep)
	f := format.NewFormatter(template, format.Options{Services: p.c.Services})
	var lines []string
	for _, ev := range p.latest(200) {
		if ev.Kind == capture.Traffic || template.ShowsSystem() {
			lines = append(lines, string(f.Append(nil, &ev)))
		}
	}
	lines = lines[max(0, len(lines)-previewed):]
	if len(lines) == 0 {
		lines = []string{lang.L("There are no events yet.")}
	}
	ui.SetText(p.preview, strings.Join(lines, "\n"))
}

// errEmpty says that lines would be empty.
var errEmpty error = &empty

var empty = phrase.Say("Enter a template.")

// compile compiles a template that makes more than empty lines.
func compile(text string) (*format.Template, error) {
	if strings.TrimSpace(text) == "" {
		return nil, errEmpty
	}
	return format.Compile(text)
}

// tell shows an error below the place where it is. What the template made before goes.
func (p *Page) tell(err error) {
	ui.SetEnabled(false, p.use, p.keep)
	ui.SetText(p.preview, "")
	text := ui.Cause(err)
	var wrong *format.Error
	if errors.As(err, &wrong) {
		text = fmt.Sprintf("%s^ %s: %s", strings.Repeat(" ", max(0, wrong.Column-1)), wrong.Token, ui.Say(wrong.Reason))
	}
	p.wrong.SetText(text)
	p.wrong.Show()
}

// insert puts a token where the cursor is.
func (p *Page) insert(token string) {
	text := []rune(p.entry.Text)
	at := min(max(0, p.entry.CursorColumn), len(text))
	p.set(string(text[:at]) + token + string(text[at:]))
	p.entry.CursorColumn = at + len([]rune(token))
	p.entry.Refresh()
	p.c.Window.Canvas().Focus(p.entry)
}

func (p *Page) set(template string) {
	p.entry.SetText(template)
	p.try()
}

// apply uses the template from now on.
func (p *Page) apply() {
	if _, err := compile(p.entry.Text); err != nil {
		p.tell(err)
		return
	}
	template := p.entry.Text
	p.c.Prefs.Change(func(c *prefs.Choices) { c.Template = template })
	p.c.Tell(lang.L("Lines are now copied and exported with this template."))
}

// choose offers the presets, ours and the user's.
func (p *Page) choose() {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(p.presets).Add(fyne.NewPos(0, p.presets.Size().Height))
	widget.ShowPopUpMenuAtPosition(p.menu(), p.c.Window.Canvas(), at)
}

// menu lists the presets, and below them what can be done with them.
func (p *Page) menu() *fyne.Menu {
	var items, removes []*fyne.MenuItem
	choices := p.c.Prefs.Get()
	for _, preset := range presets() {
		if slices.Contains(choices.Without, preset.Template) {
			continue
		}
		items = append(items, fyne.NewMenuItem(preset.Name, func() { p.set(preset.Template) }))
		removes = append(removes, fyne.NewMenuItem(preset.Name, func() { p.c.Prefs.RemoveOwnPreset(preset.Template) }))
	}
	if own := choices.Presets; len(own) > 0 {
		if len(items) > 0 {
			items = append(items, fyne.NewMenuItemSeparator())
		}
		for _, preset := range own {
			items = append(items, fyne.NewMenuItem(preset.Name, func() { p.set(preset.Template) }))
			removes = append(removes, fyne.NewMenuItem(preset.Name, func() { p.remove(preset.Name) }))
		}
	}
	if len(items) > 0 {
		items = append(items, fyne.NewMenuItemSeparator())
	}
	if len(removes) > 0 {
		remove := fyne.NewMenuItem(lang.L("Remove"), nil)
		remove.ChildMenu = fyne.NewMenu("", removes...)
		items = append(items, remove)
	}
	if len(choices.Without) > 0 {
		items = append(items, fyne.NewMenuItem(lang.L("Bring back the built-in ones"), p.c.Prefs.RestorePresets))
	}
	return fyne.NewMenu("", items...)
}

// remove removes a template of the user's, after asking.
func (p *Page) remove(name string) {
	p.c.Confirm(lang.L("Remove {{.Name}}?", map[string]any{"Name": name}), lang.L("The saved template is removed; the one in use stays."), lang.L("Remove"), func() { p.c.Prefs.RemovePreset(name) })
}

// save keeps the template under a name, in the place of another of that name.
func (p *Page) save() {
	template := p.entry.Text
	if _, err := compile(template); err != nil {
		p.tell(err)
		return
	}
	p.c.AskName(lang.L("Save the template"), "", "", func(_ context.Context, name string) error {
		if name == "" {
			return errors.New(lang.L("Enter a name."))
		}
		p.c.Prefs.SavePreset(name, template)
		return nil
	}, func() {})
}

// column is Fyne's VBox, but tells its things how wide they are before it asks
// how high: a flow, and a text that wraps, have the height that follows.
type column struct{}

func (column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return layout.NewVBoxLayout().MinSize(objects)
}

func (column) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		if o.Visible() {
			o.Resize(fyne.NewSize(s.Width, o.MinSize().Height))
		}
	}
	layout.NewVBoxLayout().Layout(objects, s)
}

// flow is a layout of things one beside the other, in as many lines as they need.
type flow struct{ width float32 } // that it has; 0: none yet

const flowGap = 6

func (f *flow) place(objects []fyne.CanvasObject, put func(o fyne.CanvasObject, at fyne.Position, s fyne.Size)) (height float32) {
	x, y, line := float32(0), float32(0), float32(0)
	for _, o := range objects {
		s := o.MinSize()
		if x > 0 && x+s.Width > f.width {
			x, y, line = 0, y+line+flowGap, 0
		}
		put(o, fyne.NewPos(x, y), s)
		x, line = x+s.Width+flowGap, max(line, s.Height)
	}
	return y + line
}

func (f *flow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(200, f.place(objects, func(fyne.CanvasObject, fyne.Position, fyne.Size) {}))
}

func (f *flow) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	f.width = s.Width
	f.place(objects, func(o fyne.CanvasObject, at fyne.Position, size fyne.Size) {
		o.Move(at)
		o.Resize(size)
	})
}
