package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"linklog/capture"
	"linklog/filter"
	"linklog/format"
	"linklog/format/services"
	"linklog/service/client"
)

// readOptions are the flags of the commands that read the history.
type readOptions struct {
	liveOptions        // filters and output
	from        string // where events are from
	exitCode    bool   // that nothing matches is an exit code
	most        int    // events to print, and to say that there are more; 0: all
	files       bool   // not from the history
}

// filters defines the flags that say which events are meant.
func (o *readOptions) filters(fs *pflag.FlagSet) {
	for _, field := range filter.Fields() {
		switch {
		case field.Name == "any", field.Time: // in the search text
		case field.Bool:
			if !o.files { // only the service knows
				fs.BoolVar(&o.filter.New, "filter-new", false, "only the first event ever with a host")
			}
		default:
			fs.Var(&filterFlag{&o.filter, field.Name}, "filter-"+field.Name, field.Help)
		}
	}
	fs.Var(&filterFlag{&o.filter, "since"}, "since", "only events since this `time`, such as 2h, yesterday or 2026-11-01")
	fs.Var(&filterFlag{&o.filter, "until"}, "until", "only events before this `time`")
}

// sourceFlag defines the flag that says where events are from.
func (o *readOptions) sourceFlag(fs *pflag.FlagSet) {
	fs.StringVar(&o.from, "from", "all", "`what` to look at: what was received (live), what was imported (imported), or all")
}

// output defines the flags that say how events are shown.
func (o *readOptions) output(fs *pflag.FlagSet) {
	fs.StringVarP(&o.template, "template", "t", format.Default, "how a line looks; see linklog --help")
	fs.Lookup("template").DefValue = ""
	fs.BoolVar(&o.json, "json", false, "write JSON, one object per line")
	fs.BoolVar(&o.csv, "csv", false, "write CSV with a header line")
	fs.BoolVar(&o.noDNS, "no-dns", false, "show addresses instead of host names")
	fs.BoolVar(&o.noDNSDest, "no-dns-dest", false, "show destination addresses instead of names")
	fs.BoolVar(&o.noDNSSource, "no-dns-source", false, "show source addresses instead of names")
	fs.BoolVarP(&o.portNumbers, "show-port-numbers", "s", false, "show port numbers instead of service names")
}

// read makes the query and what prints it; arguments are search text.
func (o *readOptions) read(args []string) (q client.Query, p *printer, err error) {
	now := time.Now()
	f, err := o.searched(args, now)
	if err != nil {
		return q, nil, err
	}
	o.stored = true
	o.filter = f
	if p, err = newPrinter(&o.liveOptions); err != nil {
		return q, nil, usageError{err}
	}
	// The service does the filtering: it knows all names.
	if !o.system && f.Direction == "" {
		f.Direction = "in,out" // only attempts have one
	}
	if f, err = f.At(now); err != nil {
		return q, nil, usageError{flagError(err)}
	}
	q.Filter = f.String()
	switch o.from {
	case "all":
		q.All = true
	case "imported":
		q.Imported = true
	case "live":
	default:
		return q, nil, usageError{fmt.Errorf("--from: %q is not one of all, live, imported", o.from)}
	}
	return q, p, nil
}

// searched is the filter of flags and search text.
func (o *readOptions) searched(text []string, now time.Time) (f filter.Filter, err error) {
	f, err = filter.Parse(strings.Join(text, " "))
	if err == nil {
		_, err = f.Compile(services.Default(), now)
	}
	if err != nil {
		return f, usageError{fmt.Errorf("search text: %w", err)}
	}
	if err := merge(&f, &o.filter); err != nil {
		return f, usageError{err}
	}
	return f, nil
}

// merge adds the fields of flags to those of a search text.
func merge(to, from *filter.Filter) error {
	for _, field := range filter.Fields() {
		a, _ := to.Get(field.Name)
		b, _ := from.Get(field.Name)
		switch {
		case b == "":
		case a != "" && a != b:
			return fmt.Errorf("%s%s: the search text already sets it (%s)", flagOf(field.Name), field.Name, a)
		default:
			if err := to.Set(field.Name, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// events calls f with the events of a query.
func (o *readOptions) events(ctx context.Context, c *client.Client, q client.Query, f func(*capture.Event) error) error {
	useLists(ctx, c, &o.liveOptions)
	if o.needsOrigins() {
		useOrigins(ctx, c, o.stderr)
	}
	return c.Events(ctx, q, f)
}

// defaultLimit is how many events linklog log shows, unless a time or a limit is given.
const defaultLimit = 1000

func logCommand(stdout, stderr *os.File) *cobra.Command {
	o := &readOptions{liveOptions: liveOptions{stdout: stdout, stderr: stderr, after: -1}}
	var limit uint
	var reverse bool
	cmd := &cobra.Command{
		Use:         "log [search text]",
		Short:       "Show what the service has received",
		Annotations: searchHelp(), ValidArgsFunction: searchTerms,
		Long: `linklog log shows what the service has received and what was imported, the
newest last. With --since it shows all that matches, otherwise the last 1,000.`,
		Example: `  linklog log --since yesterday
  linklog log --filter-direction in --limit 20
  linklog log 'dst:17.* port:443 !host:*.apple.com' --json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			q, p, err := o.read(args)
			if err != nil {
				return err
			}
			q.Limit = int(limit)
			if since, _ := p.matcher.Times(); !cmd.Flags().Changed("limit") && since.IsZero() {
				o.most, q.Limit = defaultLimit, defaultLimit+1 // one more tells that there are more
			}
			return o.print(cmd.Context(), o.stdout, q, p, reverse)
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	o.filters(fs)
	o.sourceFlag(fs)
	fs.UintVarP(&limit, "limit", "n", 0, "only the last `number` of events; 0: all")
	fs.BoolVarP(&reverse, "reverse", "r", false, "the newest first")
	o.output(fs)
	fs.StringVar(&o.color, "color", "auto", "colour on the terminal: auto, always or never")
	fs.BoolVar(&o.system, "system", false, "also show the router's messages about itself, what was not understood, and gaps")
	exitCodeFlag(fs, &o.exitCode)
	placeFlags(fs, &o.at)
	fs.Lookup("limit").DefValue = ""
	return cmd
}

// print writes the events of a query as they come. The last few of many are asked
// for newest first, and turned round here.
func (o *readOptions) print(ctx context.Context, to io.Writer, q client.Query, p *printer, reverse bool) error {
	ignoreBrokenPipe()
	out := bufio.NewWriterSize(to, flushSize)
	if p.csv {
		out.Write(append(format.AppendCSVHeader(nil), '\n'))
	}
	write := func(ev *capture.Event) error { return p.writeTo(out, ev) }
	q.OldestFirst = !reverse && q.Limit == 0
	var last []capture.Event
	n := 0
	c := o.at.client()
	defer c.Close()
	err := o.events(ctx, c, q, func(ev *capture.Event) error {
		if n++; o.most > 0 && n > o.most {
			return nil
		}
		if reverse || q.OldestFirst {
			return write(ev)
		}
		last = append(last, *ev)
		return nil
	})
	for i := len(last) - 1; i >= 0 && err == nil; i-- {
		err = write(&last[i])
	}
	if flushErr := out.Flush(); err == nil {
		err = flushErr
	}
	unused := ""
	if err == nil {
		if unused = unusedFiles(ctx, c); unused != "" {
			fmt.Fprintf(o.stderr, "linklog: %s\n", unused)
		}
	}
	switch {
	case err != nil && isBrokenPipe(err):
		return errQuiet
	case err != nil:
	case n == 0 && unused != "":
		fmt.Fprintln(o.stderr, "linklog: nothing matches")
	case n == 0:
		fmt.Fprintf(o.stderr, "linklog: %s\n", o.whyNothing(ctx, c, q))
	case o.most > 0 && n > o.most:
		fmt.Fprintf(o.stderr, "linklog: these are the last %s; -n 0 shows all, --since all since a time\n", number(o.most))
	}
	if err != nil {
		return err
	}
	return o.none(n)
}

// none is an error if nothing matches and the exit code is to say so.
func (o *readOptions) none(n int) error {
	if n == 0 && o.exitCode {
		return errNone
	}
	return nil
}

// unusedFiles says that events may be missing, as files of the history are not used; "":
// all are.
func unusedFiles(ctx context.Context, c *client.Client) string {
	s, err := statusSoon(ctx, c)
	if err != nil {
		return "" // that it does not say how it is, linklog status says
	}
	var files []string
	for _, t := range s.Troubles {
		if t.Code.HidesEvents() {
			files = append(files, t.Where)
		}
	}
	if len(files) == 0 {
		return ""
	}
	more := ""
	if n := len(files) - 1; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("events may be missing: %s%s cannot be used; linklog doctor says why", files[0], more)
}

// whyNothing says why a query brought nothing.
func (o *readOptions) whyNothing(ctx context.Context, c *client.Client, q client.Query) string {
	s, err := statusSoon(ctx, c)
	switch {
	case err == nil && s.History.Events+s.Imported.Events == 0:
		return "the history is empty: nothing has arrived yet; linklog doctor finds out why"
	case o.filter == (filter.Filter{}) && !o.system:
		return "no connection attempt has been reported yet; --system shows what else arrived"
	}
	return o.nothing()
}

// nothing says that nothing matches, and what perhaps was meant.
func (o *readOptions) nothing() string {
	for word := range strings.FieldsSeq(o.filter.Any) {
		if term := asTerm(word); term != "" {
			return fmt.Sprintf("nothing matches; perhaps you mean %s", term)
		}
	}
	return "nothing matches"
}

// asTerm is the term of the search text that a word without a key was perhaps meant to
// be: words are not looked for in protocols and numbers of ports; "": none.
func asTerm(word string) string {
	known := func(f filter.Filter) bool {
		_, err := f.Compile(nil, time.Now())
		return err == nil
	}
	switch number := strings.Trim(word, "0123456789") == ""; {
	case number && known(filter.Filter{Port: word}):
		return "port:" + word
	case !number && known(filter.Filter{Protocol: word}):
		return "proto:" + word
	}
	return ""
}

// writeTo writes one line.
func (p *printer) writeTo(w io.Writer, ev *capture.Event) error {
	p.lines = p.append(p.lines[:0], ev)
	if p.colour {
		p.painted = paint(p.painted[:0], ev, p.lines)
		_, err := w.Write(p.painted)
		return err
	}
	p.lines = append(p.lines, '\n')
	_, err := w.Write(p.lines)
	return err
}
