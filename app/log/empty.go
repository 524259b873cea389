package log

import (
	"fyne.io/fyne/v2/lang"

	"linklog/app/feed"
	"linklog/app/ui"
)

// showEmpty says in the log why there are no rows, and what to do.
func (p *Page) showEmpty() {
	if p.memory.shown.Len() == 0 {
		p.view.SetEmpty(p.empty())
	}
}

// empty is why there are no rows. Nothing is said to be waited for that was there once.
func (p *Page) empty() string {
	h, st := &p.state.Hello, &p.status
	switch {
	case p.state.Connection == feed.Connecting:
		return lang.L("Connecting…")
	case p.state.Connection == feed.Refused, p.state.Connection == feed.Lost:
		if p.state.Err == nil {
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
	case h.Last > 0 || st.Last > 0 || st.Imported.Events > 0 || p.Len() > 0:
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
