package app

import (
	"context"
	"image"
	"net"
	"net/netip"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	shortcuts "fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"

	"linklog/app/system/desktop"
	"linklog/app/system/notify"
)

// showWindow brings the window to the front.
func (x *App) showWindow() {
	x.window.Show()
	if x.minimised && x.restore != nil {
		x.restore()
	}
	x.window.RequestFocus()
	x.setShown(true)
}

// hideWindow leaves the icon in the tray.
func (x *App) hideWindow() {
	x.rememberWindow()
	x.setShown(false)
	x.window.Hide()
}

// watchMinimising is an invisible dot that is painted with the window: only then can
// the window be told from others, see Toolkit.
func (x *App) watchMinimising() fyne.CanvasObject {
	return canvas.NewRaster(func(int, int) image.Image {
		if x.restore == nil && x.config.Minimising != nil {
			x.restore = x.config.Minimising(x.setMinimised)
		}
		return image.NewNRGBA(image.Rect(0, 0, 1, 1))
	})
}

func (x *App) rememberWindow() {
	size := x.window.Canvas().Size()
	x.prefs.change(func(c *choices) { c.Width, c.Height, c.Page = size.Width, size.Height, string(x.shell.current) })
}

// quit ends the app.
func (x *App) quit() {
	x.rememberWindow()
	x.fyne.Quit()
}

// probeWithin is how long a desktop may take to say whether it has a tray.
const probeWithin = 500 * time.Millisecond

// closing is called when the user closes the window: the icon in the tray stays,
// if there is a tray; that is asked each time, as a panel may come and go. Without
// one the app would be gone from sight, so it ends.
func (x *App) closing() {
	if x.tray == nil || x.prefs.get().Quit {
		x.quit()
		return
	}
	there := false
	x.background(func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, probeWithin)
		defer cancel()
		there = desktop.TrayAvailable(ctx)
		return nil
	}, func(error) {
		if !there {
			x.quit()
			return
		}
		if !x.prefs.get().TrayTold {
			x.prefs.change(func(c *choices) { c.TrayTold = true })
			x.notifier.Show(notify.Notification{ID: "tray", Title: lang.L("LinkLog goes on in the tray"), Body: lang.L("Quit it there, or in its settings choose to quit when the window is closed.")})
		}
		x.hideWindow()
	})
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
		x.window.Canvas().AddShortcut(&shortcuts.CustomShortcut{KeyName: s.key, Modifier: s.mod}, func(fyne.Shortcut) { s.do() })
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
