package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linklog/capture"
	"linklog/filter"
	"linklog/service/importing"
)

// readCommand is import without a service, to the screen.
func readCommand(stdout, stderr *os.File) *cobra.Command {
	o := &readOptions{liveOptions: liveOptions{stdout: stdout, stderr: stderr, after: -1}, files: true}
	l := &logFiles{stderr: stderr}
	cmd := &cobra.Command{
		Use:         "read file... [search text]",
		Short:       "Show old logs and captures, without a service",
		Annotations: searchHelp(),
		Long: `linklog read shows the connection attempts in old logs and captures, one line each,
as linklog shows what arrives, but for repeats: each line of a log is shown, also of
an attempt that came less than a minute before, which linklog counts. It reads what
linklog import reads, gzip-compressed or not; of a folder all files; - is standard
input. What is no file and begins with a key, such as router:attic, is search text. The
format is recognized by the content, unless --format names it:

` + formatList(),
		Example: `  linklog read /var/log/router.log
  linklog read --filter-verdict blocked --filter-direction in old/*.log.gz
  linklog read /var/log/router.log 'dst:17.* port:443 !host:*.apple.com'
  tcpdump -w - udp port 514 | linklog read --json -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			files, terms, err := filesAndTerms(args)
			if err == nil {
				err = needsFile(cmd, files)
			}
			if err == nil {
				err = l.prepare(cmd)
			}
			if err == nil {
				err = o.search(terms, time.Now())
			}
			if err != nil {
				return err
			}
			l.options.System = o.system
			return o.readFiles(cmd.Context(), l, files, cmd.InOrStdin())
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

// filesAndTerms tells files from search text: that is no file, and begins with a key, as words alone
// may be files that are not there. It is an error if one is neither.
func filesAndTerms(args []string) (files, terms []string, err error) {
	for _, arg := range args {
		_, missing := os.Lstat(arg)
		key, _, keyed := strings.Cut(strings.TrimPrefix(strings.TrimSpace(arg), "!"), ":")
		_, known := filter.Filter{}.Get(key)
		switch {
		case missing == nil, arg == importing.Stdin:
			files = append(files, arg)
		case keyed && (known || strings.EqualFold(key, "is") || mistypedKey(key, arg)): // that is told with the terms
			terms = append(terms, arg)
		case strings.ContainsAny(arg, `./\*?[`): // as names of files have it, or those of several
			files = append(files, arg)
		default:
			return nil, nil, usageError{fmt.Errorf("%q is not a file, and search text begins with a key, such as any:%s", capture.Clean(arg), capture.Clean(arg))}
		}
	}
	return files, terms, nil
}

// mistypedKey reports whether what stands before a colon was meant as a key: letters, more than
// those of a drive, and nothing behind that folders have.
func mistypedKey(key, arg string) bool {
	return len(key) > 1 && strings.Trim(strings.ToLower(key), "abcdefghijklmnopqrstuvwxyz-") == "" && !strings.ContainsAny(arg, `/\`)
}

// search adds a search text to the filters.
func (o *readOptions) search(terms []string, now time.Time) error {
	f, err := o.searched(terms, now)
	switch {
	case err != nil:
		return err
	case f.New && o.files:
		return usageError{errors.New("is:new: only the service knows which hosts are new")}
	}
	o.filter = f
	return nil
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
	seen := 0
	err = l.each(args, func(path string) error {
		p := newProgress(shown)
		reading := l.reading(path, p, func(ev *capture.Event) error {
			seen++
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
		if w.shown == 0 {
			w.tell(o.whyNone(seen))
		}
		return o.none(int(min(w.shown, 1)))
	}
	return err
}

// whyNone says why nothing of files with so many events is shown.
func (o *readOptions) whyNone(events int) string {
	switch {
	case events == 0:
		return "there is no event"
	case o.filter == (filter.Filter{}) && !o.system:
		return "there is no connection attempt; --system shows what else there is"
	}
	return o.nothing()
}
