package log

import (
	"fyne.io/fyne/v2/lang"

	"linklog/app/feed"
	"linklog/app/ui"
)

// showEmpty says in the log why there are no rows, and what to do.
func (p *Page) showEmpty() {
	empty := p.memory.shown.Len() == 0
	if empty {
		p.view.SetEmpty(p.empty())
	}
	ui.SetVisible(p.old, empty && p.nothingYet())
}

// nothingYet reports whether there is nothing to see until the router sends, or an old log is imported.
func (p *Page) nothingYet() bool {
	there := p.state.Connection == feed.ToService || p.state.Connection == feed.ToEmbedded
	return there && p.memory.query == "" && !p.memory.cleared && !p.history.searching() && p.history.err == nil && !p.had()
}

// had reports whether there are events, or were.
func (p *Page) had() bool {
	return p.state.Hello.Last > 0 || p.status.Last > 0 || p.status.Imported.Events > 0 || p.Len() > 0
}

// empty is why there are no rows. Nothing is said to be waited for that was there once.
func (p *Page) empty() string {
	st := &p.status
	switch {
	case p.state.Connection == feed.Connecting:
		return lang.L("Connecting…")
	case p.state.Connection == feed.Refused, p.state.Connection == feed.Lost:
		if p.state.Err == nil || !p.c.Client.Elsewhere().IsZero() { // the window says above it what is wrong, in several lines
			return lang.L("The service does not answer")
		}
		return ui.Cause(p.state.Err)
	case p.memory.cleared:
		return lang.L("The view was cleared. New events appear here; the earlier ones are still in the history.")
	case p.history.searching():
		return lang.L("Searching…")
	case p.history.err != nil:
		return lang.L("The history could not be read") + ": " + ui.Cause(p.history.err)
	case p.memory.query != "":
		return lang.L("Nothing matches this filter.")
	case p.had():
		if p.c.Prefs.Get().Attempts && (st.History.Events > 0 || p.Len() > 0) {
			return lang.L("No connection attempts yet, only messages about the router, which are hidden. You can show them in the settings.")
		}
		return lang.L("The history is empty. New events appear here.")
	case st.Strange > 0:
		return lang.L("Messages arrive, but from computers that are not accepted as routers. The Setup page shows what to do.")
	case st.Received > 0:
		return lang.L("Messages arrive, but none of them is about a connection. The Setup page shows more.")
	}
	return lang.L("Waiting for the first message from your router…")
}
