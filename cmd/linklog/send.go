package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"linklog/capture"
	"linklog/capture/plainly"
	"linklog/capture/send"
)

// sendOptions are the flags of linklog send.
type sendOptions struct {
	to        string
	forms     []string
	count     int
	rate      float64
	snmp      string
	community string
	minimal   bool
	seed      uint64
	list      bool
	demo      bool

	plays []played // the forms, in turn
}

// played is a form of traps, a router with its system log, or one that exports flows.
type played struct {
	form   send.Form
	router *send.Router   // nil: not a system log
	flows  *send.Exporter // nil: no flows
}

// traps reports whether it sends traps.
func (p *played) traps() bool { return p.router == nil && p.flows == nil }

// name is what --form calls it, of those that are not traps.
func (p *played) name() string {
	if p.flows != nil {
		return p.flows.Name()
	}
	return p.router.Name
}

func sendCommand(stderr *os.File) *cobra.Command {
	o := &sendOptions{}
	cmd := &cobra.Command{
		Use:   "send [flags] [message...]",
		Short: "Play the router: send messages, for tests and demonstrations",
		Long: `linklog send plays the router: it sends messages to a computer that listens. They
are the ones given, in turn, or made up: of one form, or of several in turn. A given
message is the text of a trap or, with a router's system log as --form, a line of it
as it stands. Flows are always made up, each datagram of one connection.`,
		Example: `  linklog send                                   one message to this computer
  linklog send --to 192.168.1.5 --count 0        one a second until interrupted
  linklog send --form old,wan-dhcp --count 10    two kinds in turn
  linklog send --form asus --demo                an evening with a router's system log
  linklog send --form ipfix --demo               the same evening, as a router exports flows
  linklog send --form asus '<4>Nov 28 06:42:10 kernel: DROP IN=eth0 OUT= SRC=…'
  linklog send '@in TCP from 203.0.113.9:5 to 192.168.1.10:22'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.list {
				return listForms(cmd.OutOrStdout())
			}
			if !cmd.Flags().Changed("seed") {
				o.seed = rand.Uint64() // what a router says twice is a repeat, and not shown
			}
			if err := o.parseForms(); err != nil {
				return usageError{fmt.Errorf("--form: %w", err)}
			}
			if o.demo && (len(args) > 0 || cmd.Flags().Changed("form") && (len(o.plays) != 1 || o.plays[0].traps())) {
				return usageError{errors.New("--demo makes up all messages itself: no message, and no --form but that of one router's system log, such as asus, or of flows, such as ipfix")}
			}
			if at := slices.IndexFunc(o.plays, func(p played) bool { return p.flows != nil }); at >= 0 && len(args) > 0 {
				return usageError{fmt.Errorf("--form %s makes up its flows itself: no message", o.plays[at].name())}
			}
			if err := o.onlyForTraps(cmd.Flags()); err != nil {
				return err
			}
			if !cmd.Flags().Changed("count") && !o.demo {
				o.count = max(1, len(args))
			} else if !cmd.Flags().Changed("count") {
				o.count = 0
			}
			if !cmd.Flags().Changed("rate") && o.count > 0 && len(args) == o.count {
				o.rate = 0 // a few given messages need not be spaced out
			}
			return o.run(cmd.Context(), args, stderr)
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVar(&o.to, "to", "127.0.0.1", "where to: `host[:port]`; without a port 162, 514 for system logs, or 2055 for flows")
	fs.StringSliceVar(&o.forms, "form", []string{"new"}, "`forms` of messages to make up, routers whose system log to play, or versions of flows, with commas; see --list")
	fs.IntVarP(&o.count, "count", "n", 1, "how many to send (default: each message once); 0: until interrupted")
	fs.Float64Var(&o.rate, "rate", 1, "how many a second; 0: as fast as possible")
	fs.StringVar(&o.snmp, "snmp", "1", "1 or 2c for a trap of that version of SNMP, or inform, which waits for answers")
	fs.StringVar(&o.community, "community", "public", "the SNMP community")
	fs.BoolVar(&o.minimal, "minimal", false, "encode lengths as short as possible; routers do not")
	fs.Uint64Var(&o.seed, "seed", 0, "the same `number` makes up the same messages (default: others each time)")
	fs.BoolVar(&o.demo, "demo", false, "an evening in a household, until interrupted or --count")
	fs.BoolVar(&o.list, "list", false, "list the forms, with examples")
	names := make([]string, 0, 32)
	for _, f := range send.Forms() {
		names = append(names, f.Name+"\t"+f.Help)
	}
	for _, r := range send.Routers() {
		names = append(names, r.Name+"\t"+r.Help)
	}
	for _, e := range send.Exporters() {
		names = append(names, e.Name+"\t"+e.Help)
	}
	for flag, values := range map[string][]string{"form": names, "snmp": {"1", "2c", "inform"}} {
		if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err) // a flag that does not exist: a bug in this file
		}
	}
	return cmd
}

func listForms(w io.Writer) error {
	for _, f := range send.Forms() {
		if _, err := fmt.Fprintf(w, "%-14s %s\n%-14s %q\n", f.Name, f.Help, "", f.Example); err != nil {
			return err
		}
	}
	m := send.NewMessages(1)
	for _, r := range send.Routers() {
		if _, err := fmt.Fprintf(w, "%-14s %s\n%-14s %q\n", r.Name, r.Help, "", r.Append(nil, m, time.Now())); err != nil {
			return err
		}
	}
	for _, e := range send.Exporters() {
		if _, err := fmt.Fprintf(w, "%-14s %s\n", e.Name, e.Help); err != nil {
			return err
		}
	}
	return nil
}

// parseForms reads --form.
func (o *sendOptions) parseForms() error {
	for _, name := range o.forms {
		name = strings.TrimSpace(name)
		if r, ok := send.ParseRouter(name); ok {
			o.plays = append(o.plays, played{router: &r})
			continue
		}
		if e, ok := send.NewExporter(name, o.seed); ok {
			o.plays = append(o.plays, played{flows: e})
			continue
		}
		form, err := send.ParseForm(name)
		if err != nil {
			var routers, flows []string
			for _, r := range send.Routers() {
				routers = append(routers, r.Name)
			}
			for _, e := range send.Exporters() {
				flows = append(flows, e.Name)
			}
			return fmt.Errorf("%w, or of the routers with a system log %s, or of flows %s", err, strings.Join(routers, ", "), strings.Join(flows, ", "))
		}
		o.plays = append(o.plays, played{form: form})
	}
	return nil
}

// onlyForTraps refuses what says how a trap is written, where none is sent. An INFORM waits
// for its answer, which nothing but a trap gets.
func (o *sendOptions) onlyForTraps(fs *pflag.FlagSet) error {
	other := slices.IndexFunc(o.plays, func(p played) bool { return !p.traps() })
	if other < 0 {
		return nil
	}
	for _, flag := range [...]string{"snmp", "community", "minimal"} {
		if fs.Changed(flag) && (o.snmp == "inform" || !slices.ContainsFunc(o.plays, func(p played) bool { return p.traps() })) {
			return usageError{fmt.Errorf("--%s is for traps, and %s sends none", flag, o.plays[other].name())}
		}
	}
	return nil
}

// port is where to send to if nothing else is said.
func (o *sendOptions) port() uint16 {
	if slices.ContainsFunc(o.plays, func(p played) bool { return p.traps() }) {
		return capture.TrapPort
	}
	if slices.ContainsFunc(o.plays, func(p played) bool { return p.router != nil }) {
		return capture.SyslogPort
	}
	return capture.FlowPort
}

// source makes the datagrams: of the given messages, of the demonstration, or of the forms.
func (o *sendOptions) source(e send.Encoding, messages []string) send.Source {
	var text []byte
	trap := func(i int, dst []byte) []byte {
		e.RequestID = uint32(i)
		return send.AppendTrap(dst, &e, text)
	}
	evening, made := send.NewDemo(o.seed), send.NewMessages(o.seed)
	return func(i int, dst []byte) []byte {
		switch p := o.plays[i%len(o.plays)]; {
		case o.demo && p.flows != nil:
			return evening.AppendFlows(dst, p.flows, time.Now())
		case p.flows != nil:
			return p.flows.Append(dst, made, time.Now())
		case len(messages) > 0 && p.router != nil:
			return append(dst, messages[i%len(messages)]...)
		case len(messages) > 0:
			text = append(text[:0], messages[i%len(messages)]...)
		case o.demo && p.router != nil:
			return evening.AppendLine(dst, p.router, time.Now())
		case o.demo:
			text = evening.Append(text[:0])
		case p.router != nil:
			return p.router.Append(dst, made, time.Now())
		default:
			text = made.Append(text[:0], p.form)
		}
		return trap(i, dst)
	}
}

func (o *sendOptions) run(ctx context.Context, messages []string, stderr io.Writer) error {
	encoding := send.Encoding{Community: o.community, Minimal: o.minimal}
	switch o.snmp {
	case "1":
	case "2c":
		encoding.PDU = send.TrapV2
	case "inform":
		encoding.PDU = send.Inform
	default:
		return usageError{fmt.Errorf("--snmp: %q is not one of 1, 2c, inform", o.snmp)}
	}
	if o.count < 0 {
		return usageError{fmt.Errorf("--count: %d is less than 0", o.count)}
	}
	if !(o.rate >= 0) { // also if it is no number
		return usageError{fmt.Errorf("--rate: %v is less than 0", o.rate)}
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := send.Dial(ctx, o.to, send.Options{Port: o.port()})
	switch {
	case plainly.Mistyped(err):
		return usageError{err}
	case err != nil:
		return err
	}
	defer s.Close()
	if encoding.PDU == send.Inform {
		return o.inform(ctx, s, encoding, messages, stderr)
	}
	report, err := s.Send(ctx, o.count, o.rate, o.source(encoding, messages))
	rate := ""
	if seconds := report.Elapsed.Seconds(); report.Sent > 1 && seconds >= 0.1 {
		rate = fmt.Sprintf(" in %v, %.0f a second", report.Elapsed.Round(time.Millisecond), float64(report.Sent)/seconds)
	}
	fmt.Fprintf(stderr, "linklog: sent %d to %v%s\n", report.Sent, s.RemoteAddr(), rate)
	switch {
	case errors.Is(err, send.ErrNobodyListens):
		return fmt.Errorf("%w (is linklog running there, and on that port?)", err)
	case ctx.Err() != nil: // interrupted: that was the wish
		return nil
	}
	return err
}

// informWithin is how long to wait for the answer to an INFORM.
const informWithin = 5 * time.Second

// inform sends INFORMs one after another, each when the one before is answered.
func (o *sendOptions) inform(ctx context.Context, s *send.Sender, e send.Encoding, messages []string, stderr io.Writer) error {
	made := send.NewMessages(o.seed)
	for i := 0; (o.count == 0 || i < o.count) && ctx.Err() == nil; i++ {
		text := ""
		if len(messages) > 0 {
			text = messages[i%len(messages)]
		} else {
			text = string(made.Append(nil, o.plays[i%len(o.plays)].form))
		}
		e.RequestID = uint32(i + 1)
		within, cancel := context.WithTimeoutCause(ctx, informWithin, fmt.Errorf("none within %v", informWithin))
		reply, err := s.Inform(within, &e, text)
		cancel()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(stderr, "linklog: answered by %v in %v\n", s.RemoteAddr(), reply.Took.Round(time.Microsecond))
		if o.rate > 0 && i+1 != o.count {
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(float64(time.Second) / o.rate)):
			}
		}
	}
	return nil
}
