package reports

import (
	"strings"
	"time"

	"linklog/app/ui/date"
	"linklog/filter"
)

// preset is a range that ends now.
type preset int

const (
	hour preset = iota
	day
	week
	month
	always
	own // that of the search text
)

// ago is how long ago a preset begins, as in a search text; "": with the oldest event.
func (p preset) ago() string {
	return [...]string{hour: "1h", day: "24h", week: "7d", month: "30d", always: "", own: ""}[p]
}

// wish is what the user wants to see.
type wish struct {
	filter   filter.Filter // without times
	matching string        // what the search text asks for beside times; "": all
	preset   preset
	from, to time.Time // of own; zero: without an end there
	volume   bool      // how much was sent, not how many attempts there were
}

// newWish is a wish by a search text, whose times count more than a preset, and whose direction
// more than dir.
func newWish(text string, p preset, dir string, names filter.Services, now time.Time) (wish, error) {
	f, err := filter.Parse(text)
	if err != nil {
		return wish{}, err
	}
	m, err := f.Compile(names, now)
	if err != nil {
		return wish{}, err
	}
	w := wish{preset: p}
	if w.from, w.to = m.Times(); f.Timed() {
		w.preset = own
	}
	f.Since, f.Until, f.Date = "", "", ""
	w.matching = f.String()
	if f.Direction == "" {
		if f.Direction = dir; dir == "" {
			f.Direction = "in,out" // attempts only
		}
	}
	w.filter = f
	return w, nil
}

// span is the wish in times; oldest is when the history begins.
func (w *wish) span(now, oldest time.Time) (from, to time.Time) {
	switch w.preset {
	case hour:
		return now.Add(-time.Hour), now
	case day:
		return now.Add(-24 * time.Hour), now
	case week:
		return now.AddDate(0, 0, -7), now
	case month:
		return now.AddDate(0, 0, -30), now
	}
	from, to = w.from, w.to
	if from.IsZero() {
		from = oldest
	}
	if to.IsZero() {
		to = now
	}
	if from.IsZero() || !from.Before(to) {
		from = to.Add(-time.Hour)
	}
	return from.In(now.Location()), to.In(now.Location())
}

// past reports whether nothing that comes can be within it.
func (w *wish) past(now time.Time) bool { return w.preset == own && !w.to.IsZero() && w.to.Before(now) }

// query is the search text for what of the wish also passes a second filter, as one that one of the
// lists has.
func (w *wish) query(also filter.Filter, now time.Time) string {
	f := w.filter
	if f.Direction == "in,out" {
		f.Direction = ""
	}
	narrow(&f, also)
	if w.preset == own {
		return date.Within(f.String(), w.from, w.to, now)
	}
	f.Since = w.preset.ago()
	return f.String()
}

// narrow adds what a list has a line for. The same field twice would be one list, of which either
// may match; but what is counted has passed the filter, so that of a port, a protocol or an owner
// only the second counts, and for an address besides others there are words, which all have to match.
func narrow(f *filter.Filter, also filter.Filter) {
	word := func(text string) { f.Any = strings.TrimSpace(f.Any + " " + text) }
	switch {
	case also.IP != "" && f.IP == "":
		f.IP = also.IP
	case also.IP != "":
		word(also.IP)
	case also.Host != "" && f.Host == "":
		f.Host = also.Host
	case also.Host != "":
		name, _, _ := strings.Cut(also.Host, ",") // that of a domain is in those of its hosts
		word(filter.Quote(name))
	}
	for _, of := range [...]struct{ field, value *string }{
		{&f.PortDest, &also.PortDest}, {&f.Protocol, &also.Protocol}, {&f.MAC, &also.MAC},
		{&f.Owner, &also.Owner}, {&f.Country, &also.Country}, {&f.Category, &also.Category},
	} {
		if *of.value != "" {
			*of.field = *of.value
		}
	}
}
