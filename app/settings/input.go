package settings

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
)

// input is a setting on the screen.
type input struct {
	field   *field
	entry   *ui.Entry // nil for those that are on or off
	check   *ui.Check // nil for the others
	problem *widget.Label
	reset   *ui.Link // to the default
	content *fyne.Container
}

func (s *serviceSection) newInput(f *field) *input {
	in := &input{field: f, problem: ui.NewWrong()}
	in.reset = ui.NewLink(lang.L("Default: {{.Value}}", map[string]any{"Value": shownDefault(f)}), func() { in.set(f.standard()) })
	in.reset.Hide()
	help := ""
	if f.help != "" {
		help = lang.L(f.help)
	}
	if f.kind == yes {
		in.check = ui.NewCheck(lang.L("On"), func(on bool) {
			value := "false"
			if on {
				value = "true"
			}
			s.typed(in, value)
		})
		in.content = row(lang.L(f.label), help, container.NewVBox(in.check, ui.Close(in.problem, in.reset)))
		return in
	}
	in.entry = ui.NewEntry()
	if f.kind == list || f.kind == ports {
		in.entry.MultiLine, in.entry.Wrapping, in.entry.Scroll = true, fyne.TextWrapOff, fyne.ScrollNone
	}
	in.entry.TextStyle.Monospace = true
	in.entry.OnChanged = func(text string) { s.typed(in, text) }
	in.entry.OnLeft = func() { s.examine(in) }
	in.entry.SetPlaceHolder(f.standard())
	if f.empty != "" {
		in.entry.SetPlaceHolder(lang.L(f.empty))
	}
	var control fyne.CanvasObject = in.entry
	if !in.entry.MultiLine {
		control = ui.WithWheel(in.entry, func(e *fyne.ScrollEvent) { s.page.scroll.Scrolled(e) })
	}
	switch f.kind {
	case number, size, span:
		unit := widget.NewLabel(unit(f))
		unit.Wrapping = fyne.TextWrapWord
		control = container.NewBorder(nil, nil, ui.AtLeast(120, control), nil, unit)
	}
	in.content = row(lang.L(f.label), help, container.NewVBox(control, ui.Close(in.problem, in.reset)))
	return in
}

// shownDefault is the default in words.
func shownDefault(f *field) string {
	switch value := f.standard(); {
	case f.kind == yes && value == "true":
		return lang.L("On")
	case f.kind == yes:
		return lang.L("Off")
	case value == "":
		return lang.L(f.empty)
	default:
		return value
	}
}

// set lets something else stand in the field, as if it were typed.
func (in *input) set(value string) {
	if in.check != nil {
		in.check.SetChecked(value == "true")
	} else {
		in.entry.SetText(value)
	}
}

// offer offers the default where something else stands.
func (s *serviceSection) offer(in *input) {
	visible := s.admin && strings.TrimSpace(s.form.now[in.field.key]) != in.field.standard()
	if visible != in.reset.Visible() {
		ui.SetVisible(in.reset, visible)
		in.content.Refresh()
	}
}

func unit(f *field) string {
	if f.unit == "" {
		return ""
	}
	return lang.L(f.unit)
}

// tell shows an error at the field; nil: there is none.
func (in *input) tell(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	ui.SetWrong(in.problem, text, in.content)
}
