package log

import (
	"time"

	"linklog/filter"
)

// ShowRange searches for what matches a search text in a span of time.
func (p *Page) ShowRange(from, to time.Time, query string) {
	f, err := filter.Parse(query)
	if err != nil {
		f = filter.Filter{}
	}
	const layout = "2006-01-02T15:04:05"
	f.Since, f.Until, f.Date = from.Local().Format(layout), to.Local().Format(layout), ""
	p.SetQuery(f.String())
}
