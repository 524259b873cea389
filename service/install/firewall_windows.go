package install

import (
	"context"
	"fmt"

	"linklog/service/port"
)

// The names Windows shows in its list of rules, for UDP and for TCP.
const (
	FirewallRule    = "LinkLog (SNMP traps)"
	firewallRuleTCP = "LinkLog (system logs by TCP)"
)

// allow lets messages in: to the program of the service's command line, from the local
// network and in networks the user has called private (or the company's), never on the
// public ones of a notebook on the road.
func (s scm) allow(ctx context.Context, words []string) error {
	if err := s.forbid(ctx); err != nil { // netsh adds a second one of the same name
		return err
	}
	l := listensOn(words)
	for _, rule := range []struct {
		name, protocol string
		ports          []uint16
	}{{FirewallRule, "UDP", l.UDPPorts()}, {firewallRuleTCP, "TCP", l.TCPPorts()}} {
		if len(rule.ports) == 0 {
			continue
		}
		if _, err := s.run(ctx, "netsh.exe", "advfirewall", "firewall", "add", "rule", "name="+rule.name,
			"dir=in", "action=allow", "protocol="+rule.protocol, "localport="+port.List(rule.ports, ","), "remoteip=LocalSubnet", "profile=private,domain",
			"program="+words[0], "service="+scmName, "description="+description); err != nil {
			return fmt.Errorf("let messages through the firewall: %w", err)
		}
	}
	return nil
}

// forbid removes the rules; netsh fails when there is none.
func (s scm) forbid(ctx context.Context) error {
	for _, name := range []string{FirewallRule, firewallRuleTCP} {
		if _, err := s.run(ctx, "netsh.exe", "advfirewall", "firewall", "show", "rule", "name="+name); err != nil {
			continue
		}
		if _, err := s.run(ctx, "netsh.exe", "advfirewall", "firewall", "delete", "rule", "name="+name); err != nil {
			return fmt.Errorf("remove the firewall rule: %w", err)
		}
	}
	return nil
}
