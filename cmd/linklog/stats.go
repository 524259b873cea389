package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linklog/format"
	"linklog/service/api"
	"linklog/service/client"
)

// statsOptions are the flags of linklog stats.
type statsOptions struct {
	readOptions
	by    []string
	order string
	limit uint
}

func statsCommand(stdout, stderr *os.File) *cobra.Command {
	o := &statsOptions{readOptions: readOptions{liveOptions: liveOptions{stdout: stdout, stderr: stderr, color: "never", template: format.Default, after: -1}}}
	cmd := &cobra.Command{
		Use:         "stats [search text]",
		Short:       "Count attempts by host, device, port, day, verdict …",
		Annotations: searchHelp(), ValidArgsFunction: searchTerms,
		Long: `linklog stats counts the connection attempts that the service has received and
those that were imported: by host, unless --by says otherwise. Days and hours
come in the order of time, all else by its number, or by bytes with --order bytes.
On a terminal bars compare them.

Where routers report flows, it says how much was sent: up from home, and down
to it. Of other attempts that is not known.`,
		Example: `  linklog stats --since 7d
  linklog stats --by day verdict:blocked
  linklog stats --by device,port --since yesterday --limit 50
  linklog stats --by device --order bytes --since 30d
  linklog stats --by port dir:in --csv > ports.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.run(cmd.Context(), args, cmd.Flags().Changed("limit"))
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringSliceVar(&o.by, "by", []string{"host"}, "count by `what`: "+strings.Join(dimensionNames(), ", ")+"; several with commas between them")
	fs.StringVar(&o.order, "order", statsOrders[0], "what comes first, by `what`: "+strings.Join(statsOrders[:], " or "))
	fs.UintVarP(&o.limit, "limit", "n", 20, "at most this `number` of lines; 0: all")
	o.filters(fs)
	o.sourceFlag(fs)
	fs.BoolVar(&o.json, "json", false, "write JSON")
	fs.BoolVar(&o.csv, "csv", false, "write CSV with a header line")
	exitCodeFlag(fs, &o.exitCode)
	placeFlags(fs, &o.at)
	if err := cmd.RegisterFlagCompletionFunc("by", cobra.FixedCompletions(dimensionNames(), cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // a flag that does not exist: a bug in this file
	}
	return cmd
}

// run asks, and writes the answer.
func (o *statsOptions) run(ctx context.Context, args []string, limited bool) error {
	by, err := parseDimensions(o.by)
	if err != nil {
		return usageError{fmt.Errorf("--by: %w", err)}
	}
	byBytes := o.order == statsOrders[1]
	if !byBytes && o.order != statsOrders[0] {
		return usageError{fmt.Errorf("--order: %q is neither %s nor %s", o.order, statsOrders[0], statsOrders[1])}
	}
	q, p, err := o.read(args)
	if err != nil {
		return err
	}
	q.Since, q.Until = p.matcher.Times()
	q.Volumes, q.ByBytes = true, byBytes
	s := &stats{by: by, byBytes: byBytes}
	c := o.at.client()
	defer c.Close()
	if s.timed() {
		err = s.askTimes(ctx, c, q)
	} else {
		err = s.ask(ctx, c, q, int(o.limit))
	}
	if err != nil {
		return err
	}
	if !s.timed() || limited {
		s.cut(int(o.limit))
	}
	switch {
	case o.json:
		err = writeJSON(o.stdout, s.object())
	case o.csv:
		err = s.writeCSV(o.stdout)
	case s.total == 0:
		fmt.Fprintf(o.stderr, "linklog: %s\n", o.whyNothing(ctx, c, q))
	default:
		err = s.write(o.stdout, terminalWidth(o.stdout))
	}
	switch {
	case err != nil && isBrokenPipe(err):
		return errQuiet
	case err != nil:
		return err
	}
	if unused := unusedFiles(ctx, c); unused != "" {
		fmt.Fprintf(o.stderr, "linklog: %s\n", unused)
	}
	return o.none(int(min(s.total, 1)))
}

// statsOrders are what lines are sorted by, the usual one first.
var statsOrders = [...]string{"count", "bytes"}

// stats are numbers of attempts, by one thing or by several.
type stats struct {
	by    []*dimension
	lines []statsLine
	rest  int64 // attempts that are in no line
	total int64
	rough bool // there were too many to count each

	byBytes    bool // those with most bytes come first
	restVolume api.Volume
}

// statsLine is a line of them.
type statsLine struct {
	values                  []any     // of the dimensions
	time                    time.Time // its beginning, where it is a part of time
	count, allowed, blocked int64
	volume                  api.Volume
}

// timed reports whether the lines are in the order of time.
func (s *stats) timed() bool { return s.by[0].step > 0 }

// ask asks the service to count.
func (s *stats) ask(ctx context.Context, c *client.Client, q client.Query, limit int) error {
	g, err := c.Groups(ctx, q, s.asked(), time.Hour, limit)
	if err == nil {
		s.add(&g)
		s.sort()
	}
	return err
}

// asked is what the service counts by.
func (s *stats) asked() string {
	var list []string
	for _, d := range s.by {
		for name := range strings.SplitSeq(d.asked, ",") {
			if !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	return strings.Join(list, ",")
}

func (s *stats) add(g *api.Groups) {
	for i := range g.Groups {
		group := &g.Groups[i]
		line := statsLine{time: s.by[0].beginning(group.Time), count: group.Count, allowed: group.Allowed, blocked: group.Blocked}
		line.volume.Add(group.Volume)
		group.Time = line.time
		for _, d := range s.by {
			line.values = append(line.values, d.values(group)...)
		}
		s.lines = append(s.lines, line)
	}
	s.rest += g.Rest
	s.restVolume.Add(g.RestVolume)
	s.rough = s.rough || !g.Exact
}

// mostQuestions bounds into how many parts a long time is divided.
const mostQuestions = 64

// askTimes asks for days or hours. The service counts hours and quarters of hours; where they
// are too many for an answer, the time is divided. What is in no answer all the same is the
// rest.
func (s *stats) askTimes(ctx context.Context, c *client.Client, q client.Query) error {
	status, err := c.Status(ctx)
	if err != nil {
		return err
	}
	if q.Since.IsZero() {
		if q.Since = status.Since(); q.Since.IsZero() {
			return nil
		}
	}
	if q.Until.IsZero() {
		q.Until = time.Now().Add(time.Hour) // with what a clock that was ahead has left
	}
	bucket := time.Hour
	for _, t := range []time.Time{q.Since, q.Until} {
		if _, offset := t.Local().Zone(); offset%3600 != 0 {
			bucket = 15 * time.Minute
		}
	}
	asked := 0
	var part func(q client.Query) error
	part = func(q client.Query) error {
		asked++
		g, err := c.Groups(ctx, q, s.asked(), bucket, 0)
		middle := q.Since.Add(q.Until.Sub(q.Since) / 2).Truncate(bucket)
		switch {
		case err != nil:
			return err
		case g.Rest > 0 && asked < mostQuestions && middle.After(q.Since):
			early, late := q, q
			early.Until, late.Since = middle, middle
			if err := part(early); err != nil {
				return err
			}
			return part(late)
		}
		s.add(&g)
		return nil
	}
	if err := part(q); err != nil {
		return err
	}
	s.merge()
	s.sort()
	s.fill()
	return nil
}

// mostFilled bounds how many lines are put in between.
const mostFilled = 10_000

// fill puts in the days or hours in which nothing was, where there is nothing else.
func (s *stats) fill() {
	if len(s.by) > 1 || len(s.lines) == 0 {
		return
	}
	d := s.by[0]
	var lines []statsLine
	at := s.lines[0].time
	for _, l := range s.lines {
		for ; at.Before(l.time) && len(lines) < mostFilled; at = d.next(at) {
			lines = append(lines, statsLine{values: d.values(&api.Group{Time: at}), time: at})
		}
		lines = append(lines, l)
		at = d.next(l.time)
	}
	s.lines = lines
}

// merge makes one line of those with the same values, as those of one day are.
func (s *stats) merge() {
	at := make(map[string]int)
	lines := s.lines[:0]
	for _, l := range s.lines {
		key := fmt.Sprintf("%q", l.values)
		i, known := at[key]
		if !known {
			i, at[key] = len(lines), len(lines)
			lines = append(lines, statsLine{values: l.values, time: l.time})
		}
		lines[i].count += l.count
		lines[i].allowed += l.allowed
		lines[i].blocked += l.blocked
		lines[i].volume.Add(&l.volume)
	}
	s.lines = lines
}

// sort puts the lines in their order.
func (s *stats) sort() {
	s.total = s.rest
	for _, l := range s.lines {
		s.total += l.count
	}
	slices.SortStableFunc(s.lines, func(a, b statsLine) int {
		bytes := 0
		if s.byBytes {
			bytes = cmp.Compare(b.volume.Bytes(), a.volume.Bytes())
		}
		if c := cmp.Or(a.time.Compare(b.time), bytes, cmp.Compare(b.count, a.count)); c != 0 {
			return c
		}
		return strings.Compare(fmt.Sprint(a.values...), fmt.Sprint(b.values...))
	})
}

// cut leaves at most n lines, of days the last; 0: all.
func (s *stats) cut(n int) {
	if n == 0 || len(s.lines) <= n {
		return
	}
	gone := s.lines[n:]
	kept := s.lines[:n:n]
	if s.timed() {
		gone, kept = s.lines[:len(s.lines)-n], s.lines[len(s.lines)-n:]
	}
	for _, l := range gone {
		s.rest += l.count
		s.restVolume.Add(&l.volume)
	}
	s.lines = kept
}

// Widths of bars, in characters.
const (
	leastBar = 8
	mostBar  = 40
)

// write writes a table; on a terminal of a width there are bars.
func (s *stats) write(w io.Writer, width int) error {
	t := &table{}
	for _, d := range s.by {
		t.columns = append(t.columns, d.columns...)
	}
	values := len(t.columns)
	t.columns = append(t.columns, column{title: "Attempts", right: true}, column{title: "Share", right: true},
		column{title: "Allowed", right: true, spare: true}, column{title: "Blocked", right: true, spare: true},
		column{title: "Up", right: true, spare: true}, column{title: "Down", right: true, spare: true})
	size := func(l *statsLine) uint64 {
		if s.byBytes {
			return l.volume.Bytes()
		}
		return uint64(l.count)
	}
	most := uint64(1)
	for _, l := range s.lines {
		most = max(most, size(&l))
		cells := make([]string, 0, len(t.columns))
		for _, v := range l.values {
			cells = append(cells, fmt.Sprint(v))
		}
		if s.timed() {
			cells[0] = l.time.Format(s.by[0].layout())
		}
		allowed, blocked := verdicts(uint64(l.allowed), uint64(l.blocked))
		t.add(append(cells, number(l.count), share(l.count, s.total), allowed, blocked, bytesText(l.volume.BytesUp), bytesText(l.volume.BytesDown))...)
	}
	if s.rest > 0 {
		cells := make([]string, values, len(t.columns))
		if cells[0] = "others"; s.timed() {
			cells[0] = "before"
		}
		t.add(append(cells, number(s.rest), share(s.rest, s.total), "", "", bytesText(s.restVolume.BytesUp), bytesText(s.restVolume.BytesDown))...)
	}
	if room := min(mostBar, width-t.width()-gapWidth); width > 0 && room >= leastBar {
		t.columns = append(t.columns, column{})
		for i := range t.rows {
			bar := "" // what all others have together is not to be compared
			if i < len(s.lines) {
				bar = barOf(size(&s.lines[i]), most, room)
			}
			t.rows[i] = append(t.rows[i], bar)
		}
	}
	if err := t.write(w, width); err != nil {
		return err
	}
	about := ""
	if s.rough {
		about = "; there were too many different ones to count each"
	}
	_, err := fmt.Fprintf(w, "%s%s\n", count(s.total, "attempt"), about)
	return err
}

// share is a part of a whole, in percent.
func share(part, whole int64) string {
	return fmt.Sprintf("%.1f%%", 100*float64(part)/float64(max(whole, 1)))
}

// barOf is a bar as long as a number is large, in eighths of a character.
func barOf(n, most uint64, room int) string {
	eighths := int(float64(n) / float64(most) * float64(room) * 8)
	bar := strings.Repeat("█", eighths/8)
	if part := eighths % 8; part > 0 || bar == "" && n > 0 {
		bar += string([]rune("▏▎▍▌▋▊▉")[max(part, 1)-1])
	}
	return bar
}

// keys are the names of what a line has, for programs.
func (s *stats) keys() (keys []string) {
	for _, d := range s.by {
		keys = append(keys, d.keys...)
	}
	return keys
}

// object is what --json writes.
func (s *stats) object() any {
	groups := make([]map[string]any, 0, len(s.lines))
	for _, l := range s.lines {
		group := map[string]any{"count": l.count, "allowed": l.allowed, "blocked": l.blocked}
		for i, key := range s.keys() {
			group[key] = l.values[i]
		}
		if v := &l.volume; v.Measured > 0 {
			group["measured"], group["bytes_up"], group["bytes_down"], group["packets_up"], group["packets_down"] = v.Measured, v.BytesUp, v.BytesDown, v.PacketsUp, v.PacketsDown
		}
		groups = append(groups, group)
	}
	return struct {
		Total  int64            `json:"total"`
		Rest   int64            `json:"rest"`
		Exact  bool             `json:"exact"`
		Groups []map[string]any `json:"groups"`
	}{s.total, s.rest, !s.rough, groups}
}

func (s *stats) writeCSV(w io.Writer) error {
	return format.WriteCSV(w, append(s.keys(), "count", "allowed", "blocked", "measured", "bytes_up", "bytes_down", "packets_up", "packets_down"), s.lines, func(l *statsLine) (row []string) {
		for _, v := range append(slices.Clone(l.values), l.count, l.allowed, l.blocked) {
			row = append(row, fmt.Sprint(v))
		}
		v := &l.volume
		for _, n := range []uint64{uint64(v.Measured), v.BytesUp, v.BytesDown, v.PacketsUp, v.PacketsDown} {
			cell := ""
			if n > 0 { // else it is not known
				cell = fmt.Sprint(n)
			}
			row = append(row, cell)
		}
		return row
	})
}
