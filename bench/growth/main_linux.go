// Command growth measures how the costs of LinkLog's history grow with it: it makes
// histories of ever more rows, and for each starts the real service and asks it
// through its socket.
//
//	growth -linklog bin/linklog [-most 50000000] [-markdown FILE] [-json FILE] [-svg FILE]
//
// Or it only makes the last of them, with the hosts and devices in it, for others to measure on:
//
//	growth -most 10000000 -make FOLDER
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "growth:", err)
		os.Exit(1)
	}
}

// options are what is measured, and how.
type options struct {
	linklog  string // the program
	dir      string // where the history grows; "": the system's for temporary files
	least    int    // rows of the first history
	most     int    // and of the last
	rounds   int    // of questions, of which the median counts
	export   int    // rows to export at most
	progress io.Writer
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o := options{progress: stderr}
	flags := flag.NewFlagSet("growth", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.linklog, "linklog", "bin/linklog", "LinkLog's program")
	flags.StringVar(&o.dir, "dir", "", "folder for the history, 60 bytes a row (default: the system's for temporary files)")
	flags.IntVar(&o.least, "least", 100_000, "rows of the first history")
	flags.IntVar(&o.most, "most", 10_000_000, "rows of the last history; those between have ten times as many each")
	flags.IntVar(&o.rounds, "rounds", 5, "how often each question is asked; the median counts")
	flags.IntVar(&o.export, "export", 1_000_000, "how many rows are exported at most")
	jsonFile := flags.String("json", "", "write all figures to this file")
	markdownFile := flags.String("markdown", "", "write the table to this file")
	svgFile := flags.String("svg", "", "write a plot to this file")
	folder := flags.String("make", "", "only make a data folder with the last history, here")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || o.least < 1 || o.most < o.least || o.rounds < 1 || o.export < 1 {
		return errors.New("bad arguments: see growth -help")
	}
	if *folder != "" {
		return makeData(ctx, *folder, o.most)
	}
	results, err := measure(ctx, o)
	if len(results.Sizes) == 0 { // else what was measured before an error is not thrown away
		return err
	}
	err = errors.Join(err, results.writeText(stdout))
	for _, output := range []struct {
		file  string
		write func(io.Writer) error
	}{{*markdownFile, results.writeMarkdown}, {*jsonFile, results.writeJSON}, {*svgFile, results.writeSVG}} {
		if output.file != "" {
			err = errors.Join(err, writeFile(output.file, output.write))
		}
	}
	return err
}

func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close()
		return fmt.Errorf("write %s: %w", name, err)
	}
	return f.Close()
}
