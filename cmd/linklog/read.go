package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"linklog/capture"
	"linklog/service/importing"
)

// readCommand is import without a service, to the screen.
func readCommand(stdout, stderr *os.File) *cobra.Command {
	o := &readOptions{liveOptions: liveOptions{stdout: stdout, stderr: stderr, after: -1}, files: true}
	l := &logFiles{stderr: stderr}
	cmd := &cobra.Command{
		Use:   "read file...",
		Short: "Show old logs and captures, without a service",
		Long: `linklog read shows the connection attempts in old logs and captures, one line each,
as linklog shows what arrives, but for repeats: each line of a log is shown, also of
an attempt that came less than a minute before, which linklog counts. It reads what linklog import reads, gzip-compressed or
not; of a folder all files; - is standard input. The format is recognized by the
content, unless --format names it:

` + formatList(),
		Example: `  linklog read /var/log/router.log
  linklog read --filter-verdict blocked --filter-direction in old/*.log.gz
  tcpdump -w - udp port 514 | linklog read --json -`,
		Args: needsFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := l.prepare(cmd); err != nil {
				return err
			}
			return o.readFiles(cmd.Context(), l, args, cmd.InOrStdin())
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	l.flags(fs)
	o.filters(fs)
	o.output(fs)
	o.lookups(fs)
	fs.StringVar(&o.color, "color", "auto", "colour on the terminal: auto, always or never")
	fs.BoolVar(&o.system, "system", false, "also the router's messages about itself, and what was not understood")
	exitCodeFlag(fs, &o.exitCode)
	return cmd
}

// readFiles shows the events of files that match.
func (o *readOptions) readFiles(ctx context.Context, l *logFiles, args []string, stdin io.Reader) error {
	if o.filter.List != "" {
		c := o.at.client()
		defer c.Close()
		if err := findListed(ctx, c); err != nil {
			return fmt.Errorf("--filter-list: lists are those of the service: %w", err)
		}
	}
	w, err := openWriter(&o.liveOptions)
	if err != nil {
		return err
	}
	ctx, stop := w.start(ctx)
	defer stop()
	shown := l.stderr
	if isTerminal(o.stdout) { // where the lines are
		shown = nil
	}
	since, until := w.matcher.Times()
	err = l.each(args, func(path string) error {
		p := newProgress(shown)
		reading := l.reading(path, p, func(ev *capture.Event) error {
			w.household.Observe(ev)
			if ev.Time.Before(since) || !until.IsZero() && !ev.Time.Before(until) { // no name is looked up for it
				return nil
			}
			if err := w.room(ctx); err != nil {
				return err
			}
			w.event[0] = *ev
			w.show(w.event[:])
			return ctx.Err()
		})
		reading.Sight = w.household.Sight
		done, err := importing.Read(ctx, path, stdin, l.options, reading)
		err = l.finished(p, &done, err)
		w.noMoreAnswers()
		_ = w.settle(ctx) // interrupted: as below
		w.flushAll()
		if err == nil {
			for _, note := range done.Notes {
				w.tell(capture.Clean(path) + ": " + note.String())
			}
		}
		return err
	})
	lost := w.end()
	switch {
	case errors.Is(context.Cause(ctx), errQuiet):
		return errQuiet
	case ctx.Err() != nil: // interrupted: that was the wish
		return nil
	case err == nil && lost > 0:
		return fmt.Errorf("%s could not be written", count(lost, "line"))
	case err == nil:
		return o.none(int(min(w.shown, 1)))
	}
	return err
}
