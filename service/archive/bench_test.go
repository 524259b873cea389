package archive

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/service/history"
)

// year makes logs of one router for a year, the same ones each time.
type year struct {
	step   time.Duration
	router byte
}

// batch gives the events from number n on.
func (y year) batch(n, size int) []capture.Event {
	events := make([]capture.Event, size)
	for i := range events {
		r := rand.New(rand.NewPCG(uint64(y.router), uint64(n+i)))
		e := attempt(start.Add(time.Duration(n+i)*y.step).Truncate(time.Second), r.IntN(50_000))
		a := e.Router.As4()
		a[3] = y.router
		e.Router, e.Dst.Port = netip.AddrFrom4(a), uint16(r.IntN(1000))
		events[i] = e
	}
	return events
}

// BenchmarkAdd imports batches into an archive of LINKLOG_ARCHIVE_ROWS events of one
// year, or as many as are quickly made. The goal, at five million: seconds for 100,000
// lines at most, ten of the batches here.
func BenchmarkAdd(b *testing.B) {
	rows, err := strconv.Atoi(os.Getenv("LINKLOG_ARCHIVE_ROWS"))
	if err != nil {
		rows = 200_000
	}
	ctx := context.Background()
	a := mustOpen(b, filepath.Join(b.TempDir(), "imported"), Options{})
	there := year{365 * 24 * time.Hour / time.Duration(rows), 1}
	began := time.Now()
	for mark, n := a.Mark(), 0; n < rows; n += MaxBatch {
		if _, _, err := addBatch(a, mark, there.batch(n, MaxBatch)); err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("%d events imported in %v", rows, time.Since(began))

	run := func(name string, mark func() uint64, batch func(i int) []capture.Event) {
		b.Run(name, func(b *testing.B) {
			i, known, m := 0, 0, mark()
			for b.Loop() {
				b.StopTimer()
				events := batch(i)
				i++
				b.StartTimer()
				_, k, err := addBatch(a, m, events)
				if err != nil {
					b.Fatal(err)
				}
				known += k
			}
			b.ReportMetric(float64(known)/float64(i), "known/op")
			b.ReportMetric(b.Elapsed().Seconds()/float64(i)*10, "s/100000")
		})
	}
	run("again", a.Mark, func(i int) []capture.Event { return there.batch(i*MaxBatch%rows, MaxBatch) })
	other := year{5 * there.step, 2}
	run("another router of that year", a.Mark, func(i int) []capture.Event { return other.batch(i*MaxBatch%(rows/5), MaxBatch) })
	run("the year before", a.Mark, func(i int) []capture.Event {
		events := year{there.step, 3}.batch(i*MaxBatch%rows, MaxBatch)
		for j := range events {
			events[j].Time = events[j].Time.AddDate(-2, 0, 0)
		}
		return events
	})
	run("in no order", a.Mark, func(i int) []capture.Event {
		events := other.batch(i*MaxBatch%(rows/5), MaxBatch)
		for j := range events {
			events[j].Time = start.Add(rand.N(365 * 24 * time.Hour))
		}
		return events
	})

	list, err := a.runs.upTo(ctx, a.there(), a.there().LastSeq())
	if err != nil {
		b.Fatal(err)
	}
	f, err := filter.Parse("port:443")
	if err != nil {
		b.Fatal(err)
	}
	m, err := f.Compile(nil, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	for _, q := range []struct {
		name string
		q    history.Query
	}{
		{"newest 500", history.Query{Limit: 500}},
		{"newest 500, filtered", history.Query{Limit: 500, Filter: m}},
		{"oldest 200000", history.Query{Limit: 200_000, OldestFirst: true, Since: start}},
		{"filtered 2000", history.Query{Limit: 2000, OldestFirst: true, Since: start, Filter: m}},
	} {
		b.Run("read "+q.name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				n = 0
				err := a.Each(ctx, q.q, func(*capture.Event) error { n++; return nil })
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n), "events")
			b.ReportMetric(float64(len(list)), "runs")
		})
	}
	b.Run("find runs", func(b *testing.B) {
		for b.Loop() {
			var r runs
			if _, err := r.upTo(ctx, a.there(), a.there().LastSeq()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkIndex searches what was received, in the folder LINKLOG_HISTORY_DIR (see package
// history), or in as much as is quickly made. The goals, at ten million events: a rare host
// within 0.3 s, and the first page of any filter within 50 ms.
func BenchmarkIndex(b *testing.B) {
	dir := os.Getenv("LINKLOG_HISTORY_DIR")
	fill := dir == ""
	if fill {
		dir = filepath.Join(b.TempDir(), "history")
	}
	h, err := history.Open(dir, history.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer h.Close()
	for n := 0; fill && n < 200_000; n += MaxBatch {
		events := year{time.Minute, 1}.batch(n, MaxBatch)
		for i := range events {
			events[i].Seq = uint64(n + i + 1)
		}
		if err := h.Append(b.Context(), events); err != nil {
			b.Fatal(err)
		}
	}
	a := fresh(b, Options{})
	for _, text := range []string{"", "dir:in", "port:443", "ip:203.0.113.77", "host:*example.com*", "text:nowhere"} {
		b.Run(text, func(b *testing.B) {
			f, err := filter.Parse(text)
			if err != nil {
				b.Fatal(err)
			}
			m, err := f.Compile(nil, time.Time{})
			if err != nil {
				b.Fatal(err)
			}
			var last Mark
			page := time.Duration(0)
			for b.Loop() {
				began, first := time.Now(), true
				q := IndexQuery{Query: history.Query{Filter: m}, Received: h, Imported: true, Every: 500, Progress: &Progress{}}
				last, err = a.Index(b.Context(), q, func(m Mark) error {
					if first && m.Count > 0 {
						page += time.Since(began)
						first = false
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(page.Microseconds())/1000/float64(b.N), "ms-to-page")
			b.ReportMetric(float64(last.Count), "matches")
		})
	}
}
