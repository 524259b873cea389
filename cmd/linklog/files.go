package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"linklog/capture"
	"linklog/capture/oldlogs"
	"linklog/format/services"
	"linklog/service/importing"
)

// logFiles reads old logs and captures, for the commands that take such.
type logFiles struct {
	format, router, zone string
	year                 uint
	ports                []uint16
	skipped              bool // what is about something else is reported line by line
	stderr               *os.File

	options oldlogs.Options
	failed  int // lines that were not understood, and files that were not read
}

// flags defines the flags that say how to read.
func (l *logFiles) flags(fs *pflag.FlagSet) {
	fs.StringVar(&l.format, "format", "", "the `format`, if it is not recognized")
	fs.StringVar(&l.router, "router", "", "the router's `address`, for logs that do not name it")
	fs.StringVar(&l.zone, "zone", "", "the time `zone` of times that name none (default: this computer's)")
	fs.UintVar(&l.year, "year", 0, "the `year` of the first date, for logs whose dates have none")
	fs.Lookup("year").DefValue = ""
	fs.Var((*portsFlag)(&l.ports), "port", "the UDP `ports` that captures are read for (default: 162,514)")
	fs.Lookup("port").DefValue = ""
	fs.BoolVar(&l.skipped, "skipped", false, "also report the lines that are about something else")
}

// prepare reads the flags.
func (l *logFiles) prepare(cmd *cobra.Command) error {
	l.options = oldlogs.Options{Services: services.Default(), Ports: l.ports}
	if l.format != "" {
		f, ok := oldlogs.ParseFormat(l.format)
		if !ok {
			return usageError{fmt.Errorf("--format: %q is not a known format; %s --help lists them", l.format, cmd.CommandPath())}
		}
		l.options.Format = f
	}
	if cmd.Flags().Changed("year") {
		if now := uint(time.Now().Year()); l.year < firstYear || l.year > now {
			return usageError{fmt.Errorf("--year: %d is not a year from %d to %d", l.year, firstYear, now)}
		}
		l.options.Year = int(l.year)
	}
	if l.router != "" {
		a, err := netip.ParseAddr(l.router)
		if err != nil {
			return usageError{fmt.Errorf("--router: %q is not a valid address", l.router)}
		}
		l.options.Router = a
	}
	if l.zone != "" {
		z, err := time.LoadLocation(l.zone)
		if err != nil {
			return usageError{fmt.Errorf("--zone: %q is not a valid time zone such as Europe/Berlin or UTC", l.zone)}
		}
		l.options.Location = z
	}
	return nil
}

// firstYear is before the first of the routers that are logged here.
const firstYear = 1990

// needsFile is for the arguments of a command that reads files.
func needsFile(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usageError{errors.New("no file given (- is standard input)")}
	}
	return nil
}

// formatList lists the formats, for a help.
func formatList() string {
	var b strings.Builder
	for _, f := range oldlogs.Formats() {
		fmt.Fprintf(&b, "  %-12s %s\n", f.Name, f.Description)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// each calls f with every file that the arguments mean. A file that cannot be read is
// told, and the others are read all the same.
func (l *logFiles) each(args []string, f func(path string) error) error {
	for _, arg := range args {
		paths, err := importing.Files(arg, 0)
		if err != nil {
			l.fault(arg, err)
		}
		for _, path := range paths {
			var stop importing.Stopped
			switch err := f(path); {
			case errors.As(err, &stop):
				return fmt.Errorf("%s: %w", capture.Clean(path), stop.Unwrap()) // who packed the files chose their names
			case err != nil:
				l.fault(path, err)
			}
		}
	}
	if l.failed > 0 {
		return exitError(exitFailure) // each was reported
	}
	return nil
}

func (l *logFiles) fault(path string, err error) {
	l.failed++
	fmt.Fprintf(l.stderr, "linklog: %s: %v\n", capture.Clean(path), err)
}

// reading is how a file is read: progress is shown, and lines that gave no event are told.
func (l *logFiles) reading(path string, p *progress, each func(*capture.Event) error) importing.Reading {
	failed := 0
	p.name = capture.Clean(path)
	return importing.Reading{
		Event: each,
		Line: func(bad *oldlogs.LineError) {
			if !bad.Foreign {
				failed++
			}
			if bad.Foreign && l.skipped || !bad.Foreign && failed <= maxTold {
				p.clear()
				fmt.Fprintf(l.stderr, "linklog: %s: %v\n", p.name, bad)
			}
		},
		At: p.at,
	}
}

// finished tells how many lines of a file were not understood beyond those that were told.
func (l *logFiles) finished(p *progress, done *importing.Outcome, err error) error {
	p.end()
	if done.Failed > maxTold {
		fmt.Fprintf(l.stderr, "linklog: %s: … and %s more\n", p.name, number(done.Failed-maxTold))
	}
	l.failed += done.Failed
	if nothing := (*importing.Nothing)(nil); errors.As(err, &nothing) && len(nothing.OtherPorts) > 0 {
		return fmt.Errorf("%w; --port chooses others", err)
	}
	return err
}

// maxTold bounds how many unreadable lines of a file are reported.
const maxTold = 20

// formatText is what a format is called, without the list of those that write it.
func formatText(f oldlogs.Format) string {
	for _, info := range oldlogs.Formats() {
		if info.Format == f {
			name, _, _ := strings.Cut(info.Description, ":")
			return name
		}
	}
	return "nothing in it"
}
