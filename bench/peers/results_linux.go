package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"linklog/bench/machine"
)

// report is all that was measured, a kind of messages after the other.
type report []*results

func (all report) writeText(w io.Writer) error {
	for _, r := range all {
		if err := r.writeText(w); err != nil {
			return err
		}
	}
	return nil
}

func (all report) writeMarkdown(w io.Writer) error {
	for _, r := range all {
		if err := r.writeMarkdown(w); err != nil {
			return err
		}
	}
	return nil
}

func (all report) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "\t")
	return e.Encode(all)
}

// results are all figures of a kind of messages.
type results struct {
	Message   string          `json:"message"`
	Machine   machine.Machine `json:"machine"`
	Rounds    int             `json:"rounds"`
	Fill      int             `json:"fill"`
	Buffer    int             `json:"buffer"` // that the receivers got, bytes
	Duration  time.Duration   `json:"duration_ns"`
	Receivers []*result       `json:"receivers"`         // the floor first
	Missing   []string        `json:"missing,omitempty"` // receivers that are not installed
}

// result is what was measured of a receiver.
type result struct {
	Name     string           `json:"name"`
	Does     string           `json:"does"`
	Goal     float64          `json:"goal,omitempty"` // most floors a message may cost
	Less     []string         `json:"less,omitempty"` // receivers than which it shall cost less
	Drained  []sample         `json:"drained"`        // one a round
	Paced    map[int][]sample `json:"paced"`          // by rate; 0: as fast as possible
	Highest  int              `json:"highest"`        // rate it keeps up with, messages a second; 0: not looked for
	AsSender bool             `json:"as_sender"`      // Highest is all the sender could
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	if len(v)%2 == 0 {
		return (v[len(v)/2-1] + v[len(v)/2]) / 2
	}
	return v[len(v)/2]
}

// middle is the median of a figure over samples.
func middle(all []sample, figure func(*sample) float64) float64 {
	v := make([]float64, len(all))
	for i := range all {
		v[i] = figure(&all[i])
	}
	return median(v)
}

func cpuTime(s *sample) float64   { return s.CPU }
func followers(s *sample) float64 { return s.Followers }
func loss(s *sample) float64      { return 1 - float64(s.Received)/float64(s.Sent) }
func sentRate(s *sample) float64  { return float64(s.Sent) / s.Elapsed.Seconds() }
func memory(s *sample) float64    { return float64(s.Memory) }

// ratio is what a message costs in floors: the median over the rounds of what it is in
// each, as both sides of a round were measured one after the other.
func (r *result) ratio(least *result) (middle, low, high float64) {
	v := make([]float64, len(r.Drained))
	for i := range v {
		v[i] = r.Drained[i].CPU / least.Drained[i].CPU
	}
	return median(v), slices.Min(v), slices.Max(v)
}

// verdict says how a ratio stands to its goal, and to those of the receivers that shall
// cost more, if they were measured.
func (r *result) verdict(ratio float64, all []*result) string {
	if r.Goal == 0 {
		return ""
	}
	goal, met := "at most "+number1(r.Goal), ratio <= r.Goal
	for _, other := range all {
		if slices.Contains(r.Less, other.Name) {
			theirs, _, _ := other.ratio(all[0])
			goal, met = goal+", less than "+other.Name, met && ratio < theirs
		}
	}
	if met {
		return goal + ": met"
	}
	return goal + ": **missed**"
}

func number1(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

func (r *result) highest() string {
	switch {
	case r.Highest == 0:
		return "-"
	case r.AsSender:
		return fmt.Sprintf("%d/s, as the sender", r.Highest/100*100)
	case r.Highest < 10_000:
		return fmt.Sprintf("%d/s", r.Highest/100*100)
	}
	return fmt.Sprintf("%d/s", r.Highest/1000*1000)
}

// table is a heading and rows of cells.
type table [][]string

// costs is the table of what a message costs.
func (r *results) costs() table {
	t := table{{"Receiver", "CPU per " + r.Message, "in floors (rounds)", "goal", "followers' CPU", "keeps up with", "memory, at most"}}
	for _, x := range r.Receivers {
		ratio, low, high := x.ratio(r.Receivers[0])
		floors := fmt.Sprintf("%.1f", ratio)
		if low < high {
			floors += fmt.Sprintf(" (%.1f to %.1f)", low, high)
		}
		own := "-"
		if f := middle(x.Drained, followers); f > 0 {
			own = fmt.Sprintf("%.2f µs", f/1000)
		}
		most := 0.0
		for _, all := range x.Paced {
			most = max(most, middle(all, memory))
		}
		most = max(most, middle(x.Drained, memory))
		t = append(t, []string{
			x.Does, fmt.Sprintf("%.2f µs", middle(x.Drained, cpuTime)/1000), floors, x.verdict(ratio, r.Receivers), own, x.highest(), fmt.Sprintf("%.0f MiB", most/(1<<20)),
		})
	}
	return t
}

// streams is the table of what happens at each rate: loss, and CPU time of a message
// that was received.
func (r *results) streams() table {
	rates := slices.Sorted(maps.Keys(r.Receivers[0].Paced))
	if len(rates) > 0 && rates[0] == 0 {
		rates = append(rates[1:], 0)
	}
	head := []string{"Receiver"}
	for _, rate := range rates {
		if rate > 0 {
			head = append(head, fmt.Sprintf("%d/s", rate))
			continue
		}
		head = append(head, "unthrottled")
	}
	t := table{head}
	for _, x := range r.Receivers {
		row := []string{x.Does}
		for _, rate := range rates {
			all := x.Paced[rate]
			cell := fmt.Sprintf("%s lost, %.1f µs", percent(middle(all, loss)), middle(all, cpuTime)/1000)
			if real := middle(all, sentRate); real < 0.95*float64(rate) || rate == 0 { // it may be slower than asked for
				cell += fmt.Sprintf(" (%.0f/s sent)", real)
			}
			row = append(row, cell)
		}
		t = append(t, row)
	}
	return t
}

func percent(x float64) string {
	switch {
	case x == 0:
		return "0 %"
	case x < 0.001:
		return "<0.1 %"
	}
	return fmt.Sprintf("%.1f %%", 100*x)
}

func (r *results) method() string {
	text := fmt.Sprintf("Median of %[1]d rounds. CPU per %[2]s: user and system time of the receiver's process while it empties a socket that was filled with %[3]d %[2]ss before, divided by the %[2]ss it has at the end, as read, written or stored. "+
		"Receive buffer of all: %[4]d MiB. Streams: %[5]v each, CPU time for a %[2]s received. \"Keeps up\": no loss, and what waits at the end is read within %[6]v.",
		r.Rounds, r.Message, r.Fill, r.Buffer>>20, r.Duration, r.Duration/20)
	if r.Message == "connection" {
		text += " A connection is a datagram with its two flows."
	}
	if len(r.Missing) > 0 {
		text += " Not installed, so not measured: " + strings.Join(r.Missing, ", ") + "."
	}
	return text
}

func (r *results) writeText(w io.Writer) error {
	fmt.Fprintf(w, "%v\n%s\n", r.Machine, r.method())
	for _, t := range []table{r.costs(), r.streams()} {
		fmt.Fprintln(w)
		columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, row := range t {
			fmt.Fprintln(columns, strings.ReplaceAll(strings.Join(row, "\t"), "*", ""))
		}
		if err := columns.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func (r *results) writeMarkdown(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%v\n\n%s\n\n%s\n%s\n", r.Machine, r.method(), r.costs().markdown(), r.streams().markdown())
	return err
}

func (t table) markdown() string {
	var b strings.Builder
	for i, row := range t {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			b.WriteString("|" + strings.Repeat("---|", len(row)) + "\n")
		}
	}
	return b.String()
}
