package app

import (
	"net"
	"net/netip"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// showWindow brings the window to the front.
func (x *App) showWindow() {
	x.window.Show()
	x.window.RequestFocus()
	x.setVisible(true)
}

// hideWindow leaves the icon in the tray.
func (x *App) hideWindow() {
	x.rememberWindow()
	x.setVisible(false)
	x.window.Hide()
}

func (x *App) rememberWindow() {
	size := x.window.Canvas().Size()
	x.prefs.change(func(c *choices) { c.Width, c.Height, c.Page = size.Width, size.Height, x.shell.current })
}

// quit ends the app.
func (x *App) quit() {
	x.rememberWindow()
	x.fyne.Quit()
}

// closing is called when the user closes the window.
func (x *App) closing() {
	if x.tray == nil || !x.tray.shown || x.prefs.get().Quit {
		x.quit()
		return
	}
	x.hideWindow()
}

// shortcut is a key with what it does, for the window and for the help.
type shortcut struct {
	key  fyne.KeyName
	mod  fyne.KeyModifier
	what string
	do   func()
}

func (x *App) shortcuts() {
	for _, s := range x.keys() {
		x.window.Canvas().AddShortcut(&desktop.CustomShortcut{KeyName: s.key, Modifier: s.mod}, func(fyne.Shortcut) { s.do() })
	}
}

// ownAddresses are this machine's addresses in networks at home.
func ownAddresses() (own []netip.Addr) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	for _, i := range interfaces {
		addrs, err := i.Addrs()
		if err != nil || i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Unmap().Is4() && !p.Addr().IsLinkLocalUnicast() {
				own = append(own, p.Addr().Unmap())
			}
		}
	}
	return own
}
