package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linklog/format"
	"linklog/service/api"
	"linklog/service/client"
)

func hostsCommand(stdout, stderr *os.File) *cobra.Command {
	o := newPartiesOptions(stdout, stderr)
	var device string
	var q client.HostQuery
	var ignored bool
	var limit uint
	by := "host"
	cmd := &cobra.Command{
		Use:         "hosts [search text]",
		Short:       "List the external hosts that your devices talk to, or that try to reach them",
		Annotations: searchHelp(), ValidArgsFunction: searchTerms,
		Long: `linklog hosts lists the external hosts that were seen, the most recent first:
since when, how often in and out, how many attempts the router allowed and blocked if it
says so, on which ports, and with which of your devices.
A * marks those that are new since linklog hosts seen; none is while LinkLog learns
which hosts are usual, for 24 hours after the installation.
With a search text or a --filter it lists those with attempts that match, which are then
what is counted; the one with most of them comes first.
With --by hosts that belong together are one line: those of a domain, an owner or a
country, or those that are used for the same, by most of their attempts.`,
		Example: `  linklog hosts --new
  linklog hosts port:22 dir:in --since 7d
  linklog hosts --order count --limit 20
  linklog hosts --by owner --order count
  linklog hosts label 203.0.113.7 "The cameras' maker"
  linklog hosts ignore '*.example.com'`,
		Args: searchOrCommand,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			q.Limit = int(limit)
			if q.Events, err = o.events(args); err != nil {
				return err
			}
			if q.Events != (client.HasEvents{}) && !cmd.Flags().Changed("order") {
				q.Order = "count"
			}
			if cmd.Flags().Changed("ignored") {
				q.Ignored = &ignored
			}
			if !slices.Contains(hostOrders, q.Order) {
				return usageError{fmt.Errorf("--order: %q is not one of %s", q.Order, strings.Join(hostOrders, ", "))}
			}
			if device != "" {
				a, err := netip.ParseAddr(device)
				if err != nil {
					return usageError{fmt.Errorf("--device: %q is not a valid address", device)}
				}
				q.Device = a
			}
			if !slices.Contains(hostGroupings(), by) {
				return usageError{fmt.Errorf("--by: %q is not one of %s", by, strings.Join(hostGroupings(), ", "))}
			}
			if by != "host" && q.Order == "address" {
				return usageError{errors.New("--order address has no effect with --by")}
			}
			c := o.at.client()
			defer c.Close()
			if by != "host" {
				return o.hostGroups(cmd, c, q, by)
			}
			hosts, err := c.Hosts(cmd.Context(), q)
			if err != nil {
				return err
			}
			switch {
			case o.json:
				err = writeJSON(cmd.OutOrStdout(), hosts)
			case o.csv:
				err = format.WriteCSV(cmd.OutOrStdout(), api.HostColumns(), hosts, (*api.Host).Cells)
			case len(hosts) == 0:
				_, err = fmt.Fprintln(cmd.OutOrStdout(), "No hosts.")
			default:
				err = hostTable(hosts).write(cmd.OutOrStdout(), terminalWidth(cmd.OutOrStdout()))
			}
			if err != nil {
				return err
			}
			return o.none(len(hosts))
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVar(&by, "by", by, "put together by `what`: "+strings.Join(hostGroupings(), ", "))
	fs.BoolVar(&q.New, "new", false, "only those that are new since linklog hosts seen")
	fs.StringVar(&q.Find, "find", "", "only those with this `text` in the name or address")
	fs.StringVar(&device, "device", "", "only those that talked to the device at this `address`")
	fs.BoolVar(&ignored, "ignored", false, "only those that are ignored (--ignored=false: that are not)")
	fs.StringVar(&q.Order, "order", "last", "last, first (seen), count, name or address; count where something is searched for")
	fs.BoolVarP(&q.Reverse, "reverse", "r", false, "reverse the order")
	fs.UintVarP(&limit, "limit", "n", 1000, "at most this `number` of hosts; 0: all")
	o.flags(cmd)

	for _, sub := range []*cobra.Command{
		labelCommand(&o.at),
		{
			Use: "ignore [pattern...]", Short: "Turn off alerts for new hosts that match; without a pattern: list what is ignored",
			Long: `linklog hosts ignore turns off alerts for new hosts that match: an address, a
network, a name with wildcards, or a filter such as "port:ntp". They are still listed.`,
			RunE: func(cmd *cobra.Command, args []string) error { return ignore(cmd, o.at, args) },
		},
		{
			Use: "unignore pattern...", Short: "Turn alerts back on for new hosts that match",
			Args: func(cmd *cobra.Command, args []string) error {
				if len(args) == 0 {
					return usageError{errors.New("no pattern given; linklog hosts ignore lists them")}
				}
				return nil
			},
			RunE: func(cmd *cobra.Command, args []string) error { return unignore(cmd, o.at, args) },
		},
		{
			Use: "seen", Short: "Mark all hosts as seen", Args: noArguments,
			RunE: func(cmd *cobra.Command, _ []string) error {
				c := o.at.client()
				defer c.Close()
				err := c.MarkSeen(cmd.Context(), 0)
				if err == nil {
					fmt.Fprintln(confirmTo(cmd), "All hosts are marked as seen.")
				}
				return err
			},
		},
	} {
		quietFlag(sub)
		cmd.AddCommand(sub)
	}
	return cmd
}

// quietFlag lets a command say nothing if it worked.
func quietFlag(cmd *cobra.Command) {
	cmd.Flags().BoolP("quiet", "q", false, "say nothing if it worked")
}

// confirmTo is where a command says what it did.
func confirmTo(cmd *cobra.Command) io.Writer {
	if quiet, _ := cmd.Flags().GetBool("quiet"); quiet {
		return io.Discard
	}
	return cmd.OutOrStdout()
}

// hostOrders are the values of --order.
var hostOrders = []string{"last", "first", "count", "name", "address"}

func labelCommand(at *place) *cobra.Command {
	return &cobra.Command{
		Use: "label host name", Short: "Name a host; \"\" removes the name", Args: exactly(2, "a host and a name"),
		Long: `linklog hosts label gives a host a name of your own, which is shown everywhere in
place of any other. The host is an address, or a name that linklog hosts shows.`,
		Example: `  linklog hosts label 203.0.113.7 "The cameras' maker"
  linklog hosts label 203.0.113.7 ""`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c := at.client()
			defer c.Close()
			ref, err := hostRef(cmd.Context(), c, args[0])
			if err != nil {
				return err
			}
			if err := c.SetHostLabel(cmd.Context(), ref, args[1]); err != nil {
				return err
			}
			sayNamed(confirmTo(cmd), args[0], args[1])
			return nil
		},
	}
}

// hostRef finds the host that a person means by an address or a name.
func hostRef(ctx context.Context, c *client.Client, text string) (string, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		return a.String(), nil
	}
	list, err := c.Hosts(ctx, client.HostQuery{Find: text})
	if err != nil {
		return "", err
	}
	var refs []string
	for _, h := range list {
		for _, name := range []string{h.Name, h.Label, h.Router, h.DNS, h.Asked} {
			if strings.EqualFold(name, text) {
				refs = append(refs, h.Ref)
				break
			}
		}
	}
	switch len(refs) {
	case 0:
		return "", fmt.Errorf("no host %q has been seen; linklog hosts lists the known ones", text)
	case 1:
		return refs[0], nil
	}
	return "", fmt.Errorf("%d hosts are called %q; use an address (%s)", len(refs), text, strings.Join(refs, ", "))
}

// exactly wants n arguments.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{fmt.Errorf("%s needs %s", cmd.CommandPath(), what)}
		}
		return nil
	}
}

func hostTable(hosts []api.Host) *table {
	t := &table{columns: []column{
		{}, {title: "Host", least: 16}, {title: "Address"}, {title: "First seen"}, {title: "Last seen"},
		{title: "In", right: true}, {title: "Out", right: true}, {title: "Allowed", right: true, spare: true}, {title: "Blocked", right: true, spare: true}, {title: "Ports", least: 10}, {title: "Devices", least: 10},
	}}
	for i := range hosts {
		h := &hosts[i]
		mark := ""
		if h.New {
			mark = "*"
		}
		address := ""
		if h.Addr.IsValid() {
			address = h.Addr.String()
		}
		var ports, devices []string
		for _, p := range h.Ports {
			name := p.Service
			if name == "" {
				name = strconv.Itoa(int(p.Port))
			}
			ports = append(ports, name)
		}
		for _, d := range h.Devices {
			devices = append(devices, nameOr(d.Name, d.Addr))
		}
		allowed, blocked := verdicts(h.Allowed, h.Blocked)
		t.add(mark, h.Name, address, day(h.First), day(h.Last), number(h.In), number(h.Out), allowed, blocked, strings.Join(unique(ports), ", "), strings.Join(devices, ", "))
	}
	return t
}

// verdicts are the numbers of what the router allowed and blocked; nothing if it does not
// say.
func verdicts(allowed, blocked uint64) (string, string) {
	if allowed+blocked == 0 {
		return "", ""
	}
	return number(allowed), number(blocked)
}

func unique(list []string) (out []string) {
	seen := make(map[string]bool)
	for _, s := range list {
		if !seen[s] {
			out = append(out, s)
		}
		seen[s] = true
	}
	return out
}

func nameOr(name string, a netip.Addr) string {
	if name != "" || !a.IsValid() {
		return name
	}
	return a.String()
}

// day shows a time as people read tables: today's by the hour, others by the day.
func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	t = t.Local()
	if now := time.Now(); t.Year() == now.Year() && t.YearDay() == now.YearDay() {
		return t.Format("15:04:05")
	}
	return t.Format(time.DateOnly)
}

// number writes a number with commas between the thousands.
func number[N int | int64 | uint64](n N) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// count writes how many there are of something.
func count[N int | int64 | uint64](n N, what string) string {
	if n != 1 {
		what += "s"
	}
	return number(n) + " " + what
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
