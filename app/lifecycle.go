package app

import "context"

// run shows the window, or not yet, and returns when the app is to end.
func (x *App) run(stop context.CancelFunc) {
	x.tray = newTray(x)
	x.window.SetCloseIntercept(x.closing)
	x.window.SetMaster()
	life := x.fyne.Lifecycle()
	life.SetOnStarted(func() {
		x.tray.start()
		x.start()
	})
	context.AfterFunc(x.ctx, func() { x.do(x.fyne.Quit) })
	if x.config.Hidden {
		x.fyne.Run()
		return
	}
	x.window.Show()
	x.setVisible(true)
	x.fyne.Run()
}
