package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// keys are the shortcuts of the window. Those within the log are the log view's.
func (x *App) keys() []shortcut {
	const ctrl = fyne.KeyModifierShortcutDefault
	list := []shortcut{
		{fyne.KeyF, ctrl, lang.L("Search"), func() { x.shell.open(pageLog); x.window.Canvas().Focus(x.shell.search.entry) }},
		{fyne.KeyF, ctrl | fyne.KeyModifierShift, lang.L("Open or close the filter"), func() { x.shell.open(pageLog); x.shell.toggleFilter() }},
		{fyne.KeyP, ctrl, lang.L("Pause or go on"), func() { x.shell.togglePause() }},
		{fyne.KeyE, ctrl, lang.L("Export what is shown"), x.export},
		{fyne.KeyK, ctrl, lang.L("Clear the view"), func() { x.model.clear(); x.logPage.changed(); x.shell.showCounts() }},
		{fyne.KeyEnd, ctrl | fyne.KeyModifierShift, lang.L("Follow the newest"), func() { x.logPage.view.Follow() }},
		{fyne.KeyW, ctrl, lang.L("Close the window"), x.closing},
		{fyne.KeyQ, ctrl, lang.L("Quit"), x.quit},
	}
	for i, id := range []pageID{pageLog, pageHosts, pageDevices, pageReports, pageTemplate, pageSetup, pageSettings, pageHelp} {
		name := fyne.KeyName(rune('1' + i))
		list = append(list, shortcut{name, ctrl, lang.L("Page {{.Number}}", map[string]any{"Number": i + 1}), func() { x.shell.open(id) }})
	}
	return list
}

// toggleFilter opens or closes the form beside the log.
func (s *shell) toggleFilter() {
	s.open(pageLog)
	if side := s.app.logPage.side; side.Visible() {
		side.Hide()
	} else {
		side.Show()
	}
	s.app.logPage.content.Refresh()
}
