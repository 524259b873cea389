package log

import (
	"time"

	"fyne.io/fyne/v2"

	"linklog/app/log/timeline"
	"linklog/app/ui/date"
	"linklog/filter"
)

// lowest is the height of the page from which on it has room for the time line: that of a
// window of 520.
const lowest = 440

// newLine makes the time line.
func newLine(p *Page) *timeline.Line {
	l := timeline.New(p.c, timeline.Options{OnRange: p.setRange, OnGoTo: p.GoToDate})
	l.Search(filter.Filter{}, p.c.Services)
	return l
}

// setRange makes a range of time a part of the search text; zero times: no bound.
func (p *Page) setRange(since, until time.Time) {
	p.SetQuery(date.Within(p.memory.query, since, until, time.Now()))
}

// showLine shows the time line, or not: if the user does not want it, or the page is low. While it
// cannot be seen it asks for nothing. It returns the height that it takes.
func (p *Page) showLine(page fyne.Size) float32 {
	wanted := !p.c.Prefs.Get().NoTimeline && page.Height >= lowest
	if wanted != p.line.Visible() {
		if wanted {
			p.line.Show()
		} else {
			p.line.Hide()
		}
	}
	p.line.SetActive(wanted && p.shown)
	if !wanted {
		return 0
	}
	return timeline.Height
}
