package settings

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
)

// editor shows the settings of the service as the text of their file.
type editor struct {
	page     *Page
	content  fyne.CanvasObject
	entry    *ui.Entry
	problems *fyne.Container
	back     *ui.Button
	save     *ui.Button
	opened   string // the text as it was opened
}

// editText opens the text of the settings file.
func (p *Page) editText() {
	if p.editor == nil {
		p.editor = newEditor(p)
	}
	text := p.service.form.text
	if next, err := p.service.form.next(); err == nil {
		text = next // with what was typed into the form
	}
	p.editor.open(text, p.service.admin)
	p.stack.Objects = []fyne.CanvasObject{p.editor.content}
	p.content.Refresh()
	if p.context.Window != nil {
		p.context.Window.Canvas().Focus(p.editor.back)
		p.context.Window.Canvas().Focus(p.editor.entry) // which one who may not change it cannot have
	}
}

// closeEditor shows the form again.
func (p *Page) closeEditor() {
	p.stack.Objects = []fyne.CanvasObject{p.form}
	p.content.Refresh()
	if w := p.context.Window; w != nil {
		w.Canvas().Focus(p.service.edit)
	}
}

// leave closes the editor, if need be after asking whether what was typed may be lost.
func (e *editor) leave() {
	if e.entry.Text == e.opened {
		e.page.closeEditor()
		return
	}
	e.page.context.Confirm(lang.L("Discard changes?"), lang.L("What was changed in the text has not been saved."), lang.L("Discard"), e.page.closeEditor)
}

func newEditor(p *Page) *editor {
	e := &editor{page: p, entry: ui.NewEntry(), problems: container.NewVBox()}
	e.entry.MultiLine, e.entry.TextStyle.Monospace = true, true
	e.entry.Wrapping = fyne.TextWrapOff
	e.entry.OnChanged = func(string) { e.examine() }
	e.entry.OnEscape = e.leave
	e.save = ui.NewPrimaryButton(lang.L("Save"), e.write)
	e.back = ui.NewButton(lang.L("Back"), e.leave)
	buttons := container.NewHBox(layout.NewSpacer(), e.back, e.save)
	e.content = ui.PagePanel(container.NewBorder(
		ui.Heading(lang.L("Settings of the service"), ""),
		container.New(layout.NewCustomPaddedLayout(4, 10, 22, 22), container.NewVBox(e.problems, buttons)), nil, nil,
		container.New(layout.NewCustomPaddedLayout(0, 0, 22, 22), e.entry)))
	return e
}

func (e *editor) open(text string, admin bool) {
	ui.SetEnabled(admin, e.entry)
	e.entry.SetText(text)
	e.opened = text
	ui.SetVisible(e.save, admin)
	e.examine()
}

// maxProblems are shown at once.
const maxProblems = 4

// examine lists what is wrong with the text, each with a way to its line.
func (e *editor) examine() {
	found := problems(e.entry.Text)
	e.problems.RemoveAll()
	for i, p := range found {
		if i == maxProblems {
			break
		}
		label := widget.NewLabel(ui.Say(p.Reason()))
		label.Importance, label.Wrapping = widget.DangerImportance, fyne.TextWrapWord
		if p.Line == 0 {
			e.problems.Add(label)
			continue
		}
		to := ui.NewLink(lang.L("Line {{.Line}}", map[string]any{"Line": strconv.Itoa(p.Line)}), func() { e.goTo(p.Line) })
		e.problems.Add(container.NewBorder(nil, nil, to, nil, label))
	}
	ui.SetEnabled(len(found) == 0, e.save)
}

// goTo puts the cursor on a line.
func (e *editor) goTo(line int) {
	e.entry.CursorRow = min(line-1, strings.Count(e.entry.Text, "\n"))
	e.entry.CursorColumn = 0
	e.entry.Refresh()
	if w := e.page.context.Window; w != nil {
		w.Canvas().Focus(e.entry)
	}
}

func (e *editor) write() {
	e.page.service.write(e.entry.Text, func(err error) { e.page.context.Fail(lang.L("Save the settings"), err) })
}
