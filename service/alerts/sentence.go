package alerts

import (
	"net/netip"
	"strings"
	"time"

	"linklog/assets/origin"
	"linklog/capture"
	"linklog/phrase"
	"linklog/service/book"
)

// String is the alert in a line of English, for logs and programs.
func (a Alert) String() string { return a.In(nil) }

// In is the alert in a line of a language, for outlets. The app has words of its own: Text in
// app/alerts/text.go.
func (a Alert) In(words phrase.Words) string {
	several := []any{"Count", a.Count, "Time", a.moment(a.Since, time.Local, words), "Some", a.some()}
	switch a.Kind {
	case NewHost:
		return a.newHost(words)
	case NewHosts:
		return words.L("{{.Count}} new hosts since {{.Time}}: {{.Some}}", several...)
	case Digest:
		return words.L("{{.Count}} new hosts while you were away: {{.Some}}", several...)
	case WANChange:
		return words.L("the router's public IP address is now {{.New}}, was {{.Old}}", "New", book.AddrText(a.NewAddr), "Old", book.AddrText(a.OldAddr))
	case Rule, RuleMany, RuleNothing:
		return words.L("rule {{.Rule}}: {{.What}}", "Rule", a.Rule, "What", a.ofRule(words))
	case NewDevice:
		if a.Count > 1 {
			return words.L("{{.Count}} new devices since {{.Time}}: {{.Some}}", several...)
		}
		return strings.TrimSuffix(words.L("new device {{.Device}}", "Device", called(a.Device, a.DeviceName))+", "+a.Message, ", ")
	case PortScan:
		if a.Count > 1 {
			return words.L("{{.Count}} port scans since {{.Time}}: {{.Some}}", several...)
		}
		return words.L("port scan by {{.Host}}", "Host", called(a.Host, a.Name))
	case RouterSilent:
		if a.Count > 1 {
			return words.L("nothing comes any more from the routers {{.Some}}", several...)
		}
		return words.L("nothing comes any more from the router {{.Router}}, since {{.Time}}", "Router", called(a.Host, a.Name), "Time", a.silentSince(words))
	case Listed:
		if a.Count > 1 {
			return words.L("{{.Count}} attempts to reach listed hosts since {{.Time}}: {{.Some}}", several...)
		}
		return words.L("attempt to reach a listed host, {{.List}}: {{.Attempt}}", "List", a.Message, "Attempt", a.attempt(words))
	case Daily:
		return words.L("summary of the day, {{.Count}} alerts", several...)
	case Trouble:
		if a.Count > 1 {
			return words.L("{{.Count}} problems since {{.Time}}", several...)
		}
		return words.L("LinkLog has a problem: {{.Problem}}", "Problem", a.Message)
	}
	return ""
}

// moment is a time by the clock of this computer, which is said, and with the day unless it is that
// of the alert.
func (a Alert) moment(t time.Time, here *time.Location, words phrase.Words) string {
	t, told := t.In(here), a.Time.In(here)
	layout := time.TimeOnly
	if t.Format(time.DateOnly) != told.Format(time.DateOnly) && !a.Time.IsZero() {
		layout = words.L("Mon 2 Jan 15:04")
	}
	return t.Format(layout) + " " + zone(t)
}

// zone says which clock a time is by: what that is ahead of UTC.
func zone(t time.Time) string {
	ahead := strings.TrimSuffix(t.Format("-07:00"), ":00")
	ahead = strings.NewReplacer("+0", "+", "-0", "-").Replace(ahead)
	return "UTC" + strings.TrimSuffix(ahead, "+0")
}

// Span says from when to when a time is, by a clock that is said: two, where it was set between them.
func Span(since, until time.Time, here *time.Location, words phrase.Words) string {
	day := func(t time.Time) string { return t.Format(words.L("Mon 2 Jan 15:04")) }
	since, until = since.In(here), until.In(here)
	from, to := day(since), day(until)+" "+zone(until)
	if z := zone(since); z != zone(until) {
		from += " " + z
	}
	return words.L("{{.Since}} to {{.Until}}", "Since", from, "Until", to)
}

// silentSince is when a router was heard last.
func (a Alert) silentSince(words phrase.Words) string {
	t, err := time.Parse(time.RFC3339, a.Message)
	if err != nil {
		return a.Message
	}
	return a.moment(t, time.Local, words)
}

// newHost is what is said of a host that is new.
func (a Alert) newHost(words phrase.Words) string {
	who := called(a.Host, a.Name)
	if of := origin.Of(a.Host); of.Owner != "" {
		who = words.L("{{.Host}} of {{.Owner}}", "Host", who, "Owner", of.String())
	}
	text := words.L("new host {{.Host}}", "Host", who)
	if d := called(a.Device, a.DeviceName); d != "" {
		if a.Dir == capture.In {
			text += " " + words.L("to {{.Name}}", "Name", d)
		} else {
			text += " " + words.L("from {{.Name}}", "Name", d)
		}
	}
	return text + ", " + a.way(words) + " " + a.port(words)
}

// port is the port of an attempt.
func (a Alert) port(words phrase.Words) string {
	text := words.L("port {{.Port}}", "Port", a.Port)
	if a.Service != "" {
		text += " (" + a.Service + ")"
	}
	return text
}

// way is direction and protocol of an attempt.
func (a Alert) way(words phrase.Words) string {
	text := a.Proto.String()
	switch a.Dir {
	case capture.In:
		text = words.L("in {{.Protocol}}", "Protocol", text)
	case capture.Out:
		text = words.L("out {{.Protocol}}", "Protocol", text)
	}
	return strings.TrimSpace(text)
}

// verdict is the router's.
func verdict(words phrase.Words, v capture.Verdict) string {
	switch v {
	case capture.Allowed:
		return words.L("allowed")
	case capture.Blocked:
		return words.L("blocked")
	}
	return ""
}

// ofRule is what a rule of the user's tells.
func (a Alert) ofRule(words phrase.Words) string {
	switch {
	case a.Kind == RuleNothing:
		return words.L("nothing for {{.Time}}", "Time", strings.TrimPrefix(a.Message, "nothing for ")) // as the setting says it
	case a.Kind == RuleMany:
		if last := a.attempt(words); last != "" {
			return words.L("{{.Count}} times, the last: {{.Attempt}}", "Count", a.Count, "Attempt", last)
		}
		return words.L("seen {{.Count}} times", "Count", a.Count)
	case a.Count > 1:
		return strings.TrimSuffix(words.L("{{.Count}} times since {{.Time}}", "Count", a.Count, "Time", a.moment(a.Since, time.Local, words))+": "+a.some(), ": ")
	}
	return a.attempt(words)
}

// attempt is the attempt, or the message, that an alert is about.
func (a Alert) attempt(words phrase.Words) string {
	if a.Dir == 0 && a.Proto == 0 && a.Port == 0 && !a.Host.IsValid() && a.Name == "" {
		return a.Message
	}
	from, to := called(a.Device, a.DeviceName), called(a.Host, a.Name)
	if a.Dir == capture.In {
		from, to = to, from
	}
	text := strings.TrimSpace(verdict(words, a.Verdict) + " " + a.way(words))
	if from != "" {
		text += " " + words.L("from {{.Name}}", "Name", from)
	}
	if to != "" {
		text += " " + words.L("to {{.Name}}", "Name", to)
	}
	return text + ", " + a.port(words)
}

// some names the first few hosts.
func (a Alert) some() string {
	var list []string
	for _, h := range a.Hosts {
		list = append(list, h.String())
	}
	if uint64(len(list)) < a.Count {
		list = append(list, "…")
	}
	return strings.Join(list, ", ")
}

// String gives name and address.
func (h AlertHost) String() string { return called(h.Host, h.Name) }

// called is String of those who are not in an AlertHost.
func called(a netip.Addr, name string) string {
	switch {
	case !a.IsValid():
		return name
	case name == "":
		return a.String()
	}
	return name + " (" + a.String() + ")"
}
