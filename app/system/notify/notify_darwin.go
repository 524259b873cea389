package notify

import (
	"context"
	"errors"
)

// backend leaves it to Fyne, which has the system's notifications from the app's
// bundle; a click on them opens the app.
type backend struct{}

func (*backend) close() {}

func (*backend) show(_ context.Context, o *Options, x Notification) error {
	if o.Fallback == nil {
		return errors.New("nothing shows notifications")
	}
	o.Fallback(x.Title, x.Body)
	return nil
}
