package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"linklog/app/choose"
	"linklog/app/computers"
	"linklog/app/ui"
)

// name is what stands first on top: the app's name, or, where there are several computers, which of
// them is shown, with a menu of all.
type name struct {
	app     *App
	head    *ui.Themed
	choose  *ui.Button
	content *fyne.Container
}

func newName(x *App) *name {
	n := &name{app: x, head: ui.NewHead(x.config.Metadata.Name, 16)}
	n.choose = ui.NewIconButton("", theme.MenuDropDownIcon(), n.menu)
	n.choose.IconPlacement = widget.ButtonIconTrailingText
	n.content = container.NewStack(container.NewCenter(n.head), n.choose)
	return n
}

// longestName is how much of a name there is room for, in Fyne's units.
const longestName = 150

// showName brings the name up to date.
func (b *bar) showName() {
	n := b.name
	several := n.app.computers.Several()
	text := ui.Fit(choose.NameOf(n.app.computer), longestName, theme.TextSize(), fyne.TextStyle{Bold: true})
	if several && n.choose.Text != text {
		n.choose.SetText(text)
	}
	if n.choose.Visible() != several || n.head.Visible() == several {
		ui.SetVisible(n.choose, several)
		ui.SetVisible(n.head, !several)
	}
	if s := n.app.shell; s != nil && s.bar == b {
		s.content.Refresh()
	}
}

// menu shows the computers to choose from.
func (n *name) menu() {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(n.choose).Add(fyne.NewPos(0, n.choose.Size().Height))
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", n.app.computerItems(n.app.shell.open)...), n.app.window.Canvas(), at)
}

// computerItems are the computers in a menu, with how they stand, and below them the page of all.
func (x *App) computerItems(open func(pageID)) (items []*fyne.MenuItem) {
	for _, c := range x.computers.All() {
		label := choose.NameOf(c)
		if standing, text := choose.Describe(c); standing == computers.Connecting {
			label += " – " + text
		} else if standing == computers.Broken {
			label += " – " + lang.L("not connected")
		}
		item := fyne.NewMenuItem(label, func() { x.showComputer(c) })
		item.Checked = c == x.computer
		items = append(items, item)
	}
	return append(items, fyne.NewMenuItemSeparator(), fyne.NewMenuItem(lang.L("All computers…"), func() { open(pageChoose) }))
}
