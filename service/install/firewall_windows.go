package install

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"linklog/service/settings"
)

// firewallRule is the name Windows shows in its list of rules.
const firewallRule = "LinkLog (SNMP traps)"

// allow lets traps in: to the program of the service's command line, from the local
// network and in networks the user has called private (or the company's), never on the
// public ones of a notebook on the road.
func (s scm) allow(ctx context.Context, words []string) error {
	if err := s.forbid(ctx); err != nil { // netsh adds a second one of the same name
		return err
	}
	if _, err := s.run(ctx, "netsh.exe", "advfirewall", "firewall", "add", "rule", "name="+firewallRule,
		"dir=in", "action=allow", "protocol=UDP", "localport="+listensOn(words), "remoteip=LocalSubnet", "profile=private,domain",
		"program="+words[0], "service="+scmName, "description="+description); err != nil {
		return fmt.Errorf("let traps through the firewall: %w", err)
	}
	return nil
}

// listensOn is the port that a service with this command line will listen on: its own, or
// that of the settings it will use.
func listensOn(words []string) string {
	config := ""
	for i := range len(words) - 1 {
		switch words[i] {
		case "--port":
			return words[i+1]
		case "--config":
			config = words[i+1]
		}
	}
	s, err := settings.Load(config)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s, err = settings.Load(config + ".last-good") // see settings.File
	}
	if err != nil {
		s = settings.Defaults()
	}
	return strconv.Itoa(s.Listen.Port)
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
