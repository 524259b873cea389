package settings

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"linklog/app/ui"
	"linklog/service/doctor"
)

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

// write gives a different text of the settings to the service.
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
	if p.context.Window != nil {
		p.context.Window.Canvas().Focus(in.control())
	}
}

// tellRestart says that some of what changed counts from the next start.
func (s *serviceSection) tellRestart() {
	text := lang.L("Some changes take effect after a restart of the service.")
	switch {
	case s.page.options.Embedded():
		text = lang.L("Some changes take effect after a restart of LinkLog.")
	case s.page.options.RestartService == nil:
		text += " " + lang.L("In a terminal: {{.Command}}", map[string]any{"Command": doctor.AsAdministrator("linklog service restart")})
	}
	s.restartText.SetText(text)
	ui.SetVisible(s.restartNow, s.page.options.RestartService != nil && !s.page.options.Embedded())
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
