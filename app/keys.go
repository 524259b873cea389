package app

import (
	"runtime"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"

	"linklog/app/help"
	"linklog/app/log"
	"linklog/app/ui"
)

// shortcut is a key with what it does, for the window and for the help.
type shortcut struct {
	key  fyne.KeyName
	mod  fyne.KeyModifier
	what string
	do   func()
}

const ctrl = fyne.KeyModifierShortcutDefault

// keys are the shortcuts of the window. Those within the log are in log/view/keys.go.
func (x *App) keys() []shortcut {
	list := []shortcut{
		{fyne.KeyF, ctrl, lang.L("Search"), x.shell.search},
		{fyne.KeyF, ctrl | fyne.KeyModifierShift, lang.L("Open or close the filter"), x.toggleFilter},
		{fyne.KeyG, ctrl | fyne.KeyModifierShift, lang.L("Find in what the log shows"), func() { x.inLog((*log.Page).Find) }},
		{fyne.KeyG, ctrl, lang.L("Go to date…"), x.goToDate},
		{fyne.KeyR, ctrl, lang.L("Group repeats in the log, or show all rows"), func() { x.inLog((*log.Page).ToggleGroups) }},
		{fyne.KeyS, ctrl | fyne.KeyModifierShift, lang.L("Sort the log by a column, choose columns"), func() { x.inLog((*log.Page).SortMenu) }},
		{fyne.KeyD, ctrl, lang.L("Bookmark the row, or remove its bookmark"), func() { x.inLog((*log.Page).Bookmark) }},
		{fyne.KeyLeft, fyne.KeyModifierAlt, lang.L("Back"), x.shell.back},
		{fyne.KeyRight, fyne.KeyModifierAlt, lang.L("Forward"), x.shell.forward},
		{fyne.KeyP, ctrl, lang.L("Pause or resume"), x.togglePause},
		{fyne.KeyE, ctrl, lang.L("Export what is shown"), x.shell.export},
		{fyne.KeyO, ctrl, lang.L("Import an old log or a capture"), x.imports.Ask},
		{fyne.KeyK, ctrl, lang.L("Clear the view"), x.logPage.Clear},
		{fyne.KeyEnd, ctrl | fyne.KeyModifierShift, lang.L("Follow the newest rows"), x.logPage.Follow},
	}
	n := 0
	for _, p := range x.shell.pages {
		if p.id == pageStory {
			continue
		}
		n++
		name := fyne.KeyName(rune('0' + n%10)) // 0 is the tenth
		list = append(list, shortcut{name, ctrl, lang.L("Page {{.Name}}", map[string]any{"Name": p.label}), func() { x.shell.open(p.id); x.shell.focusPage() }})
	}
	for i, s := range list {
		list[i].do = func() {
			if !ui.Covered(x.window) { // else its answer comes first
				s.do()
			}
		}
	}
	return append(list, shortcut{fyne.KeyW, ctrl, lang.L("Close the window"), x.closing}, shortcut{fyne.KeyQ, ctrl, lang.L("Quit"), x.quit})
}

// shortcuts makes the window know them.
func (x *App) shortcuts() {
	for _, s := range x.keys() {
		x.window.Canvas().AddShortcut(&desktop.CustomShortcut{KeyName: s.key, Modifier: s.mod}, func(fyne.Shortcut) { s.do() })
	}
	x.window.Canvas().SetOnTypedKey(x.typedKey)
}

// typedKey takes the keys that nothing else wanted: F1 to F3, and those that move a page which is
// higher than the window.
func (x *App) typedKey(e *fyne.KeyEvent) {
	shift := false
	if d, ok := x.fyne.Driver().(desktop.Driver); ok {
		shift = d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0
	}
	switch {
	case e.Name == fyne.KeyF2 && shift:
		x.inLog((*log.Page).PreviousBookmark)
		return
	case e.Name == fyne.KeyF2:
		x.inLog((*log.Page).NextBookmark)
		return
	case e.Name == fyne.KeyF1:
		x.showHelp()
		return
	case e.Name == fyne.KeyF3 && shift:
		x.inLog((*log.Page).FindPrevious)
		return
	case e.Name == fyne.KeyF3:
		x.inLog((*log.Page).FindNext)
		return
	}
	ui.ScrollBy(x.shell.current.Content(), e.Name)
}

// showHelp opens the help at what it says about the page.
func (x *App) showHelp() {
	topic := help.Keys
	switch from := x.shell.current; {
	case from.id == pageHelp:
		return
	case from.id == pageSetup:
		topic = help.Routers
	case from.id == pageHosts:
		topic = help.Hosts
	case from.id == pageTemplate:
		topic = help.Template
	case from.id == pageAlerts:
		topic = help.Alerts
	case from.id == pageSettings:
		topic = help.Settings
	case x.shell.obeysSearch():
		topic = help.Search
	}
	x.shell.open(pageHelp)
	x.shell.current.Page.(*help.Page).ShowTopic(topic)
}

// inLog does something with the log, which is shown then.
func (x *App) inLog(do func(*log.Page)) {
	x.shell.open(pageLog)
	do(x.logPage)
}

// toggleFilter opens or closes the form beside the log.
func (x *App) toggleFilter() {
	x.shell.open(pageLog)
	x.logPage.ToggleFilter()
}

// goToDate asks for a date; the page stays if it obeys what is searched for.
func (x *App) goToDate() {
	if _, ok := x.shell.current.Page.(searcher); !ok {
		x.shell.open(pageLog)
	}
	x.logPage.GoToDate()
}

// helpKeys are the keys as the help shows them.
func (x *App) helpKeys() []help.Shortcut {
	var list []help.Shortcut
	group := func(name string) (add func(keys, what string)) {
		return func(keys, what string) { list = append(list, help.Shortcut{Group: name, Keys: keys, What: what}) }
	}
	everywhere := group(lang.L("Everywhere"))
	for _, k := range x.keys() {
		everywhere(keyText(k.mod, k.key), k.what)
	}
	everywhere("F1", lang.L("Help about the page"))
	everywhere("Tab / "+keyText(fyne.KeyModifierShift, "Tab"), lang.L("The next or previous button, field or list"))
	everywhere(lang.L("Enter"), lang.L("Press the button, open the row"))
	everywhere("Esc", lang.L("Close the dialog"))
	everywhere(lang.L("Page Up, Page Down"), lang.L("Move the page, the list or the text"))
	inList := group(lang.L("In Hosts and Devices"))
	inList("↑ ↓", lang.L("The row above or below"))
	inList(lang.L("Enter"), lang.L("Show the host in the log, or rename the device"))
	inList(lang.L("Menu key"), lang.L("Open the row's menu"))
	inList("← → / "+lang.L("Enter"), lang.L("In the header: choose a column, sort by it"))
	inLog := group(lang.L("In the log"))
	inLog("↑ ↓", lang.L("The row above or below"))
	inLog(lang.L("Page Up, Page Down"), lang.L("A page up or down"))
	inLog(lang.L("Home, End"), lang.L("The oldest row or the newest, which the log then follows"))
	inLog(keyText(fyne.KeyModifierShift, "↑ ↓ …"), lang.L("Select rows"))
	inLog(keyText(ctrl, fyne.KeyA), lang.L("Select all rows"))
	inLog(keyText(ctrl, fyne.KeyC), lang.L("Copy the selected rows"))
	inLog("/", lang.L("Find in what is shown"))
	inLog("F3", lang.L("The next row with what is looked for, older"))
	inLog(keyText(fyne.KeyModifierShift, fyne.KeyF3), lang.L("The one before, newer"))
	inLog("F2", lang.L("The next row with a bookmark, older"))
	inLog(keyText(fyne.KeyModifierShift, fyne.KeyF2), lang.L("The one before, newer"))
	inLog("→ / "+lang.L("Enter"), lang.L("Open the group of repeats"))
	inLog("←", lang.L("Close the group"))
	inLog(lang.L("Enter"), lang.L("Only this host"))
	inLog(lang.L("Menu key"), lang.L("Open the row's menu"))
	inLog("Esc", lang.L("Clear selection; sorted rows come by time again"))
	inLine := group(lang.L("In the time line"))
	inLine("← →", lang.L("The bar before or behind"))
	inLine(keyText(fyne.KeyModifierShift, "← →"), lang.L("Select a range"))
	inLine(lang.L("Enter"), lang.L("Select the bar"))
	inLine("+ − / ↑ ↓", lang.L("Zoom in or out"))
	inLine("0", lang.L("Show all of the history"))
	inLine(lang.L("Page Up, Page Down"), lang.L("Earlier or later"))
	inLine(lang.L("Home, End"), lang.L("The oldest or the newest"))
	inLine("Esc", lang.L("Clear the range"))
	return list
}

func keyText(mod fyne.KeyModifier, key fyne.KeyName) string {
	text := ""
	if mod&ctrl != 0 {
		text = lang.L("Ctrl") + " + "
		if runtime.GOOS == "darwin" {
			text = "⌘ "
		}
	}
	if mod&fyne.KeyModifierAlt != 0 {
		text += lang.L("Alt") + " + "
	}
	if mod&fyne.KeyModifierShift != 0 {
		text += lang.L("Shift") + " + "
	}
	switch key {
	case fyne.KeyEnd:
		return text + lang.L("End")
	case fyne.KeyLeft:
		return text + "←"
	case fyne.KeyRight:
		return text + "→"
	}
	return text + string(key)
}
