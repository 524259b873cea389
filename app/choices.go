package app

import (
	"os"

	"fyne.io/fyne/v2/lang"

	"linklog/app/settings"
	"linklog/app/system/desktop"
	"linklog/app/system/prefs"
	"linklog/app/ui/look"
)

// choices are those that the page of settings shows.
func (x *App) choices() settings.Choices {
	c := x.prefs.Get()
	return settings.Choices{
		Mode: look.ModeNamed(c.Theme), Density: look.DensityNamed(c.Density), Language: c.Language, Notify: !c.Silent,
		StartAtLogin: x.autostart().Enabled(), CloseToTray: !c.Quit, ShowSystem: !c.Attempts, ShowTimeline: !c.NoTimeline,
	}
}

// choose takes other choices, which count at once.
func (x *App) choose(s settings.Choices) {
	before := x.prefs.Get()
	x.prefs.Change(func(c *prefs.Choices) {
		c.Theme, c.Density, c.Language = s.Mode.Name(), s.Density.Name(), s.Language
		c.Silent, c.Quit, c.Attempts, c.NoTimeline = !s.Notify, !s.CloseToTray, !s.ShowSystem, !s.ShowTimeline
	})
	after := x.prefs.Get()
	if before.Theme != after.Theme || before.Density != after.Density {
		x.fyne.Settings().SetTheme(x.theme())
	}
	if before.Density != after.Density || before.Attempts != after.Attempts || before.NoTimeline != after.NoTimeline {
		x.logPage.ChoicesChanged()
	}
	if auto := x.autostart(); auto.Enabled() != s.StartAtLogin {
		set := auto.Disable
		if s.StartAtLogin {
			set = auto.Enable
		}
		if err := set(); err != nil {
			x.fail(lang.L("Start at login could not be changed"), err)
			x.pages.settings.SetChoices(x.choices())
		}
	}
	x.tray.update()
}

func (x *App) autostart() desktop.Autostart {
	program, _ := os.Executable() // "" cannot be enabled, which is an error then
	return desktop.Autostart{ID: x.config.Metadata.ID, Name: x.config.Metadata.Name, Program: program, Args: []string{"--hidden"}}
}
