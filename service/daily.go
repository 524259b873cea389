package service

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/phrase"
	"linklog/service/alerts"
	"linklog/service/health"
	"linklog/service/history"
	"linklog/service/settings"
)

const (
	dailyEvery = 20 * time.Second
	// dailyWithin bounds how long the history is asked for a summary.
	dailyWithin = time.Minute
	// firstFew names are in a line of a summary.
	firstFew = 5
)

// tellDays makes the summaries of the day that outlets of the settings are to have.
func (s *Service) tellDays(ctx context.Context) {
	tick := time.NewTicker(dailyEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		s.tellDue(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// tellDue makes those that are due now.
func (s *Service) tellDue(ctx context.Context) {
	outlets := s.Outlets.digests()
	want := make(map[string]settings.DayTime)
	for name, o := range outlets {
		want[name] = o.Digest
	}
	for _, d := range s.Engine.Alerts().Days(want) {
		sum, err := s.summary(ctx, d.Since, d.Until, outlets[d.Outlet].DigestAlways)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.log.Warn("a summary of the day cannot be made", "outlet", d.Outlet, "error", err)
			continue // it stays due
		}
		s.Engine.Alerts().Told(d, sum)
	}
}

// summary is what happened in a time; without lines: nothing that is worth a message, unless one is
// wanted always.
func (s *Service) summary(ctx context.Context, since, until time.Time, always bool) (sum alerts.Summary, err error) {
	list, err := s.Engine.Alerts().Between(since, until)
	if err != nil {
		return sum, err
	}
	words := s.words()
	sum = alerts.Summarized(list, words)
	told := sum.Lines
	devices, wrong := s.newDevices(since, until), s.wrong()
	sum.Lines = []string{alerts.Span(since, until, time.Local, words), ""}
	if len(list)+len(devices)+len(wrong) == 0 {
		if !always {
			return alerts.Summary{}, nil
		}
		sum.Lines = append(sum.Lines, words.L("Nothing to report."))
	}
	if len(told) > 0 {
		sum.Lines = append(sum.Lines, words.L("Alerts:"))
		for _, line := range told {
			sum.Lines = append(sum.Lines, "- "+line)
		}
	}
	if len(devices) > 0 {
		names := make([]string, len(devices))
		for i, d := range devices {
			names[i] = d.String()
		}
		sum.Lines = append(sum.Lines, words.L("New devices:")+" "+few(names, words))
		sum.Who = append(sum.Who, devices[:min(len(devices), firstFew)]...)
	}
	if len(wrong) > 0 {
		sum.Lines = append(sum.Lines, words.L("Problems now:"))
		for _, line := range wrong[:min(len(wrong), firstFew)] {
			sum.Lines = append(sum.Lines, "- "+line)
		}
	}
	if err := s.attempts(ctx, &sum, since, until); err != nil && ctx.Err() == nil { // the rest is worth the message
		s.log.Warn("a summary of the day lacks what was blocked", "error", err)
	}
	return sum, nil
}

// few are the first of several, and how many more there are.
func few(list []string, words phrase.Words) string {
	if more := len(list) - firstFew; more > 0 {
		return strings.Join(list[:firstFew], ", ") + " " + words.L("and {{.Count}} more", "Count", more)
	}
	return strings.Join(list, ", ")
}

// newDevices are the devices that were seen for the first time in a time.
func (s *Service) newDevices(since, until time.Time) (list []alerts.AlertHost) {
	for _, d := range s.Engine.Hosts().Devices() {
		// Of IPv6 a device makes ever new addresses: only its hardware address tells it.
		if d.FirstSeen.After(since) && !d.FirstSeen.After(until) && (d.MAC != capture.MAC{} || d.Addr.Is4()) {
			list = append(list, alerts.AlertHost{Host: d.Addr, Name: d.Name})
		}
	}
	slices.SortFunc(list, func(a, b alerts.AlertHost) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), a.Host.Compare(b.Host))
	})
	return list
}

// wrong is what is wrong with the service now.
func (s *Service) wrong() (lines []string) {
	for _, c := range s.Health.List() {
		if c.Severity() != health.Note {
			lines = append(lines, c.In(s.words()))
		}
	}
	return lines
}

// attempts adds how many attempts there were, and what the router blocked.
func (s *Service) attempts(ctx context.Context, sum *alerts.Summary, since, until time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, dailyWithin)
	defer cancel()
	q := history.Query{Since: since, Until: until}
	groups, err := s.Engine.Group(ctx, q, history.Grouping{By: history.ByKind | history.ByDirection})
	if err != nil {
		return err
	}
	var all int64
	blocked := make(map[capture.Direction]int64)
	for _, g := range groups.List {
		if g.Kind == capture.Traffic {
			all += g.Count
			blocked[g.Dir] += g.Blocked
		}
	}
	words := s.words()
	sum.Lines = append(sum.Lines, words.L("Attempts: {{.Count}}", "Count", all))
	f, err := filter.Parse("verdict:blocked")
	if err == nil {
		q.Filter, err = f.Compile(nil, time.Time{})
	}
	if err != nil {
		return err
	}
	for _, way := range []struct {
		dir  capture.Direction
		by   history.Dimension
		text string
	}{{capture.In, history.ByRemote, words.L("Blocked from outside: {{.Count}}", "Count", blocked[capture.In])}, {capture.Out, history.ByLocal, words.L("Blocked to outside: {{.Count}}", "Count", blocked[capture.Out])}} {
		if blocked[way.dir] == 0 {
			continue
		}
		line := way.text
		most, err := s.Engine.Group(ctx, q, history.Grouping{By: history.ByDirection | way.by, Limit: 100})
		if i := slices.IndexFunc(most.List, func(g history.Group) bool { return g.Dir == way.dir }); i >= 0 {
			h := most.List[i].Remote
			if way.by == history.ByLocal {
				h = most.List[i].Local
			}
			if h.Addr.IsValid() {
				addr, name := s.Engine.Hosts().DeviceOf(h.Addr, h.MAC)
				h.Addr, h.Name = addr, cmp.Or(name, h.Name)
			}
			one := alerts.AlertHost{Host: h.Addr, Name: h.Name}
			if one != (alerts.AlertHost{}) { // the router told who it was
				line += ", " + words.L("most by {{.Who}}: {{.Count}}", "Who", one, "Count", most.List[i].Count)
				sum.Who = append(sum.Who, one)
			}
		}
		sum.Lines = append(sum.Lines, line)
		if err != nil {
			return err
		}
	}
	return nil
}
