package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linklog/capture"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/datafile"
	"linklog/service/doctor"
	"linklog/service/health"
	"linklog/service/localsocket"
	"linklog/service/settings"
)

func statusCommand() *cobra.Command {
	var at place
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the state of the service: counters, routers, history, clients",
		Long: `linklog status shows the state of the service, with --json as described in
docs/socket.md. The exit code is 0 if the service does all that its settings ask for,
and 1 if something does not work, such as one of its ports (a line TROUBLE says
what), if the service is not running or does not answer, or if you may not ask it;
linklog doctor says what to do. A line WARNING is about what works, but not as it
should, and does not change the exit code.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c := at.client()
			defer c.Close()
			s, err := c.Status(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				err = writeJSON(cmd.OutOrStdout(), s)
			} else {
				err = writeStatus(cmd.OutOrStdout(), &s, whose(cmd.Context(), c))
			}
			if err == nil && slices.ContainsFunc(s.Troubles, func(t api.Trouble) bool { return t.Severity != health.Note && t.Severity != health.Warning }) {
				return exitError(exitFailure)
			}
			return err
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	placeFlags(cmd.Flags(), &at)
	return cmd
}

// whose says which service a status is of, where there may be another; "": there is none.
func whose(ctx context.Context, c *client.Client) string {
	if host := c.Elsewhere(); !host.IsZero() {
		return "on " + host.Name
	}
	if isOwn(c.Path()) {
		return "your own, not the system's"
	}
	if own, _ := ownService(ctx); own != "" && slices.Contains(localsocket.DefaultPaths(), c.Path()) {
		return "the system's; for your own: " + typed("status", "--socket", datafile.Quote(own))
	}
	return ""
}

func writeStatus(w io.Writer, s *api.Status, whose string) error {
	var b strings.Builder
	line := func(title, format string, args ...any) {
		fmt.Fprintf(&b, "%-12s %s\n", title, fmt.Sprintf(format, args...))
	}
	line("Service", "%s, %s, up %s", s.Service, listeningOn(s), lasting(s.Now.Sub(s.Started)))
	if whose != "" {
		line("", "%s", whose)
	}
	for _, t := range s.Troubles {
		switch text := strings.ReplaceAll(t.Text, "\n", "; "); {
		case t.Code == health.SettingsWait:
			line("Restart", "%s", text)
		case t.Severity == health.Note:
			line("Note", "%s: %s", t.Where, text)
		case t.Severity == health.Warning:
			line("WARNING", "%s: %s", t.Where, text)
		default:
			line("TROUBLE", "%s: %s", t.Where, text)
		}
	}
	repeats := ""
	if s.Repeats > 0 {
		repeats = count(s.Repeats, "repeat") + " + "
	}
	if s.Unrecorded > 0 {
		repeats += number(s.Unrecorded) + " unrecorded + "
	}
	made := ""
	if s.Made > 0 {
		made = " and " + count(s.Made, "attempt") + " made of flows"
	}
	line("Received", "%s since the start%s = %s + %s system + %s WAN + %s%s other + %s rejected; %s in the last minute", number(s.Received), made,
		count(s.Traffic, "attempt"), number(s.System), number(s.WAN), repeats, number(s.Other), number(s.Rejected), number(s.PerMinute))
	var counted, wrong []string
	for reason, n := range s.Reasons {
		if text := reason + " " + number(n); countedOnly(reason) {
			counted = append(counted, text)
		} else {
			wrong = append(wrong, text)
		}
	}
	slices.Sort(counted)
	slices.Sort(wrong)
	if len(counted) > 0 {
		line("", "of these counted, not stored: %s", strings.Join(counted, ", "))
	}
	if len(wrong) > 0 {
		line("", "of these not understood: %s", strings.Join(wrong, ", "))
	}
	lost := fmt.Sprintf("%s (%s by the system, %s over a source's rate, %s not written)", number(s.Lost.Total), number(s.Lost.Dropped), number(s.Lost.Refused), number(s.Lost.Disk))
	if s.Lost.Inexact {
		lost = fmt.Sprintf("%s over a source's rate, %s not written; this system does not report what it dropped", number(s.Lost.Refused), number(s.Lost.Disk))
	}
	line("Lost", "%s", lost)
	if n := s.Lost.TurnedAway; n > 0 {
		line("", "%s turned away, as too many were open", count(n, "TCP connection"))
	}
	// What this computer sent to itself, as linklog send and doctor do, is of no router.
	var routers, itself []string
	heard := func(r api.Source, text string) {
		if doctor.IsOwn(r.Addr) {
			itself = append(itself, text+" (this computer itself, not a router)")
		} else {
			routers = append(routers, text)
		}
	}
	for _, r := range s.Routers {
		heard(r, fmt.Sprintf("%s: %s, the last %s", r.Addr, number(r.Count), ago(s.Now, r.Last)))
	}
	for _, r := range s.Before {
		heard(r, fmt.Sprintf("%s: nothing since the service started, the last %s", r.Addr, ago(s.Now, r.Last)))
	}
	if len(routers) == 0 {
		routers = []string{"none has sent anything yet; linklog doctor finds out why"}
	}
	for i, text := range append(routers, itself...) {
		line(first(i, "Routers"), "%s", text)
	}
	for i, r := range s.Strangers {
		line(first(i, "Strangers"), "%s: %s, the last %s: not accepted (linklog doctor says what to do)", r.Addr, number(r.Count), ago(s.Now, r.Last))
	}
	line("History", "%s", extent(s.History))
	if r := s.History.Removed; r != nil {
		why := map[string]string{"age": "older than the settings keep", "size": "more than the settings keep", "request": "on request"}[r.Why]
		line("", "removed since the start: %s up to %s in %s; the last on %s, %s", count(int(r.Events), "event"), r.Until.Local().Format(time.DateOnly), count(r.Files, "file"), r.When.Local().Format(time.DateOnly), why)
	}
	if s.Imported.Events > 0 {
		line("Imported", "%s", extent(s.Imported))
	}
	if s.IsLearning() {
		line("Hosts", "%s; %s", number(s.Hosts), count(s.Devices, "device"))
		line("", "learning which hosts are usual until %s: till then none counts as new, and there are no new-host alerts", s.Learning.Local().Format("2006-01-02 15:04"))
	} else {
		line("Hosts", "%s, %s of them new; %s", number(s.Hosts), number(s.NewHosts), count(s.Devices, "device"))
	}
	if s.Now.Before(s.Muted) {
		line("", "muted until %s", s.Muted.Local().Format("2006-01-02 15:04"))
	}
	for i, c := range s.Clients {
		agent := c.Agent
		if agent == "" {
			agent = "a program"
		}
		follows := ""
		if c.Follows {
			follows = ", following"
		}
		line(first(i, "Clients"), "%s of %s (%s)%s, for %s", agent, c.User, c.Role, follows, lasting(s.Now.Sub(c.Since)))
	}
	line("Data", "%s: %s; history %s, imported %s, spool %s", s.Data, settings.Size(s.Disk.Used), settings.Size(s.Disk.History),
		settings.Size(s.Disk.Imported), settings.Size(s.Disk.Spool))
	_, err := io.WriteString(w, b.String())
	return err
}

// listeningOn says on which ports the service listens, and on which it does not, and where
// not by all addresses of this computer.
func listeningOn(s *api.Status) string {
	text := onPorts(s.UDP(), s.Ports)
	if len(s.Addresses) > 0 {
		var words []string
		for _, a := range s.Addresses {
			words = append(words, a.String())
		}
		text += ", only by " + strings.Join(words, " and ")
	}
	if s.OnlyLoopback() {
		text += ", which no router can reach (address under [listen] in the settings)"
	}
	return text
}

// onPorts says which UDP ports are open and which are not, and the same of those for TCP among
// all ports.
func onPorts(udp, all []api.Port) (text string) {
	open, closed := api.OpenPorts(udp)
	switch {
	case len(closed) == 0:
		text = "listening on UDP " + portsText(open)
	case len(open) == 0:
		text = "NOT listening on UDP " + portsText(closed)
	case udp[0].Open:
		text = fmt.Sprintf("listening on UDP %s, NOT on %s", portsText(open), portsText(closed))
	default:
		text = fmt.Sprintf("NOT listening on UDP %s, but on %s", portsText(closed), portsText(open))
	}
	byTCP := slices.DeleteFunc(slices.Clone(all), func(p api.Port) bool { return !p.TCP })
	open, closed = api.OpenPorts(byTCP)
	if len(open) > 0 {
		text += ", TCP " + portsText(open)
	}
	if len(closed) > 0 {
		text += ", NOT on TCP " + portsText(closed)
	}
	return text
}

// first is the title on the first of several lines.
func first(i int, title string) string {
	if i == 0 {
		return title
	}
	return ""
}

func extent(x api.Extent) string {
	if x.Events == 0 {
		return "empty"
	}
	return fmt.Sprintf("%s in %s, from %s to %s", count(x.Events, "event"), settings.Size(x.Bytes), x.Since.Local().Format(time.DateOnly), x.Until.Local().Format(time.DateOnly))
}

// lasting shows a time span by its two largest units.
func lasting(d time.Duration) string {
	d = max(d, 0)
	days, hours, minutes := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60
	switch {
	case days > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case hours > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%d min", minutes)
	}
	return fmt.Sprintf("%d s", int(d.Seconds()))
}

func ago(now, t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return lasting(now.Sub(t)) + " ago"
}

// countedOnly reports whether a reason is one of messages that are no events at all.
func countedOnly(reason string) bool {
	for r := range capture.Reason(capture.Reasons) {
		if r.String() == reason {
			return r.CountOnly()
		}
	}
	return false
}
