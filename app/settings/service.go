package settings

import (
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/look"
	"linklog/service/client"
)

// serviceSection is the form of the service's settings.
type serviceSection struct {
	page    *Page
	content *fyne.Container
	form    *form
	inputs  map[string]*input
	lists   *listOffers
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

func newServiceSection(p *Page) *serviceSection {
	s := &serviceSection{page: p, form: newForm(), inputs: make(map[string]*input), reason: ui.NewMuted("")}
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
	s.content = section(lang.L("The service"), container.NewBorder(nil, nil, nil, container.NewCenter(s.edit), container.New(layout.NewCustomPaddedLayout(0, 0, -look.Padding, 0), s.reason)), s.restart)
	for _, g := range s.form.groups {
		s.content.Add(subsection(lang.L(g.title)))
		for i := range g.fields {
			in := s.newInput(&g.fields[i])
			s.inputs[in.field.key] = in
			switch in.field.key {
			case knownLists:
				s.lists = newListOffers(s, in)
				s.content.Add(s.lists.content)
				continue
			case ownLists:
				s.content.Add(in.content)
				s.content.Add(s.lists.states())
				continue
			}
			s.content.Add(in.content)
		}
	}
	s.enable(false)
	s.reason.SetText(lang.L("Asking the service…"))
	return s
}

// loaded takes what the service answered. What was typed is not lost by it.
func (s *serviceSection) loaded(l loaded, err error) {
	if err != nil {
		s.enable(false)
		s.reason.SetText(ui.Cause(err))
		if refused := (*client.Error)(nil); errors.As(err, &refused) {
			s.reason.SetText(ui.Say(refused.Phrase()))
		}
		return
	}
	s.admin = l.hello.Role == "administrator"
	if !s.loadedOnce || len(s.form.changed()) == 0 {
		if err := s.form.load(l.text); err != nil {
			s.enable(false)
			s.edit.Enable()
			s.reason.SetText(lang.L("The settings file has an error; the service keeps its previous settings. {{.Error}}", map[string]any{"Error": ui.Cause(err)}))
			return
		}
		s.loadedOnce = true
		s.show()
	}
	s.enable(s.admin)
	s.edit.Enable()
	switch {
	case s.admin:
		s.reason.SetText(lang.L("These settings apply to all users of this computer."))
	default:
		s.reason.SetText(lang.L("Only administrators may change these settings: {{.User}} may view them. Administrators are listed in the settings under “Access”.", map[string]any{"User": l.hello.User}))
	}
	s.lists.loaded(l.lists.Lists)
	s.count()
}

// show brings all fields to what the form holds.
func (s *serviceSection) show() {
	s.showing = true
	defer func() { s.showing = false }()
	for key, in := range s.inputs {
		in.set(s.form.now[key])
		in.tell(nil)
		s.offer(in)
	}
	s.lists.show(s.form.now[knownLists])
}

func (s *serviceSection) enable(on bool) {
	for _, in := range s.inputs {
		ui.SetEnabled(on, in.control())
	}
	s.lists.enable(on)
	if !on {
		s.edit.Disable()
	}
}

// typed takes what was typed. An error is shown when the field is left, and goes
// as soon as it is mended.
func (s *serviceSection) typed(in *input, text string) {
	if s.showing {
		return
	}
	s.form.now[in.field.key] = text
	if in.problem.Visible() {
		s.examine(in)
	}
	s.offer(in)
	s.count()
}

func (s *serviceSection) examine(in *input) {
	value := s.form.now[in.field.key]
	if value == s.form.values[in.field.key] {
		in.tell(nil)
		return
	}
	in.tell(in.field.check(value))
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
		ui.SetVisible(s.bar, visible)
		s.page.content.Refresh()
	}
}

func (s *serviceSection) discardAll() {
	_ = s.form.load(s.form.text) // it was read before
	s.show()
	s.count()
}
