package alerts

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"fyne.io/fyne/v2/lang"

	"linklog/app/ui"
	"linklog/service/api"
)

// Text is what is said of an alert: in a notification, and in the list of the page.
func Text(a *api.Alert) (title, body string) {
	switch a.Kind {
	case "wan-change":
		return lang.L("Your router's public IP address changed"), fmt.Sprintf("%s → %s", a.OldAddr, a.NewAddr)
	case "new-host":
		values := map[string]any{"Who": host(a), "Device": device(a), "Port": port(a)}
		if a.Direction == "in" {
			return lang.L("New: {{.Who}}", values), lang.L("tried to reach {{.Device}} ({{.Port}})", values)
		}
		return lang.L("New: {{.Who}}", values), lang.L("{{.Device}} tried to reach it ({{.Port}})", values)
	case "rule", "rule-many", "rule-nothing":
		return a.Rule, ofRule(a)
	case "new-device":
		if a.Count > 1 {
			return lang.N("{{.Count}} new devices", int(a.Count), map[string]any{"Count": ui.Number(a.Count)}), some(a.Hosts)
		}
		return lang.L("New device: {{.Device}}", map[string]any{"Device": device(a)}), strings.TrimPrefix(address(a.Device)+" · "+a.Message, " · ")
	case "port-scan":
		if a.Count > 1 {
			return lang.N("{{.Count}} port scans", int(a.Count), map[string]any{"Count": ui.Number(a.Count)}), some(a.Hosts)
		}
		return lang.L("Port scan"), lang.L("{{.Who}} tries many ports", map[string]any{"Who": host(a)})
	case "listed":
		if a.Count > 1 {
			return lang.N("{{.Count}} attempts to reach listed hosts", int(a.Count), map[string]any{"Count": ui.Number(a.Count)}), some(a.Hosts)
		}
		values := map[string]any{"Who": host(a), "Device": device(a), "Port": port(a), "List": a.Message}
		return lang.L("Listed: {{.Who}}", values), lang.L("{{.Device}} tried to reach it ({{.Port}}). List: {{.List}}", values)
	case "router-silent":
		if a.Count > 1 {
			return lang.L("Routers fell silent"), some(a.Hosts)
		}
		return lang.L("A router fell silent"), lang.L("Nothing comes from {{.Router}} any more.", map[string]any{"Router": called(a.Host, a.Name)})
	case "trouble":
		if a.Count > 1 {
			return lang.L("LinkLog has a problem"), lang.N("{{.Count}} problems", int(a.Count), map[string]any{"Count": ui.Number(a.Count)})
		}
		return lang.L("LinkLog has a problem"), a.Message
	case "daily":
		values := map[string]any{"Count": ui.Number(a.Count), "Outlet": strings.Join(a.Outlets, ", ")}
		return lang.L("Summary of the day"), lang.N("{{.Count}} alerts, sent to {{.Outlet}}", int(a.Count), values)
	case "digest":
		return lang.N("{{.Count}} new hosts while you were away", int(a.Count), map[string]any{"Count": ui.Number(a.Count)}), some(a.Hosts)
	case "new-hosts":
		return lang.N("{{.Count}} new hosts", int(a.Count), map[string]any{"Count": ui.Number(a.Count)}), some(a.Hosts)
	}
	return a.Kind, a.Text // of a newer service
}

// ofRule is what a rule of the user's tells.
func ofRule(a *api.Alert) string {
	times := ui.Number(a.Count) + "×"
	switch {
	case a.Kind == "rule-nothing":
		return lang.L("Nothing came for {{.Time}}", map[string]any{"Time": strings.TrimPrefix(a.Message, "nothing for ")})
	case a.Kind == "rule-many":
		return strings.TrimSuffix(times+" · "+attempt(a), " · ")
	case a.Count > 1:
		return strings.TrimSuffix(times+" · "+some(a.Hosts), " · ")
	}
	return attempt(a)
}

// attempt is the attempt, or the message, that an alert is about.
func attempt(a *api.Alert) string {
	if a.Direction == "" && !a.Host.IsValid() && a.Name == "" {
		return a.Message
	}
	from, to := device(a), host(a)
	if a.Direction == "in" {
		from, to = to, from
	}
	text := fmt.Sprintf("%s → %s (%s)", from, to, port(a))
	switch a.Verdict {
	case "allowed":
		text += " · " + lang.L("allowed")
	case "blocked":
		text += " · " + lang.L("blocked")
	}
	return text
}

// host is the host of an alert, with its owner.
func host(a *api.Alert) string {
	who := called(a.Host, a.Name)
	if who == "" {
		return lang.L("nobody known")
	}
	if of := ui.Owner(a.Host); of != "" {
		who += " (" + of + ")"
	}
	return who
}

// device is the device of an alert.
func device(a *api.Alert) string {
	if who := called(a.Device, a.DeviceName); who != "" {
		return who
	}
	return lang.L("one of your devices")
}

// called is a name, or the address where there is none.
func called(a netip.Addr, name string) string {
	if name == "" {
		return address(a)
	}
	return name
}

func address(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func port(a *api.Alert) string {
	return strings.TrimSpace(a.Protocol + " " + strconv.Itoa(int(a.Port)) + " " + a.Service)
}

// some are the first of several.
func some(list []api.NamedIP) string {
	var names []string
	for _, h := range list {
		if name := called(h.Addr, h.Name); name != "" {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
