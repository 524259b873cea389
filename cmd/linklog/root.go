package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"linklog/filter"
	"linklog/format"
	"linklog/phrase"
	"linklog/service/client"
	"linklog/service/client/overssh"
	"linklog/service/datafile"
	"linklog/service/doctor"
	"linklog/service/port"
)

// Exit codes, as unix tools have them.
const (
	exitOK      = 0
	exitFailure = 1 // the work could not be done, or lines were lost
	exitUsage   = 2 // the command line is wrong

	// With --exit-code, as grep has them.
	exitNone  = 1 // nothing matches
	exitWrong = 2 // anything else went wrong
)

// errNone ends a command with --exit-code for which nothing matched.
var errNone = errors.New("nothing matches")

// exitCodeFlag defines the flag that says by the exit code whether something matches.
func exitCodeFlag(fs *pflag.FlagSet, asked *bool) {
	fs.BoolVar(asked, "exit-code", false, "exit with 1 if nothing matches, and with 2 if something went wrong, as grep does")
}

// usageError is a mistake on the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// errQuiet ends the program without a message: its output is no longer read.
var errQuiet = errors.New("")

// run is the whole program: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr *os.File) int {
	cmd := rootCommand(stdout, stderr)
	args, err := canonical(args, cmd.Flags())
	if err != nil {
		fmt.Fprintf(stderr, "linklog: %v\nTry 'linklog --help'.\n", err)
		return exitUsage
	}
	cmd.SetArgs(args)
	cmd.SetIn(stdin)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	found, err := cmd.ExecuteContextC(ctx)
	code, failure, far := exitError(0), exitFailure, (*overssh.Error)(nil)
	if f := found.Flags().Lookup("exit-code"); f != nil && f.Value.String() == "true" {
		failure = exitWrong
	}
	switch usage := (usageError{}); {
	case err == nil || errors.Is(err, errQuiet):
		return exitOK
	case errors.Is(err, errNone):
		return exitNone
	case errors.As(err, &code): // everything was printed
		return max(int(code), failure)
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "linklog: %v\nTry '%s --help'.\n", err, found.CommandPath())
		return exitUsage
	default:
		fmt.Fprintf(stderr, "linklog: %v\n%s", err, whatToDo(found, args, err))
		if errors.As(err, &far) {
			return max(exitCodes[far.Kind], failure)
		}
		return failure
	}
}

// whatToDo says what to type after an error of the service, whatever the command.
func whatToDo(cmd *cobra.Command, args []string, err error) string {
	quoted := func(words ...string) string {
		for i := range words {
			words[i] = datafile.Quote(words[i])
		}
		return typed(words...)
	}
	host, elsewhere := askedElsewhere(cmd)
	var refused *client.Error
	var far *overssh.Error
	switch {
	case errors.As(err, &far) && (far.Kind == overssh.NotRunning || far.Kind == overssh.NotAsked):
		return fmt.Sprintf("To find out why: %s\n", far.Host.Command("linklog", "doctor"))
	case errors.As(err, &far):
		return ""
	case elsewhere && errors.As(err, &refused) && refused.Status == http.StatusForbidden:
		host.User = "USER"
		return fmt.Sprintf("As a different user of %s: --connect %s\n", host.Name, host)
	case elsewhere:
		return ""
	case errors.As(err, &refused) && refused.Status == http.StatusForbidden:
		return fmt.Sprintf("As an administrator: %s\n", doctor.AsAdministrator(quoted(slices.Clone(args)...)))
	case errors.Is(err, client.ErrNoService):
		why := []string{"doctor"}
		if socket := cmd.Flag("socket"); socket != nil && socket.Changed {
			why = append(why, "--socket", socket.Value.String())
		} else if os.Getenv("LINKLOG_SOCKET") == "" && isDown(cmd.Context()) {
			return fmt.Sprintf("It is installed here, but is not running. To start it: %s\nTo find out why: %s\n", doctor.AsAdministrator(quoted("service", "start")), quoted(why...))
		}
		return fmt.Sprintf("To find out why: %s\n", quoted(why...))
	}
	return ""
}

func rootCommand(stdout, stderr *os.File) *cobra.Command {
	o := &liveOptions{stdout: stdout, stderr: stderr, after: -1}
	cmd := &cobra.Command{
		Use:   "linklog [flags]",
		Short: "Show what a router reports: every connection attempt in and out",
		Long: `linklog shows what a router reports: every connection attempt in and out, one
line each, as it happens. It follows LinkLog's service if it is running here, and
otherwise listens itself. The router has to send its log to this computer: linklog
setup shows how, for yours.`,
		Args:              noArguments,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.listens = cmd.Flags().Changed("port")
			return live(cmd.Context(), o)
		},
	}
	cmd.SetFlagErrorFunc(flagMistake)
	cmd.CompletionOptions.HiddenDefaultCmd = false
	cmd.SetHelpCommand(helpCommand())
	cmd.Version = versionLine()
	cmd.SetVersionTemplate("{{.Version}}\n")

	groups := o.flags()
	for _, g := range groups {
		cmd.Flags().AddFlagSet(g.flags)
	}
	cmd.Flags().SortFlags = false
	cmd.SetHelpFunc(func(c *cobra.Command, _ []string) {
		if c == cmd {
			io.WriteString(c.OutOrStdout(), rootHelp(cmd, groups))
		} else {
			io.WriteString(c.OutOrStdout(), help(c))
		}
	})
	cmd.AddCommand(
		logCommand(stdout, stderr), statsCommand(stdout, stderr), topCommand(stdout, stderr), hostsCommand(stdout, stderr), devicesCommand(stdout, stderr), alertsCommand(), listsCommand(), statusCommand(), metricsCommand(), doctorCommand(), setupCommand(stdout), importCommand(stderr), forgetCommand(stderr), readCommand(stdout, stderr),
		exportCommand(stdout, stderr), sendCommand(stderr), serviceCommand(stderr), versionCommand(), manCommand(groups),
	)
	if c := connectorCommand(); c != nil {
		cmd.AddCommand(c)
	}
	complete(cmd)
	cmd.InitDefaultCompletionCmd()
	if c, _, err := cmd.Find([]string{"completion"}); err == nil {
		c.Args = noArguments
		c.RunE = func(*cobra.Command, []string) error {
			return usageError{errors.New("missing shell: bash, zsh, fish or powershell")}
		}
		for _, shell := range c.Commands() {
			shell.Args = noArguments
		}
	}
	return cmd
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasAvailableSubCommands() {
		return usageError{fmt.Errorf("%s takes no arguments (such as %q)", cmd.CommandPath(), args[0])}
	}
	return unknownCommand(cmd, args[0])
}

// unknownCommand says that a command has none of a name, and which may be meant.
func unknownCommand(cmd *cobra.Command, name string) error {
	message := fmt.Sprintf("unknown command %q", name)
	if near := meant(name, commandNames(cmd)); near != "" {
		message += fmt.Sprintf("; did you mean %q?", near)
	} else if c, _, err := cmd.Root().Find([]string{"service", name}); err == nil && c.Name() == name {
		message += fmt.Sprintf("; did you mean %q?", "service "+name)
	}
	return usageError{errors.New(message)}
}

// commandNames are the names of the commands that a command has.
func commandNames(cmd *cobra.Command) (names []string) {
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return names
}

// meant is the name that someone began to type, or mistyped; "": none is close.
func meant(typed string, names []string) string {
	if i := slices.IndexFunc(names, func(n string) bool { return strings.HasPrefix(n, strings.ToLower(typed)) }); i >= 0 && typed != "" {
		return names[i]
	}
	return phrase.Nearest(typed, slices.Values(names))
}

// flagMistake says which flag may be meant by one that there is not.
func flagMistake(cmd *cobra.Command, err error) error {
	word := ""
	if e := (*pflag.NotExistError)(nil); errors.As(err, &e) {
		word = cmp.Or(e.GetSpecifiedShortnames(), e.GetSpecifiedName())
	}
	if e := (*pflag.InvalidValueError)(nil); errors.As(err, &e) { // -no-dns is -n with a value
		word = e.GetFlag().Shorthand + e.GetValue()
	}
	if (word == "f" || word == "follow") && cmd.Name() == "log" {
		return usageError{fmt.Errorf("%w; linklog without a command follows what comes: linklog --since 1h", err)}
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	if len(word) > 2 {
		if near := meant(word, names); near != "" {
			err = fmt.Errorf("%w; did you mean --%s?", err, near)
		}
	}
	return usageError{err}
}

// flagGroup is one section of the help.
type flagGroup struct {
	title string
	flags *pflag.FlagSet
	notes string // below the flags
}

// flags defines the flags, in the order and the groups of the help.
func (o *liveOptions) flags() []flagGroup {
	group := func(title string) flagGroup {
		fs := pflag.NewFlagSet(title, pflag.ContinueOnError)
		fs.SortFlags = false
		return flagGroup{title: title, flags: fs}
	}

	general := group("General")
	fs := general.flags
	o.ports = defaultPorts()
	fs.VarP((*portsFlag)(&o.ports), "port", "p", "listen on these UDP `ports`, with commas, even if the service is running; 0 picks a free one")
	fs.StringVar(&o.runAs, "run-as", "", "drop to this `user` when port, service and log file are open (default: nobody, if started by root)")
	o.lookups(fs)
	fs.StringVar(&o.since, "since", "", "from the service: first the events since this `time`")
	fs.StringVar(&o.until, "until", "", "only events before this `time`; then end")
	fs.Int64Var(&o.after, "after", -1, "from the service: continue after the event with this `number` (%{seq})")
	placeFlags(fs, &o.at)
	fs.Lookup("after").DefValue = ""
	fs.Bool("version", false, "show the version")
	fs.BoolP("help", "h", false, "show this help")
	general.notes = timeNotes

	filters := group("Filters (only what matches is shown)")
	for _, field := range filter.Fields() {
		switch {
		case field.Name == "any", field.Time: // for search texts
		case field.Bool:
			filters.flags.BoolVar(&o.filter.New, "filter-new", false, "only the first event ever with a host (from the service)")
		default:
			filters.flags.Var(&filterFlag{&o.filter, field.Name}, "filter-"+field.Name, field.Help)
		}
	}
	filters.notes = filterNotes

	output := group("Output")
	fs = output.flags
	fs.StringVarP(&o.logFile, "log-file", "l", "", "also write every line to this `file`; SIGHUP reopens it")
	fs.BoolVar(&o.noDNS, "no-dns", false, "show addresses instead of host names")
	fs.BoolVar(&o.noDNSDest, "no-dns-dest", false, "show destination addresses instead of names")
	fs.BoolVar(&o.noDNSSource, "no-dns-source", false, "show source addresses instead of names")
	fs.BoolVarP(&o.quiet, "quiet", "q", false, "write to the log file only")
	fs.BoolVarP(&o.portNumbers, "show-port-numbers", "s", false, "show port numbers instead of service names")
	fs.StringVarP(&o.template, "template", "t", format.Default, "how a line looks, see below")
	fs.Lookup("template").DefValue = ""
	fs.BoolVar(&o.json, "json", false, "write JSON, one object per line")
	fs.BoolVar(&o.csv, "csv", false, "write CSV with a header line")
	fs.StringVar(&o.color, "color", "auto", "colour on the terminal: auto, always or never")
	fs.BoolVar(&o.system, "system", false, "also show the router's messages about itself, and what was not understood, with the reason")
	output.notes = templateNotes()
	return []flagGroup{general, filters, output}
}

// lookups defines the flags for the names that DNS is asked for.
func (o *liveOptions) lookups(fs *pflag.FlagSet) {
	fs.BoolVar(&o.cacheDNS, "cache-dns", false, "keep DNS answers for the whole run, not only for minutes")
	fs.StringVar(&o.resolver, "resolver", os.Getenv("LINKLOG_RESOLVER"), "ask the DNS server at this `address[:port]` (default: the system's; also LINKLOG_RESOLVER)")
	fs.Lookup("resolver").DefValue = ""
}

// portsFlag are port numbers with commas between them.
type portsFlag []uint16

func (p *portsFlag) String() string { return port.List(*p, ",") }

func (p *portsFlag) Set(s string) error {
	var ports []uint16
	for word := range strings.SplitSeq(s, ",") {
		var n portFlag
		if err := n.Set(strings.TrimSpace(word)); err != nil {
			return err
		}
		if n == 0 || !slices.Contains(ports, uint16(n)) {
			ports = append(ports, uint16(n))
		}
	}
	*p = ports
	return nil
}

func (p *portsFlag) Type() string { return "ports" }

// portFlag is a port number.
type portFlag uint16

func (p *portFlag) String() string { return strconv.Itoa(int(*p)) }

func (p *portFlag) Set(s string) error {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return errors.New("a port is a number from 0 to 65535")
	}
	*p = portFlag(n)
	return nil
}

func (p *portFlag) Type() string { return "port" }

// filterFlag sets one field of a filter.
type filterFlag struct {
	filter *filter.Filter
	field  string
}

func (f *filterFlag) String() string {
	if f.filter == nil { // pflag makes one to compare defaults with
		return ""
	}
	text, _ := f.filter.Get(f.field)
	return text
}

func (f *filterFlag) Set(text string) error { return f.filter.Set(f.field, text) }

func (f *filterFlag) Type() string { return "patterns" }
