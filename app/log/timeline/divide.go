package timeline

import (
	"time"

	"linklog/filter"
	"linklog/format/services"
)

// divide takes a filter apart: into the attempts that it asks for, and from when to when it
// does.
func divide(f filter.Filter, names *services.Table, now time.Time) (query string, m *filter.Matcher, since, until time.Time, err error) {
	if m, err = f.Compile(names, now); err != nil {
		return "", nil, since, until, err
	}
	since, until = m.Times()
	f.Since, f.Until, f.Date = "", "", ""
	if f.Direction == "" {
		f.Direction = "in,out" // attempts only
	}
	m, err = f.Compile(names, now)
	return f.String(), m, since.In(now.Location()), until.In(now.Location()), err
}
