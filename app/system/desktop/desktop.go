// Package desktop does what each desktop does in its own way: starting the app at
// login, asking for an administrator's rights, and telling whether there is a tray.
package desktop

import "errors"

// ErrCancelled says that the user did not give the rights that were asked for.
var ErrCancelled = errors.New("cancelled")

// The functions of this package, the same on each system:
//
//	TrayAvailable(ctx) bool             there is a tray that shows icons
//	RunElevated(ctx, program, args…)    as an administrator, asked for in the way of the system
//	Autostart{ID, Program, …}           .Enabled() .Enable() .Disable(), for this user
//	OpenFolder(path)                    in the file manager

// Autostart is the app being started at login, for this user alone.
type Autostart struct {
	ID, Name string // of the app
	Program  string // absolute path
	Args     []string
}
