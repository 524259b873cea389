package settings

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/service/settings"
)

// input is a setting on the screen.
type input struct {
	field   *field
	entry   *ui.Entry  // for those that are typed; nil for others, as are the next two
	check   *ui.Check  // for those that are on or off
	choose  *ui.Select // for those that are one of a few
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
	if f.kind == tongue {
		var names []string
		for _, code := range settings.Languages {
			names = append(names, languageName(code))
		}
		in.choose = ui.NewSelect(names, nil)
		in.choose.OnChanged = func(string) { s.typed(in, settings.Languages[in.choose.SelectedIndex()]) }
		in.content = row(lang.L(f.label), help, container.NewVBox(container.NewHBox(ui.AtLeast(200, ui.Edged(in.choose))), ui.Close(in.problem, in.reset)))
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
	case f.kind == tongue:
		return languageName(value)
	default:
		return value
	}
}

// set lets something else stand in the field, as if it were typed.
func (in *input) set(value string) {
	switch {
	case in.check != nil:
		in.check.SetChecked(value == "true")
	case in.choose != nil:
		if i := slices.Index(settings.Languages, value); i >= 0 {
			in.choose.SetSelectedIndex(i)
		}
	default:
		in.entry.SetText(value)
	}
}

// control is what the user changes.
func (in *input) control() interface {
	fyne.Focusable
	fyne.Disableable
} {
	switch {
	case in.check != nil:
		return in.check
	case in.choose != nil:
		return in.choose
	}
	return in.entry
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
