package app

import (
	"context"
	"time"

	"fyne.io/fyne/v2/lang"

	"linklog/app/system/prefs"
	"linklog/service/client"
)

// muteFor is for how long the tray mutes.
const muteFor = time.Hour

// muted reports whether the service alerts no one, as far as it is known.
func (x *App) muted() bool { return time.Now().Before(x.status.Muted) }

// toggleMute mutes the service for an hour, or ends that.
func (x *App) toggleMute() {
	var until time.Time
	if !x.muted() {
		until = time.Now().Add(muteFor)
	}
	x.mute(until)
}

// muteUntilTomorrow mutes the service until midnight.
func (x *App) muteUntilTomorrow() {
	y, m, d := time.Now().Date()
	x.mute(time.Date(y, m, d+1, 0, 0, 0, 0, time.Local))
}

// mute mutes the service until a time; the zero time ends it.
func (x *App) mute(until time.Time) {
	c := x.feed.Client()
	x.background(func(ctx context.Context) error { return c.SetMute(ctx, until) }, func(err error) {
		if err != nil {
			x.fail(lang.L("Mute"), err)
			return
		}
		x.showMute(until)
	})
}

// showMute shows in tray and settings until when the service is muted.
func (x *App) showMute(until time.Time) {
	x.status.Muted = until
	x.tray.update()
	x.pages.settings.ShowMute(until)
}

// handMuteOver hands the mute that earlier versions of the app kept to the service.
func (x *App) handMuteOver() {
	until := x.prefs.Get().Muted
	if until.IsZero() || !x.computer.Here() {
		return
	}
	c := x.feed.Client()
	x.background(func(ctx context.Context) error { return prolongMute(ctx, c, until) }, func(err error) {
		if err == nil {
			x.prefs.Change(func(c *prefs.Choices) { c.Muted = time.Time{} })
			x.askStatus()
		}
	})
}

// prolongMute mutes until a time, if the service is not muted for longer.
func prolongMute(ctx context.Context, c *client.Client, until time.Time) error {
	now, err := c.Mute(ctx)
	if err != nil || !now.Before(until) || !time.Now().Before(until) {
		return err
	}
	return c.SetMute(ctx, until)
}
