package settings

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
)

// serviceSection is the form of the service's settings.
type serviceSection struct {
	page    *Page
	content *fyne.Container
	form    *form
	inputs  map[string]*input
	reason  *widget.Label // why nothing can be changed, or what is wrong
	edit    *ui.Button

	bar           fyne.CanvasObject // below the page, while something is not saved
	changes       *widget.Label
	save, discard *ui.Button

	restart     *fyne.Container // says that a restart is needed
	restartText *widget.Label
	restartNow  *ui.Button

	loadedOnce, admin, showing, saving bool
}

// input is a setting on the screen.
type input struct {
	field   *field
	entry   *entry        // nil for those that are on or off
	check   *widget.Check // nil for the others
	problem *widget.Label
	content *fyne.Container
}

func newServiceSection(p *Page) *serviceSection {
	s := &serviceSection{page: p, form: newForm(p.context.Services), inputs: make(map[string]*input), reason: ui.NewMuted("")}
	s.edit = ui.NewButton(lang.L("Edit as text"), p.editText)
	s.restartText = ui.NewMuted("")
	s.restartNow = ui.NewPrimaryButton(lang.L("Restart the service"), s.restartService)
	s.restart = container.NewBorder(nil, nil, nil, container.NewCenter(s.restartNow), s.restartText)
	s.restart.Hide()
	s.changes = widget.NewLabel("")
	s.save = ui.NewPrimaryButton(lang.L("Save"), s.saveAll)
	s.discard = ui.NewButton(lang.L("Discard"), s.discardAll)
	s.bar = ui.SidePanel(container.NewVBox(ui.Line(),
		container.New(layout.NewCustomPaddedLayout(4, 8, 16, 22), container.NewBorder(nil, nil, s.changes, container.NewHBox(s.discard, s.save)))))
	s.bar.Hide()
	s.content = section(lang.L("The service"), container.NewBorder(nil, nil, nil, container.NewCenter(s.edit), container.New(layout.NewCustomPaddedLayout(0, 0, -ui.RoomyPadding, 0), s.reason)), s.restart)
	for _, g := range s.form.groups {
		s.content.Add(subsection(lang.L(g.title)))
		for i := range g.fields {
			in := s.newInput(&g.fields[i])
			s.inputs[in.field.key] = in
			s.content.Add(in.content)
		}
	}
	s.enable(false)
	s.reason.SetText(lang.L("Asking the service…"))
	return s
}

func (s *serviceSection) newInput(f *field) *input {
	in := &input{field: f, problem: newError()}
	help := ""
	if f.help != "" {
		help = lang.L(f.help)
	}
	if f.kind == yes {
		in.check = widget.NewCheck(lang.L("On"), func(on bool) {
			value := "false"
			if on {
				value = "true"
			}
			s.typed(in, value)
		})
		in.content = row(lang.L(f.label), help, container.NewVBox(in.check, in.problem))
		return in
	}
	in.entry = newEntry(f.kind == list || f.kind == patterns)
	in.entry.TextStyle.Monospace = true
	in.entry.OnChanged = func(text string) { s.typed(in, text) }
	in.entry.left = func() { s.examine(in) }
	in.entry.SetPlaceHolder(f.standard())
	if f.empty != "" {
		in.entry.SetPlaceHolder(lang.L(f.empty))
	}
	var control fyne.CanvasObject = in.entry
	switch f.kind {
	case number, size, span:
		control = container.NewHBox(fixed(120, in.entry), widget.NewLabel(unit(f)))
	}
	in.content = row(lang.L(f.label), help, container.NewVBox(control, in.problem))
	return in
}

func unit(f *field) string {
	if f.unit == "" {
		return ""
	}
	return lang.L(f.unit)
}

// loaded takes what the service answered. What was typed is not lost by it.
func (s *serviceSection) loaded(l loaded, err error) {
	if err != nil {
		s.enable(false)
		s.reason.SetText(lang.L("The service does not answer: {{.Error}}", map[string]any{"Error": err.Error()}))
		return
	}
	s.admin = l.hello.Role == "administrator"
	if !s.loadedOnce || len(s.form.changed()) == 0 {
		if err := s.form.load(l.text); err != nil {
			s.enable(false)
			s.edit.Enable()
			s.reason.SetText(lang.L("The settings file is wrong; the service goes on with what it read before. {{.Error}}", map[string]any{"Error": err.Error()}))
			return
		}
		s.loadedOnce = true
		s.show()
	}
	s.enable(s.admin)
	s.edit.Enable()
	switch {
	case s.admin:
		s.reason.SetText(lang.L("They count for all users of this computer."))
	default:
		s.reason.SetText(lang.L("Only administrators may change them: {{.User}} may look. Administrators are listed in the settings under “Access”.", map[string]any{"User": l.hello.User}))
	}
	s.count()
}

// show brings all fields to what the form holds.
func (s *serviceSection) show() {
	s.showing = true
	defer func() { s.showing = false }()
	for key, in := range s.inputs {
		value := s.form.now[key]
		if in.check != nil {
			in.check.SetChecked(value == "true")
		} else {
			in.entry.SetText(value)
		}
		in.tell(nil)
	}
}

func (s *serviceSection) enable(on bool) {
	for _, in := range s.inputs {
		var w fyne.Disableable = in.check
		if in.entry != nil {
			w = in.entry
		}
		if on {
			w.Enable()
		} else {
			w.Disable()
		}
	}
	if !on {
		s.edit.Disable()
	}
}

// typed takes what was typed. An error is told when the field is left, and goes
// as soon as it is mended.
func (s *serviceSection) typed(in *input, text string) {
	if s.showing {
		return
	}
	s.form.now[in.field.key] = text
	if in.problem.Visible() {
		s.examine(in)
	}
	s.count()
}

func (s *serviceSection) examine(in *input) {
	value := s.form.now[in.field.key]
	if value == s.form.values[in.field.key] {
		in.tell(nil)
		return
	}
	in.tell(in.field.check(value, s.form.services))
}

// tell shows an error at the field; nil: there is none.
func (in *input) tell(err error) {
	text := ""
	if err != nil {
		text = err.Error()
		if errors.Is(err, errNumber) {
			text = lang.L("a whole number is needed")
		}
	}
	if text == in.problem.Text {
		return
	}
	in.problem.SetText(text)
	setVisible(in.problem, text != "")
	in.content.Refresh()
}

// count shows how much is not saved.
func (s *serviceSection) count() {
	n := len(s.form.changed())
	switch n {
	case 0:
	case 1:
		s.changes.SetText(lang.L("One change is not saved."))
	default:
		s.changes.SetText(lang.L("{{.Count}} changes are not saved.", map[string]any{"Count": n}))
	}
	if visible := n > 0; visible != s.bar.Visible() {
		setVisible(s.bar, visible)
		s.page.content.Refresh()
	}
}

func (s *serviceSection) discardAll() {
	_ = s.form.load(s.form.text) // it was read before
	s.show()
	s.count()
}

// saveAll checks all fields and gives the text to the service.
func (s *serviceSection) saveAll() {
	wrong := s.form.errors()
	for key, in := range s.inputs {
		in.tell(wrong[key])
	}
	if len(wrong) > 0 {
		s.reveal(s.firstOf(wrong))
		return
	}
	text, err := s.form.next()
	if err != nil {
		s.failed(err)
		return
	}
	s.write(text, s.failed)
}

// write gives another text of the settings to the service.
func (s *serviceSection) write(text string, failed func(error)) {
	if s.saving {
		return
	}
	s.saving = true
	s.save.Disable()
	restart := false
	s.page.context.Background(func(ctx context.Context) (err error) {
		restart, err = s.page.context.Client.SetSettings(ctx, text)
		return err
	}, func(err error) {
		s.saving = false
		s.save.Enable()
		if err != nil {
			failed(err)
			return
		}
		if err := s.form.load(text); err == nil {
			s.loadedOnce = true
			s.show()
		}
		s.count()
		s.page.closeEditor()
		s.page.context.Tell(lang.L("Saved."))
		if restart {
			s.tellRestart()
		}
		s.page.load()
	})
}

// failed shows why the service did not take the settings: at the field, if the
// error is about one.
func (s *serviceSection) failed(err error) {
	if b := s.form.blame(err); b != nil {
		s.inputs[b.key].tell(b.err)
		s.reveal(s.inputs[b.key])
		return
	}
	s.page.context.Fail(lang.L("Save the settings"), err)
}

// firstOf is the first field of the form that is wrong.
func (s *serviceSection) firstOf(wrong map[string]error) *input {
	for _, g := range s.form.groups {
		for i := range g.fields {
			if wrong[g.fields[i].key] != nil {
				return s.inputs[g.fields[i].key]
			}
		}
	}
	return nil
}

// reveal scrolls to a field and lets the user type there.
func (s *serviceSection) reveal(in *input) {
	p := s.page
	y := float32(0)
	driver := fyne.CurrentApp().Driver()
	y = driver.AbsolutePositionForObject(in.content).Y - driver.AbsolutePositionForObject(p.scroll.Content).Y
	p.scroll.ScrollToOffset(fyne.NewPos(0, max(0, y-60)))
	if in.entry != nil && p.context.Window != nil {
		p.context.Window.Canvas().Focus(in.entry)
	}
}

// tellRestart says that some of what changed counts from the next start.
func (s *serviceSection) tellRestart() {
	text := lang.L("Some of what was saved counts when the service is started the next time.")
	switch {
	case s.page.options.Embedded():
		text = lang.L("Some of what was saved counts when LinkLog is started the next time.")
	case s.page.options.RestartService == nil:
		text += " " + lang.L("In a terminal: sudo linklog service restart")
	}
	s.restartText.SetText(text)
	setVisible(s.restartNow, s.page.options.RestartService != nil && !s.page.options.Embedded())
	s.restart.Show()
	s.page.content.Refresh()
}

func (s *serviceSection) restartService() {
	s.restartNow.Disable()
	s.page.context.Background(s.page.options.RestartService, func(err error) {
		s.restartNow.Enable()
		if err != nil {
			s.page.context.Fail(lang.L("Restart the service"), err)
			return
		}
		s.restart.Hide()
		s.page.context.Tell(lang.L("The service was restarted."))
		s.page.load()
	})
}
