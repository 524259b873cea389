package settings

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/look"
)

// ownSection is the app's own settings.
type ownSection struct {
	page    *Page
	content *fyne.Container
	showing bool // what is set is not the user's doing

	mode, density, language  *ui.Select
	hint                     *widget.Label
	notify, login, close     *ui.Check
	showSystem, showTimeline *ui.Check
	muted                    *widget.Label
	hour, tomorrow, unmute   *ui.Button
}

func newOwnSection(p *Page) *ownSection {
	s := &ownSection{page: p}
	// Words that stand beside each other as they do in their types.
	s.mode = s.choice([]string{lang.L("Same as system"), lang.L("Light"), lang.L("Dark")}, func(c *Choices, i int) { c.Mode = look.Mode(i) })
	s.density = s.choice([]string{lang.L("Compact"), lang.L("Comfortable")}, func(c *Choices, i int) { c.Density = look.Density(i) })
	names := make([]string, len(languages))
	for i, l := range languages {
		names[i] = l.name
	}
	names[0] = lang.L("Same as system")
	s.language = s.choice(names, func(c *Choices, i int) { c.Language = languages[i].code })
	s.hint = ui.NewMuted(lang.L("The language changes at the next start of LinkLog."))
	s.hint.Hide()
	s.notify = s.check(lang.L("Notify me about new hosts"), func(c *Choices, on bool) { c.Notify = on })
	s.login = s.check(lang.L("Start LinkLog when I log in"), func(c *Choices, on bool) { c.StartAtLogin = on })
	s.close = s.check(lang.L("Keep the tray icon when the window is closed"), func(c *Choices, on bool) { c.CloseToTray = on })
	s.showSystem = s.check(lang.L("Show messages about the router itself in the log"), func(c *Choices, on bool) { c.ShowSystem = on })
	s.showTimeline = s.check(lang.L("Show the time line above the log"), func(c *Choices, on bool) { c.ShowTimeline = on })
	s.muted = widget.NewLabel("")
	s.hour = ui.NewButton(lang.L("For an hour"), func() { s.mute(time.Now().Add(time.Hour)) })
	s.tomorrow = ui.NewButton(lang.L("Until tomorrow"), func() { s.mute(Tomorrow(time.Now())) })
	s.unmute = ui.NewButton(lang.L("Unmute"), func() { s.mute(time.Time{}) })
	s.content = section(lang.L("This app"),
		row(lang.L("Theme"), "", atLeft(ui.AtLeast(200, ui.Edged(s.mode)))),
		row(lang.L("Rows"), "", atLeft(ui.AtLeast(200, ui.Edged(s.density)))),
		row(lang.L("Language"), "", container.NewVBox(container.NewHBox(ui.AtLeast(200, ui.Edged(s.language))), s.hint)),
		row(lang.L("Notifications"), "", container.NewVBox(s.notify)),
		row(lang.L("Mute"), lang.L("For everyone who uses this log. New hosts are still recorded."),
			container.NewVBox(container.NewHBox(s.hour, s.tomorrow, s.unmute), s.muted)),
		row(lang.L("Startup and closing"), "", ui.Close(s.login, s.close)),
		row(lang.L("Log"), "", ui.Close(s.showSystem, s.showTimeline)),
	)
	s.show()
	s.showMute(time.Time{}, nil)
	return s
}

// Tomorrow is until when "until tomorrow" mutes: eight in the morning.
func Tomorrow(now time.Time) time.Time {
	return time.Date(now.Year(), now.Month(), now.Day()+1, 8, 0, 0, 0, now.Location())
}

func (s *ownSection) choice(names []string, set func(*Choices, int)) *ui.Select {
	w := ui.NewSelect(names, nil)
	w.OnChanged = func(string) { s.change(func(c *Choices) { set(c, w.SelectedIndex()) }) }
	return w
}

func (s *ownSection) check(label string, set func(*Choices, bool)) *ui.Check {
	return ui.NewCheck(label, func(on bool) { s.change(func(c *Choices) { set(c, on) }) })
}

// change says what the user changed.
func (s *ownSection) change(set func(*Choices)) {
	if s.showing {
		return
	}
	before := s.page.options.Choices
	set(&s.page.options.Choices)
	now := s.page.options.Choices
	if now == before {
		return
	}
	if now.Language != before.Language {
		s.hint.Show()
		s.content.Refresh()
	}
	s.page.options.OnChange(now)
}

// show brings all controls to what is chosen.
func (s *ownSection) show() {
	s.showing = true
	defer func() { s.showing = false }()
	c := s.page.options.Choices
	s.mode.SetSelectedIndex(int(c.Mode))
	s.density.SetSelectedIndex(int(c.Density))
	s.language.SetSelectedIndex(0)
	for i, l := range languages {
		if l.code == c.Language {
			s.language.SetSelectedIndex(i)
		}
	}
	s.notify.SetChecked(c.Notify)
	s.login.SetChecked(c.StartAtLogin)
	s.close.SetChecked(c.CloseToTray)
	s.showSystem.SetChecked(c.ShowSystem)
	s.showTimeline.SetChecked(c.ShowTimeline)
}

// mute mutes until a time; the zero time ends it.
func (s *ownSection) mute(until time.Time) {
	s.page.context.Background(func(ctx context.Context) error { return s.page.context.Client.SetMute(ctx, until) }, func(err error) {
		if err != nil {
			s.page.context.Fail(lang.L("Mute"), err)
			return
		}
		s.showMute(until, nil)
		s.page.options.OnMute(until)
	})
}

// showMute says until when alerts are muted.
func (s *ownSection) showMute(until time.Time, err error) {
	muted := err == nil && time.Now().Before(until)
	text := lang.L("Not muted.")
	switch {
	case err != nil:
		text = lang.L("The service does not answer.")
	case muted:
		text = lang.L("Muted until {{.Time}}.", map[string]any{"Time": ui.Moment(until.Local(), time.Now())})
	}
	s.muted.SetText(text)
	ui.SetVisible(s.unmute, muted)
	ui.SetEnabled(err == nil, s.hour, s.tomorrow)
}
