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
// the language of its user: alertText in app/notifications.go.
func (a Alert) String() string {
	switch a.Kind {
	case NewHost:
		text := "new host " + called(a.Host, a.Name)
		if of := origin.Of(a.Host); of.Owner != "" {
			text += " of " + strings.TrimSuffix(of.Owner+", "+of.Country, ", ")
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
	}
	return ""
}

// some names the first few hosts.
func (a Alert) some() string {
	var list []string
	for _, h := range a.Hosts {
		list = append(list, called(h.Host, h.Name))
	}
	if uint64(len(list)) < a.Count {
		list = append(list, "…")
	}
	return strings.Join(list, ", ")
}

// called gives name and address.
func called(a netip.Addr, name string) string {
	switch {
	case !a.IsValid():
		return name
	case name == "":
		return a.String()
	}
	return name + " (" + a.String() + ")"
}
