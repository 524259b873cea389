package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/history"
	"linklog/service/sqlite"
)

func TestWithoutImports(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "imported")
	a := mustOpen(t, dir, Options{})
	add(t, a, a.Mark(), nil, 0)
	if got := read(t, a, history.Query{}); len(got) != 0 {
		t.Errorf("events %v", got)
	}
	if n, err := a.Count(context.Background(), history.Query{}); n != 0 || err != nil {
		t.Errorf("count %d, %v", n, err)
	}
	if g, err := a.Group(context.Background(), history.Query{}, history.Grouping{By: history.ByKind}); len(g.List) != 0 || !g.Exact || err != nil {
		t.Errorf("groups %+v, %v", g, err)
	}
	if s := a.Segments(); len(s) != 0 {
		t.Errorf("segments %v", s)
	}
	if _, _, err := addBatch(a, a.Mark(), []capture.Event{{}}); err == nil {
		t.Error("an empty event was taken")
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder was made: %v", err)
	}
	if _, _, err := addBatch(a, a.Mark(), attempts(start, time.Second, 1)); !errors.Is(err, history.ErrClosed) {
		t.Errorf("adding to a closed archive: %v", err)
	}
}

func TestTwice(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "imported")
	log := attempts(start, time.Minute, 2500)
	log = append(log, log[2499]) // the last line twice
	for i := range log {
		log[i].Seq = uint64(i + 7) // as our own export has
	}
	a := mustOpen(t, dir, Options{})
	mark := a.Mark()
	add(t, a, mark, log[:1000], 1000)
	add(t, a, mark, log[1000:], 1501)

	for range 2 { // with the marks of two imports of which nothing was stored
		mark = a.Mark()
		add(t, a, mark, log[:2500], 0)
		add(t, a, mark, log[2500:], 0)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	b := mustOpen(t, dir, Options{})
	if _, _, err := addBatch(b, mark, log[:1]); !errors.Is(err, ErrMark) {
		t.Errorf("a mark of another time: %v", err)
	}
	more := append(slices.Clone(log), attempts(log[2500].Time, time.Minute, 10)...) // the log has grown
	add(t, b, b.Mark(), more, 10)

	got := read(t, b, history.Query{OldestFirst: true})
	wantTimes(t, got, len(more))
	for i := range got {
		if got[i].Seq != uint64(i+1) {
			t.Fatalf("event %d has the number %d: a log in order is to be one run", i, got[i].Seq)
		}
		more[i].Seq = got[i].Seq
	}
	if !slices.Equal(got, more) {
		t.Error("the events are not those that were imported")
	}
}

// Of two equal events one is there already: the other is to be added, whatever
// the batches.
func TestEqualAcrossBatches(t *testing.T) {
	e := attempt(start, 1)
	for _, batches := range [][]int{{3}, {1, 1, 1}, {2, 1}, {1, 2}} {
		a := fresh(t, Options{})
		add(t, a, a.Mark(), []capture.Event{e}, 1)
		mark, known := a.Mark(), 0
		for _, n := range batches {
			_, k, err := addBatch(a, mark, slices.Repeat([]capture.Event{e}, n))
			if err != nil {
				t.Fatal(err)
			}
			known += k
		}
		if got := len(read(t, a, history.Query{})); got != 3 || known != 1 {
			t.Errorf("batches %v: %d events, want 3; %d known, want 1", batches, got, known)
		}
	}
}

func TestEarlierYearsLater(t *testing.T) {
	a := fresh(t, Options{})
	want := 0
	for _, year := range []int{2021, 2023, 2014, 2022, 1999} { // months of their own segment, were they live
		log := attempts(time.Date(year, 3, 1, 0, 0, 0, 0, time.UTC), 24*time.Hour, 300)
		add(t, a, a.Mark(), log, len(log))
		want += len(log)
		wantTimes(t, read(t, a, history.Query{OldestFirst: true}), want)
	}
	if s := a.Segments(); len(s) != 1 {
		t.Errorf("%d files for %d events", len(s), want)
	}
	since, until := time.Date(2014, 5, 1, 0, 0, 0, 0, time.UTC), time.Date(2021, 4, 1, 0, 0, 0, 0, time.UTC)
	got := read(t, a, history.Query{Since: since, Until: until, OldestFirst: true})
	wantTimes(t, got, 300-61+31)
	if first, last := got[0].Time, got[len(got)-1].Time; !first.Equal(since) || !last.Before(until) {
		t.Errorf("from %v to %v", first, last)
	}
	newest := read(t, a, history.Query{Limit: 3})
	slices.Reverse(newest)
	wantTimes(t, newest, 3)
	if y := newest[2].Time.Year(); y != 2023 {
		t.Errorf("the newest is of %d", y)
	}
}

// Logs of many routers for the same time, more than fit in the first pages.
func TestManyOverlapping(t *testing.T) {
	a := fresh(t, Options{SegmentRows: 5000})
	const routers, each = 30, 600
	for r := range routers {
		add(t, a, a.Mark(), attempts(start.Add(time.Duration(r)*time.Second), time.Minute, each), each)
	}
	wantTimes(t, read(t, a, history.Query{OldestFirst: true}), routers*each)
	newest := read(t, a, history.Query{})
	slices.Reverse(newest)
	wantTimes(t, newest, routers*each)
}

func TestOneWrongYear(t *testing.T) {
	batch := attempts(start, time.Second, 1000)
	batch[500].Time = time.Date(2199, 12, 31, 0, 0, 0, 0, time.UTC)
	batch[501].Time = time.Date(1970, 1, 1, 0, 0, 42, 0, time.UTC)
	a := fresh(t, Options{})
	add(t, a, a.Mark(), batch, 1000)
	add(t, a, a.Mark(), batch, 0)
	sorted, err := prepare(batch)
	if err != nil {
		t.Fatal(err)
	}
	if s := spans(sorted); len(s) != 3 || s[1].to.Sub(s[1].from) != 999*time.Second {
		t.Errorf("spans %v", s)
	}
}

// countdown is a context that ends after a number of questions.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// A batch of which only some was stored: the import is over, and done again adds
// the rest.
func TestHalfABatch(t *testing.T) {
	for left := range 12 {
		a := fresh(t, Options{SegmentRows: 10})
		log := attempts(start, time.Second, 35)
		log = append(log, log[5], log[25])
		mark := a.Mark()
		added, _, err := addBatchIn(&countdown{context.Background(), left}, a, mark, log)
		if n := len(read(t, a, history.Query{})); n != added {
			t.Errorf("%d events are there, %d were added", n, added)
		}
		if err != nil && added > 0 {
			if _, _, err := addBatch(a, mark, log); !errors.Is(err, ErrMark) {
				t.Errorf("the import went on: %v", err)
			}
		}
		if (err == nil) != (added == len(log)) {
			t.Errorf("%d added with the error %v", added, err)
		}
		add(t, a, a.Mark(), log, len(log)-added)
		wantTimes(t, read(t, a, history.Query{OldestFirst: true}), len(log))
	}
}

func TestManyMarks(t *testing.T) {
	a := fresh(t, Options{})
	first, second := a.Mark(), a.Mark()
	for range maxSessions - 2 {
		a.Mark()
	}
	add(t, a, first, attempts(start, time.Second, 1), 1)
	a.Mark()
	add(t, a, first, attempts(start, time.Second, 1), 1)
	if _, _, err := addBatch(a, second, nil); !errors.Is(err, ErrMark) {
		t.Errorf("the import that was not used for the longest time: %v", err)
	}
}

func TestUnknownNumber(t *testing.T) {
	a := fresh(t, Options{})
	add(t, a, a.Mark(), attempts(start, time.Second, 3), 3)
	err := a.Each(context.Background(), history.Query{After: 4}, func(*capture.Event) error { return nil })
	if !errors.Is(err, ErrSeq) {
		t.Errorf("after an event that is not there: %v", err)
	}
	if _, err := a.Group(context.Background(), history.Query{After: 1}, history.Grouping{By: history.ByKind}); err == nil {
		t.Error("groups after an event")
	}
}

// A file that is damaged is set aside; importing again brings back what it had.
func TestDamagedFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "imported")
	a := mustOpen(t, dir, Options{SegmentRows: 100})
	log := attempts(start, time.Minute, 300)
	add(t, a, a.Mark(), log[100:], 200)
	add(t, a, a.Mark(), log[:100], 100) // a run of its own, in the third file
	files := a.Segments()
	if len(files) != 3 {
		t.Fatalf("%d files, want 3", len(files))
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	for i, lost := range []int{100, 100} { // the second file, then the last
		if err := os.WriteFile(filepath.Join(dir, files[i+1].File), []byte("no database at all"), 0o600); err != nil {
			t.Fatal(err)
		}
		b := mustOpen(t, dir, Options{SegmentRows: 100})
		if r := b.Report(); len(r.Damaged) != 1 || !errors.Is(r.Damaged[0].Err, sqlite.ErrDamaged) {
			t.Errorf("report %+v", r)
		}
		wantTimes(t, read(t, b, history.Query{OldestFirst: true}), 300-lost)
		add(t, b, b.Mark(), log, lost)
		wantTimes(t, read(t, b, history.Query{OldestFirst: true}), 300)
		files = b.Segments()
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// The last file is of a newer LinkLog, and something is imported by the older one:
// once the file can be read again, all is in order.
func TestNewerFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "imported")
	log := attempts(start, time.Minute, 150)
	setVersion := func(file string, version int) (before int) {
		t.Helper()
		db, err := sql.Open("sqlite", filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.QueryRow("PRAGMA user_version").Scan(&before); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(fmt.Sprintf("PRAGMA user_version = %d", version)); err != nil {
			t.Fatal(err)
		}
		return before
	}
	session := func(added int, events []capture.Event, seen int) []history.SegmentInfo {
		t.Helper()
		a := mustOpen(t, dir, Options{SegmentRows: 100})
		add(t, a, a.Mark(), events, added)
		wantTimes(t, read(t, a, history.Query{OldestFirst: true}), seen)
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		return a.Segments()
	}
	last := session(150, log, 150)[1].File
	version := setVersion(last, 99)
	session(5, attempts(log[99].Time.Add(time.Second), time.Minute, 5), 105)
	setVersion(last, version)
	session(0, log, 155)
}

func TestGroups(t *testing.T) {
	a := fresh(t, Options{})
	add(t, a, a.Mark(), attempts(start, time.Minute, 90), 90)
	add(t, a, a.Mark(), attempts(start.AddDate(-1, 0, 0), time.Minute, 30), 30)
	g, err := a.Group(context.Background(), history.Query{Since: start}, history.Grouping{By: history.ByTime | history.ByDirection, Bucket: time.Hour})
	if err != nil || len(g.List) != 2 || g.List[0].Count != 60 || g.List[1].Count != 30 || !g.List[0].Time.Equal(start) {
		t.Errorf("groups %+v, %v", g, err)
	}
}

// The caller's error comes back as it is, from one run and from several.
func TestCallerEnds(t *testing.T) {
	a := fresh(t, Options{})
	stop := errors.New("enough")
	for i := range 2 {
		add(t, a, a.Mark(), attempts(start.Add(-time.Duration(i)*time.Second), time.Minute, 10), 10)
		n := 0
		err := a.Each(context.Background(), history.Query{}, func(*capture.Event) error {
			if n++; n == 3 {
				return stop
			}
			return nil
		})
		if err != stop || n != 3 {
			t.Errorf("error %v after %d events", err, n)
		}
	}
}

// Readers see whole batches in order, while others are added.
func TestReadWhileAdding(t *testing.T) {
	a := fresh(t, Options{SegmentRows: 1000})
	stop := errors.New("enough")
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for seen := 0; seen < 20*200; {
				n, last := 0, time.Time{}
				err := a.Each(context.Background(), history.Query{OldestFirst: true}, func(e *capture.Event) error {
					if e.Time.Before(last) {
						return stop
					}
					n, last = n+1, e.Time
					return nil
				})
				if err != nil || n < seen || n%200 != 0 {
					t.Errorf("%d events after %d, error %v", n, seen, err)
					return
				}
				seen = n
			}
		})
	}
	for i := range 20 {
		add(t, a, a.Mark(), attempts(start.Add(time.Duration(i*7%20)*time.Hour), time.Minute, 200), 200)
	}
	wg.Wait()
}
