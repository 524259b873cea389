package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"linklog/bench/machine"
)

// results are all figures of a run.
type results struct {
	Machine machine.Machine `json:"machine"`
	Rounds  int             `json:"rounds"`
	Sizes   []size          `json:"sizes"` // the smallest first
}

// figure is a row of the table and a line of the plot: a number for every size.
type figure struct {
	name, unit string
	values     []float64
	cpu        []float64 // of the service, in the same unit; nil: not measured
	rate       bool      // more is better
}

func (r *results) each(name, unit string, value func(s *size) float64) figure {
	f := figure{name: name, unit: unit}
	for i := range r.Sizes {
		f.values = append(f.values, value(&r.Sizes[i]))
	}
	return f
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

const mebibyte = 1 << 20

func (r *results) rates() []figure {
	insert := r.each("insert", "rows/s", func(s *size) float64 { return float64(s.Inserted) / s.Insert.Seconds() })
	export := r.each("export", "rows/s", func(s *size) float64 { return float64(s.Exported) / s.Export.Seconds() })
	insert.rate, export.rate = true, true
	return []figure{insert, export}
}

func (r *results) rows() []figure {
	return []figure{
		r.each("insert, CPU", "µs a row", func(s *size) float64 { return s.InsertCPU / 1000 }),
		r.each("export, CPU", "µs a row", func(s *size) float64 { return s.ExportCPU / 1000 }),
	}
}

func (r *results) times() []figure {
	start := r.each("start-up", "ms", func(s *size) float64 { return milliseconds(s.Start) })
	start.cpu = r.each("", "", func(s *size) float64 { return milliseconds(s.StartCPU) }).values
	list := []figure{start}
	for i := range r.Sizes[0].Answers {
		f := r.each(r.Sizes[0].Answers[i].Name, "ms", func(s *size) float64 { return milliseconds(s.Answers[i].Took) })
		f.cpu = r.each("", "", func(s *size) float64 { return milliseconds(s.Answers[i].CPU) }).values
		list = append(list, f)
	}
	return list
}

// peak is in the table only: in the plot it would lie on the line of what is resident
// after all.
const peak = "resident, at most"

func (r *results) spaces() []figure {
	return []figure{
		r.each("resident at start-up", "MiB", func(s *size) float64 { return float64(s.AtStart) / mebibyte }),
		r.each("resident after all", "MiB", func(s *size) float64 { return float64(s.Resident) / mebibyte }),
		r.each(peak, "MiB", func(s *size) float64 { return float64(s.Peak) / mebibyte }),
		r.each("on disk", "bytes a row", func(s *size) float64 { return float64(s.Bytes) / float64(s.Rows) }),
	}
}

func (r *results) figures() []figure {
	list := append(r.rates(), r.rows()...)
	list = append(list, r.times()...)
	return append(list, r.spaces()...)
}

// table is a row for each figure, with a column for each size and one for how much
// more it is at the end than at the beginning, in CPU time where that is known.
func (r *results) table() [][]string {
	head := []string{"Rows"}
	for i := range r.Sizes {
		head = append(head, short(float64(r.Sizes[i].Rows)))
	}
	rows := float64(r.Sizes[len(r.Sizes)-1].Rows) / float64(r.Sizes[0].Rows)
	t := [][]string{append(head, fmt.Sprintf("at ×%.0f rows", rows))}
	for _, f := range r.figures() {
		row := []string{f.name + ", " + f.unit}
		for i, v := range f.values {
			cell := digits(v)
			if f.cpu != nil {
				cell += " (" + digits(f.cpu[i]) + ")"
			}
			row = append(row, cell)
		}
		compare := f.values
		if f.cpu != nil { // which others on the machine change less
			compare = f.cpu
		}
		growth := compare[len(compare)-1] / compare[0]
		cell := "×" + digits(growth)
		if !f.rate && growth > rows {
			cell += ": **faster than the rows**"
		}
		t = append(t, append(row, cell))
	}
	return t
}

// digits writes three of them.
func digits(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func (r *results) method() string {
	last := r.Sizes[len(r.Sizes)-1]
	return fmt.Sprintf("Inserted through the package history, 1000 rows a transaction that waits for the disk; then the service is started as a process and asked through its socket. "+
		"Time of an answer: median of %d, until the last row was read by the client, and in parentheses the CPU time of the service, by which growth is told; a page has %d rows, the newest. Export: oldest first, %s rows at most, parsed by the client.", r.Rounds, page, short(float64(last.Exported)))
}

func (r *results) writeText(w io.Writer) error {
	fmt.Fprintf(w, "%v\n%s\n\n", r.Machine, r.method())
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range r.table() {
		fmt.Fprintln(columns, strings.ReplaceAll(strings.Join(row, "\t"), "*", ""))
	}
	return columns.Flush()
}

func (r *results) writeMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%v\n\n%s\n\n", r.Machine, r.method())
	for i, row := range r.table() {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			b.WriteString("|---|" + strings.Repeat("---:|", len(row)-1) + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *results) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "\t")
	return e.Encode(r)
}

func (r *results) writeSVG(w io.Writer) error {
	var rows []float64
	for i := range r.Sizes {
		rows = append(rows, float64(r.Sizes[i].Rows))
	}
	lines := func(list []figure) (l []line) {
		for _, f := range list {
			if f.cpu != nil { // a busy machine changes it less
				f.values = f.cpu
			}
			l = append(l, line{f.name, f.values})
		}
		return l
	}
	times := r.times()
	return writeSVG(w, rows, []panel{
		{"CPU time of start-up and pages, ms", lines(times[:len(times)-2])},
		{"CPU time of counting, ms, and of a row, µs", lines(append(times[len(times)-2:], r.rows()...))},
		{"memory, MiB; on disk, bytes a row", lines(slices.DeleteFunc(r.spaces(), func(f figure) bool { return f.name == peak }))},
	})
}
