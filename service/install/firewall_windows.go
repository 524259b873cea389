package install

import (
	"context"
	"fmt"
	"strconv"
)

// firewallRule is the name Windows shows in its list of rules.
const firewallRule = "LinkLog (SNMP traps)"

// allow lets traps in: to this program as this service, from the local network
// and in networks the user has called private (or the company's), never on the
// public ones of a notebook on the road.
func (s scm) allow(ctx context.Context, c Config) error {
	if err := s.forbid(ctx); err != nil { // netsh adds a second one of the same name
		return err
	}
	if _, err := s.run(ctx, "netsh.exe", "advfirewall", "firewall", "add", "rule", "name="+firewallRule,
		"dir=in", "action=allow", "protocol=UDP", "localport="+strconv.Itoa(int(c.Port)), "remoteip=LocalSubnet", "profile=private,domain",
		"program="+c.Executable, "service="+scmName, "description="+description); err != nil {
		return fmt.Errorf("let traps through the firewall: %w", err)
	}
	return nil
}

// forbid removes the rule; netsh fails when there is none.
func (s scm) forbid(ctx context.Context) error {
	if _, err := s.run(ctx, "netsh.exe", "advfirewall", "firewall", "show", "rule", "name="+firewallRule); err != nil {
		return nil
	}
	if _, err := s.run(ctx, "netsh.exe", "advfirewall", "firewall", "delete", "rule", "name="+firewallRule); err != nil {
		return fmt.Errorf("remove the firewall rule: %w", err)
	}
	return nil
}
