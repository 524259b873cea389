package app

import (
	"linklog/app/ui"
)

// makePages makes all pages, which are shown when they are chosen.
func (x *App) makePages() map[pageID]ui.Page {
	return map[pageID]ui.Page{
		pageLog: x.logPage,
	}
}
