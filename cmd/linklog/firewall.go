package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// firewalls says what the usual firewalls of this system may have against UDP on a
// port, as far as anyone may ask them, and what lets it in.
func firewalls(port uint16) (findings []string) {
	switch runtime.GOOS {
	case "linux":
		if conf, err := os.ReadFile("/etc/ufw/ufw.conf"); err == nil && strings.Contains(strings.ToLower(string(conf)), "\nenabled=yes") {
			findings = append(findings, fmt.Sprintf("The firewall ufw is on. To let the router's messages in:\nsudo ufw allow %d/udp", port))
		}
		if exec.Command("firewall-cmd", "--state").Run() == nil {
			findings = append(findings, fmt.Sprintf("The firewall firewalld is on. To let the router's messages in:\nsudo firewall-cmd --permanent --add-port=%d/udp && sudo firewall-cmd --reload", port))
		}
	case "darwin":
		out, err := exec.Command("/usr/libexec/ApplicationFirewall/socketfilterfw", "--getglobalstate").Output()
		if err == nil && strings.Contains(string(out), "enabled") {
			findings = append(findings, "The firewall of macOS is on. Allow incoming connections for linklog in\nSystem Settings, Network, Firewall, Options.")
		}
	case "windows":
		if exec.Command("netsh", "advfirewall", "firewall", "show", "rule", "name=LinkLog (SNMP traps)").Run() != nil {
			findings = append(findings, "There is no firewall rule for LinkLog. As administrator: linklog service install")
		}
	}
	return findings
}
