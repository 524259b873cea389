// Package notify shows notifications of the desktop: with a click that does
// something, and such that a newer one takes the place of an older of its kind.
//
// What they say comes from the network. No text of it is taken for markup, XML or
// a script, and none passes through a shell.
package notify

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"linklog/capture"
)

// Notification is one to show.
type Notification struct {
	// ID is its kind: a notification takes the place of the last one with this ID.
	ID string

	Title string // at most MaxTitle characters of it are shown
	Body  string // at most MaxBody; a line end begins another line

	// OnClick is called, from any goroutine, when the user clicks on it. Nil: nothing
	// happens then.
	OnClick func()
}

// Bounds of what is shown, in characters.
const (
	MaxTitle = 100
	MaxBody  = 300
)

// Options says who notifies.
type Options struct {
	AppID   string // as the desktop file has it
	AppName string
	Icon    []byte // PNG
	Log     *slog.Logger

	// Fallback shows a notification where this package knows no way of its own
	// (macOS); nil: none is shown there.
	Fallback func(title, body string)
}

// Notifier shows notifications. Show never waits: where nothing can show them (no
// notification daemon), they are dropped after a while, and that is logged once.
type Notifier struct {
	o       Options
	queue   chan Notification
	backend backend

	logged sync.Once
}

// queued bounds how many notifications wait for a slow desktop.
const queued = 16

// showWithin is how long a desktop may take for one.
const showWithin = 2 * time.Second

// New returns a Notifier; Run lets it work.
func New(o Options) *Notifier {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Notifier{o: o, queue: make(chan Notification, queued)}
}

// Show shows a notification soon.
func (n *Notifier) Show(x Notification) {
	x.Title, x.Body = cut(capture.Clean(x.Title), MaxTitle), cut(cleanLines(x.Body), MaxBody)
	select {
	case n.queue <- x:
	default: // a desktop that takes none: the pages of the app have it all
	}
}

// Run shows notifications until ctx ends.
func (n *Notifier) Run(ctx context.Context) {
	defer n.backend.close()
	for {
		select {
		case <-ctx.Done():
			return
		case x := <-n.queue:
			within, cancel := context.WithTimeout(ctx, showWithin)
			err := n.backend.show(within, &n.o, x)
			cancel()
			if err != nil && ctx.Err() == nil {
				n.logged.Do(func() { n.o.Log.Warn("notifications cannot be shown here", "error", err) })
			}
		}
	}
}

// cut shortens a text to a number of characters.
func cut(s string, limit int) string {
	n := 0
	for i := range s {
		if n == limit-1 && len(s)-i > 1 {
			rest := []rune(s[i:])
			if len(rest) > 1 {
				return s[:i] + "…"
			}
		}
		n++
	}
	return s
}

// cleanLines cleans each line of a text.
func cleanLines(s string) string {
	out := ""
	for start := 0; start <= len(s); {
		end := start
		for end < len(s) && s[end] != '\n' {
			end++
		}
		if start > 0 {
			out += "\n"
		}
		out += capture.Clean(s[start:end])
		start = end + 1
	}
	return out
}
