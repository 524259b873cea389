package app

import (
	"context"
	"time"

	"linklog/app/system/desktop"
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
	context.AfterFunc(x.ctx, func() { x.do(x.fyne.Quit) })
	if !x.config.Hidden {
		x.window.Show()
		x.setShown(true)
	}
	x.fyne.Run()
}

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
			if !x.shown {
				x.showWindow()
			}
		})
	}
}
