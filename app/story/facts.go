package story

import (
	"time"

	"fyne.io/fyne/v2/lang"

	"linklog/app/ui"
	"linklog/app/ui/chart"
)

// addresses are those it has, with what they say.
func (s *story) addresses() (list []string) {
	if a := s.address(); a != "" && a != s.title() {
		list = append(list, a)
	}
	if of := ui.Owner(s.addr); of != "" {
		list = append(list, of)
	}
	if s.mac != "" {
		list = append(list, s.mac)
	}
	switch {
	case s.vendor != "":
		list = append(list, s.vendor)
	case s.private:
		list = append(list, lang.L("private hardware address"))
	}
	return list
}

// facts say when and how often, and what the router did.
func (s *story) facts(now time.Time) (lines []string) {
	values := map[string]any{"First": ui.Since(s.first, now), "Last": ui.Last(s.last, now), "In": ui.Number(s.in), "Out": ui.Number(s.out)}
	lines = append(lines, lang.L("First seen {{.First}}, last {{.Last}}.", values), lang.L("Attempts: {{.In}} in, {{.Out}} out.", values))
	if sent := chart.Sum(s.bars); sent.Measured > 0 {
		lines = append(lines, lang.L("Sent: {{.Up}} up, {{.Down}} down, in {{.Count}} attempts of which it is known.",
			map[string]any{"Up": ui.Volume(sent.Up), "Down": ui.Volume(sent.Down), "Count": ui.Number(sent.Measured)}))
	}
	for _, dir := range []string{"in", "out"} {
		var allowed, blocked, unknown int64
		for _, a := range s.attempts {
			switch {
			case a.Direction != dir:
			case a.Verdict == "allowed":
				allowed += a.Count
			case a.Verdict == "blocked":
				blocked += a.Count
			default:
				unknown += a.Count
			}
		}
		if allowed+blocked == 0 {
			continue
		}
		values := map[string]any{"Allowed": ui.Number(uint64(allowed)), "Blocked": ui.Number(uint64(blocked)), "Unknown": ui.Number(uint64(unknown))}
		switch {
		case dir == "in" && unknown == 0:
			lines = append(lines, lang.L("In: {{.Allowed}} allowed, {{.Blocked}} blocked.", values))
		case dir == "in":
			lines = append(lines, lang.L("In: {{.Allowed}} allowed, {{.Blocked}} blocked, {{.Unknown}} not known.", values))
		case unknown == 0:
			lines = append(lines, lang.L("Out: {{.Allowed}} allowed, {{.Blocked}} blocked.", values))
		default:
			lines = append(lines, lang.L("Out: {{.Allowed}} allowed, {{.Blocked}} blocked, {{.Unknown}} not known.", values))
		}
	}
	return lines
}

// maxNames bounds the names that are listed, as DNS may have given very many, and the addresses.
const maxNames = 20

// had lists the addresses that a device had, if the one it has is not the only one.
func (s *story) had(now time.Time) (lines []string) {
	if len(s.held) == 1 && s.held[0].Until.IsZero() && s.held[0].Addr == s.addr {
		return nil
	}
	for i, h := range s.held {
		if i == maxNames {
			return append(lines, lang.L("and {{.Count}} more", map[string]any{"Count": len(s.held) - maxNames}))
		}
		values := map[string]any{"Address": h.Addr.String(), "First": ui.Moment(h.From.In(now.Location()), now), "Last": ui.Moment(h.Until.In(now.Location()), now)}
		if h.Until.IsZero() {
			lines = append(lines, lang.L("Address: {{.Address}}, since {{.First}}", values))
		} else {
			lines = append(lines, lang.L("Address: {{.Address}}, {{.First}} to {{.Last}}", values))
		}
	}
	return lines
}

// called lists the names it has and had.
func (s *story) called(now time.Time) (lines []string) {
	for _, n := range []struct{ name, text string }{
		{s.Label, lang.L("Your name for it: {{.Name}}", map[string]any{"Name": s.Label})},
		{s.Router, lang.L("From the router: {{.Name}}", map[string]any{"Name": s.Router})},
		{s.Lease, lang.L("By DHCP: {{.Name}}", map[string]any{"Name": s.Lease})},
		{s.Asked, lang.L("Last asked for as: {{.Name}}", map[string]any{"Name": s.Asked})},
	} {
		if n.name != "" {
			lines = append(lines, n.text)
		}
	}
	for i, n := range s.seen {
		if i == maxNames {
			lines = append(lines, lang.L("and {{.Count}} more", map[string]any{"Count": len(s.seen) - maxNames}))
			break
		}
		lines = append(lines, lang.L("DNS: {{.Name}}, {{.First}} to {{.Last}}", map[string]any{"Name": n.Name, "First": ui.Day(n.First.In(now.Location()), now), "Last": ui.Last(n.Last, now)}))
	}
	if len(s.seen) == 0 && s.DNS != "" {
		lines = append(lines, lang.L("DNS: {{.Name}}", map[string]any{"Name": s.DNS}))
	}
	if len(lines) == 0 {
		lines = append(lines, lang.L("No name is known."))
	}
	return lines
}
