package main

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linklog/filter"
	"linklog/format/services"
)

func ignore(cmd *cobra.Command, at place, args []string) error {
	c := at.client()
	defer c.Close()
	for _, arg := range args {
		text := hostFilter(arg)
		f, err := filter.Parse(text)
		if err == nil {
			_, err = f.Compile(services.Default(), time.Now())
		}
		if err != nil {
			return usageError{err}
		}
		kept, err := c.Ignore(cmd.Context(), text)
		if err != nil {
			return err
		}
		fmt.Fprintf(confirmTo(cmd), "No alerts for new hosts that match %s.\n", kept)
	}
	if len(args) > 0 {
		return nil
	}
	rules, err := c.Ignores(cmd.Context())
	if err != nil {
		return err
	}
	if len(rules) == 0 {
		fmt.Fprintln(cmd.OutOrStdout(), "No hosts are ignored.")
	}
	for _, r := range rules {
		line := r.Filter
		if r.Settings {
			line += "  (from the settings file)"
		}
		if r.Error != "" {
			line += "  (has no effect: " + r.Error + ")"
		}
		fmt.Fprintln(cmd.OutOrStdout(), line)
	}
	return nil
}

func unignore(cmd *cobra.Command, at place, args []string) error {
	c := at.client()
	defer c.Close()
	for _, arg := range args {
		was, err := c.Unignore(cmd.Context(), hostFilter(arg))
		if err != nil {
			return err
		}
		if !was {
			return fmt.Errorf("%q is not in the ignore list; linklog hosts ignore shows it", arg)
		}
		fmt.Fprintf(confirmTo(cmd), "Alerts are on again for new hosts that match %s.\n", arg)
	}
	return nil
}

// hostFilter makes a filter of what people call a host: an address, a network, a
// name with wildcards, or a filter as it is.
func hostFilter(text string) string {
	before, _, _ := strings.Cut(text, "/")
	if _, err := netip.ParseAddr(before); err == nil {
		return filter.Filter{IP: text}.String()
	}
	if key, _, found := strings.Cut(strings.TrimPrefix(text, "!"), ":"); found {
		if _, known := (filter.Filter{}).Get(key); known || key == "is" {
			return text
		}
	}
	// Not only addresses that are right: of others the service says what is wrong.
	if strings.Trim(text, "0123456789.:*,-/ ") == "" || strings.Contains(text, ":") && strings.Trim(text, "0123456789abcdefABCDEF:*,-/") == "" {
		return filter.Filter{IP: text}.String()
	}
	if strings.Contains(text, ":") {
		return text // a key that does not exist: the service says which do
	}
	return filter.Filter{Host: text}.String()
}
