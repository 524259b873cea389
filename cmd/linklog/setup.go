package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linklog/filter"
	"linklog/phrase"
	"linklog/service/client"
	"linklog/service/datafile"
	"linklog/service/doctor"
	"linklog/service/guide"
)

func setupCommand(stdout *os.File) *cobra.Command {
	var at place
	var router string
	var watch bool
	cmd := &cobra.Command{
		Use:   "setup [ROUTER]",
		Short: "Show how to set up your router, and whether it reports",
		Long: `linklog setup lists the known routers. With ROUTER it shows, step by step, how to
set that one up so that it reports to this computer, and then what arrived from it
in the last hour: anything, a connection, an outgoing one, an allowed one. For what
is missing it shows the usual reason with that router.

On a terminal it keeps checking until nothing is missing, or until Ctrl-C. The exit
code is 0 if nothing is missing, otherwise 1. Messages that this computer sends to
itself, as linklog send does, do not count, unless --router names it.`,
		Example: `  linklog setup asus
  linklog setup fritzbox
  linklog setup openwrt --watch=false`,
		Args: func(*cobra.Command, []string) error { return nil }, // a name may have several words
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return listRouters(cmd.OutOrStdout())
			}
			r, err := routerOf(strings.Join(args, " "))
			if err != nil {
				return err
			}
			q := guide.Question{IsOwn: doctor.IsOwn}
			if router != "" {
				if q.Router, err = netip.ParseAddr(router); err != nil {
					q.Name = router // or nothing that a router can be called
					_, err = filter.Filter{Router: router}.Compile(nil, time.Now())
				}
				if err != nil {
					return usageError{fmt.Errorf("--%w", err)} // the flag is called as the field
				}
				q.Router = q.Router.Unmap()
			}
			if !cmd.Flags().Changed("watch") {
				watch = isTerminal(stdout)
			}
			list := &checklist{out: stdout, router: r, terminal: isTerminal(stdout) && os.Getenv("TERM") != "dumb"}
			socket, err := at.here(cmd)
			if err != nil {
				return err
			}
			return setup(cmd.Context(), list, socket, q, watch)
		},
		ValidArgsFunction: routerNames,
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&watch, "watch", false, "keep checking until nothing is missing (default on a terminal)")
	cmd.Flags().Lookup("watch").DefValue = ""
	cmd.Flags().StringVar(&router, "router", "", "check only what the router with this `address` sends, or the one that calls itself so")
	placeFlags(cmd.Flags(), &at)
	_ = cmd.Flags().MarkHidden("connect") // it says what to type instead
	return cmd
}

// routerNames are what a shell completes a router with.
func routerNames(*cobra.Command, []string, string) (names []string, _ cobra.ShellCompDirective) {
	for _, r := range guide.Routers() {
		names = append(names, r.ID+"\t"+nameOf(r))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func nameOf(r *guide.Router) string {
	if also := cmp.Or(r.Also, r.Which.String()); also != "" {
		return r.Name + " (" + also + ")"
	}
	return r.Name
}

func listRouters(w io.Writer) error {
	t := table{columns: []column{{title: "ROUTER"}, {title: "NAME", least: 20}, {title: "REPORTS", least: 10}}}
	for _, r := range guide.Routers() {
		t.add(r.ID, nameOf(r), reports(r))
	}
	if err := t.write(w, terminalWidth(w)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nThe steps for one of them: %s\n", typed("setup", "ROUTER"))
	return err
}

// reports says in a few words what a router reports.
func reports(r *guide.Router) string {
	switch {
	case r.Sends == guide.Nothing:
		return "nothing"
	case r.Logs == guide.OnlyBlocked:
		return "blocked connections"
	case r.Logs == guide.Undecided:
		return "connections"
	}
	return "connections, allowed and blocked"
}

// routerOf is the router of a name.
func routerOf(name string) (*guide.Router, error) {
	if r, ok := guide.Find(name); ok {
		return r, nil
	}
	message := fmt.Sprintf("unknown router %q", name)
	if near, ok := guide.Nearest(name); ok {
		message += fmt.Sprintf("; did you mean %q?", near.ID)
	}
	var ids []string
	for _, r := range guide.Routers() {
		ids = append(ids, r.ID)
	}
	return nil, usageError{fmt.Errorf("%s\n%s", message, strings.Join(wrap("Known are: "+strings.Join(ids, ", "), helpWidth), "\n"))}
}

// setup shows how a router is set up, and then what arrives of it.
func setup(ctx context.Context, list *checklist, socket string, q guide.Question, watch bool) error {
	if list.router.Sends == guide.Nothing {
		return cmp.Or(writeGuide(list.out, list.router, nil, nil, nil), error(exitError(exitFailure)))
	}
	c := newClient(socket)
	defer c.Close()
	status, facts := guide.Look(ctx, c, q)
	var refused *client.Error
	if errors.As(facts.Err, &refused) {
		return facts.Err
	}
	listening, start := guide.Listening(&status), ""
	if errors.Is(facts.Err, client.ErrNoService) && socket == "" {
		do, command, ports := doctor.HowToStart(ctx, typed())
		listening, start = ports, fmt.Sprintf("\nLinkLog's service is not running, so nothing can arrive yet.\n%s\n\n     %s\n", do, command)
	}
	if err := writeGuide(list.out, list.router, listening, status.Addresses, facts.Closed); err != nil {
		return err
	}
	if start != "" {
		fmt.Fprint(list.out, start)
		if !watch {
			return exitError(exitFailure)
		}
	}
	if facts.Err != nil && !watch {
		return facts.Err
	}
	fmt.Fprintln(list.out, "\nDoes it arrive?")
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	unfinished := func() error {
		command := []string{"doctor", list.router.ID}
		if socket != "" {
			command = append(command, "--socket", datafile.Quote(socket))
		}
		_, err := fmt.Fprintf(list.out, "\nTo find out why: %s\n", typed(command...))
		return cmp.Or(err, error(exitError(exitFailure)))
	}
	for {
		results := list.router.Check(&facts)
		if err := list.show(results); err != nil {
			return err
		}
		if guide.Done(results) {
			return nil
		}
		if !watch {
			return unfinished()
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
		}
		if _, facts = guide.Look(ctx, c, q); ctx.Err() != nil {
			return unfinished() // it did not become so
		}
	}
}

// lookEvery is how often the service is asked.
const lookEvery = time.Second

// writeGuide writes what to do, with the ports and the addresses on which LinkLog listens; no
// addresses: all. On the closed ports it should listen, too.
func writeGuide(w io.Writer, r *guide.Router, listening []uint16, on []netip.Addr, closed []guide.Closed) error {
	own := ownAddresses()
	if reachable := doctor.Reachable(on); len(reachable) > 0 && len(on) > 0 {
		own = nil
		for _, a := range reachable {
			own = append(own, a.String())
		}
	}
	address := "ADDRESS"
	if len(own) > 0 {
		address = own[0]
	}
	port, _ := r.Port(listening)
	g := r.Guide(address, port, guide.FlowPort(listening))
	var b strings.Builder
	paragraph := func(indent int, p phrase.Phrase) {
		for _, line := range wrap(p.String(), helpWidth-indent) {
			fmt.Fprintf(&b, "%s%s\n", strings.Repeat(" ", indent), line)
		}
	}
	fmt.Fprintf(&b, "%s\n\n", nameOf(r))
	paragraph(0, g.About)
	if r.Sends != guide.Nothing {
		switch {
		case len(own) == 0:
			paragraph(0, phrase.Say("This computer has no address in a local network yet: connect it, and start again. ADDRESS stands for it below."))
		case len(own) > 1:
			paragraph(0, phrase.Say("This computer has several addresses ({{.All}}). Take the one in the network of the router.", "All", strings.Join(own, ", ")))
		}
		if instead := r.Instead(listening, closed); !instead.IsZero() {
			b.WriteByte('\n')
			paragraph(0, instead)
		}
	}
	step := func(number string, s guide.Step) {
		fmt.Fprintf(&b, "\n%s%s\n", number, s.Title)
		if !s.Text.IsZero() {
			paragraph(3, s.Text)
		}
		if s.Type != "" {
			fmt.Fprintf(&b, "\n     %s\n", strings.ReplaceAll(s.Type, "\n", "\n     "))
		}
	}
	for i, s := range g.Steps {
		step(fmt.Sprintf("%d. ", i+1), s)
	}
	if len(g.Names) > 0 {
		b.WriteString("\nOptional, so that devices and hosts have names:\n")
	}
	for _, s := range g.Names {
		step(" - ", s)
	}
	if len(g.Flows) > 0 {
		b.WriteString("\nInstead of the log:\n")
		if instead := guide.FlowsInstead(listening, closed); !instead.IsZero() {
			paragraph(3, instead)
		}
	}
	for _, s := range g.Flows {
		step(" - ", s)
	}
	if len(g.Notes) > 0 {
		b.WriteString("\nGood to know:\n")
	}
	for _, n := range g.Notes {
		lines := wrap(n.String(), helpWidth-3)
		fmt.Fprintf(&b, " - %s\n", strings.Join(lines, "\n   "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// checklist shows what has arrived, in place where it is a terminal.
type checklist struct {
	out      *os.File
	router   *guide.Router
	terminal bool

	shown []string // lines
	last  []guide.State
}

// show shows the results: on a terminal in the place of those before, elsewhere those that changed.
func (l *checklist) show(results []guide.Result) error {
	width := helpWidth
	if l.terminal {
		width = min(width, terminalWidth(l.out)-1)
	}
	var lines []string
	states := make([]guide.State, len(results))
	for i, r := range results {
		states[i] = r.State
		if l.terminal || i >= len(l.last) || l.last[i] != r.State {
			lines = append(lines, l.lines(r, width)...)
		}
	}
	l.last = states
	if len(lines) == 0 || slices.Equal(lines, l.shown) {
		return nil
	}
	text := strings.Join(lines, "\n") + "\n"
	if l.terminal {
		if n := len(l.shown); n > 0 {
			text = fmt.Sprintf("\x1b[%dA\x1b[J", n) + text
		}
		l.shown = lines
	}
	_, err := io.WriteString(l.out, text)
	return err
}

// checkColumn is where the titles begin, behind the states.
const checkColumn = 10

func (l *checklist) lines(r guide.Result, width int) (lines []string) {
	word, colour := "-", ""
	switch r.State {
	case guide.Waiting:
		word = "waiting"
	case guide.Seen:
		word, colour = "ok", "\x1b[32m"
	case guide.Missing:
		word, colour = "MISSING", "\x1b[31m"
	}
	pad := strings.Repeat(" ", checkColumn-len(word))
	if colour != "" && l.terminal && os.Getenv("NO_COLOR") == "" {
		word = colour + word + "\x1b[0m"
	}
	lines = append(lines, word+pad+r.Title.String())
	for _, p := range []phrase.Phrase{r.Text, r.Why} {
		if !p.IsZero() {
			for _, line := range wrap(p.String(), max(width-checkColumn, 20)) {
				lines = append(lines, strings.Repeat(" ", checkColumn)+line)
			}
		}
	}
	return lines
}
