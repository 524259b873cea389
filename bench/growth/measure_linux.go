package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"linklog/bench/floor"
	"linklog/bench/machine"
	"linklog/bench/process"
	"linklog/capture"
	"linklog/service/alerts"
	"linklog/service/book"
	"linklog/service/client"
	"linklog/service/history"
)

// size is what was measured of a history of so many rows.
type size struct {
	Rows      int           `json:"rows"`
	Inserted  int           `json:"inserted"`   // since the size before
	Insert    time.Duration `json:"insert_ns"`  // all of that took
	InsertCPU float64       `json:"insert_cpu"` // ns a row, with what is done in the background
	Bytes     int64         `json:"bytes"`      // of the folder
	Start     time.Duration `json:"start_ns"`   // from the start of the service to its first answer
	StartCPU  time.Duration `json:"start_cpu"`  // of the service until then
	Settle    time.Duration `json:"settle_ns"`  // from there until it rests
	AtStart   int64         `json:"at_start"`   // resident then, bytes
	Answers   []answer      `json:"answers"`
	Exported  int           `json:"exported"`
	Export    time.Duration `json:"export_ns"`
	ExportCPU float64       `json:"export_cpu"` // ns a row, of the service
	Resident  int64         `json:"resident"`   // after all, bytes
	Peak      int64         `json:"peak"`
}

// answer is what a question took.
type answer struct {
	Name string        `json:"name"`
	Took time.Duration `json:"took_ns"` // through the socket, median
	CPU  time.Duration `json:"cpu_ns"`  // of the service, median
	Rows int           `json:"rows"`    // that came, or were counted
}

// question is something the service is asked: for the newest rows of a filter, or
// how many there are.
type question struct {
	name, filter string
	count        bool
	want         func(rows, got int) bool // is the answer right?
}

const page = 500

// full is a whole page, which a few thousand rows need not have.
func full(rows, got int) bool { return got == page || rows < 50_000 && got > 0 && got < page }

// few are there in any but the smallest history.
func few(rows, got int) bool { return got <= page && (got > 0 || rows < 50_000 && got == 0) }

// all are those that were inserted and what the service itself noted when it was
// started, once a size: that nothing was received before.
func all(rows, got int) bool { return got >= rows && got <= rows+10 }

func some(rows, got int) bool { return got > rows/1000 && got < rows }

// once is the rare host, once in a million rows.
func once(rows, got int) bool { return got == (rows+950_000)/1_000_000 }
func none(rows, got int) bool { return got == 0 }

var questions = []question{
	{name: "newest page", want: func(_, got int) bool { return got == page }},
	{name: "page: device", filter: "src:192.168.1.12", want: full},
	{name: "page: network and port", filter: "ip:17.* dport:3389 dir:in", want: few},
	{name: "page: name", filter: "host:edge17.example.com", want: few},
	{name: "page: rare host", filter: "ip:" + rare.String(), want: once},
	{name: "page: excluding", filter: "!port:443,80,53,123,5223,22,23,3389,8080 !dir:out", want: full},
	{name: "page: a word nowhere", filter: "nowhere", want: none},
	{name: "count: all", count: true, want: all},
	{name: "count: network", filter: "ip:17.*", count: true, want: some},
}

// measure lets one history grow, and stops at every size to start the service on it.
// The results are what there is, also beside an error.
func measure(ctx context.Context, o options) (res *results, err error) {
	res = &results{Machine: machine.Here(), Rounds: o.rounds}
	dir, err := os.MkdirTemp(o.dir, "growth")
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	house := newHousehold(time.Now().Add(-time.Duration(o.most+1) * spacing).UTC().Round(0))
	for rows := o.least; ; rows = min(rows*10, o.most) {
		fmt.Fprintf(o.progress, "%d rows: insert\n", rows)
		s := size{Rows: rows}
		if err := s.insert(ctx, filepath.Join(dir, "history"), house); err != nil {
			return res, fmt.Errorf("insert: %w", err)
		}
		fmt.Fprintf(o.progress, "%d rows: ask\n", rows)
		if err := s.ask(ctx, &o, dir); err != nil {
			return res, fmt.Errorf("%d rows: %w", rows, err)
		}
		if s.Bytes, err = space(filepath.Join(dir, "history")); err != nil {
			return res, err
		}
		res.Sizes = append(res.Sizes, s)
		if rows == o.most {
			return res, nil
		}
	}
}

// makeData writes a data folder as a service would have it that has received so many rows.
func makeData(ctx context.Context, dir string, rows int) (err error) {
	h, err := history.Open(filepath.Join(dir, "history"), history.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	begin := time.Now().Add(-time.Duration(rows+1) * spacing).UTC().Round(0)
	clock := begin // the book is not to take all for today's
	known, _, err := alerts.Open(filepath.Join(dir, "state.db"), book.Options{Now: func() time.Time { return clock }}, alerts.Options{NameWait: -1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, known.Close()) }()
	house := newHousehold(begin)
	for events := make([]capture.Event, 0, 1000); int(house.seq) < rows; events = events[:0] {
		for len(events) < cap(events) && int(house.seq) < rows {
			e := house.next()
			clock = e.Time
			known.Observe(&e)
			events = append(events, e)
		}
		if err := h.Append(ctx, events); err != nil {
			return err
		}
		if house.seq%100_000 == 0 || int(house.seq) == rows {
			if err := known.Commit(house.seq); err != nil {
				return err
			}
		}
	}
	return nil
}

// space is what the files of a folder take together, in bytes.
func space(dir string) (total int64, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return 0, err
		}
		total += info.Size()
	}
	return total, nil
}

// insert lets the history grow to s.Rows, a thousand rows a transaction.
func (s *size) insert(ctx context.Context, dir string, house *household) error {
	h, err := history.Open(dir, history.Options{})
	if err != nil {
		return err
	}
	s.Inserted = s.Rows - int(house.seq)
	own := h.LastSeq() - house.seq // rows of the service itself
	before, making := floor.CPUTime(), time.Duration(0)
	events := make([]capture.Event, 0, 1000)
	for int(house.seq) < s.Rows && err == nil {
		began := time.Now()
		for events = events[:0]; len(events) < cap(events) && int(house.seq) < s.Rows; {
			e := house.next()
			e.Seq += own
			events = append(events, e)
		}
		appending := time.Now()
		making += appending.Sub(began)
		err = h.Append(ctx, events)
		s.Insert += time.Since(appending)
	}
	s.InsertCPU = float64(floor.CPUTime()-before-making) / float64(s.Inserted)
	return errors.Join(err, h.Close())
}

// ask starts the service on the history and asks it all questions. All else that a
// service keeps is new each time.
func (s *size) ask(ctx context.Context, o *options, dir string) (err error) {
	data, err := os.MkdirTemp(dir, "data")
	if err != nil {
		return err
	}
	inside, outside := filepath.Join(data, "history"), filepath.Join(dir, "history")
	if err := os.Rename(outside, inside); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Rename(inside, outside)) }()
	ctx, cancel := context.WithTimeoutCause(ctx, 30*time.Minute, errors.New("takes too long"))
	defer cancel()
	socket, config := filepath.Join(dir, "s"), filepath.Join(dir, "linklog.toml")
	if err := os.WriteFile(config, []byte("[names]\ndns = false\n[history]\ndays = 0\nmax_size = \"0\"\n"), 0o600); err != nil {
		return err
	}
	began := time.Now()
	p, err := process.Start(exec.Command(o.linklog, "service", "run", "--port=0", "--data-dir", data, "--socket", socket, "--config", config))
	if err != nil {
		return err
	}
	defer p.Stop()
	c := client.New(client.Options{Paths: []string{socket}, Agent: "growth"})
	defer c.Close()
	for _, err := c.Hello(ctx); err != nil; _, err = c.Hello(ctx) {
		if err := p.Sleep(ctx, time.Millisecond); err != nil {
			return err
		}
	}
	s.Start = time.Since(began)
	if s.StartCPU, err = p.CPU(); err != nil {
		return err
	}
	if s.AtStart, _, err = p.Memory(); err != nil {
		return err
	}
	if err := p.Idle(ctx, 500*time.Millisecond); err != nil {
		return err
	}
	s.Settle = time.Since(began) - s.Start
	for _, q := range questions {
		a, err := q.ask(ctx, p, c, s.Rows, o.rounds)
		if err != nil {
			return fmt.Errorf("%s (%s): %w", q.name, q.filter, err)
		}
		s.Answers = append(s.Answers, a)
	}
	before, err := p.CPU()
	if err != nil {
		return err
	}
	began = time.Now()
	limit := min(o.export, s.Rows)
	err = c.Events(ctx, client.Query{OldestFirst: true, Limit: limit}, func(*capture.Event) error { s.Exported++; return nil })
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if s.Exported != limit {
		return fmt.Errorf("exported %d of %d", s.Exported, limit)
	}
	s.Export = time.Since(began)
	after, err := p.CPU()
	if err != nil {
		return err
	}
	s.ExportCPU = float64(after-before) / float64(limit)
	s.Resident, s.Peak, err = p.Memory()
	return err
}

func (q *question) ask(ctx context.Context, p *process.Process, c *client.Client, rows, rounds int) (answer, error) {
	var took, used []time.Duration
	got := 0
	for range rounds {
		before, err := p.CPU()
		if err != nil {
			return answer{}, err
		}
		began := time.Now()
		got = 0
		if q.count {
			var n int64
			n, err = c.Count(ctx, client.Query{Filter: q.filter})
			got = int(n)
		} else {
			err = c.Events(ctx, client.Query{Filter: q.filter, Limit: page}, func(*capture.Event) error { got++; return nil })
		}
		if err != nil {
			return answer{}, err
		}
		took = append(took, time.Since(began))
		after, err := p.CPU()
		if err != nil {
			return answer{}, err
		}
		used = append(used, after-before)
		if !q.want(rows, got) {
			return answer{}, fmt.Errorf("of %d rows the answer is %d, which cannot be", rows, got)
		}
	}
	slices.Sort(took)
	slices.Sort(used)
	return answer{Name: q.name, Took: took[rounds/2], CPU: used[rounds/2], Rows: got}, nil
}
