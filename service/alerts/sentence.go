package alerts

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"linklog/assets/origin"
	"linklog/capture"
	"linklog/service/book"
)

// String is the alert in a line, for logs and programs. The app has words of its own, in
// the language of its user: Text in app/alerts/text.go.
func (a Alert) String() string {
	switch a.Kind {
	case NewHost:
		text := "new host " + called(a.Host, a.Name)
		if of := origin.Of(a.Host); of.Owner != "" {
			text += " of " + of.String()
		}
		if d := called(a.Device, a.DeviceName); d != "" {
			if a.Dir == capture.In {
				text += " to " + d
			} else {
				text += " from " + d
			}
		}
		text += ", " + strings.TrimSpace(a.Dir.String()+" "+a.Proto.String()) + " port " + strconv.Itoa(int(a.Port))
		if a.Service != "" {
			text += " (" + a.Service + ")"
		}
		return text
	case NewHosts:
		return strconv.FormatUint(a.Count, 10) + " new hosts since " + a.Since.Format(time.TimeOnly) + " UTC: " + a.some()
	case Digest:
		return strconv.FormatUint(a.Count, 10) + " new hosts while you were away: " + a.some()
	case WANChange:
		return "the router's public IP address is now " + book.AddrText(a.NewAddr) + ", was " + book.AddrText(a.OldAddr)
	case Rule, RuleMany, RuleNothing:
		return "rule " + a.Rule + ": " + a.ofRule()
	case NewDevice:
		if a.Count > 1 {
			return strconv.FormatUint(a.Count, 10) + " new devices since " + a.Since.Format(time.TimeOnly) + " UTC: " + a.some()
		}
		return strings.TrimSuffix("new device "+called(a.Device, a.DeviceName)+", "+a.Message, ", ")
	case PortScan:
		if a.Count > 1 {
			return strconv.FormatUint(a.Count, 10) + " port scans since " + a.Since.Format(time.TimeOnly) + " UTC: " + a.some()
		}
		return "port scan by " + called(a.Host, a.Name)
	case RouterSilent:
		if a.Count > 1 {
			return "nothing comes any more from the routers " + a.some()
		}
		return "nothing comes any more from the router " + called(a.Host, a.Name) + ", since " + a.Message
	case Listed:
		if a.Count > 1 {
			return strconv.FormatUint(a.Count, 10) + " attempts to reach listed hosts since " + a.Since.Format(time.TimeOnly) + " UTC: " + a.some()
		}
		return "attempt to reach a listed host, " + a.Message + ": " + a.attempt()
	case Daily:
		return "summary of the day, " + strconv.FormatUint(a.Count, 10) + " alerts"
	case Trouble:
		if a.Count > 1 {
			return strconv.FormatUint(a.Count, 10) + " problems since " + a.Since.Format(time.TimeOnly) + " UTC"
		}
		return "LinkLog has a problem: " + a.Message
	}
	return ""
}

// ofRule is what a rule of the user's tells.
func (a Alert) ofRule() string {
	switch {
	case a.Kind == RuleNothing:
		return a.Message
	case a.Kind == RuleMany:
		return strings.TrimSuffix(strconv.FormatUint(a.Count, 10)+" times, the last: "+a.attempt(), ", the last: ")
	case a.Count > 1:
		return strings.TrimSuffix(strconv.FormatUint(a.Count, 10)+" times since "+a.Since.Format(time.TimeOnly)+" UTC: "+a.some(), ": ")
	}
	return a.attempt()
}

// attempt is the attempt, or the message, that an alert is about.
func (a Alert) attempt() string {
	if a.Dir == 0 && a.Proto == 0 && a.Port == 0 && !a.Host.IsValid() && a.Name == "" {
		return a.Message
	}
	from, to := called(a.Device, a.DeviceName), called(a.Host, a.Name)
	if a.Dir == capture.In {
		from, to = to, from
	}
	text := strings.TrimSpace(strings.TrimSpace(a.Verdict.String()+" "+a.Dir.String()) + " " + a.Proto.String())
	if from != "" {
		text += " from " + from
	}
	if to != "" {
		text += " to " + to
	}
	text += ", port " + strconv.Itoa(int(a.Port))
	if a.Service != "" {
		text += " (" + a.Service + ")"
	}
	return text
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
