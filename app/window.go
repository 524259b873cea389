package app

import (
	"context"
	"image"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/lang"

	"linklog/app/system/desktop"
	"linklog/app/system/notify"
	"linklog/app/system/prefs"
)

// run shows the window, or not yet, and returns when the app is to end.
func (x *App) run(stop context.CancelFunc) {
	defer stop()
	x.tray = newTray(x)
	x.window.SetCloseIntercept(x.closing)
	x.window.SetMaster()
	x.tray.start()
	x.fyne.Lifecycle().SetOnStarted(func() {
		x.start()
		x.work.Go(func() { x.watchTray(x.ctx) })
	})
	ended := make(chan struct{})
	defer close(ended)
	x.leave = sync.OnceFunc(func() {
		go func() {
			select {
			case <-ended:
			case <-time.After(x.leaveWithin):
				x.config.Stuck()
			}
		}()
	})
	context.AfterFunc(x.ctx, func() {
		x.leave()
		x.do(x.fyne.Quit)
	})
	if !x.config.Hidden {
		x.window.Show()
		x.setShown(true)
	}
	x.fyne.Run()
}

// leaveWithin is how long Fyne may take to end: what is given to its thread in its last moment can be
// lost, and then it waits for that for ever (2.8.1, runGL).
const leaveWithin = 10 * time.Second

// settleWithin is how long a desktop that starts may take until its tray is there.
const settleWithin = 30 * time.Second

// watchTray shows the window when the tray is gone and the window is hidden: else
// there would be no way to the app.
func (x *App) watchTray(ctx context.Context) {
	select {
	case <-time.After(settleWithin):
	case <-ctx.Done():
		return
	}
	for there := range desktop.WatchTray(ctx) {
		if there {
			continue
		}
		x.do(func() {
			if !x.visible.shown {
				x.showWindow()
			}
		})
	}
}

// visibility is whether the window can be seen.
type visibility struct {
	shown     bool // it is open
	minimised bool
	seen      bool   // shown and not minimised
	restore   func() // brings back a minimised window; nil: not known
}

// setShown is called when the window is opened or closed.
func (x *App) setShown(shown bool) {
	x.visible.shown = shown
	x.updateVisible()
}

// setMinimised is called when the window is minimised or comes back.
func (x *App) setMinimised(minimised bool) {
	x.visible.minimised = minimised
	x.updateVisible()
}

// updateVisible begins or ends to show what comes.
func (x *App) updateVisible() {
	v := &x.visible
	seen := v.shown && !v.minimised
	if v.seen == seen {
		return
	}
	v.seen = seen
	x.pump.setVisible(seen)
	x.shell.setVisible(seen)
	x.away.setVisible(seen)
	if seen {
		x.askStatus()
	}
}

// windowSize is the size the window had.
func (x *App) windowSize() fyne.Size {
	c := x.prefs.Get()
	if c.Width == 0 || c.Height == 0 {
		return fyne.NewSize(1280, 800)
	}
	return fyne.NewSize(c.Width, c.Height)
}

// showWindow brings the window to the front.
func (x *App) showWindow() {
	x.window.Show()
	if x.visible.minimised && x.visible.restore != nil {
		x.visible.restore()
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
		if x.visible.restore == nil && x.config.Minimising != nil {
			x.visible.restore = x.config.Minimising(x.setMinimised)
		}
		return image.NewNRGBA(image.Rect(0, 0, 1, 1))
	})
}

func (x *App) rememberWindow() {
	size := x.window.Canvas().Size()
	x.prefs.Change(func(c *prefs.Choices) {
		c.Width, c.Height, c.Page = size.Width, size.Height, string(x.shell.current.id)
		if x.shell.current.id == pageStory { // of whom is not remembered
			c.Page = string(pageHosts)
		}
	})
}

// quit ends the app.
func (x *App) quit() {
	x.rememberWindow()
	x.leave()
	x.fyne.Quit()
}

// probeWithin is how long a desktop may take to say whether it has a tray.
const probeWithin = 500 * time.Millisecond

// closing is called when the user closes the window: the icon in the tray stays,
// if there is a tray; that is asked each time, as a panel may come and go. Without
// one the app would be gone from sight, so it ends.
func (x *App) closing() {
	if x.tray == nil || x.prefs.Get().Quit {
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
		if !x.prefs.Get().TrayTold {
			x.prefs.Change(func(c *prefs.Choices) { c.TrayTold = true })
			x.show(notify.Notification{ID: "tray", Title: lang.L("LinkLog is still running in the tray"), Body: lang.L("Quit it from the tray, or choose in the settings to quit when the window is closed.")})
		}
		x.hideWindow()
	})
}
