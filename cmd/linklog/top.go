package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"linklog/capture"
	"linklog/filter"
	"linklog/format"
	"linklog/format/services"
	"linklog/service/client"
)

// topOptions are the flags of linklog top.
type topOptions struct {
	readOptions
	by    string
	order string
	every time.Duration
	limit uint
	count uint
}

func topCommand(stdout, stderr *os.File) *cobra.Command {
	o := &topOptions{readOptions: readOptions{liveOptions: liveOptions{stdout: stdout, stderr: stderr, color: "never", template: format.Default, after: -1}, from: "live"}}
	var keys []string
	for _, o := range orders {
		keys = append(keys, fmt.Sprintf("%c (%s)", o.key, o.name))
	}
	cmd := &cobra.Command{
		Use:         "top [search text]",
		Short:       "Show which hosts, devices or ports have most attempts, live",
		Annotations: searchHelp(), ValidArgsFunction: searchTerms,
		Long: `linklog top counts the attempts that the service receives from now on, or since
--since, and shows who has most of them. Keys: q quits, p pauses, r reverses the
order, and these change it:
` + strings.Join(wrap(strings.Join(keys, ", "), helpWidth), "\n") + `.
Where the output is not a terminal, a table is written at every interval.`,
		Example: `  linklog top
  linklog top --by device dir:out --since today
  linklog top --by port --order blocked dir:in
  linklog top --count 1 --every 1m > minute.txt`,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVar(&o.by, "by", "host", "count by `what`: "+strings.Join(liveNames(), ", "))
	fs.StringVar(&o.order, "order", orders[0].name, "what comes first: "+strings.Join(orderNames(), ", "))
	fs.DurationVar(&o.every, "every", 2*time.Second, "the `time` from one table to the next, such as 2s or 1m")
	fs.UintVarP(&o.limit, "limit", "n", 20, "at most this `number` of lines where the output is not a terminal; 0: all")
	fs.UintVarP(&o.count, "count", "c", 0, "end after this `number` of tables")
	fs.Lookup("count").DefValue = ""
	o.filters(fs)
	placeFlags(fs, &o.at)
	for flag, values := range map[string][]string{"by": liveNames(), "order": orderNames()} {
		if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err) // a flag that does not exist: a bug in this file
		}
	}
	return cmd
}

// liveNames are the dimensions that are no times.
func liveNames() (names []string) {
	for i := range dimensions {
		if dimensions[i].step == 0 {
			names = append(names, dimensions[i].name)
		}
	}
	return names
}

func (o *topOptions) run(ctx context.Context, args []string) error {
	by, err := parseDimensions([]string{o.by})
	switch i := slices.Index(orderNames(), o.order); {
	case err != nil:
		return usageError{fmt.Errorf("--by: %w", err)}
	case by[0].step > 0:
		return usageError{fmt.Errorf("--by: %s is a time; linklog stats counts by it", o.by)}
	case i < 0:
		return usageError{fmt.Errorf("--order: %q is not one of %s", o.order, strings.Join(orderNames(), ", "))}
	case o.every < 100*time.Millisecond:
		return usageError{fmt.Errorf("--every: %v is less than 100ms", o.every)}
	default:
		q, p, err := o.read(args)
		if err != nil {
			return err
		}
		if q.Since, q.Until = p.matcher.Times(); !q.Until.IsZero() && !q.Until.After(time.Now()) {
			return usageError{fmt.Errorf("%s is over; linklog stats counts what was until then", q.Until.Local().Format(time.DateTime))}
		}
		t := &top{in: os.Stdin, out: o.stdout, stderr: o.stderr, tally: tally{by: by[0], services: services.Default()}, order: i, limit: int(o.limit), left: int(o.count), every: o.every}
		return t.run(ctx, o.at, q)
	}
}

// top shows a tally while attempts are added to it.
type top struct {
	in     *os.File // the keys, if it is a terminal
	out    *os.File
	stderr io.Writer
	every  time.Duration
	limit  int
	left   int // tables to write; 0: no end

	mu    sync.Mutex
	tally tally
	state string // why nothing comes; "": it does

	order   int
	reverse bool
	paused  bool
}

// run follows the service and shows until that is to end.
func (t *top) run(ctx context.Context, at place, q client.Query) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if !q.Until.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, q.Until)
		defer cancel()
	}
	ctx, leave := context.WithCancelCause(ctx)
	defer leave(nil)
	ignoreBrokenPipe()
	c := at.client()
	defer c.Close()
	f, _ := filter.Parse(q.Filter) // the service says what is wrong with it
	if f.List != "" {
		if err := findListed(ctx, c); err != nil {
			return err
		}
	}
	hello, err := c.Hello(ctx)
	if err != nil {
		return err
	}
	if by := t.tally.by.name; by == "owner" || by == "country" || f.Owner != "" || f.Country != "" {
		useOrigins(ctx, c, t.stderr)
	}
	go func() {
		defer func() { // the terminal is to be set right before the program ends by it
			if p := recover(); p != nil {
				leave(fmt.Errorf("internal error: %v\n%s", p, debug.Stack()))
			}
		}()
		leave(t.follow(ctx, c, q, hello.Last))
	}()
	if term.IsTerminal(int(t.out.Fd())) && enableColour(t.out) && os.Getenv("TERM") != "dumb" {
		err = t.show(ctx)
	} else {
		err = t.write(ctx)
	}
	switch cause := context.Cause(ctx); {
	case err != nil && isBrokenPipe(err):
		return errQuiet
	case err != nil:
		return err
	case errors.Is(cause, context.Canceled), errors.Is(cause, context.DeadlineExceeded): // interrupted: that was the wish
		return nil
	default:
		return cause
	}
}

// follow counts what comes, and first what came since the time that is asked for.
func (t *top) follow(ctx context.Context, c *client.Client, q client.Query, last uint64) error {
	take := func(ev *capture.Event) error {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.tally.add(ev, time.Now())
		return nil
	}
	if !q.Since.IsZero() {
		before := q
		before.Before, before.OldestFirst = last+1, true
		if err := c.Events(ctx, before, take); err != nil {
			return err
		}
	}
	return c.Follow(ctx, client.Follower{
		After: last, Filter: q.Filter,
		Events: func(events []capture.Event) error {
			for i := range events {
				if err := take(&events[i]); err != nil {
					return err
				}
			}
			return nil
		},
		State: func(s client.State) {
			t.mu.Lock()
			defer t.mu.Unlock()
			if t.state = ""; !s.Connected {
				t.state = "the service does not answer; waiting for it"
			}
		},
	})
}

// table is what there is to see now, at most n lines, and a line about it.
func (t *top) table(n int, now time.Time) (*table, string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	o := orders[t.order]
	if t.reverse {
		compare := o.compare
		o.compare = func(a, b *tallied) int { return compare(b, a) }
	}
	text := fmt.Sprintf("%s  %s of %s", now.Format(time.DateTime), count(t.tally.total, "attempt"), count(len(t.tally.lines), t.tally.by.name))
	if t.tally.gone > 0 {
		text += fmt.Sprintf(", and %s of others", number(t.tally.gone))
	}
	if t.state != "" {
		text += "; " + t.state
	}
	return t.tally.top(&o, n, now), text
}

// write writes a table at every interval, one below the other.
func (t *top) write(ctx context.Context) error {
	tick := time.NewTicker(t.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			table, text := t.table(t.limit, now)
			var b bytes.Buffer
			fmt.Fprintln(&b, text)
			_ = table.write(&b, 0) // a buffer takes it
			b.WriteByte('\n')
			if _, err := t.out.Write(b.Bytes()); err != nil {
				return err
			}
			if t.last() {
				return nil
			}
		}
	}
}

// last counts the tables, and reports whether that was the last.
func (t *top) last() bool {
	if t.left == 0 {
		return false
	}
	t.left--
	return t.left == 0
}

// Escape sequences of terminals.
const (
	otherScreen = "\x1b[?1049h\x1b[?25l" // one of its own, without a cursor
	ownScreen   = "\x1b[?25h\x1b[?1049l"
	fromTop     = "\x1b[H"
	clearLine   = "\x1b[K"
	clearBelow  = "\x1b[J"
	inverted    = "\x1b[7m"
	upright     = "\x1b[m"
)

// sizeEvery is how often it is looked whether the terminal got another size.
const sizeEvery = 250 * time.Millisecond

// show shows the table on a terminal, which is as before however that ends.
func (t *top) show(ctx context.Context) error {
	in := int(t.in.Fd())
	keys := make(chan byte)
	if term.IsTerminal(in) {
		before, err := term.MakeRaw(in)
		if err != nil {
			return err
		}
		defer func() { _ = term.Restore(in, before) }()
		go readKeys(t.in, keys)
	}
	if _, err := io.WriteString(t.out, otherScreen); err != nil {
		return err
	}
	defer func() { _, _ = io.WriteString(t.out, ownScreen) }()
	tick, size := time.NewTicker(t.every), time.NewTicker(sizeEvery)
	defer tick.Stop()
	defer size.Stop()
	width, height := t.size()
	draw := func() error { return t.draw(width, height, time.Now()) }
	err := draw()
	for err == nil {
		select {
		case <-ctx.Done():
			return nil
		case key := <-keys:
			if !t.key(key) {
				return nil
			}
			err = draw()
		case <-size.C:
			if w, h := t.size(); w != width || h != height {
				width, height = w, h
				err = draw()
			}
		case <-tick.C:
			if t.paused {
				continue
			}
			if err = draw(); t.last() {
				return err
			}
		}
	}
	return err
}

// readKeys gives what is typed, until the program ends.
func readKeys(from io.Reader, keys chan<- byte) {
	buf := make([]byte, 64)
	for {
		n, err := from.Read(buf)
		// A key with an escape sequence is none of ours.
		if n > 0 && buf[0] != 0x1b {
			for _, b := range buf[:n] {
				keys <- b
			}
		}
		if err != nil {
			return
		}
	}
}

// key does what a key is for; false: quit.
func (t *top) key(key byte) bool {
	switch key {
	case 'q', 'Q', 3, 4: // Ctrl+C, Ctrl+D
		return false
	case 'r':
		t.reverse = !t.reverse
	case 'p', ' ':
		t.paused = !t.paused
	}
	for i, o := range orders {
		if o.key == key {
			t.order, t.reverse = i, false
		}
	}
	return true
}

// size is that of the terminal.
func (t *top) size() (width, height int) {
	width, height, err := term.GetSize(int(t.out.Fd()))
	if err != nil || width <= 0 || height <= 0 {
		return 80, 24
	}
	return width, height
}

// draw shows the table as it is now.
func (t *top) draw(width, height int, now time.Time) error {
	table, text := t.table(max(height-3, 1), now)
	if t.paused {
		text += "; paused"
	}
	var rows bytes.Buffer
	_ = table.write(&rows, width) // a buffer takes it
	lines := append([]string{text}, strings.Split(strings.TrimSuffix(rows.String(), "\n"), "\n")...)
	var keys []string
	for _, o := range orders {
		keys = append(keys, fmt.Sprintf("%c %s", o.key, o.name))
	}
	var b strings.Builder
	b.WriteString(fromTop)
	for i, line := range lines {
		if i >= height-1 {
			break
		}
		line = runewidth.Truncate(line, width, "…")
		if i == 1 {
			line = inverted + runewidth.FillRight(line, width) + upright
		}
		b.WriteString(line + clearLine + "\r\n")
	}
	b.WriteString(clearBelow)
	foot := runewidth.Truncate("by "+orders[t.order].name+"   q quit  r reverse  p pause  "+strings.Join(keys, "  "), width, "…")
	fmt.Fprintf(&b, "\x1b[%d;1H%s%s", height, foot, clearLine)
	_, err := io.WriteString(t.out, b.String())
	return err
}
