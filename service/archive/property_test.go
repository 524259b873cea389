package archive

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linklog/capture"
	"linklog/filter"
	"linklog/service/history"
)

// drawLog gives the events of a log, many of them equal, more or less in order.
func drawLog(t *rapid.T) []capture.Event {
	begin := start.AddDate(rapid.IntRange(0, 9).Draw(t, "year"), 0, 0)
	log := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) capture.Event {
		return attempt(begin.Add(time.Duration(rapid.IntRange(0, 8).Draw(t, "hours"))*time.Hour), rapid.IntRange(0, 2).Draw(t, "n"))
	}), 1, 40).Draw(t, "log")
	if rapid.Bool().Draw(t, "in order") {
		slices.SortStableFunc(log, func(a, b capture.Event) int { return a.Time.Compare(b.Time) })
	}
	return log
}

// Logs that overlap are imported in any order, in any pieces, and again; now and
// then the archive is opened anew, or an import is given up on the way. The
// archive has the union of multisets, in the order of time.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "imported")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		dir = filepath.Join(dir, "imported")
		o := Options{SegmentRows: int64(rapid.IntRange(1, 60).Draw(t, "rows of a file"))}
		a, err := Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { a.Close() }()

		logs := rapid.SliceOfN(rapid.Custom(drawLog), 1, 4).Draw(t, "logs")
		stored := make(map[capture.Event]int)
		for range rapid.IntRange(1, 6).Draw(t, "imports") {
			log := slices.Clone(rapid.SampledFrom(logs).Draw(t, "which"))
			from := rapid.IntRange(0, len(log)-1).Draw(t, "from")
			log = log[from:rapid.IntRange(from+1, len(log)).Draw(t, "to")]
			if rapid.Bool().Draw(t, "shuffled") {
				log = rapid.Permutation(log).Draw(t, "order")
			}
			has := make(map[capture.Event]int)
			before := maps.Clone(stored)
			mark, added := a.Mark(), 0
			for len(log) > 0 {
				n := rapid.IntRange(1, len(log)).Draw(t, "piece")
				now, known, err := addBatch(a, mark, log[:n])
				if err != nil {
					t.Fatal(err)
				}
				if now+known != n {
					t.Fatalf("%d added and %d known of %d", now, known, n)
				}
				for i := range log[:n] {
					key := same(&log[i])
					has[key]++
					if has[key] > before[key] {
						stored[key]++
						added++
					}
				}
				if added -= now; added != 0 {
					t.Fatalf("%d events too few were added", added)
				}
				log = log[n:]
				if rapid.IntRange(0, 9).Draw(t, "given up") == 0 {
					break
				}
				if rapid.IntRange(0, 3).Draw(t, "read meanwhile") == 0 {
					checkOrder(t, a, stored)
				}
			}
			if rapid.IntRange(0, 3).Draw(t, "opened anew") == 0 {
				if err := a.Close(); err != nil {
					t.Fatal(err)
				}
				if a, err = Open(dir, o); err != nil {
					t.Fatal(err)
				}
			}
		}
		checkQueries(t, a, checkOrder(t, a, stored))
	})
}

// checkOrder makes sure of what is stored and in what order it is read.
func checkOrder(t *rapid.T, a *Archive, stored map[capture.Event]int) []capture.Event {
	all := collect(t, a, history.Query{OldestFirst: true})
	has := make(map[capture.Event]int)
	for i := range all {
		has[same(&all[i])]++
		if i == 0 {
			continue
		}
		if p, e := &all[i-1], &all[i]; e.Time.Before(p.Time) || e.Time.Equal(p.Time) && e.Seq <= p.Seq {
			t.Fatalf("%d of %v comes after %d of %v", e.Seq, e.Time, p.Seq, p.Time)
		}
	}
	if !maps.Equal(has, stored) {
		t.Fatalf("stored are %v, want %v", has, stored)
	}
	newest := collect(t, a, history.Query{})
	slices.Reverse(newest)
	if !slices.Equal(newest, all) {
		t.Fatal("newest first is not oldest first turned round")
	}
	return all
}

// checkQueries compares queries with what they select of all events.
func checkQueries(t *rapid.T, a *Archive, all []capture.Event) {
	for range 5 {
		q := history.Query{OldestFirst: rapid.Bool().Draw(t, "oldest first"), Limit: rapid.IntRange(0, 20).Draw(t, "limit")}
		want := slices.Clone(all)
		at := func(name string) *capture.Event { return &all[rapid.IntRange(0, len(all)-1).Draw(t, name)] }
		if rapid.Bool().Draw(t, "bounded since") {
			q.Since = at("since").Time.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "off")))
			want = slices.DeleteFunc(want, func(e capture.Event) bool { return e.Time.Before(q.Since) })
		}
		if rapid.Bool().Draw(t, "bounded until") {
			q.Until = at("until").Time.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "off")))
			want = slices.DeleteFunc(want, func(e capture.Event) bool { return !e.Time.Before(q.Until) })
		}
		place := make(map[uint64]int)
		for i := range all {
			place[all[i].Seq] = i
		}
		if rapid.Bool().Draw(t, "bounded after") {
			q.After = at("after").Seq
			want = slices.DeleteFunc(want, func(e capture.Event) bool { return place[e.Seq] <= place[q.After] })
		}
		if rapid.Bool().Draw(t, "bounded before") {
			q.Before = at("before").Seq
			want = slices.DeleteFunc(want, func(e capture.Event) bool { return place[e.Seq] >= place[q.Before] })
		}
		if rapid.Bool().Draw(t, "filtered") {
			f, err := filter.Parse("ip:203.0.0.1")
			if err != nil {
				t.Fatal(err)
			}
			if q.Filter, err = f.Compile(nil, time.Now()); err != nil {
				t.Fatal(err)
			}
			want = slices.DeleteFunc(want, func(e capture.Event) bool { return e.Src.Addr.As4()[3] != 1 })
		}
		if !q.OldestFirst {
			slices.Reverse(want)
		}
		if q.Limit > 0 {
			want = want[:min(q.Limit, len(want))]
		}
		if got := collect(t, a, q); !slices.Equal(got, want) {
			t.Fatalf("query %+v gives %v, want %v", q, got, want)
		}
		if n, err := a.Count(context.Background(), q); err != nil || n != int64(len(want)) {
			t.Fatalf("query %+v counts %d (%v), want %d", q, n, err, len(want))
		}
	}
}

func collect(t *rapid.T, a *Archive, q history.Query) []capture.Event {
	var all []capture.Event
	err := a.Each(context.Background(), q, func(e *capture.Event) error {
		all = append(all, *e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
