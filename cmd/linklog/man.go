package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"linklog/service/install"
	"linklog/service/localsocket"
)

// manCommand writes the manual pages, one for each command, for packages. Their
// text is that of --help, so that the two cannot differ.
func manCommand(groups []flagGroup) *cobra.Command {
	return &cobra.Command{
		Use:    "man FOLDER",
		Short:  "Write the manual pages into a folder",
		Hidden: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("man needs one folder to write to")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			m := manual{date: manDate(), groups: groups}
			return m.write(cmd.Root(), args[0])
		},
	}
}

// manDate is the date in the pages' footers: that of the build if it is to be
// reproducible (https://reproducible-builds.org/specs/source-date-epoch/), else none.
func manDate() string {
	n, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return ""
	}
	return time.Unix(n, 0).UTC().Format(time.DateOnly)
}

// manual writes pages in man(7).
type manual struct {
	date   string
	groups []flagGroup // of the root command
}

// write writes the page of a command and of those below it.
func (m manual) write(cmd *cobra.Command, dir string) error {
	if err := os.WriteFile(filepath.Join(dir, manName(cmd)+".1"), []byte(m.page(cmd)), 0o644); err != nil {
		return err
	}
	if cmd.Name() == "completion" { // one page tells of all shells
		return nil
	}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			if err := m.write(c, dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// manName is the name of a command's page: linklog-service-install.
func manName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

func (m manual) page(cmd *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 \"%s\" \"LinkLog %s\" \"LinkLog\"\n", strings.ToUpper(manName(cmd)), m.date, roff(versionText()))
	b.WriteString(".nh\n") // names of variables and flags are to be copied
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(manName(cmd)), roff(cmd.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(cmd.UseLine()))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, ".br\n.B %s command [flags]\n", roff(cmd.CommandPath()))
	}
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	b.WriteString(".SH DESCRIPTION\n" + paragraphs(text))
	if !cmd.HasParent() {
		for _, g := range m.groups {
			fmt.Fprintf(&b, ".SH %s\n", roff(strings.ToUpper(g.title)))
			manFlags(&b, g.flags)
			b.WriteString(paragraphs(g.notes))
		}
	} else if cmd.HasAvailableLocalFlags() {
		b.WriteString(".SH OPTIONS\n")
		manFlags(&b, cmd.InheritedFlags())
		manFlags(&b, cmd.LocalFlags())
	}
	if cmd.HasParent() && cmd.Flags().Lookup("since") != nil {
		b.WriteString(".SH TIMES\n" + paragraphs(timeNotes))
	}
	if notes := cmd.Annotations[searchNotes]; notes != "" {
		b.WriteString(".SH SEARCH TEXT\n" + paragraphs(notes))
	}
	if cmd.HasExample() {
		b.WriteString(".SH EXAMPLES\n" + literal(strings.Split(cmd.Example, "\n")))
	}
	m.commands(&b, cmd)
	if !cmd.HasParent() || cmd.Name() == "service" || cmd.CommandPath() == "linklog service run" {
		b.WriteString(".SH FILES\n" + manList(files()))
		b.WriteString(".SH ENVIRONMENT\n" + manList(environment))
	}
	b.WriteString(".SH EXIT STATUS\n0 if all went well, 1 if the work could not be done or lines were lost, 2 if the command line is wrong.\n")
	if cmd.Flags().Lookup("exit-code") != nil {
		b.WriteString("With \\-\\-exit\\-code: 0 if something matches, 1 if nothing does, 2 if something went wrong.\n")
	}
	if parent := cmd.Parent(); parent != nil {
		fmt.Fprintf(&b, ".SH SEE ALSO\n.BR %s (1)\n", roff(manName(parent)))
	}
	return b.String()
}

func (m manual) commands(b *strings.Builder, cmd *cobra.Command) {
	if !cmd.HasAvailableSubCommands() {
		return
	}
	b.WriteString(".SH COMMANDS\n")
	for _, c := range cmd.Commands() {
		if !c.IsAvailableCommand() {
			continue
		}
		if cmd.Name() == "completion" {
			fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(c.CommandPath()), roff(c.Short))
			continue
		}
		fmt.Fprintf(b, ".TP\n.BR %s (1)\n%s\n", roff(manName(c)), roff(c.Short))
	}
}

// files are the files of LinkLog on this system.
func files() [][2]string {
	c := install.Default()
	return [][2]string{
		{c.ConfigFile, "Settings of the service. It need not exist; every setting and its default is in /usr/share/doc/linklog/examples/linklog.toml of the package."},
		{c.DataDir, "Data of the service: the history, a folder of SQLite files, and what it knows of hosts and devices. Only the service may read it."},
		{localsocket.SystemPath(), "Local socket of the service. It asks the system who connects: administrators, members of the group linklog, and users in [access] of the settings."},
		{"~/.local/share/linklog", "Data and settings (linklog.toml) of linklog service run and of the app where an ordinary user runs them without the system's service; in $XDG_DATA_HOME if that is set."},
		{"$XDG_RUNTIME_DIR/linklog/linklog.sock", "Local socket of those."},
	}
}

// environment are the variables that linklog reads.
var environment = [][2]string{
	{"LINKLOG_SOCKET", "Path of the service's socket, for --socket."},
	{"LINKLOG_CONNECT", "Computer whose service is asked, for --connect: ssh://[user@]host[:port]."},
	{"LINKLOG_RESOLVER", "DNS server to ask, for --resolver."},
	{"LINKLOG_PORT, LINKLOG_DATA_DIR, LINKLOG_CONFIG", "Port, folder and settings of linklog service run, for its flags."},
	{"NO_COLOR", "Not empty: no colours, unless --color says otherwise."},
	{"TZ", "Time zone of the times shown and read."},
}

// manList lists what has a meaning.
func manList(list [][2]string) string {
	var b strings.Builder
	for _, entry := range list {
		fmt.Fprintf(&b, ".TP\n.I %s\n%s\n", roff(entry[0]), roff(entry[1]))
	}
	return b.String()
}

func manFlags(b *strings.Builder, flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, text := flagUsage(f)
		line := "--" + f.Name
		if f.Shorthand != "" {
			line = "-" + f.Shorthand + ", " + line
		}
		fmt.Fprintf(b, ".TP\n\\fB%s\\fR", roff(line))
		if f.NoOptDefVal == "" {
			fmt.Fprintf(b, "=\\fI%s\\fR", roff(valueName(value)))
		}
		fmt.Fprintf(b, "\n%s\n", roff(text))
	})
}

// paragraphs sets text as --help has it: paragraphs with empty lines between
// them, and lines that begin with two spaces as they are.
func paragraphs(text string) string {
	var b strings.Builder
	var kept []string
	flush := func() {
		if len(kept) > 0 {
			b.WriteString(literal(kept))
			kept = nil
		}
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "  "):
			kept = append(kept, line)
		case line == "":
			flush()
			b.WriteString(".PP\n")
		default:
			flush()
			b.WriteString(roff(line) + "\n")
		}
	}
	flush()
	return b.String()
}

// literal sets lines without filling them.
func literal(lines []string) string {
	var b strings.Builder
	b.WriteString(".PP\n.nf\n")
	for _, line := range lines {
		b.WriteString(roff(line) + "\n")
	}
	b.WriteString(".fi\n.PP\n")
	return b.String()
}

// roff escapes what troff would take for more than text: the backslash, the
// hyphens that are to be copied into a terminal, and a dot or an apostrophe
// that would begin a request.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", "\\(ga", "^", `\(ha`, "~", `\(ti`).Replace(s)
	if strings.HasPrefix(s, ".") {
		s = `\&` + s
	}
	return s
}
