//go:build !linux

package desktop

import "context"

// WatchTray says that there is a tray, which stays. The channel is closed when ctx
// ends.
func WatchTray(ctx context.Context) <-chan bool {
	c := make(chan bool, 1)
	c <- true
	context.AfterFunc(ctx, func() { close(c) })
	return c
}
