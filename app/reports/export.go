package reports

import (
	"context"
	"strconv"
	"time"

	"linklog/app/export"
)

// row is what a file has of a report: a bar, or a line of one of the lists.
type row struct {
	List     string    `json:"list"` // time, host, port, device, domain, owner, country, category
	From     time.Time `json:"from,omitzero"`
	To       time.Time `json:"to,omitzero"`
	Name     string    `json:"name,omitempty"`
	Ref      string    `json:"ref,omitempty"` // address, or number and protocol
	Attempts uint64    `json:"attempts"`
	In       *uint64   `json:"in,omitempty"` // of bars
	Out      *uint64   `json:"out,omitempty"`
	Allowed  uint64    `json:"allowed"`
	Blocked  uint64    `json:"blocked"`
	Up       *uint64   `json:"bytes_up,omitempty"` // where that is known and asked for
	Down     *uint64   `json:"bytes_down,omitempty"`
}

// Export writes the report that is shown to a file.
func (p *Page) Export() {
	rows := p.report.rows()
	if len(rows) == 0 {
		return // it is still counted
	}
	export.AskTable(p.c, "linklog-report", func(context.Context) ([]row, error) { return rows, nil }, header, cells)
}

// rows are the bars and then the lists.
func (r *report) rows() (list []row) {
	for i := range r.bars {
		b := &r.bars[i]
		list = append(list, row{List: "time", From: b.From, To: b.To, Attempts: b.Total(), In: &b.In, Out: &b.Out, Allowed: b.Allowed, Blocked: b.Blocked()})
		if b.Measured > 0 {
			list[i].Up, list[i].Down = &b.Up, &b.Down
		}
	}
	for _, l := range r.lists() {
		for i := range l.entries {
			e := &l.entries[i]
			one := row{List: l.name, Name: e.name, Ref: e.second, Attempts: e.count, Allowed: e.allowed, Blocked: e.blocked}
			if e.volume {
				one.Up, one.Down = &e.up, &e.down
			}
			list = append(list, one)
		}
	}
	return list
}

// header names the cells.
var header = []string{"list", "from", "to", "name", "ref", "attempts", "in", "out", "allowed", "blocked", "bytes_up", "bytes_down"}

func cells(r *row) []string {
	count := func(n uint64) string { return strconv.FormatUint(n, 10) }
	when := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.RFC3339)
	}
	known := func(n *uint64) string {
		if n == nil {
			return ""
		}
		return count(*n)
	}
	return []string{r.List, when(r.From), when(r.To), r.Name, r.Ref, count(r.Attempts), known(r.In), known(r.Out), count(r.Allowed), count(r.Blocked), known(r.Up), known(r.Down)}
}
