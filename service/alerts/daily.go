package alerts

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"linklog/phrase"
	"linklog/service/book"
	"linklog/service/settings"
)

// dailyKey is what the rows of summaries begin with among those of rules.
const dailyKey = "daily:"

// daily are the summaries of the day that outlets get: when each had its last one, or was asked
// to have them, in ns since 1970 by the clock; by outlet.
type daily struct {
	last    map[string]int64
	changed map[string]bool // the file has them otherwise
}

func newDaily() daily {
	return daily{last: make(map[string]int64), changed: make(map[string]bool)}
}

// read takes a row of the file; false: it is about something else.
func (d *daily) read(key string, last int64) bool {
	outlet, found := strings.CutPrefix(key, dailyKey)
	if found {
		d.last[outlet] = last
	}
	return found
}

func (d *daily) set(outlet string, last int64) {
	if last == 0 {
		delete(d.last, outlet)
	} else {
		d.last[outlet] = last
	}
	d.changed[outlet] = true
}

// dailyRow is a summary to be written; last is 0 where there are none any more.
type dailyRow struct {
	outlet string
	last   int64
}

// take gives what is to be written.
func (d *daily) take() (rows []dailyRow) {
	for outlet := range d.changed {
		rows = append(rows, dailyRow{outlet, d.last[outlet]})
	}
	clear(d.changed)
	return rows
}

func (d *daily) putBack(rows []dailyRow) {
	for _, r := range rows {
		d.changed[r.outlet] = true
	}
}

func writeDaily(tx *sql.Tx, rows []dailyRow) error {
	for _, r := range rows {
		query, args := "DELETE FROM rules WHERE name = ?", []any{dailyKey + r.outlet}
		if r.last != 0 {
			query, args = "INSERT OR REPLACE INTO rules (name, print, told, last, state) VALUES (?, '', 0, ?, '{}')", append(args, r.last)
		}
		if _, err := tx.Exec(query, args...); err != nil {
			return err
		}
	}
	return nil
}

// Day is a day that an outlet is to have a summary of.
type Day struct {
	Outlet       string
	Since, Until time.Time
}

// wrongClock is how far in the future the last summary may be: small computers without a clock of
// their own begin in any year.
const wrongClock = 25 * time.Hour

// Days takes which outlets have summaries of the day, and when, and gives those that are due now.
// A new one has its first at the first such time from now on. While alerts are muted none is due.
func (a *Alerts) Days(want map[string]settings.DayTime) (due []Day) {
	a.at.Lock()
	defer a.at.Unlock()
	now := a.at.Now()
	for _, outlet := range slices.Sorted(maps.Keys(want)) {
		last := nanos(a.daily.last[outlet])
		if a.daily.last[outlet] == 0 || last.Sub(now) > wrongClock {
			a.daily.set(outlet, now.UnixNano())
			a.at.Changed()
			continue
		}
		if !want[outlet].After(last.Local()).After(now) && !a.muted(a.at.Steady()) {
			due = append(due, Day{outlet, last, now})
		}
	}
	for outlet := range a.daily.last {
		if _, wanted := want[outlet]; !wanted {
			a.daily.set(outlet, 0)
			a.at.Changed()
		}
	}
	return due
}

// Summary is what happened on a day.
type Summary struct {
	Count uint64 // alerts
	Lines []string
	Who   []AlertHost // all that are named in it, so that it goes when they are forgotten
}

// Told makes the alert with the summary of a day, unless that was done already; without lines
// there is nothing to tell.
func (a *Alerts) Told(d Day, s Summary) {
	a.at.Lock()
	defer a.at.Unlock()
	if a.daily.last[d.Outlet] != d.Since.UnixNano() {
		return
	}
	a.daily.set(d.Outlet, d.Until.UnixNano())
	a.at.Changed()
	if len(s.Lines) > 0 {
		a.emit(Alert{Kind: Daily, Count: s.Count, Since: d.Since.UTC(), Message: strings.Join(s.Lines, "\n"), Hosts: s.Who, Outlets: []string{d.Outlet}})
	}
}

// Between gives the alerts that were made in a time, without summaries.
func (a *Alerts) Between(since, until time.Time) (list []Alert, err error) {
	err = a.each(func(one Alert) {
		if one.Kind != Daily {
			list = append(list, one)
		}
	}, "WHERE time > ? AND time <= ? ORDER BY id", since.UnixNano(), until.UnixNano())
	return list, err
}

// Summarized puts alerts together by what they are about, with the number of each.
func Summarized(list []Alert, words phrase.Words) (s Summary) {
	s.Count = uint64(len(list))
	var names []string
	all := make(map[string]*bundle)
	for i := range list {
		a := &list[i]
		name := about(a, words)
		if name == "" {
			continue
		}
		if all[name] == nil {
			all[name] = &bundle{}
			names = append(names, name)
		}
		if a.Kind == WANChange {
			s.Who = append(s.Who, AlertHost{Host: a.NewAddr})
		}
		b := all[name]
		b.Count += max(a.Count, 1)
		who := a.Hosts
		switch {
		case len(who) > 0:
		case a.Kind == NewDevice:
			who = []AlertHost{{a.Device, a.DeviceName}}
		case a.Host.IsValid() || a.Name != "":
			who = []AlertHost{{a.Host, a.Name}}
		}
		for _, h := range who {
			if len(b.First) < firstFew && !slices.ContainsFunc(b.First, func(x Alert) bool { return x.Host == h.Host && x.Name == h.Name }) {
				b.First = append(b.First, Alert{Host: h.Host, Name: h.Name})
			}
		}
	}
	for _, name := range names {
		line := fmt.Sprintf("%s: %d", name, all[name].Count)
		if all[name].Count == 1 && strings.Contains(name, ": ") {
			line = name
		}
		var who []string
		for _, h := range all[name].First {
			if of := called(h.Host, h.Name); of != "" {
				who = append(who, of)
			}
		}
		for _, h := range all[name].First {
			s.Who = append(s.Who, AlertHost{h.Host, h.Name})
		}
		if len(who) > 0 {
			line += ", " + words.L("such as {{.Names}}", "Names", strings.Join(who, ", "))
			if uint64(len(who)) >= all[name].Count {
				line = name + ": " + strings.Join(who, ", ")
			}
		}
		s.Lines = append(s.Lines, line)
	}
	return s
}

// about is what an alert is about in a summary.
func about(a *Alert, words phrase.Words) string {
	switch a.Kind {
	case NewHost, NewHosts, Digest:
		return words.L("New hosts")
	case WANChange:
		return words.L("New public IP address: {{.Address}}", "Address", book.AddrText(a.NewAddr))
	case Rule, RuleMany, RuleNothing:
		return words.L("Rule {{.Rule}}", "Rule", a.Rule)
	case NewDevice:
		return "" // a summary has all new devices, whether there were alerts or not
	case PortScan:
		return words.L("Port scans")
	case RouterSilent:
		return words.L("Routers that fell silent")
	case Trouble:
		if a.Message == "" {
			return words.L("Problem")
		}
		return words.L("Problem: {{.Problem}}", "Problem", a.Message)
	case Listed:
		return words.L("Attempts to reach listed hosts")
	}
	return ""
}
