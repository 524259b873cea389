package app

import (
	"context"
	"slices"
	"strings"

	"linklog/capture"
	"linklog/service/client"
	"linklog/service/doctor"
)

// testPrefix is how the texts of tests begin, in each language.
const testPrefix = "LinkLog"

// isNoTest reports whether an event is not one of the tests that Setup and doctor send from this
// computer: those prove that LinkLog listens, but not that the router sends. Nor is what is missing one
// of its messages.
func isNoTest(ev capture.Event) bool {
	if ev.Kind == capture.Gap {
		return false
	}
	return ev.Kind != capture.System || !strings.HasPrefix(ev.Text, testPrefix) || !doctor.IsOwn(ev.Router)
}

// testsAtMost is how many tests somebody sends before the router does.
const testsAtMost = 100

// askHeard finds out whether anything but tests came before this window was opened.
func (x *App) askHeard() {
	if x.heard || x.state.Hello.Last == 0 {
		return
	}
	var newest []capture.Event
	c := x.feed.Client()
	x.background(func(ctx context.Context) error {
		return c.Events(ctx, client.Query{Limit: testsAtMost}, func(ev *capture.Event) error {
			newest = append(newest, *ev)
			return nil
		})
	}, func(err error) {
		if err == nil && !x.heard && (len(newest) == testsAtMost || slices.ContainsFunc(newest, isNoTest)) {
			x.heard = true
			x.shell.showState()
		}
	})
}
