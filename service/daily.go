package service

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"linklog/capture"
	"linklog/filter"
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
		count, text, err := s.summary(ctx, d.Since, d.Until, outlets[d.Outlet].DigestAlways)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.log.Warn("a summary of the day cannot be made", "outlet", d.Outlet, "error", err)
			continue // it stays due
		}
		s.Engine.Alerts().Told(d, count, text)
	}
}

// summary is what happened in a time, in lines, and the number of alerts; "": nothing that is
// worth a message, unless one is wanted always.
func (s *Service) summary(ctx context.Context, since, until time.Time, always bool) (count uint64, text string, err error) {
	list, err := s.Engine.Alerts().Between(since, until)
	if err != nil {
		return 0, "", err
	}
	const day = "Mon 2 Jan 15:04"
	lines := []string{since.Local().Format(day) + " to " + until.Local().Format(day), ""}
	told := alerts.Summarized(list)
	devices := s.newDevices(since, until)
	wrong := s.wrong()
	if len(list)+len(devices)+len(wrong) == 0 {
		if !always {
			return 0, "", nil
		}
		lines = append(lines, "Nothing to report.")
	}
	if len(told) > 0 {
		lines = append(lines, "Alerts:")
		for _, line := range told {
			lines = append(lines, "- "+line)
		}
	}
	if len(devices) > 0 {
		lines = append(lines, "New devices: "+few(devices))
	}
	if len(wrong) > 0 {
		lines = append(lines, "Problems now:")
		for _, line := range wrong[:min(len(wrong), firstFew)] {
			lines = append(lines, "- "+line)
		}
	}
	attempts, err := s.attempts(ctx, since, until)
	if err != nil && ctx.Err() == nil { // the rest is worth the message
		s.log.Warn("a summary of the day lacks what was blocked", "error", err)
	}
	return uint64(len(list)), strings.Join(append(lines, attempts...), "\n"), nil
}

// few are the first of several, and how many more there are.
func few(list []string) string {
	if more := len(list) - firstFew; more > 0 {
		return strings.Join(list[:firstFew], ", ") + " and " + strconv.Itoa(more) + " more"
	}
	return strings.Join(list, ", ")
}

// newDevices are the devices that were seen for the first time in a time.
func (s *Service) newDevices(since, until time.Time) (names []string) {
	for _, d := range s.Engine.Hosts().Devices() {
		// Of IPv6 a device makes ever new addresses: only its hardware address tells it.
		if d.FirstSeen.After(since) && !d.FirstSeen.After(until) && (d.MAC != capture.MAC{} || d.Addr.Is4()) {
			names = append(names, who(d.Addr, d.Name))
		}
	}
	slices.Sort(names)
	return names
}

// who is a name with its address.
func who(a netip.Addr, name string) string {
	switch {
	case name == "":
		return a.String()
	case !a.IsValid():
		return name
	}
	return name + " (" + a.String() + ")"
}

// wrong is what is wrong with the service now.
func (s *Service) wrong() (lines []string) {
	for _, c := range s.Health.List() {
		if c.Severity() != health.Note {
			lines = append(lines, c.Where()+": "+c.Reason().String())
		}
	}
	return lines
}

// attempts says how many attempts there were, and what the router blocked.
func (s *Service) attempts(ctx context.Context, since, until time.Time) (lines []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, dailyWithin)
	defer cancel()
	q := history.Query{Since: since, Until: until}
	groups, err := s.Engine.Group(ctx, q, history.Grouping{By: history.ByKind | history.ByDirection})
	if err != nil {
		return nil, err
	}
	var all int64
	blocked := make(map[capture.Direction]int64)
	for _, g := range groups.List {
		if g.Kind == capture.Traffic {
			all += g.Count
			blocked[g.Dir] += g.Blocked
		}
	}
	lines = append(lines, fmt.Sprintf("Attempts: %d", all))
	f, err := filter.Parse("verdict:blocked")
	if err == nil {
		q.Filter, err = f.Compile(nil, time.Time{})
	}
	if err != nil {
		return lines, err
	}
	for _, way := range []struct {
		dir  capture.Direction
		by   history.Dimension
		text string
	}{{capture.In, history.ByRemote, "Blocked from outside"}, {capture.Out, history.ByLocal, "Blocked to outside"}} {
		if blocked[way.dir] == 0 {
			continue
		}
		line := fmt.Sprintf("%s: %d", way.text, blocked[way.dir])
		most, err := s.Engine.Group(ctx, q, history.Grouping{By: history.ByDirection | way.by, Limit: 100})
		if err != nil {
			return append(lines, line), err
		}
		for _, g := range most.List {
			if g.Dir == way.dir {
				h := g.Remote
				if way.by == history.ByLocal {
					h = g.Local
				}
				if addr, name := s.Engine.Hosts().DeviceOf(h.Addr, h.MAC); h.Addr.IsValid() {
					h.Addr, h.Name = addr, cmp.Or(name, h.Name)
				}
				line += fmt.Sprintf(", most by %s: %d", who(h.Addr, h.Name), g.Count)
				break
			}
		}
		lines = append(lines, line)
	}
	return lines, nil
}
