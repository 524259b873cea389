package doctor

import (
	"context"
	"regexp"

	"linklog/phrase"
	"linklog/service/install"
	"linklog/service/port"
)

func firewalls(ctx context.Context, ports []uint16) []Finding {
	rules, there := says(ctx, "netsh", "advfirewall", "firewall", "show", "rule", "name="+install.FirewallRule)
	if !there {
		return []Finding{{
			Kind: Note, About: Firewall, Title: phrase.Say("There is no firewall rule for LinkLog."),
			Do: phrase.Say("Installing the background service adds it. In a command prompt run as administrator:"), Type: "linklog service install",
		}}
	}
	return lacks(rules, ports)
}

// rulePorts finds the ports in what netsh says of rules, which it says in the language of Windows:
// LocalPort is the only line with nothing but numbers.
var rulePorts = regexp.MustCompile(`(?m):[ \t]+([0-9][0-9,\- ]*?)\s*$`)

// lacks is the Finding of rules that do not let in some ports, and what does. A rule without ports
// lets in all.
func lacks(rules string, ports []uint16) []Finding {
	var lists []string
	for _, found := range rulePorts.FindAllStringSubmatch(rules, -1) {
		lists = append(lists, found[1])
	}
	missing := without(ports, lists...)
	if len(lists) == 0 || len(missing) == 0 {
		return nil
	}
	return []Finding{{
		Kind: Note, About: Firewall, Title: phrase.Say("The firewall rule for LinkLog does not allow UDP port {{.Ports}}.", "Ports", port.List(missing, ", ")),
		Do: phrase.Say("To allow the router's messages, type in a command prompt run as administrator:"),
		// One more rule of the same name: it goes when the service is uninstalled.
		Type: `netsh advfirewall firewall add rule name="` + install.FirewallRule + `" dir=in action=allow protocol=UDP localport=` + port.List(missing, ",") +
			" remoteip=LocalSubnet profile=private,domain",
	}}
}
