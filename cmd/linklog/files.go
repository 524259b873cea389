package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"linklog/capture"
	"linklog/capture/oldlogs"
	"linklog/format/services"
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

// stopError ends the reading of all files, not of one.
type stopError struct{ error }

func (e stopError) Unwrap() error { return e.error }

// each calls f with every file that the arguments mean. A file that cannot be read is
// told, and the others are read all the same.
func (l *logFiles) each(args []string, f func(path string) error) error {
	for _, arg := range args {
		paths, err := expand(arg)
		if err != nil {
			l.fault(arg, err)
		}
		for _, path := range paths {
			var stop stopError
			switch err := f(path); {
			case errors.As(err, &stop):
				return fmt.Errorf("%s: %w", capture.Clean(path), stop.error) // who packed the files chose their names
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

// expand gives the files that an argument means: itself, the files in a folder, or those
// that match a pattern which no shell has replaced.
func expand(arg string) (files []string, err error) {
	info, err := os.Stat(arg)
	switch {
	case arg == "-", err == nil && !info.IsDir():
		return []string{arg}, nil
	case err == nil:
		err = filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && !strings.HasPrefix(d.Name(), ".") {
				files = append(files, path)
			}
			return err
		})
		if err == nil && len(files) == 0 {
			err = errors.New("a folder without files")
		}
		return files, cause(err)
	case strings.ContainsAny(arg, "*?["):
		if files, _ = filepath.Glob(arg); len(files) > 0 {
			slices.Sort(files)
			return files, nil
		}
		return nil, errors.New("no file has such a name")
	}
	return nil, cause(err)
}

// outcome is what became of a file.
type outcome struct {
	*oldlogs.Reader
	events, foreign, failed int
}

// unit is what the file is made of.
func (o *outcome) unit() string {
	if f := o.Format(); f == oldlogs.Pcap || f == oldlogs.PcapNG {
		return "packet"
	}
	return "line"
}

// read calls each with the events of a file. at is told how far it has come.
func (l *logFiles) read(path string, stdin io.Reader, p *progress, each func(*capture.Event) error) (done outcome, err error) {
	in, options := stdin, l.options
	p.name = capture.Clean(path)
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return done, cause(err)
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			p.size, options.FileTime = info.Size(), info.ModTime()
		}
		in = f
	}
	if done.Reader, err = oldlogs.Open(in, options); err != nil {
		return done, err
	}
	defer p.end()
	example := ""
	for {
		ev, err := done.Next()
		var bad *oldlogs.LineError
		switch {
		case err == nil:
			done.events++
			if err := each(&ev); err != nil {
				return done, stopError{err}
			}
		case errors.As(err, &bad) && bad.Foreign:
			if done.foreign++; done.foreign == 1 {
				example = bad.Error()
			}
			if l.skipped {
				p.clear()
				fmt.Fprintf(l.stderr, "linklog: %s: %v\n", p.name, bad)
			}
		case errors.As(err, &bad):
			if done.failed++; done.failed <= maxTold {
				p.clear()
				fmt.Fprintf(l.stderr, "linklog: %s: %v\n", p.name, bad)
			}
		case err != io.EOF:
			return done, err
		}
		if err == io.EOF {
			break
		}
		p.at(done.Offset(), done.events)
	}
	p.end()
	if done.failed > maxTold {
		fmt.Fprintf(l.stderr, "linklog: %s: … and %s more\n", p.name, number(done.failed-maxTold))
	}
	l.failed += done.failed
	switch {
	case done.events > 0 || done.failed > 0:
	case len(done.OtherPorts()) > 0:
		return done, fmt.Errorf("no event in it: %s; --port chooses others", strings.Join(done.Notes(), "; "))
	case done.foreign > 0:
		return done, fmt.Errorf("no event in it: %s about something else, such as %s", count(done.foreign, done.unit()), example)
	}
	return done, nil
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
